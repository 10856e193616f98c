"""Is head larger at all? A test on ranks, exact for the few pairs of an experiment, blind to how far an outlier lies out."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lanemark.stats.order import Values, sorted_values

Counts = NDArray[np.int64]

EXACT_TO = 80
"""Up to this many values other than zero the distribution is exact, beyond it normal: the default looks end at 80 pairs."""

SAME = 1e-10
"""Values that differ by less tie, and smaller ones are zero: equal measurements must tie whatever their logarithms round to."""


def signed_rank_chance(values: object) -> float:
    """Return the one-sided p-value of the Wilcoxon signed-rank test: the chance of such values if their median were zero or less.

    `values` are differences or log-ratios of pairs, at least one. Zeros are dropped (Wilcoxon 1945), ties share the mean of their
    ranks. Up to `EXACT_TO` values the distribution over all 2^n signs of just these ranks is counted (Pratt and Gibbons 1981),
    so that it is exact with ties too; beyond, it is the normal one with tie and continuity corrections (Hollander and
    Wolfe 1999). Where all are zero the chance is 1: nothing says larger. Raises DataError for none, and for NaN.
    """
    found = sorted_values(values)
    found = found[np.abs(found) > SAME]
    if found.size == 0:
        return 1.0
    sizes = np.abs(found)
    by_size = np.argsort(sizes, kind="stable")
    positive = found[by_size] > 0
    ranks, ties = _doubled_ranks(sizes[by_size])
    observed = int(ranks[positive].sum())
    if found.size > EXACT_TO:
        return _normal_tail(found.size, observed / 2, ties)
    tails = _untied_tails(found.size) if ties.size == found.size else _tails(ranks)
    return float(tails[observed])


def _doubled_ranks(ordered: Values) -> tuple[Counts, Counts]:
    """Return twice the mid-rank of every value, which is whole, and how many values each tie has."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > SAME]))
    ties = np.diff(np.append(starts, ordered.size))
    return np.repeat(2 * starts + ties + 1, ties), ties


@lru_cache(maxsize=EXACT_TO)
def _untied_tails(count: int) -> Values:
    return _tails(2 * np.arange(1, count + 1))


def _tails(ranks: Counts) -> Values:
    """Return, for each sum from 0 on, the chance that the ranks with a plus reach it, when every sign is a fair coin."""
    chances = np.zeros(int(ranks.sum()) + 1)
    chances[0] = 1.0
    reach = 0
    for rank in map(int, ranks):
        chances[rank : reach + rank + 1] += chances[: reach + 1].copy()
        chances[: reach + rank + 1] /= 2
        reach += rank
    return np.minimum(np.cumsum(chances[::-1])[::-1], 1.0)


def _normal_tail(count: int, observed: float, ties: Counts) -> float:
    mean = count * (count + 1) / 4
    variance = count * (count + 1) * (2 * count + 1) / 24 - float((ties**3 - ties).sum()) / 48
    return math.erfc((observed - mean - 0.5) / math.sqrt(2 * variance)) / 2
