"""The shape of the samples in one line."""

import math
from collections.abc import Sequence

LEVELS = "▁▂▃▄▅▆▇█"
EMPTY = " "
MOST_BARS = 40


def draw_bars(values: Sequence[float], *, low: float, high: float) -> str:
    """Return how many of `values` lie in each of the equal steps from `low` to `high`, as bars; what lies outside is left out.

    The number of bars follows the number of values (twice the square root), so that few samples do not pretend to a shape.
    Empty where everything is equal.
    """
    if high <= low or not values:
        return ""
    bars = min(max(2 * math.isqrt(len(values)), 5), MOST_BARS)
    counts = [0] * bars
    for value in values:
        if low <= value <= high:
            counts[min(int((value - low) / (high - low) * bars), bars - 1)] += 1
    top = max(counts)
    return "".join(EMPTY if not count else LEVELS[max(math.ceil(count / top * len(LEVELS)) - 1, 0)] for count in counts)
