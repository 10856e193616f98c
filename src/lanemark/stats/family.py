"""Many questions at once: one of twenty honest tests at 5 % cries wolf, so a family of them is read with other eyes."""

from collections.abc import Sequence

import numpy as np

from lanemark.errors import DataError


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values adjusted for all being asked together, in the order in which they were given.

    Whoever rejects what is at most alpha is wrong about even one of them with a chance of at most alpha, however they depend on
    each other. Step-down method of Holm (1979): the k-th smallest of n is multiplied by n - k + 1, is never below the one before
    it, and at most 1. Raises DataError for what is no p-value; no p-values give none.
    """
    given = np.asarray(chances, dtype=np.float64)
    if given.size and not ((given >= 0) & (given <= 1)).all():
        raise DataError("a p-value is not between 0 and 1", help="Measure again; Lanemark does not compute such a thing.")
    order = np.argsort(given, kind="stable")
    adjusted = np.empty_like(given)
    factors = np.arange(given.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1.0)
    return tuple(adjusted.tolist())
