"""As many digits as the spread of the samples carries, and one unit for a whole row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lanemark.metric import Unit

MOST_DECIMALS: dict[Unit, int] = {"s": 3, "B": 2, "1": 1}
"""A tenth of a page fault is digits enough."""

_STEPS: dict[Unit, tuple[tuple[float, str], ...]] = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "B": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
    "1": ((1.0, ""),),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """What a number is divided by, the name of that unit, and how many decimals are shown."""

    factor: float
    unit: str
    decimals: int

    def number(self, value: float) -> str:
        """Return the bare number."""
        return f"{value / self.factor:,.{self.decimals}f}"

    def quantity(self, value: float) -> str:
        """Return the number with its unit."""
        return f"{self.number(value)} {self.unit}".rstrip()


def find_scale(values: Sequence[float], middle: float, unit: Unit) -> Scale:
    """Return the scale of a row whose median is `middle`: at least three digits, and the first two of the spread.

    The spread is the middle half of `values`, so that one stray sample takes no digit away from the others.
    """
    steps = _STEPS[unit]
    factor, name = next((step for step in steps if abs(middle) >= step[0] * 0.9995), steps[-1])
    if unit == "1" and all(value.is_integer() for value in (*values, middle)):
        return Scale(factor, name, 0)
    ordered = sorted(values)
    spread = (ordered[(3 * len(ordered)) // 4] - ordered[len(ordered) // 4]) / 2 if len(ordered) > 3 else 0.0
    wanted = max(_decimals(spread / factor, 2), _decimals(middle / factor, 3))
    return Scale(factor, name, 0 if name == "B" else max(0, min(wanted, MOST_DECIMALS[unit])))


def _decimals(value: float, digits: int) -> int:
    """Return how many decimals show the first `digits` digits of `value`."""
    return 0 if value <= 0 else digits - 1 - math.floor(math.log10(value) + 1e-9)
