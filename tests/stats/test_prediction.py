import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from lanemark.stats.prediction import LEAST_POINTS, MOST_POINTS, prediction_interval, student_quantile

TRIES = 3000


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 13, 29, 30, 120])
@pytest.mark.parametrize("share", [0.0005, 0.01, 0.3, 0.5, 0.6, 0.9, 0.975, 0.99, 0.9999])
def test_the_quantile_of_student_is_that_of_scipy(share, freedom):
    assert student_quantile(share, freedom) == pytest.approx(t.ppf(share, freedom), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("share", "freedom"), [(0.0, 9), (1.0, 9), (-0.1, 9), (1.5, 9), (0.9, 0)])
def test_what_is_no_quantile_is_refused(share, freedom):
    with pytest.raises(ValueError, match="no quantile"):
        student_quantile(share, freedom)


@pytest.mark.parametrize(("points", "most"), [(10, 0.04), (14, 0.03), (30, 0.022)])
def test_one_side_is_broken_about_as_often_as_it_is_meant_to_be(points, most):
    """The benchmarks of the project found 1.9 to 2.6 % of single points beyond a nominal 1 %: MAD is a noisy deviation."""
    draws = np.exp(np.random.default_rng(points).normal(0.0, 0.05, (TRIES, points + 1)))
    bounds = [prediction_interval(row[1:].tolist()) for row in draws]
    above = np.mean([row[0] > found.high for row, found in zip(draws, bounds, strict=True)])
    below = np.mean([row[0] < found.low for row, found in zip(draws, bounds, strict=True)])
    assert 0.005 < above < most
    assert 0.005 < below < most


def test_a_half_again_slower_figure_lies_outside_and_one_outlier_of_the_past_hides_nothing():
    past = [*(1.0 + 0.01 * ((7 * place) % 11) for place in range(13)), 9.0]
    found = prediction_interval(past)
    assert found is not None
    assert 0.5 < found.low < 1.0
    assert 1.1 < found.high < 1.5
    assert found.points == 14


def test_the_bounds_are_those_of_the_formula():
    past = [1.0, 1.1, 1.3, 0.9, 1.05, 1.2, 0.95, 1.15, 1.02, 1.4]
    logs = np.log(past)
    spread = 1.4826 * np.median(np.abs(logs - np.median(logs)))
    reach = t.ppf(0.99, 9) * spread * np.sqrt(1 + 1 / 10)
    found = prediction_interval(past)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((np.exp(np.median(logs) - reach), np.exp(np.median(logs) + reach)), rel=1e-9)


def test_only_the_newest_points_count():
    past = [1.0 + 0.01 * (place % 7) for place in range(MOST_POINTS)]
    assert prediction_interval([*past, *[50.0] * 100]) == prediction_interval(past)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0 + 0.1 * place for place in range(LEAST_POINTS - 1)],
        [2.0] * 20,
        [0.0, -1.0, float("nan"), float("inf")] * 5 + [1.0, 2.0],
    ],
)
def test_nothing_is_predicted_from_too_few_or_equal_or_impossible_figures(values):
    assert prediction_interval(values) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(1e-6, 1e6), min_size=LEAST_POINTS, max_size=40), st.floats(0.001, 1000))
def test_the_bounds_scale_with_the_unit_and_lie_around_the_median(values, factor):
    found, scaled = prediction_interval(values), prediction_interval([value * factor for value in values])
    if found is None or scaled is None:
        return
    assert scaled.low == pytest.approx(found.low * factor, rel=1e-3)
    middle = np.exp(np.median(np.log(values[:MOST_POINTS])))
    assert found.low < middle < found.high
