"""Istanbul's `coverage-final.json`, as nyc, c8, Jest and Vitest write it: statements, functions and arms with their places.

The rules are Istanbul's own: a line is as reached as the most reached statement that begins on it, and an arm belongs to the
line on which its branch begins.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lanemark.coverage.formats.jsonvalues import hits_of, line_of, listing, mapping, read_json, starts_object
from lanemark.coverage.model import Branches, FileData, Span
from lanemark.coverage.packed import ReportData

KINDS = (("statementMap", "s"), ("branchMap", "b"), ("fnMap", "f"))


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is Istanbul's."""
    return b'"statementMap"' in starts_object(head)


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and where."""
    data = ReportData()
    for key, value in read_json(chunks).items():
        entry = mapping(value, key)
        entry = mapping(entry["data"], key) if isinstance(entry.get("data"), dict) else entry
        path = entry.get("path")
        data.files.add(path if isinstance(path, str) and path else key, _file(entry, key, data))
    return data


def _file(entry: dict[str, Any], path: str, data: ReportData) -> FileData:
    """Return one file."""
    file = FileData(branches=Branches(), functions={}, statements={}, weights={})
    for _, place, count in _counted(entry, "statementMap", "s", path):
        _add_statement(file, place, hits_of(count, f"{path}: s"), path, data)
    for name, place, counts in _counted(entry, "branchMap", "b", path):
        if file.branches is not None:
            arms = file.branches.arms.setdefault(_line(place, path), {})
            for at, count in enumerate(listing(counts, f"{path}: b")):
                arms[f"{name},{at}"] = hits_of(count, f"{path}: b") > 0
    for name, place, count in _counted(entry, "fnMap", "f", path):
        functions = {} if file.functions is None else file.functions
        function = str(place.get("name") or "")[:1000], _line(place, path)
        hits = hits_of(count, f"{path}: f")
        functions[(f"{function[0]} {name}", function[1]) if function in functions else function] = hits
    return file


def _add_statement(file: FileData, place: dict[str, Any], hits: int, path: str, data: ReportData) -> None:
    """Add a statement and the line it begins on."""
    span = _span(place, path)
    if file.statements is None or file.weights is None:
        return
    if span in file.statements:  # two statements of one place, which a source map makes of generated code
        file.weights[span] = file.weights.get(span, 1) + 1
    file.statements[span] = max(hits, file.statements.get(span, 0))
    if span[0]:
        file.lines[span[0]] = max(hits, file.lines.get(span[0], 0))
    else:
        data.skipped += 1


def _counted(entry: dict[str, Any], places: str, counts: str, path: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield identifier, place and count of each thing that has both."""
    found = mapping(entry.get(places), f"{path}: {places}")
    for name, count in mapping(entry.get(counts), f"{path}: {counts}").items():
        if name in found:
            yield name, mapping(found[name], f"{path}: {places}"), count


def _line(place: dict[str, Any], path: str) -> int:
    """Return the line on which a branch or function begins."""
    for key in ("line", "decl", "loc"):
        value = place.get(key)
        if key == "line" and value:
            return line_of(value, f"{path}: line")
        if isinstance(value, dict) and isinstance(value.get("start"), dict) and value["start"].get("line"):
            return line_of(value["start"]["line"], f"{path}: {key}")
    return 0


def _span(place: dict[str, Any], path: str) -> Span:
    """Return a statement's place; a column may be null, which is the end of the line."""
    start, end = (mapping(place.get(key), f"{path}: statementMap") for key in ("start", "end"))
    first, last = (line_of(point.get("line"), f"{path}: statementMap") for point in (start, end))
    return first, _column(start, path), max(first, last), _column(end, path)


def _column(point: dict[str, Any], path: str) -> int:
    """Return a column."""
    return line_of(point.get("column"), f"{path}: statementMap")
