"""Which format is it? By content, never by name; a new format is one module in `formats` and one line here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lanemark.config.types import ReportFormat
from lanemark.coverage.formats import clover, cobertura, coveragepy, gocover, istanbul, istanbul_summary, jacoco, lcov, simplecov
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError

HEAD = 1 << 16
"""The bytes from the start of a report that decide."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is called, whether a file that starts so is one, and how its bytes become data (or a DataError)."""

    name: ReportFormat
    title: str
    claims: Callable[[bytes], bool]
    parse: Callable[[Iterable[bytes]], ReportData]


FORMATS: tuple[Format, ...] = (
    Format("cobertura", "Cobertura XML", cobertura.claims, cobertura.parse),
    Format("coveragepy", "coverage.py JSON", coveragepy.claims, coveragepy.parse),
    Format("lcov", "LCOV", lcov.claims, lcov.parse),
    Format("jacoco", "JaCoCo XML", jacoco.claims, jacoco.parse),
    Format("clover", "Clover XML", clover.claims, clover.parse),
    Format("go", "Go cover profile", gocover.claims, gocover.parse),
    Format("istanbul-final", "Istanbul's coverage-final.json", istanbul.claims, istanbul.parse),
    Format("istanbul-summary", "Istanbul's coverage-summary.json", istanbul_summary.claims, istanbul_summary.parse),
    Format("simplecov", "SimpleCov JSON", simplecov.claims, simplecov.parse),
)


def detect_format(head: bytes, formats: tuple[Format, ...] = FORMATS) -> Format:
    """Return the one of `formats` that claims a report starting with `head`; raise DataError if none does, or several do."""
    claiming = [known for known in formats if known.claims(head[:HEAD])]
    if not claiming:
        titles = ", ".join(known.title for known in formats)
        raise DataError(f"its content is none of {titles}; if it should be, name the format with `format:`")
    if len(claiming) > 1:
        names = " and ".join(known.name for known in claiming)
        raise DataError(f"its content could be {names}; say which with `format:`")
    return claiming[0]


def format_named(name: ReportFormat) -> Format:
    """Return the format that the configuration calls `name`."""
    return next(known for known in FORMATS if known.name == name)
