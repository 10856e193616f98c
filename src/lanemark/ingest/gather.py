"""Figures become readings: checked, in SI, under one name each, and few enough for the record."""

import math
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NoReturn

import msgspec

from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.ingest.cursor import HELP
from lanemark.ingest.types import Better, Reading
from lanemark.ingest.units import scale_of

MOST_READINGS = 2000
"""The most figures of one file; a file with more is refused, not cut."""

MOST_EACH, MOST_TOGETHER = 200, 50_000
"""The most values that are kept of one figure, and of one file. Of more, every k-th is kept, so their median hardly moves."""

LONGEST_NAME = 300
"""A longer name is cut, and ends in a digest so that two of them stay two."""

LARGEST = 1e18
"""No measurement is larger in its SI unit (30 billion years, an exbibyte); the judging half refuses larger ones too."""


@dataclass(slots=True)
class Gathered:
    """The readings of the file `source`, in its order."""

    source: str
    _found: dict[str, Reading] = field(default_factory=dict)

    def add(
        self, name: str, unit: str, values: tuple[float, ...], *, where: str, better: Better | None = None, summary: bool = False
    ) -> None:
        """Add one figure. `where` is its JSON path or line, for faults; `better` overrides what the unit implies.

        Raises DataError for a name that stands twice, no values, values that cannot be measurements, and too many figures.
        """
        scale = scale_of(unit)
        scaled = tuple(self._check(value * scale.factor, scale.unit, where) for value in values)
        name = shortened(name)
        if not scaled:
            self.refuse(where, "it has no values")
        if name in self._found:
            self.refuse(where, f'the name "{_shown(name)}" stands twice, so nobody can tell which figure is meant')
        if len(self._found) == MOST_READINGS:
            self.refuse(where, f"there are more than {MOST_READINGS:,} figures; write fewer, or split the stage")
        direction = scale.better if better is None else better
        self._found[name] = Reading(name=name, unit=scale.unit[:60], better=direction, values=scaled, summary=summary)

    def readings(self, *, otherwise: str) -> tuple[Reading, ...]:
        """Return what was added; raise DataError with the words `otherwise` where that is nothing."""
        if not self._found:
            raise DataError(f"{self.source}: {otherwise}", help=HELP)
        most = max(1, min(MOST_EACH, MOST_TOGETHER // len(self._found)))
        return tuple(msgspec.structs.replace(one, values=_thinned(one.values, most)) for one in self._found.values())

    def refuse(self, where: str, what: str) -> NoReturn:
        """Raise a DataError about one place of the file."""
        raise DataError(f"{self.source}: {where}: {what}", help=HELP)

    def _check(self, value: float, unit: str, where: str) -> float:
        """Return a value that can be a measurement in `unit`."""
        if not math.isfinite(value) or abs(value) > LARGEST:
            self.refuse(where, f"{value:g} is not a number that can be a measurement")
        if value < 0 and unit in ("s", "B", "B/s", "1/s"):
            self.refuse(where, f"{value:g} {unit} is below zero, which no time, size or rate can be")
        return value + 0.0  # no minus zero


def _thinned(values: tuple[float, ...], most: int) -> tuple[float, ...]:
    """Return at most `most` of `values`, evenly spread over the order they were taken in."""
    if len(values) <= most:
        return values
    return tuple(values[(2 * index + 1) * len(values) // (2 * most)] for index in range(most))


def shortened(name: str) -> str:
    """Return a name of at most `LONGEST_NAME` characters."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 10]}… {digest}"


def _shown(name: str) -> str:
    """Return a hostile name for a message."""
    shown = visible(name)
    return shown if len(shown) <= 120 else shown[:119] + "…"
