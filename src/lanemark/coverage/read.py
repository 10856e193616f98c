"""Reports in, `Coverage` out: each report read on its own, paths resolved, everything merged, the change looked up in it.

One bad report never stops the others and never goes unnoticed: what became of each is a `ReportState`, and totals are only worth
a verdict where all of them were read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from lanemark.change import AddedLines
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.detail import detail_of
from lanemark.coverage.detect import HEAD, Format, detect_format, format_named
from lanemark.coverage.expected import count_reports
from lanemark.coverage.left import Left, count_left
from lanemark.coverage.merge import add_counts
from lanemark.coverage.model import FileData
from lanemark.coverage.packed import Files, ReportData
from lanemark.coverage.patch import patch_coverage
from lanemark.coverage.paths import PathMatcher
from lanemark.coverage.spans import continued_lines, python_reaches
from lanemark.coverage.types import Coverage, FileCoverage, ReportState
from lanemark.errors import DataError
from lanemark.path import RepoPath

LIMIT = 512 << 20
"""The most bytes of one report that are read."""

State = Literal["read", "missing", "unreadable", "incomplete"]

MAX_UNMATCHED = 1000
"""So many unmatched paths are listed, each cut at 300 characters; the count is always whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """One file that a rule of the configuration found, or with `chunks` None that it found none.

    `path` is for people. `chunks` opens the file; it may raise DataError, then or while it is read.
    """

    rule: ReportRules
    path: str
    chunks: Callable[[], Iterator[bytes]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What coverage must know of a change: the added lines of the tested commit, None where there is no base to compare with.

    `text` returns a file of the tested commit, None where it cannot be had; it tells which lines are one statement.
    """

    added: Sequence[AddedLines] | None = None
    text: Callable[[RepoPath], str | None] | None = None


@dataclass(slots=True)
class Measured:
    """What reports say, file by file, what became of each report, and which files do not count."""

    states: tuple[ReportState, ...] = ()
    files: Files[RepoPath] = field(default_factory=Files)
    flags: dict[str, Files[RepoPath]] = field(default_factory=dict)
    unmatched: set[str] = field(default_factory=set)
    left: Left = field(default_factory=Left)


def read_coverage(
    reports: Sequence[ReportInput],
    rules: CoverageRules,
    *,
    root: str,
    tracked: Collection[RepoPath],
    added: Sequence[AddedLines] | None,
    detailed: bool = False,
) -> Coverage:
    """Return the coverage that `reports` give for the `tracked` files: `measure_reports`, then `sum_coverage`."""
    measured = measure_reports(reports, rules, root=root, tracked=tracked, detailed=detailed)
    return sum_coverage(measured, Changed(added=added), detailed=detailed)


def measure_reports(
    reports: Sequence[ReportInput],
    rules: CoverageRules,
    *,
    root: str,
    tracked: Collection[RepoPath],
    generated: Collection[RepoPath] = (),
    detailed: bool = False,
) -> Measured:
    """Return what `reports` say of the `tracked` files of the worktree at `root`, without those that do not count.

    Excluded and `generated` files do not; both are the base side's word.
    Rules without any input count as missing. `detailed` is for a job whose part is to be joined with others: it keeps what has
    no flag apart, and does not count the reports, which may be other jobs'. Never raises for what a report contains.
    """
    matcher = PathMatcher(tracked, root)
    flags: dict[str, Files[RepoPath]] = {rule.flag: Files() for rule in rules.reports if rule.flag or detailed}
    measured = Measured(flags=flags, left=Left(rules.exclude, generated))
    states = tuple(_take(report, matcher, measured) for report in [*reports, *_without_input(reports, rules)])
    measured.states = states if detailed else count_reports(states)
    return measured


def sum_coverage(measured: Measured, change: Changed, *, detailed: bool = False) -> Coverage:
    """Return the coverage of what was measured, and of the change in it.

    `detailed` keeps every line, for a job whose part is to be joined with others.
    """
    added = _counted(change.added, measured.left)
    continued = _continued(measured, added or (), change.text)
    return Coverage(
        reports=measured.states,
        counts=add_counts(map(measured.files.counts, measured.files)),
        files=tuple(FileCoverage(path=path, counts=measured.files.counts(path)) for path in sorted(measured.files)),
        flags={flag: add_counts(map(files.counts, files)) for flag, files in sorted(measured.flags.items()) if flag},
        patch=None if added is None else patch_coverage(_changed(measured.files, added), added, continued=continued),
        unmatched=tuple(path[:300] for path in sorted(measured.unmatched)[:MAX_UNMATCHED]),
        left_out=count_left(measured.left.files),
        detail=detail_of(measured.flags, added, continued, measured.left.files) if detailed else None,
    )


def _changed(files: Files[RepoPath], added: Sequence[AddedLines]) -> dict[RepoPath, FileData]:
    """Return the lines of the changed files, and of the others only which kinds were measured; none of files without lines."""
    touched = {one.path for one in added}
    return {path: files[path] if path in touched else files.outline(path) for path in files if not files.blind(path)}


def _continued(
    measured: Measured, added: Sequence[AddedLines], text: Callable[[RepoPath], str | None] | None
) -> dict[RepoPath, dict[int, int]]:
    """Return which added lines of Python files continue a statement that was measured."""
    found: dict[RepoPath, dict[int, int]] = {}
    for change in added:
        file = measured.files.get(change.path)
        if text is None or file is None or not change.path.endswith((".py", ".pyw", ".pyi")):
            continue
        source = text(change.path)
        lines = continued_lines(python_reaches(source), change.ranges, file.lines) if source else {}
        if lines:
            found[change.path] = lines
    return found


def _counted(added: Sequence[AddedLines] | None, left: Left) -> tuple[AddedLines, ...] | None:
    """Return the added lines that coverage looks at."""
    return None if added is None else tuple(one for one in added if one.ranges and not left.leaves(one.path, changed=True))


def _without_input(reports: Sequence[ReportInput], rules: CoverageRules) -> list[ReportInput]:
    """Return an empty input for each declared report that the caller gave none for."""
    given = {report.rule for report in reports}
    return [ReportInput(rule=rule, path=rule.path, chunks=None) for rule in rules.reports if rule not in given]


def _take(report: ReportInput, matcher: PathMatcher, measured: Measured) -> ReportState:
    """Read one report into `measured` and say what became of it; an unreadable one leaves nothing behind."""
    if report.chunks is None:
        return _state(
            report, "missing", reason=f"no file {report.path} was there; was it written, and is it one of the stage's outputs?"
        )
    try:
        kind, data = parse_report(_limited(report.chunks()), report.rule)
    except DataError as fault:
        return _state(report, "unreadable", reason=fault.message)
    matched = 0
    prefix = matcher.common_prefix(data.files, modules=data.modules)
    for name in data.files:
        path = matcher.match(name, data.sources, prefix=prefix, modules=data.modules)
        if path is None:
            measured.unmatched.add(name)
            continue
        matched += 1
        if not measured.left.leaves(path):
            measured.files.take(path, data.files, name)
            if report.rule.flag or report.rule.flag in measured.flags:
                measured.flags.setdefault(report.rule.flag, Files()).take(path, data.files, name)
    reason = _remarks(data, matched)
    empty = not matched or not _measures_lines(data)
    return _state(report, "incomplete" if empty else "read", kind=kind, files=matched, reason=reason)


def parse_report(chunks: Iterator[bytes], rule: ReportRules) -> tuple[Format, ReportData]:
    """Return a report's format, by the rule or by content, and its data; raise DataError saying why it cannot be read."""
    pieces: list[bytes] = []
    size = 0
    for piece in chunks:
        pieces.append(piece)
        size += len(piece)
        if size >= HEAD:
            break
    head = b"".join(pieces)
    if not head.strip():
        raise DataError("the file is empty")
    kind = format_named(rule.format) if rule.format else detect_format(head)
    return kind, kind.parse(chain([head], chunks))


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `chunks` until there are too many."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LIMIT:
            raise DataError(f"it is longer than {LIMIT >> 20} MiB; split the report")
        yield chunk


def _measures_lines(data: ReportData) -> bool:
    """Return whether any file has a line that is measured."""
    return any((count := data.files.counts(name).lines) is not None and count.total for name in data.files)


def _remarks(data: ReportData, matched: int) -> str:
    """Return what there is to say about a report that could be read."""
    remarks = []
    names = len(data.files)
    if not _measures_lines(data):
        remarks.append("it names no measured line")
    elif not matched:
        remarks.append(f"none of its {names} paths is a file of the repository, the first is {min(data.files)[:200]}")
    elif matched < names:
        remarks.append(f"{names - matched} of its {names} paths are no file of the repository")
    blind = sum(map(data.files.blind, data.files))
    if blind:
        remarks.append(f"it has only totals for {blind} files, so nothing is known of their changed lines")
    if data.skipped:
        remarks.append(f"{data.skipped} lines with impossible numbers were left out")
    return "; ".join(remarks)


def _state(report: ReportInput, state: State, *, kind: Format | None = None, files: int = 0, reason: str = "") -> ReportState:
    """Return the state of one report."""
    named = kind.name if kind else report.rule.format or ""
    return ReportState(
        path=report.path,
        state=state,
        format=named,
        flag=report.rule.flag,
        files=files,
        reason=reason,
        rule=report.rule.path,
        expect=report.rule.expect,
    )
