import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from lanemark.errors import DataError
from lanemark.stats.effect import ALPHA
from lanemark.stats.slope import MOST_VALUES, Z, slope_of

WHOLE = st.lists(st.integers(min_value=0, max_value=1 << 40), min_size=2, max_size=40)
MIB = float(1 << 20)


def test_the_bounds_miss_as_often_as_those_of_an_effect():
    assert pytest.approx(scipy_stats.norm.ppf(1 - ALPHA), rel=1e-12) == Z


@pytest.mark.parametrize("count", [20, 21, 50, 200])
@pytest.mark.parametrize("steps", [0.0, 0.01, 4096.0])
@pytest.mark.parametrize("grain", [0.0, 100.0], ids=["no ties", "many ties"])
def test_slope_and_bounds_are_scipys(count, steps, grain):
    noise = np.random.default_rng(count).normal(10_000.0, 150.0, count)
    series = np.maximum(np.round(noise / grain) * grain if grain else noise, 0.0) + steps * np.arange(count)
    for alpha in (0.95, 0.995):
        known = scipy_stats.theilslopes(series, np.arange(count), alpha=alpha)
        found = slope_of(list(series), z=float(scipy_stats.norm.ppf((1 + alpha) / 2)))
        assert (found.value, found.low, found.high) == pytest.approx((known.slope, known.low_slope, known.high_slope), rel=1e-9)


@given(WHOLE)
def test_the_slope_lies_between_its_bounds_and_nothing_is_infinite(series):
    found = slope_of(series)
    assert math.isfinite(found.value)
    assert (found.low is None) == (found.high is None)
    if found.low is not None and found.high is not None:
        assert found.low <= found.value <= found.high


@given(WHOLE)
def test_a_series_read_backwards_falls_as_fast_as_it_grew(series):
    there, back = slope_of(series), slope_of(series[::-1])
    assert back.value == pytest.approx(-there.value)
    if there.low is not None and there.high is not None and there.low != there.high:
        assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


@given(WHOLE, st.integers(min_value=0, max_value=1 << 20), st.integers(min_value=0, max_value=1 << 40))
def test_a_steady_growth_is_added_to_the_slope(series, growth, level):
    grown = slope_of([value + growth * place + level for place, value in enumerate(series)])
    assert grown.value == pytest.approx(slope_of(series).value + growth, rel=1e-6, abs=1e-3)


def test_a_line_is_its_own_slope_and_a_level_has_none():
    assert slope_of([5.0 + 2.0 * place for place in range(20)])[:3] == (2.0, 2.0, 2.0)
    assert slope_of([7.0] * 20)[:3] == (0.0, 0.0, 0.0)


def test_a_quarter_of_wild_values_does_not_turn_the_line():
    series = [100.0 + place for place in range(40)]
    for place in range(0, 40, 4):
        series[place] = 1e9
    assert slope_of(series).value == pytest.approx(1.0, abs=0.6)


def test_a_step_in_the_first_runs_is_no_slope():
    """A cache that fills in the first runs and then stays is no leak."""
    found = slope_of([50 * MIB, 58 * MIB, *[60 * MIB + noise for noise in np.random.default_rng(3).normal(0, 1e5, 38)]])
    assert found.low is not None
    assert found.low <= 0.1 * MIB / 38


def test_too_few_values_have_no_bounds():
    assert slope_of([1.0, 2.0, 4.0]).low is None


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * (MOST_VALUES + 1), [1.0, math.nan], [1.0, -1.0], [1.0, math.inf]])
def test_what_cannot_be_a_series_is_refused(values):
    with pytest.raises(DataError):
        slope_of(values)


def test_without_a_trend_the_lower_bound_is_above_zero_as_rarely_as_promised():
    rng = np.random.default_rng(7)
    above = sum((slope_of(rng.normal(1000, 50, 20)).low or 0.0) > 0 for _ in range(4000))
    assert above <= 4000 * ALPHA * 2.5, "0.25 % is promised; 20 values of a normal give about 0.2 %"
