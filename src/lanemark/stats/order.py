"""Intervals from order statistics: exact for every continuous distribution, and cheap at any size."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lanemark.errors import DataError

Values = NDArray[np.float64]

MOST = 1e18
"""No measurement is larger (30 billion years, an exbibyte); below it no sum or square becomes an infinity."""


def sorted_values(values: object, what: str = "values") -> Values:
    """Return `values` sorted, as a flat array; raise DataError where there are none, or one is NaN or beyond `MOST`."""
    found = _flat(values, what)
    found.sort()
    return found


def measured_values(values: object, what: str) -> Values:
    """Return `values` in their own order under the rules of `sorted_values`; a negative measurement is refused besides."""
    found = _flat(values, what)
    if found.min() < 0:
        raise DataError(f"{what}: {found.min():g} is below zero", help="No measurement is negative; measure again.")
    return found


def median_of(values: object) -> float:
    """Return the median of at least one value."""
    return float(np.median(np.asarray(values, dtype=np.float64)))


def _flat(values: object, what: str) -> Values:
    found = np.array(values, dtype=np.float64)
    if found.ndim != 1 or found.size == 0:
        raise DataError(f"{what}: there are no samples", help="Measure at least once.")
    if not (np.abs(found) <= MOST).all():
        problem = f"{what}: a sample is not a number within {MOST:g}"
        raise DataError(problem, help="Measure again; Lanemark does not write such files.")
    return found


@lru_cache(maxsize=1024)
def interval_ranks(count: int, share: float, alpha: float) -> tuple[int | None, int | None]:
    """Return the ranks (from 0) between which the quantile `share` lies, missing it with at most `alpha` on each side.

    With `count` samples, the quantile is below the sample of rank i exactly when at most i of them are below the quantile, so the
    lower rank is the largest i with BinomCDF(i; count, share) <= alpha. The upper rank is the same seen from above. None where
    the samples are too few for any statement.
    """
    low = _low_rank(count, share, alpha)
    high = _low_rank(count, 1 - share, alpha)
    return low, None if high is None else count - 1 - high


def _low_rank(count: int, share: float, alpha: float) -> int | None:
    chances = [
        math.exp(
            math.lgamma(count + 1)
            - math.lgamma(rank + 1)
            - math.lgamma(count - rank + 1)
            + rank * math.log(share)
            + (count - rank) * math.log1p(-share)
        )
        for rank in range(count)
    ]
    rank = int(np.searchsorted(np.cumsum(chances), alpha, side="right")) - 1
    return None if rank < 0 else rank


def quantile_interval(ordered: Values, share: float, alpha: float) -> tuple[float | None, float | None]:
    """Return the samples of `interval_ranks`, given sorted values."""
    low, high = interval_ranks(ordered.size, share, alpha)
    return None if low is None else float(ordered[low]), None if high is None else float(ordered[high])
