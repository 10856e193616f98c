"""Columns of plain text that fit a terminal."""

import unicodedata
from collections.abc import Sequence

from lanemark import escape

WIDTH = 100
"""The most columns a line takes."""

GAP = "  "


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), width: int = WIDTH
) -> str:
    """Return raw cells as aligned columns, escaped for a terminal, every line at most `width` columns wide.

    Columns in `right` are right-aligned. Where the table is too wide its widest columns shrink, and a cell that is cut ends in
    `…`. Every row must have as many cells as the header.
    """
    cells = [[escape.visible(cell) for cell in row] for row in (header, *rows)]
    widths = [max(columns_of(row[index]) for row in cells) for index in range(len(header))]
    while sum(widths) + len(GAP) * (len(widths) - 1) > width and max(widths) > 3:
        widths[widths.index(max(widths))] -= 1
    lines = (GAP.join(_pad(cell, widths[index], right=index in right) for index, cell in enumerate(row)) for row in cells)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def columns_of(text: str) -> int:
    """Return how many terminal columns `text` takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    """Return the columns of one character."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _pad(cell: str, width: int, *, right: bool) -> str:
    """Return `cell` at exactly `width` columns."""
    cell = shorten(cell, width)
    space = " " * (width - columns_of(cell))
    return space + cell if right else cell + space


def shorten(text: str, width: int) -> str:
    """Return `text` where it takes at most `width` columns, else as much of its start as fits before a `…`."""
    if columns_of(text) <= width:
        return text
    taken = 1  # of the sign that something is missing
    for index, char in enumerate(text):
        taken += _columns(char)
        if taken > width:
            return text[:index] + "…"
    return text
