"""Whether a series grows, and how fast: a line through it that outliers cannot turn."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lanemark.errors import DataError
from lanemark.stats.order import Values, measured_values

Z = 2.8070337683438042
"""The normal quantile of 1 - 0.0025: each bound misses the true slope with that chance, as the bounds of an effect do."""

MOST_VALUES = 500
"""Longer series are refused: the slopes of all pairs of 500 values are 125,000 numbers."""


class Slope(NamedTuple):
    """How much a series changes from one value to the next, in the values' unit, and its bounds; None: too few values."""

    value: float
    low: float | None
    high: float | None
    values: int


def slope_of(values: Sequence[float], *, z: float = Z, what: str = "values") -> Slope:
    """Return the Theil-Sen slope of 2 to 500 measurements taken at equal steps, with its distribution-free interval.

    The slope is the median of the slopes of all pairs (Theil 1950). The interval is Sen's (1968, "Estimates of the regression
    coefficient based on Kendall's tau", JASA 63): Kendall's S has, without a trend, the variance
    (n(n-1)(2n+5) - sum over ties t(t-1)(2t+5)) / 18, so the bounds are the pair slopes of the ranks (N -+ z sigma) / 2 among N.
    Up to 29 % of the values may be anything without moving the slope far. It needs values that do not depend on their neighbours
    but through the slope. Bounds are None where the ranks lie outside. Raises DataError for fewer than 2 or more than 500 values,
    NaN, and negative measurements.
    """
    if not 2 <= len(values) <= MOST_VALUES:
        raise DataError(f"{what}: a slope needs 2 to {MOST_VALUES} values, there are {len(values)}")
    series = measured_values(values, what)
    slopes = _pair_slopes(series)
    reach = z * _sigma(series)
    low, high = round((slopes.size - reach) / 2) - 1, round((slopes.size + reach) / 2)
    bounded = low >= 0 and high < slopes.size
    if reach == 0:
        low = high = slopes.size // 2
        bounded = True
    return Slope(
        float(np.median(slopes)),
        float(slopes[low]) if bounded else None,
        float(slopes[high]) if bounded else None,
        series.size,
    )


def _pair_slopes(series: Values) -> Values:
    """Return the slopes of all pairs of values, sorted."""
    left, right = np.triu_indices(series.size, 1)
    slopes: Values = (series[right] - series[left]) / (right - left)
    slopes.sort()
    return slopes


def _sigma(series: Values) -> float:
    """Return the standard deviation of Kendall's S where the series has no trend, with what ties take from it."""
    count = series.size
    _, ties = np.unique(series, return_counts=True)
    tied = float(np.sum(ties * (ties - 1) * (2 * ties + 5)))
    return math.sqrt(max(count * (count - 1) * (2 * count + 5) - tied, 0.0) / 18)
