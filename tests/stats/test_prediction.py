import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from lanemark.errors import DataError
from lanemark.stats.prediction import LEAST_HISTORY, MOST_HISTORY, prediction_interval, student_quantile

HISTORY = st.lists(st.floats(0.1, 1e4), min_size=10, max_size=40)


@pytest.mark.parametrize("share", [0.5, 0.6, 0.9, 0.975, 0.99, 0.9975])
def test_students_quantiles_are_scipys(share):
    for freedom in range(1, 41):
        assert student_quantile(share, freedom) == pytest.approx(scipy_stats.t.ppf(share, freedom), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("size", [10, 17, 30])
def test_the_interval_is_the_formula_in_scipys_words(size):
    values = np.random.default_rng(size).lognormal(1, 0.05, size)
    logs = np.log(values)
    deviation = scipy_stats.median_abs_deviation(logs, scale="normal")
    theirs = scipy_stats.t.interval(0.98, size - 1, loc=np.median(logs), scale=deviation * math.sqrt(1 + 1 / size))
    assert prediction_interval(list(values)) == pytest.approx(np.exp(theirs), rel=1e-4)


@pytest.mark.parametrize(("size", "most"), [(10, 0.032), (20, 0.025), (30, 0.021)])
def test_the_next_value_lies_outside_about_as_seldom_as_the_docstring_says(size, most):
    draw, outside = np.random.default_rng(size), 0
    for _ in range(4000):
        *history, new = draw.lognormal(0, 0.05, size + 1)
        low, high = prediction_interval(history)
        outside += (new < low) + (new > high)
    assert 0.01 <= outside / 8000 <= most


@given(HISTORY, st.sampled_from([1e-3, 0.5, 1000.0]))
def test_the_unit_does_not_matter(history, factor):
    scaled = prediction_interval([value * factor for value in history])
    assert [bound / factor for bound in scaled] == pytest.approx(prediction_interval(history), rel=1e-6)


def test_a_few_outliers_do_not_widen_it_and_old_values_do_not_count():
    calm = [1.0 + (index % 5) / 100 for index in range(MOST_HISTORY)]
    low, high = prediction_interval([*calm[:-3], 9.0, 9.0, 9.0])
    assert 0.9 < low < high < 1.15
    assert prediction_interval([50.0] * 100 + calm) == prediction_interval(calm)


def test_too_short_a_history_predicts_nothing_and_a_constant_one_itself():
    assert prediction_interval([1.0] * (LEAST_HISTORY - 1)) is None
    assert prediction_interval([2.0] * LEAST_HISTORY) == pytest.approx((2.0, 2.0))


@pytest.mark.parametrize("bad", [[], [math.nan] * 12, [-1.0] * 12])
def test_nonsense_is_refused(bad):
    with pytest.raises(DataError):
        prediction_interval(bad)
