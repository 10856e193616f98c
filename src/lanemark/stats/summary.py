"""What one side's samples say by themselves: the statistics that budgets look at, with their intervals."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from lanemark.stats.order import Values, quantile_interval, sorted_values

Statistic = Literal["median", "mean", "min", "max", "stdev", "mad", "p90", "p95", "p99"]

SHARES: Mapping[str, float] = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""The statistics that are quantiles, and which."""

LEAST: Mapping[str, int] = {"stdev": 2, "mad": 2, "p90": 30, "p95": 60, "p99": 300}
"""The samples a statistic needs; 3 / (1 - p) for a percentile, below which it is hardly more than the maximum."""

MISS = 0.025
"""The chance on each side that an interval of `estimate` misses: 95 % between both."""


class Summary(NamedTuple):
    """All statistics of `n` samples, in the samples' unit; None where `n` is too small for one (see `LEAST`)."""

    n: int
    mean: float
    median: float
    stdev: float | None
    mad: float | None
    min: float
    max: float
    p90: float | None
    p95: float | None
    p99: float | None


class Estimate(NamedTuple):
    """One statistic with its 95 % interval; None for a refused statistic, and for a bound that the samples do not give."""

    value: float | None
    low: float | None
    high: float | None


def summarise(values: Sequence[float]) -> Summary:
    """Return every statistic of at least one finite value; raise DataError for none, and for NaN."""
    ordered = sorted_values(values)

    def value(statistic: Statistic) -> float | None:
        return _statistic(ordered, statistic) if ordered.size >= LEAST.get(statistic, 1) else None

    return Summary(
        n=ordered.size,
        mean=_statistic(ordered, "mean"),
        median=_statistic(ordered, "median"),
        stdev=value("stdev"),
        mad=value("mad"),
        min=_statistic(ordered, "min"),
        max=_statistic(ordered, "max"),
        p90=value("p90"),
        p95=value("p95"),
        p99=value("p99"),
    )


def estimate(values: Sequence[float], statistic: Statistic) -> Estimate:
    """Return one statistic of at least one finite value and, for the median and percentiles, its 95 % interval.

    The interval is made of order statistics and exact for every continuous distribution. It needs 6 samples for the median; a
    bound that does not exist is None. The other statistics have none.
    """
    ordered = sorted_values(values)
    if ordered.size < LEAST.get(statistic, 1):
        return Estimate(None, None, None)
    low, high = quantile_interval(ordered, SHARES[statistic], MISS) if statistic in SHARES else (None, None)
    return Estimate(_statistic(ordered, statistic), low, high)


def _statistic(ordered: Values, statistic: Statistic) -> float:
    match statistic:
        case "mean":
            return float(np.mean(ordered))
        case "stdev":
            return float(np.std(ordered, ddof=1))
        case "mad":
            return float(np.median(np.abs(ordered - np.median(ordered))))
        case "min":
            return float(ordered[0])
        case "max":
            return float(ordered[-1])
        case _:
            return float(np.quantile(ordered, SHARES[statistic]))
