import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from lanemark.errors import DataError
from lanemark.stats.order import interval_ranks
from lanemark.stats.summary import LEAST, SHARES, estimate, summarise

VALUES = st.lists(st.floats(min_value=-1e12, max_value=1e12), min_size=1, max_size=80)


@given(VALUES)
def test_the_summary_agrees_with_scipy(values):
    found = summarise(values)
    assert found.n == len(values)
    assert found.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-3)
    assert found.median == pytest.approx(np.median(values))
    if len(values) > 1:
        assert found.mad == pytest.approx(scipy_stats.median_abs_deviation(values))
        assert found.stdev == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("size", [30, 60, 300, 1000])
def test_percentiles_agree_with_scipy(size):
    values = np.random.default_rng(size).lognormal(0, 1, size)
    found = summarise(values)
    for name, least in (("p90", 30), ("p95", 60), ("p99", 300)):
        expected = scipy_stats.quantile(values, SHARES[name]) if size >= least else None
        assert getattr(found, name) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("statistic", "least"), sorted(LEAST.items()))
def test_a_statistic_is_refused_below_the_samples_it_needs(statistic, least):
    assert estimate([1.0] * (least - 1), statistic) == (None, None, None)
    assert getattr(summarise([1.0] * (least - 1)), statistic) is None
    assert estimate([1.0] * least, statistic).value is not None
    assert getattr(summarise([1.0] * least), statistic) is not None


@pytest.mark.parametrize("count", [1, 5, 6, 17, 80, 1000])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_ranks_are_the_widest_inward_that_the_binomial_allows(count, share):
    low, high = interval_ranks(count, share, 0.025)
    cdf = scipy_stats.binom(count, share).cdf
    lows = [rank for rank in range(count) if cdf(rank) <= 0.025]
    highs = [rank for rank in range(count) if 1 - cdf(rank) <= 0.025]
    assert low == (max(lows) if lows else None)
    assert high == (min(highs) if highs else None)


@pytest.mark.parametrize("count", [6, 20, 61])
def test_the_interval_of_the_median_covers_as_often_as_it_says(count):
    draw, missed = np.random.default_rng(count), 0
    for _ in range(1000):
        found = estimate(draw.lognormal(0, 1, count), "median")
        missed += not found.low <= 1.0 <= found.high
    assert missed <= 70  # at most 5 % by theory: 50 of 1000, and three standard errors


def test_five_samples_bound_no_median_and_extremes_have_no_interval():
    assert estimate([1, 2, 3, 4, 5], "median") == (3, None, None)
    assert estimate([1, 2, 3, 4, 5, 6], "median") == (3.5, 1, 6)
    assert estimate([1, 2, 3], "max") == (3, None, None)


@pytest.mark.parametrize("bad", [[], [math.nan], [1.0, math.inf], [1e300]])
def test_nothing_and_nonsense_are_refused(bad):
    with pytest.raises(DataError):
        summarise(bad)
    with pytest.raises(DataError):
        estimate(bad, "median")
