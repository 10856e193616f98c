"""github-action-benchmark's custom JSON: `[{"name", "unit", "value", "range"?, "extra"?}]`, a list of summaries.

Its direction stands in that tool's own configuration (`customSmallerIsBetter`, `customBiggerIsBetter`) and not in the file, so
here it is part of the format's name; without it, the unit decides or nobody does.
"""

from lanemark.ingest.cursor import Cursor
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Better, Content, Reading


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    return isinstance(content, list) and bool(content) and all(isinstance(one, dict) and "name" in one for one in content)


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return one reading an entry, its direction by the unit; `range` and `extra` are words for people and not read."""
    return _read(content, source, None)


def read_smaller(content: Content, source: str) -> tuple[Reading, ...]:
    """Return the readings of a file in which smaller is better, whatever the unit."""
    return _read(content, source, "lower")


def read_bigger(content: Content, source: str) -> tuple[Reading, ...]:
    """Return the readings of a file in which bigger is better, whatever the unit."""
    return _read(content, source, "higher")


def _read(content: Content, source: str, better: Better | None) -> tuple[Reading, ...]:
    gathered = Gathered(source)
    for one in Cursor(content, source).items():
        unit = one.at("unit").text() if one.has("unit") and one.at("unit").value != "" else ""
        value = one.at("value").number()
        gathered.add(one.at("name").text(), unit, (value,), where=one.path, better=better, summary=True)
    return gathered.readings(otherwise="it has no figures")
