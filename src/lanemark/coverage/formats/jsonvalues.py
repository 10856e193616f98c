"""JSON reports: read whole, bounded, and each value asked for by what it must be."""

from collections.abc import Iterable
from typing import Any

from lanemark import codec
from lanemark.coverage.model import MAX_HITS, MAX_LINE
from lanemark.errors import DataError

LIMIT = 200 << 20
"""The most bytes that are read; JSON is read whole, so it costs several times this in memory."""


def read_json(chunks: Iterable[bytes]) -> dict[str, Any]:
    """Return the object that `chunks` are; raise DataError for duplicate keys, depth, NaN, numbers that nothing counts to."""
    pieces, size = [], 0
    for chunk in chunks:
        pieces.append(chunk)
        size += len(chunk)
        if size > LIMIT:
            raise DataError(f"it is JSON of more than {LIMIT >> 20} MiB; split the report, or let the tool write LCOV or XML")
    data = b"".join(pieces).removeprefix(b"\xef\xbb\xbf")
    return mapping(codec.parse(data, limit=LIMIT, source="the report"), "the report")


def starts_object(head: bytes) -> bytes:
    """Return `head` from the brace on if it is the start of a JSON object, else nothing."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text if text.startswith(b"{") else b""


def mapping(value: Any, where: str) -> dict[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise DataError(f"{where[:200]} is not a JSON object")
    return value


def listing(value: Any, where: str) -> list[Any]:
    """Return a JSON list."""
    if not isinstance(value, list):
        raise DataError(f"{where[:200]} is not a list")
    return value


def integers(value: Any, where: str) -> list[int]:
    """Return a list of integers (a bool is none)."""
    if not isinstance(value, list) or any(type(item) is not int for item in value):
        raise DataError(f"{where[:200]} is not a list of whole numbers")
    return value


def hits_of(value: Any, where: str) -> int:
    """Return how often something was reached; a negative count (an overflow) is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{where[:200]} is not a number")
    return min(max(int(value), 0), MAX_HITS) if not 0 < value < 1 else 1


def line_of(value: Any, where: str) -> int:
    """Return a line number, 0 for null and for one that no file has."""
    if value is not None and type(value) is not int:
        raise DataError(f"{where[:200]} is not a line number")
    return value if value is not None and 0 < value <= MAX_LINE else 0
