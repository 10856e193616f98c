"""Istanbul's `coverage-summary.json`: totals of each file and no lines. So totals count, and of a change nothing is known."""

from collections.abc import Iterable
from typing import Any

from lanemark.coverage.formats.jsonvalues import mapping, read_json, starts_object
from lanemark.coverage.model import FileData
from lanemark.coverage.packed import ReportData
from lanemark.coverage.types import Count, Counts
from lanemark.errors import DataError

MOST = 10_000_000
"""No file has more lines, nor statements, nor arms."""


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is a summary."""
    text = starts_object(head)
    return b'"pct"' in text and b'"covered"' in text and b'"statementMap"' not in text


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and where."""
    data = ReportData()
    for path, entry in read_json(chunks).items():
        if path != "total":
            data.files.add(path, FileData(totals=_totals(mapping(entry, path), path)))
    return data


def _totals(entry: dict[str, Any], path: str) -> Counts:
    """Return the totals of one file; a kind that the summary lacks is absent."""
    found = {
        kind: _count(entry[kind], f"{path}: {kind}") for kind in ("lines", "branches", "functions", "statements") if kind in entry
    }
    return Counts(**found)


def _count(value: Any, where: str) -> Count:
    """Return `covered` of `total`; the percentage is not read."""
    entry = mapping(value, where)
    covered, total = entry.get("covered"), entry.get("total")
    if type(covered) is not int or type(total) is not int or not 0 <= covered <= total <= MOST:
        raise DataError(f"{where[:200]}: {str(covered)[:40]} covered of {str(total)[:40]} cannot be")
    return Count(covered=covered, total=total)
