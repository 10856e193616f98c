"""`lanemark coverage report`, `diff` and `explain` as plain JSON values (design of the command line: one object each)."""

from collections.abc import Sequence
from typing import Any

from lanemark.coverage.types import Count, Counts, Coverage, PatchFile, ReportState
from lanemark.path import RepoPath
from lanemark.pattern import Patterns


def report_view(coverage: Coverage) -> dict[str, Any]:
    """Return totals by kind, then each file, each report, each flag; a kind nobody measured is null."""
    return {
        **_counts(coverage.counts),
        "files": [{"path": file.path, **_counts(file.counts)} for file in coverage.files],
        "flags": {flag: _counts(counts) for flag, counts in coverage.flags.items()},
        **_sources(coverage),
    }


def diff_view(coverage: Coverage) -> dict[str, Any]:
    """Return the same for the changed lines, with uncovered ranges (inclusive), partly covered lines, and files without data.

    Without a base there is nothing changed to speak of, and every kind is null.
    """
    patch = coverage.patch
    files = patch.files if patch else ()
    return {
        **_counts(patch.counts if patch else Counts()),
        "files": [{"path": file.path, "lines": _count(file.lines), "branches": _count(file.branches)} for file in files],
        "uncovered": [range_ for file in files for range_ in _uncovered(file)],
        "partial": [
            {"path": file.path, "line": one.line, "head_line": one.head_line, "taken": one.taken, "total": one.total}
            for file in files
            for one in file.partial
        ],
        "unknown": list(patch.unknown) if patch else [],
        **_sources(coverage),
    }


def explain_view(coverage: Coverage, path: RepoPath, *, exclude: Sequence[str] = (), generated: bool = False) -> dict[str, Any]:
    """Return all that is known of one file, and why there is nothing known.

    `state` is `measured`, `excluded` (with the `pattern` that did it), `generated` (by the attributes of the repository),
    `unknown` (changed, and no report mentions it) or `unmentioned`. `similar` are unmatched report paths with the same file name:
    often the file itself, under another root.
    """
    line = Patterns(exclude).claim(path)
    measured = next((file for file in coverage.files if file.path == path), None)
    changed = next((file for file in (coverage.patch.files if coverage.patch else ()) if file.path == path), None)
    unknown = coverage.patch is not None and path in coverage.patch.unknown
    name = path.rpartition("/")[2]
    known = "measured" if measured else "unknown" if unknown else "unmentioned"
    state = "excluded" if line is not None else "generated" if generated else known
    return {
        "path": path,
        "state": state,
        "pattern": None if line is None else exclude[line],
        **_counts(measured.counts if measured else Counts()),
        "changed": {"lines": _count(changed.lines), "branches": _count(changed.branches)} if changed else None,
        "uncovered": _uncovered(changed) if changed else [],
        "similar": [other for other in coverage.unmatched if other.replace("\\", "/").rpartition("/")[2] == name],
        "reports": [_report(report) for report in coverage.reports],
    }


def _sources(coverage: Coverage) -> dict[str, Any]:
    """Return where the numbers come from."""
    return {
        "reports": [_report(report) for report in coverage.reports],
        "unmatched": list(coverage.unmatched),
        "left_out": [{"pattern": one.pattern or None, "files": one.files, "changed": one.changed} for one in coverage.left_out],
    }


def _report(report: ReportState) -> dict[str, Any]:
    """Return what became of one report."""
    return {
        "path": report.path,
        "state": report.state,
        "format": report.format,
        "flag": report.flag,
        "files": report.files,
        "reason": report.reason,
    }


def _uncovered(file: PatchFile) -> list[dict[str, Any]]:
    """Return the uncovered ranges of one file, each with its path."""
    return [
        {"path": file.path, "start": found.start, "end": found.end, "head_start": found.head_start} for found in file.uncovered
    ]


def _counts(counts: Counts) -> dict[str, Any]:
    """Return the four kinds."""
    return {
        "lines": _count(counts.lines),
        "branches": _count(counts.branches),
        "functions": _count(counts.functions),
        "statements": _count(counts.statements),
    }


def _count(count: Count | None) -> dict[str, int] | None:
    """Return one count, never as a percentage."""
    return None if count is None else {"covered": count.covered, "total": count.total}
