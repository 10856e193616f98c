"""Numbers as reports write them: line numbers and hits, from hostile text, each different text looked at once."""

import math
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from lanemark.coverage.model import MAX_HITS, MAX_LINE
from lanemark.errors import DataError

MEMORY = 1 << 16
"""Texts that are remembered, because few different ones make up most of a report."""

Text = TypeVar("Text", str, bytes, tuple[str, ...])
Value = TypeVar("Value")


class Remembered(dict[Text, Value], Generic[Text, Value]):
    """The value of each text (or texts), as `read` gives it."""

    def __init__(self, read: Callable[[Text], Value]) -> None:
        """Begin with an empty memory."""
        super().__init__()
        self._read: Callable[[Text], Value] = read

    def __missing__(self, text: Text) -> Value:
        """Read a text for the first time; keep its value while there is room."""
        value = self._read(text)
        if len(self) < MEMORY:
            self[text] = value
        return value


def line_number(text: str) -> int:
    """Return a line number, 0 for one that no file has (below 1, or beyond MAX_LINE)."""
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise DataError(f"a line whose number is {text[:40]!r}")
    number = int(text) if len(digits) < 10 else 0
    return number if 0 < number <= MAX_LINE else 0


def hit_count(text: str) -> int:
    """Return hits as a whole number from 0 to MAX_HITS; a fraction of a hit is a hit, a negative count (an overflow) is none."""
    if len(text) < 19 and text.isascii() and text.isdecimal():
        return int(text)
    try:
        value = float(text[:400])
    except ValueError:
        raise DataError(f"a line whose hits are {text[:40]!r}") from None
    if math.isnan(value):
        raise DataError("a line whose hits are NaN")
    return 0 if value <= 0 else MAX_HITS if value >= MAX_HITS else math.ceil(value)


def add_lines(lines: dict[int, int], numbers: Sequence[int], hits: Sequence[int]) -> int:
    """Add hits to `lines`, all at once where all of them are new; return how many had the number 0, which no file has."""
    found = dict(zip(numbers, hits, strict=True))
    if len(found) == len(numbers) and 0 not in found and lines.keys().isdisjoint(found):
        lines.update(found)
        return 0
    skipped = 0
    for number, count in zip(numbers, hits, strict=True):
        if number:
            lines[number] = min(lines.get(number, 0) + count, MAX_HITS)
        else:
            skipped += 1
    return skipped
