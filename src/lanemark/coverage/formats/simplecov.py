"""SimpleCov: its own `.resultset.json`, with the results of each command, and the `coverage.json` of its JSON formatter.

Lines are a list with one entry for each line of the file: null where there is nothing to run, "ignored" between `:nocov:`.
Branches and methods are named by Ruby literals (`[:if, 0, 3, 4, 7, 7]`), which are read for their line and never evaluated.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lanemark.coverage.formats.jsonvalues import hits_of, line_of, listing, mapping, read_json, starts_object
from lanemark.coverage.model import MAX_LINE, Branches, FileData
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError

RESULT_SET = re.compile(rb'\{\s*(?:\}\s*$|"[^"\n]{0,1000}"\s*:\s*\{\s*"coverage"\s*:\s*\{)')

PLACE = re.compile(r"\[(.*?),? ?(\d{1,9}), (\d{1,9}), (\d{1,9}), (\d{1,9})\]", re.DOTALL)
"""A Ruby literal that ends with first line, column, last line, column."""


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is SimpleCov's."""
    text = starts_object(head)
    return b'"simplecov_version"' in text or RESULT_SET.match(text) is not None


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and where."""
    data = ReportData()
    plain = read_json(chunks)
    for path, entry in _entries(plain):
        data.files.add(path, _file({"lines": entry} if isinstance(entry, list) else mapping(entry, path), path))
    branches = any(data.files.counts(path).branches is not None for path in data.files)
    functions = any(data.files.counts(path).functions is not None for path in data.files)
    data.files.complete(branches=branches, functions=functions)
    return data


def _entries(plain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield path and coverage of each file of each command; without commands there is one."""
    if isinstance(plain.get("meta"), dict):
        yield from mapping(plain.get("coverage"), "coverage").items()
        return
    for command, result in plain.items():
        yield from mapping(mapping(result, command).get("coverage"), f"{command}: coverage").items()


def _file(entry: dict[str, Any], path: str) -> FileData:
    """Return one file."""
    file = FileData()
    lines = listing(entry.get("lines"), f"{path}: lines")
    if len(lines) > MAX_LINE:
        raise DataError(f"{path[:200]}: more lines than any file has")
    for number, hits in enumerate(lines, 1):
        if hits is not None and hits != "ignored":
            file.lines[number] = hits_of(hits, f"{path}: line {number}")
    if "branches" in entry:
        file.branches = Branches()
        for line, name, hits in _arms(entry["branches"], path):
            file.branches.arms.setdefault(line, {})[name] = hits > 0
    if "methods" in entry:
        file.functions = dict(_methods(entry["methods"], path))
    return file


def _arms(branches: Any, path: str) -> Iterator[tuple[int, str, int]]:
    """Yield line, name and hits of each arm: from the tree of a result set, or from the list of the JSON formatter."""
    where = f"{path}: branches"
    if isinstance(branches, list):
        for at, value in enumerate(branches):
            arm = mapping(value, where)
            if arm.get("coverage") not in (None, "ignored"):
                yield line_of(arm.get("start_line"), where), f"{at} {arm.get('type')}"[:100], hits_of(arm["coverage"], where)
        return
    for condition, arms in mapping(branches, where).items():
        for name, hits in mapping(arms, where).items():
            yield _first_line(condition, where), f"{condition} {name}"[:300], hits_of(hits, where)


def _methods(methods: Any, path: str) -> Iterator[tuple[tuple[str, int], int]]:
    """Yield name, line and hits of each method, from either form."""
    where = f"{path}: methods"
    if isinstance(methods, list):
        for value in methods:
            method = mapping(value, where)
            if method.get("coverage") not in (None, "ignored"):
                name = str(method.get("name") or method.get("method") or "")[:1000]
                yield (name, line_of(method.get("start_line"), where)), hits_of(method["coverage"], where)
        return
    for name, hits in mapping(methods, where).items():
        yield (name[:1000], _first_line(name, where)), hits_of(hits, where)


def _first_line(literal: str, where: str) -> int:
    """Return the line with which the place in a Ruby literal begins."""
    place = PLACE.fullmatch(literal[:2000])
    if place is None:
        raise DataError(f"{where[:200]}: {literal[:80]!r} names no place")
    return line_of(int(place[2]), where)
