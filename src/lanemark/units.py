"""Values with their units, as users write them (`5%`, `0.5pp`, `90s`, `1.5GiB`) and as people read them."""

import re
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Literal

Quantity = Literal["ratio", "points", "seconds", "bytes", "count"]
"""`5%` is a ratio, `0.5pp` are percentage points, then times, sizes, and bare counts."""

_FACTORS: dict[str, tuple[Quantity, Fraction | int]] = {
    "%": ("ratio", Fraction(1, 100)),
    "pp": ("points", Fraction(1, 100)),
    "ms": ("seconds", Fraction(1, 1000)), "s": ("seconds", 1), "m": ("seconds", 60), "h": ("seconds", 3600),
    "d": ("seconds", 86400),
    "B": ("bytes", 1), "kB": ("bytes", 10**3), "MB": ("bytes", 10**6), "GB": ("bytes", 10**9),
    "KiB": ("bytes", 2**10), "MiB": ("bytes", 2**20), "GiB": ("bytes", 2**30), "TiB": ("bytes", 2**40),
}  # fmt: skip
_LONGEST = 40
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

    `5%` gives `("ratio", 0.05)`, `0.5pp` `("points", 0.005)`, `1m30s` `("seconds", 90.0)`, `12` `("count", 12.0)`. The factor is
    applied exactly, so `7%` is the same float as 0.07. There is no sign, no exponent, no infinity.
    """
    position, total = 0, Fraction(0)
    kind: Quantity | None = None
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    while position < len(text):
        match = _VALUE.match(text, position)
        if not match or (kind and kind != "seconds"):
            return None
        unit = match[2]
        if unit and unit not in _FACTORS:
            return None
        quantity, factor = _FACTORS[unit] if unit else ("count", 1)
        if kind == "seconds" and quantity != "seconds":
            return None
        kind, total, position = quantity, total + Fraction(match[1]) * factor, match.end()
    return (kind, float(total)) if kind else None


def number_of(text: str) -> str:
    """Return the number that a value starts with, as it was written: `0.5` of `0.5pp`; empty where there is none."""
    match = _VALUE.match(text.strip())
    return match[1] if match else ""


def written(value: float, quantity: Quantity) -> str:
    """Return a value as a user would write it, so that `parse` gives exactly `value` back: `5%`, `0.5pp`, `90s`, `12`."""
    unit = {"ratio": "%", "points": "pp", "seconds": "s", "bytes": "B", "count": ""}[quantity]
    number = Decimal(repr(float(value))) * (100 if quantity in ("ratio", "points") else 1)
    digits = f"{number:f}"
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}{unit}"


def exact_ratio(text: str) -> Fraction | None:
    """Return a percentage such as `80%` as an exact fraction, for floors that are compared with fractions."""
    match = _VALUE.fullmatch(text.strip())
    return Fraction(match[1]) / 100 if match and match[2] == "%" and len(text) <= _LONGEST else None


def seconds(value: float) -> str:
    """Return a time for people: `870 µs`, `4.2 ms`, `3.15 s`, `4 min 12 s`, `1 h 02 min`."""
    size = abs(value)
    if size >= 3599.5:
        hours, rest = divmod(round(size / 60), 60)
        shown = f"{hours} h {rest:02d} min"
    elif size >= 99.5:
        minutes, rest = divmod(round(size), 60)
        shown = f"{minutes} min {rest:02d} s"
    elif size >= 0.9995:
        shown = f"{size:.3g} s"
    elif size >= 0.9995e-3:
        shown = f"{size * 1e3:.3g} ms"
    else:
        shown = f"{size * 1e6:.3g} µs" if size else "0 s"
    return f"-{shown}" if value < 0 else shown


def size(value: float) -> str:
    """Return bytes for people in binary units: `612 MiB`."""
    amount = abs(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1023.5 or unit == "GiB":
            break
        amount /= 1024
    digits = f"{amount:.0f}" if unit == "B" or amount >= 99.95 else f"{amount:.3g}"
    return f"{'-' if value < 0 else ''}{digits} {unit}"


def size_between(value: float, low: float | None, high: float | None) -> str:
    """Return bytes with the interval they lie in: `1.3 MiB (1.1 to 1.5)`; units stand with the bounds where they differ."""
    shown = size(value)
    if low is None or high is None:
        return shown
    bounds = size(low), size(high)
    unit = shown.rpartition(" ")[2]
    if all(bound.endswith(f" {unit}") for bound in bounds):
        bounds = bounds[0].removesuffix(f" {unit}"), bounds[1].removesuffix(f" {unit}")
    return f"{shown} ({bounds[0]} to {bounds[1]})"


FAR = 99.0
"""A change by a factor of a hundred: from here on percent say less than the factor."""


def change(ratio: float) -> str:
    """Return a relative change with its sign: `+9.1 %`, `-0.3 %`; from `FAR` on as a factor, `x 3,915`."""
    return f"{ratio * 100:+.1f} %" if ratio < FAR else f"x {ratio + 1:,.0f}"


def limit(ratio: float) -> str:
    """Return a relative limit without a sign: `10 %`, `7.5 %`."""
    return f"{ratio * 100:.4g} %"


def tenths(share: float) -> str:
    """Return a share given in tenths of a percent: `62.4 %`, `100 %`; it is rounded to one of them."""
    return f"{round(share) / 10:g} %"


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
    return size(value) if unit == "B" else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
