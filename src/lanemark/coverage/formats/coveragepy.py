"""coverage.py's own JSON (`coverage json`): lines, branch arms by name, and since its format 3 functions.

Its "statements" are counted by the line they begin on, which is what we call lines; so `statements` stays absent here.
"""

from collections.abc import Iterable
from typing import Any

from lanemark.coverage.formats.jsonvalues import integers, listing, mapping, read_json, starts_object
from lanemark.coverage.model import MAX_LINE, Branches, FileData, Function
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is coverage.py's JSON."""
    text = starts_object(head)
    return b'"branch_coverage"' in text or b'"executed_lines"' in text


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it."""
    plain = read_json(chunks)
    meta, files = plain.get("meta", {}), plain.get("files")
    if files is None:
        raise DataError('the report has no "files", so it is not coverage.py\'s JSON')
    branched = mapping(meta, "meta").get("branch_coverage") is True
    data = ReportData()
    for path, entry in mapping(files, "files").items():
        data.files.add(path, _file(mapping(entry, path), path, branched=branched, data=data))
    return data


def _file(entry: dict[str, Any], path: str, *, branched: bool, data: ReportData) -> FileData:
    """Return one entry of `files`; skipped lines are counted in `data`."""
    file = FileData(lines=_lines(entry, path, data))
    if branched:
        file.branches = Branches()
        for key, taken in (("missing_branches", False), ("executed_branches", True)):
            for origin, target in _arms(entry.get(key, []), f"{path}: {key}"):
                if 0 < origin <= MAX_LINE:
                    file.branches.arms.setdefault(origin, {})[str(target)] = taken
    if "functions" in entry:
        file.functions = _functions(mapping(entry["functions"], f"{path}: functions"), path, data)
    return file


def _functions(regions: dict[str, Any], path: str, data: ReportData) -> dict[Function, int]:
    """Return each function with 1 if any line of it ran; the nameless region is what lies outside of functions."""
    found: dict[Function, int] = {}
    for name, entry in regions.items():
        region = mapping(entry, f"{path}: {name}")
        lines = _lines(region, f"{path}: {name}", data) if name else {}
        if lines:
            start = region.get("start_line")
            found[name, start if type(start) is int and 0 < start <= MAX_LINE else min(lines)] = max(lines.values())
    return found


def _lines(entry: dict[str, Any], where: str, data: ReportData) -> dict[int, int]:
    """Return hits by line: 1 for executed, 0 for missing; coverage.py does not count how often."""
    found: dict[int, int] = {}
    for key, hits in (("missing_lines", 0), ("executed_lines", 1)):
        for line in integers(entry.get(key), f"{where}: {key}"):
            if 0 < line <= MAX_LINE:
                found[line] = hits
            else:
                data.skipped += 1
    return found


def _arms(value: Any, where: str) -> list[tuple[int, int]]:
    """Return a list of [from, to] pairs."""
    pairs = [integers(pair, where) for pair in listing(value, where)]
    if any(len(pair) != 2 for pair in pairs):
        raise DataError(f"{where[:200]} has an entry that is not a pair")
    return [(pair[0], pair[1]) for pair in pairs]
