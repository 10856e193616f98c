"""Values with their units, as users write them (`5%`, `0.5pp`, `90s`, `1.5GiB`) and as people read them."""

import re
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

Quantity = Literal["ratio", "points", "seconds", "bytes", "count"]
"""`5%` is a ratio, `0.5pp` are percentage points, then times, sizes, and bare counts."""

_FACTORS: dict[str, tuple[Quantity, float]] = {
    "%": ("ratio", 0.01),
    "pp": ("points", 0.01),
    "ms": ("seconds", 1e-3), "s": ("seconds", 1.0), "m": ("seconds", 60.0), "h": ("seconds", 3600.0), "d": ("seconds", 86400.0),
    "B": ("bytes", 1.0), "kB": ("bytes", 1e3), "MB": ("bytes", 1e6), "GB": ("bytes", 1e9),
    "KiB": ("bytes", 2.0**10), "MiB": ("bytes", 2.0**20), "GiB": ("bytes", 2.0**30), "TiB": ("bytes", 2.0**40),
}  # fmt: skip
_VALUE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z%]*)")
UNITS: dict[Quantity, tuple[str, ...]] = {
    "ratio": ("%",),
    "points": ("pp",),
    "seconds": ("ms", "s", "m", "h", "d"),
    "bytes": ("B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "TiB"),
    "count": (),
}
"""The units a user may write for each quantity."""


def parse(text: str) -> tuple[Quantity, float] | None:
    """Return what `text` measures and its value in ratio, seconds, bytes or counts; None where it is no such value.

    `5%` gives `("ratio", 0.05)`, `0.5pp` `("points", 0.005)`, `1m30s` `("seconds", 90.0)`, `12` `("count", 12.0)`.
    """
    position, total = 0, 0.0
    kind: Quantity | None = None
    text = text.strip()
    while position < len(text):
        match = _VALUE.match(text, position)
        if not match or (kind and kind != "seconds"):
            return None
        number, unit = float(match[1]), match[2]
        if unit and unit not in _FACTORS:
            return None
        quantity, factor = _FACTORS[unit] if unit else ("count", 1.0)
        if kind == "seconds" and quantity != "seconds":
            return None
        kind, total, position = quantity, total + number * factor, match.end()
    return (kind, total) if kind else None


def exact_ratio(text: str) -> Fraction | None:
    """Return a percentage such as `80%` as an exact fraction, for floors that are compared with fractions."""
    match = _VALUE.fullmatch(text.strip())
    if not match or match[2] != "%":
        return None
    try:
        return Fraction(Decimal(match[1])) / 100
    except InvalidOperation:
        return None


def seconds(value: float) -> str:
    """Return a time for people: `870 µs`, `4.2 ms`, `3.15 s`, `4 min 12 s`, `1 h 02 min`."""
    size = abs(value)
    if size >= 3600:
        hours, rest = divmod(round(size / 60), 60)
        shown = f"{hours} h {rest:02d} min"
    elif size >= 99.5:
        minutes, rest = divmod(round(size), 60)
        shown = f"{minutes} min {rest:02d} s"
    elif size >= 1:
        shown = f"{size:.3g} s"
    elif size >= 1e-3:
        shown = f"{size * 1e3:.3g} ms"
    else:
        shown = f"{size * 1e6:.3g} µs" if size else "0 s"
    return f"-{shown}" if value < 0 else shown


def size(value: float) -> str:
    """Return bytes for people in binary units: `612 MiB`."""
    amount = abs(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            break
        amount /= 1024
    digits = f"{amount:.0f}" if unit == "B" or amount >= 100 else f"{amount:.3g}"
    return f"{'-' if value < 0 else ''}{digits} {unit}"


def change(ratio: float) -> str:
    """Return a relative change with its sign: `+9.1 %`, `-0.3 %`."""
    return f"{ratio * 100:+.1f} %"


def limit(ratio: float) -> str:
    """Return a relative limit without a sign: `10 %`, `7.5 %`."""
    return f"{ratio * 100:.4g} %"


def percent(covered: int, total: int) -> str:
    """Return a share rounded down to two digits: 79.999 % is `79.99 %`, never 80; 0 of 0 is `n/a`."""
    if total == 0:
        return "n/a"
    value = (Decimal(covered) * 100 / Decimal(total)).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    return f"{value.normalize():f} %"


def quantity(value: float, unit: str) -> str:
    """Return `value` of a metric's unit (`s`, `B` or `1`) for people."""
    if unit == "s":
        return seconds(value)
    return size(value) if unit == "B" else f"{value:,.6g}"


def number_of(text: str) -> str:
    """Return the number a value starts with, as written."""
    match = _VALUE.match(text.strip())
    return match[1] if match else text
