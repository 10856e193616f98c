import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.coverage.rising import pairs_rise, small_steps

numbers = st.lists(st.integers(0, 2**32 - 1), max_size=12) | st.lists(st.integers(0, 300), max_size=12) | st.lists(st.integers(0, 600), max_size=12).map(sorted)  # fmt: skip


@settings(deadline=None)
@given(numbers)
def test_steps_are_the_differences_where_all_of_them_are_small(numbers):
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    small = all(0 <= step <= 255 for step in steps)
    assert small_steps(numbers) == (bytes(steps) if small else None)


@pytest.mark.parametrize("numbers", [[-1, 0], [2**32, 2**32 + 1], [5, 4], [0, 256], [1, 2**31, 3]])
def test_what_does_not_rise_slowly_has_no_steps(numbers):
    assert small_steps(numbers) is None


pairs = st.lists(st.tuples(st.integers(1, 2**31 - 1), st.integers(0, 2**32 - 1)), max_size=10) | st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), max_size=5)  # fmt: skip


@settings(deadline=None)
@given(pairs | pairs.map(sorted))
def test_pairs_rise_where_each_is_more_than_the_one_before(pairs):
    firsts, seconds = [first for first, _ in pairs], [second for _, second in pairs]
    assert pairs_rise(firsts, seconds) == all(one < other for one, other in itertools.pairwise(pairs))
