import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from lanemark.errors import DataError
from lanemark.stats.ranks import EXACT_TO, signed_rank_chance

WHOLE = st.lists(st.integers(-6, 6), min_size=1, max_size=9)


def count_all_signs(values: list[float]) -> float:
    """The definition: of all 2^n signs on the same mid-ranks, the share whose rank sum is at least the one that was seen."""
    left = [value for value in values if value]
    ranks = scipy_stats.rankdata([abs(value) for value in left])
    seen = sum(rank for rank, value in zip(ranks, left, strict=True) if value > 0)
    signs = itertools.product((0, 1), repeat=len(left))
    return sum(np.dot(sign, ranks) >= seen for sign in signs) / 2 ** len(left)


@given(WHOLE)
def test_the_chance_is_counted_over_all_signs_with_ties_and_zeros(values):
    assert signed_rank_chance(values) == pytest.approx(count_all_signs(values), abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 20, 40, 50, 80])
@pytest.mark.parametrize("shift", [-0.02, 0.0, 0.03, 0.2])
def test_the_exact_chance_is_scipys(count, shift):
    values = np.random.default_rng(count).normal(shift, 0.05, count)
    theirs = scipy_stats.wilcoxon(values, alternative="greater", zero_method="wilcox", method="exact").pvalue
    assert signed_rank_chance(values) == pytest.approx(theirs, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    "values", [np.random.default_rng(4).normal(0.005, 0.05, 300), np.random.default_rng(5).integers(-3, 5, 200)]
)
def test_beyond_exactness_the_chance_is_scipys_normal_one_with_corrections(values):
    assert values.size > EXACT_TO
    theirs = scipy_stats.wilcoxon(
        values, alternative="greater", zero_method="wilcox", correction=True, method="asymptotic"
    ).pvalue
    assert signed_rank_chance(values) == pytest.approx(theirs, rel=1e-9)


def test_exact_and_normal_meet_where_one_hands_over_to_the_other():
    values = np.random.default_rng(8).normal(0.01, 0.05, EXACT_TO + 1)
    exact = scipy_stats.wilcoxon(values, alternative="greater", method="exact").pvalue
    assert signed_rank_chance(values) == pytest.approx(exact, rel=0.02)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=80))
def test_a_chance_is_between_none_and_certain_and_one_of_both_directions_is_likely(values):
    up, down = signed_rank_chance(values), signed_rank_chance([-value for value in values])
    assert 0 < up <= 1
    assert up + down >= 1 - 1e-12


def test_what_only_rounding_tells_apart_ties():
    thirds = [math.log(3.0) - math.log(1.0), math.log(0.3) - math.log(0.1), math.log(0.1) - math.log(0.3)]
    assert len({abs(third) for third in thirds}) > 1
    assert signed_rank_chance(thirds) == count_all_signs([1, 1, -1])


def test_nothing_larger_is_certain_to_be_no_larger():
    assert signed_rank_chance([0.0, 0.0, 0.0]) == 1.0
    assert signed_rank_chance([-1.0, -2.0]) == 1.0
    assert signed_rank_chance([1.0] * 10) == 2.0**-10


@pytest.mark.parametrize("bad", [[], [math.nan], [1.0, math.inf]])
def test_nothing_and_nonsense_have_no_chance(bad):
    with pytest.raises(DataError):
        signed_rank_chance(bad)
