"""Where the next figure would lie if nothing changed: a robust prediction interval from earlier ones, and Student's quantile."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lanemark.stats.order import MOST
from lanemark.stats.shape import SPREAD

LEAST_POINTS = 10
"""Below this many earlier figures nothing is predicted: their spread would be known too badly."""

MOST_POINTS = 30
"""How many of the newest figures are looked at: what is older says little about today's machine and code."""

_HALVINGS = 200


class Prediction(NamedTuple):
    """Between which bounds the next figure lies, in the unit of the figures it was made from, and how many those are."""

    low: float
    high: float
    points: int


def prediction_interval(values: Sequence[float], *, alpha: float = 0.01) -> Prediction | None:
    """Return the bounds that one further figure breaks with a chance of `alpha` on each side; `values` stand newest first.

    m ± t(1 - alpha, n - 1) · s · sqrt(1 + 1/n) on the logarithms, with the median m and s = 1.4826 · MAD (the normal-theory
    prediction interval, Hahn 1969, with robust estimates in place of mean and standard deviation). MAD is a noisy estimate at
    this size: measured on normal noise, one side is broken in 1.5 to 3 % of cases at alpha = 1 %. So a single break is evidence
    and never a verdict. None for fewer than `LEAST_POINTS` figures above zero, and where more than half of them are equal,
    because then their spread is not known.
    """
    usable = [value for value in values if 0 < value <= MOST][:MOST_POINTS]
    if len(usable) < LEAST_POINTS:
        return None
    points = np.log(np.asarray(usable, dtype=np.float64))
    middle = float(np.median(points))
    spread = SPREAD * float(np.median(np.abs(points - middle)))
    if spread == 0:
        return None
    reach = student_quantile(1 - alpha, points.size - 1) * spread * math.sqrt(1 + 1 / points.size)
    return Prediction(math.exp(middle - reach), math.exp(min(middle + reach, math.log(MOST))), points.size)


@lru_cache(maxsize=256)
def student_quantile(share: float, freedom: int) -> float:
    """Return the value below which `share` (above 0, below 1) of Student's distribution lies, by halving.

    `freedom` is a whole number of degrees of freedom from 1 on. Raises ValueError for anything else.
    """
    if not 0 < share < 1 or freedom < 1:
        raise ValueError(f"no quantile {share} with {freedom} degrees of freedom")
    if share == 0.5:
        return 0.0
    inside = abs(2 * share - 1)
    low, high = 0.0, 1.0
    while _within(high, freedom) < inside and high < MOST:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _within(middle, freedom) < inside else (low, middle)
    return math.copysign((low + high) / 2, share - 0.5)


def _within(value: float, freedom: int) -> float:
    """Return the chance of lying between -value and value: the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = math.atan2(value, math.sqrt(freedom))
    sine, squared = math.sin(angle), math.cos(angle) ** 2
    odd = freedom % 2
    term = total = (math.cos(angle) if odd else 1.0) if freedom > 1 else 0.0
    for step in range(3 if odd else 2, freedom - 1, 2):
        term *= squared * (step - 1) / step
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
