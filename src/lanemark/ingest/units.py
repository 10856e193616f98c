"""Units as other tools write them, in SI; what a unit says about direction, and nothing where it says nothing.

This table is the whole knowledge: a unit that is not in it stays as it was written, and its direction is unknown. `KB` is not in
it because half of the tools mean 1,000 bytes and half 1,024; rates of anything but bytes and operations are not in it because
errors per second and requests per second want opposite directions.
"""

from typing import NamedTuple

from lanemark.ingest.types import Better


class Scale(NamedTuple):
    """The SI unit, what a value is multiplied with to be in it, and the direction that the unit itself implies."""

    unit: str
    factor: float
    better: Better


_TIMES = {
    "ns": 1e-9, "nanosecond": 1e-9, "nanoseconds": 1e-9,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "ms": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
}  # fmt: skip
_SIZES = {
    "B": 1.0, "byte": 1.0, "bytes": 1.0,
    "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40,
}  # fmt: skip
_OPERATIONS = ("ops/s", "ops/sec", "op/s", "op/sec")

SCALES: dict[str, Scale] = {
    **{unit: Scale("s", factor, "lower") for unit, factor in _TIMES.items()},
    **{unit: Scale("B", factor, "lower") for unit, factor in _SIZES.items()},
    **{f"{unit}/s": Scale("B/s", factor, "higher") for unit, factor in _SIZES.items()},
    **dict.fromkeys(_OPERATIONS, Scale("1/s", 1.0, "higher")),
    "1/s": Scale("1/s", 1.0, "unknown"),
}
"""Every unit that is understood, as it is written."""


def scale_of(unit: str) -> Scale:
    """Return what `unit` is in SI; itself, with an unknown direction, where it is not understood."""
    unit = unit.strip()
    return SCALES.get(unit, Scale(unit, 1.0, "unknown"))
