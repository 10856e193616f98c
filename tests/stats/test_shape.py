import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.errors import DataError
from lanemark.stats.shape import LEAST_VALUES, is_bimodal

SIZES = [20, 40, 80]

ONE_HEAP = {
    "normal": lambda draw, size: draw.normal(size=size),
    "uniform": lambda draw, size: draw.uniform(size=size),
    "heavy tails": lambda draw, size: draw.standard_t(2, size),
    "ratios of lognormals": lambda draw, size: draw.lognormal(0, 1, size) - draw.lognormal(0, 1, size),
    "normal with late ones": lambda draw, size: draw.normal(size=size) + (draw.random(size) < 0.1) * draw.exponential(10, size),
    "lognormal": lambda draw, size: draw.lognormal(0, 1, size),
}
MOST = {"lognormal": 0.035, "normal with late ones": 0.025}
"""The docstring's figure and three standard errors; for all other shapes 1 %."""


@pytest.mark.parametrize("name", ONE_HEAP)
@pytest.mark.parametrize("size", SIZES)
def test_one_heap_is_seldom_called_two(name, size):
    draw = np.random.default_rng(size)
    called = sum(is_bimodal(ONE_HEAP[name](draw, size)) for _ in range(1500))
    assert called / 1500 <= (MOST.get(name, 0.01) if size == 20 else 0.004)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.5, 0.35])
def test_two_heaps_are_called_two_however_much_they_look_like_spread(size, share):
    draw = np.random.default_rng(size)
    called = sum(is_bimodal(draw.normal(size=size) + 12 * (draw.random(size) < share)) for _ in range(300))
    assert called / 300 >= 0.90


def test_ratios_of_two_sides_that_both_jump_are_three_groups_and_called_so():
    draw = np.random.default_rng(2)
    called = 0
    for _ in range(300):
        jumps = (draw.random(40) < 0.5).astype(float) - (draw.random(40) < 0.5)
        called += is_bimodal(draw.normal(size=40) + 15 * jumps)
    assert called / 300 >= 0.85


def test_a_few_outliers_are_not_a_group():
    heap = list(np.random.default_rng(3).normal(size=40))
    assert not is_bimodal([*heap, *[100.0] * 9])
    assert is_bimodal([*heap, *[100.0] * 11])


def test_two_constants_are_two_groups_unless_they_are_near_each_other():
    values = [1.0] * 10 + [1.005] * 10
    assert is_bimodal(values)
    assert not is_bimodal(values, least_gap=0.01)
    assert not is_bimodal([1.0] * 20)


def test_too_few_values_say_nothing():
    assert not is_bimodal([0.0] * 9 + [1.0] * 10)
    assert is_bimodal([0.0] * 10 + [1.0] * 10)
    assert LEAST_VALUES == 20


@given(st.lists(st.floats(-100, 100), min_size=20, max_size=60), st.sampled_from([0.25, 8.0]), st.randoms())
def test_neither_unit_nor_order_matters(values, factor, random):
    shuffled = [value * factor for value in values]
    random.shuffle(shuffled)
    assert is_bimodal(shuffled) == is_bimodal(values)


@pytest.mark.parametrize("bad", [[], [math.nan] * 30])
def test_nothing_and_nonsense_have_no_shape(bad):
    with pytest.raises(DataError):
        is_bimodal(bad)


def test_a_fifth_of_the_values_is_a_group_and_less_is_not():
    assert is_bimodal([0.0] * 16 + [1.0] * 4)
    assert is_bimodal([0.0] * 4 + [1.0] * 16)
    assert not is_bimodal([0.0] * 17 + [1.0] * 3)
