"""Go's benchmark text (`go test -bench`): lines of one name are samples of it (`-count`), under the package that `pkg:` names.

Format: https://golang.org/design/14313-benchmark-format, with the `Unit` lines that benchstat reads.
"""

import re
from collections.abc import Iterator

from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Better, Content, Reading

_RESULT = re.compile(r"(Benchmark(?![a-z])\S*)\s+([0-9]+)\s+(\S.*)")
_UNIT = re.compile(r"Unit\s+(\S+)\s+(\S.*)")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
LONGEST_LINE = 10_000

_KNOWN: dict[str, tuple[str, str, Better]] = {
    "ns/op": ("sec/op", "ns", "lower"),
    "B/op": ("B/op", "B", "lower"),
    "MB/s": ("B/s", "MB/s", "higher"),
    "allocs/op": ("allocs/op", "allocs/op", "lower"),
}
"""What Go's own `testing` prints: the name that benchstat gives it, the unit of its values, and the better direction."""


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    return isinstance(content, str) and any(_RESULT.match(line) for line in content.splitlines())


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return a reading for each benchmark and unit: `PKG.BenchmarkX-8: sec/op`; a metric of the user's keeps its own unit.

    The direction of a unit that Go does not know stands in a `Unit` line (`Unit items/op better=higher`), else it is unknown.
    """
    gathered = Gathered(source)
    if not isinstance(content, str):
        gathered.refuse("line 1", "this is not the text of go test -bench")
    lines = content.splitlines()
    directions = dict(_directions(lines))
    values: dict[tuple[str, str], list[float]] = {}
    places: dict[tuple[str, str], str] = {}
    for name, where, rest in _results(lines, gathered):
        for value, unit in _pairs(rest, where, gathered):
            places.setdefault((name, unit), where)
            values.setdefault((name, unit), []).append(value)
    for (name, unit), found in values.items():
        what, scale, known = _KNOWN.get(unit, (unit, unit, None))
        better = directions.get(unit, known)
        gathered.add(f"{name}: {what}", scale, tuple(found), where=places[name, unit], better=better)
    return gathered.readings(otherwise="it has no line of a benchmark that worked")


def _results(lines: list[str], gathered: Gathered) -> Iterator[tuple[str, str, str]]:
    """Yield the name with its package, the place, and the figures of every result line."""
    package = ""
    for number, line in enumerate(lines, 1):
        if line.startswith("pkg:"):
            package = line[4:].strip()
        elif found := _RESULT.match(line):
            where = f"line {number}"
            if len(line) > LONGEST_LINE:
                gathered.refuse(where, f"the line is longer than {LONGEST_LINE:,} characters")
            yield f"{package}.{found[1]}" if package else found[1], where, found[3]


def _pairs(rest: str, where: str, gathered: Gathered) -> Iterator[tuple[float, str]]:
    """Yield the values of one line with their units."""
    words = rest.split()
    if len(words) % 2:
        gathered.refuse(where, "a value has no unit; the line is cut off, or something else was printed into it")
    seen = set()
    for value, unit in zip(words[::2], words[1::2], strict=True):
        if not _NUMBER.fullmatch(value) or len(value) > 60:
            gathered.refuse(where, f"{value[:40]!a} is not a number that can be compared")
        if unit in seen:
            gathered.refuse(where, f"the unit {unit[:40]!a} stands twice")
        seen.add(unit)
        yield float(value), unit


def _directions(lines: list[str]) -> Iterator[tuple[str, Better]]:
    """Yield the direction of every unit that a `Unit` line tells."""
    for line in lines:
        if found := _UNIT.match(line):
            words = found[2].split()
            if "better=higher" in words:
                yield found[1], "higher"
            elif "better=lower" in words:
                yield found[1], "lower"
