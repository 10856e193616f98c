"""Coverage line by line, small enough for a result: so that jobs that measured parts of a lane can be put together.

Counts cannot be added up, because two jobs may reach the same line. So the result of one job keeps what each file's lines say, as
ranges; joining unites them by the rule of `coverage.merge`, and counts afterwards. Hits are kept as reached or not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from lanemark.change import AddedLines, FileHunks
from lanemark.coverage.excerpts import mark_view
from lanemark.coverage.expected import count_reports
from lanemark.coverage.left import count_left, unite_left
from lanemark.coverage.merge import absorb_file, add_counts
from lanemark.coverage.model import Branches, FileData, counts_of
from lanemark.coverage.moves import Moves, indirect_changes
from lanemark.coverage.patch import patch_coverage
from lanemark.coverage.ranges import pairs_of, ranges_of
from lanemark.coverage.types import (
    BranchDetail,
    Continued,
    Counts,
    Coverage,
    Detail,
    FileCoverage,
    FileDetail,
    Indirect,
    Kept,
    LeftFile,
    Lines,
    ReportState,
    SourceView,
)
from lanemark.coverage.untouched import UNREAD, keep_lines, unknown
from lanemark.errors import DataError
from lanemark.path import RepoPath

MOST_LINES = 20_000_000
"""The most lines that joined results may speak of; ranges are small, and what they unfold to is not."""

MOST_UNMATCHED = 1000

_STATES = ("unreadable", "incomplete", "read", "missing")
"""Worst first. A report that one job lacks is another's: only the one that all lack is missing."""


def detail_of(
    flags: Mapping[str, Mapping[RepoPath, FileData]],
    added: Sequence[AddedLines] | None,
    continued: Mapping[RepoPath, Mapping[int, int]],
    left: Sequence[LeftFile] = (),
) -> Detail:
    """Return what was measured, by flag ("" for reports without one), with the added lines that count.

    `continued` are those that continue a statement, as `coverage.spans` tells; `left` are the files that do not count.
    """
    files = tuple(
        _pack(flag, path, file)
        for flag, found in sorted(flags.items())
        for path, file in sorted(found.items(), key=lambda one: one[0])
    )
    return Detail(
        flags=tuple(sorted(flags)),
        files=files,
        added=None if added is None else tuple(added),
        continued=tuple(Continued(path=path, lines=tuple(sorted(lines.items()))) for path, lines in sorted(continued.items())),
        left=tuple(left),
    )


def join_coverage(parts: Sequence[Coverage]) -> Coverage | None:
    """Return what jobs say together, None where none of them read coverage; the order of `parts` does not count.

    Raises DataError for a part without detail, for lines that no file has, for jobs that disagree about what was added, and
    beyond MOST_LINES lines.
    """
    if len(parts) <= 1 and all(part.detail is None for part in parts):
        return replace(parts[0], reports=count_reports(parts[0].reports)) if parts else None
    details = [part.detail for part in parts if part.detail is not None]
    if len(details) < len(parts):
        raise DataError("its coverage has no lines, so it cannot be joined", help="Measure with `--shard`.")
    if len({detail.added for detail in details}) > 1:
        raise DataError("the jobs do not agree about which lines were added", help="Measure all of them again, at one commit.")
    _check_size(details)
    files: list[FileCoverage] = []
    flags: dict[str, list[Counts]] = {flag: [] for detail in details for flag in detail.flags if flag}
    changed: dict[RepoPath, FileData] = {}
    kept = _KeptSums(details[0].hunks) if all(detail.hunks == details[0].hunks for detail in details) else _KeptSums(None)
    added = details[0].added
    touched = {one.path for one in added or ()}
    for path, by_flag in sorted(_by_path(details).items()):
        whole = FileData()
        for flag, packed in by_flag.items():
            file = _unite(packed)
            absorb_file(whole, file)
            if flag:
                flags.setdefault(flag, []).append(counts_of(file))
                kept.add(path, file, flag)
        files.append(FileCoverage(path=path, counts=counts_of(whole)))
        kept.add(path, whole, "")
        if not whole.blind:
            changed[path] = whole if path in touched else _outline(whole)
    return Coverage(
        reports=_join_states(chain.from_iterable(part.reports for part in parts)),
        counts=add_counts(file.counts for file in files),
        files=tuple(files),
        flags={flag: add_counts(counts) for flag, counts in sorted(flags.items())},
        patch=None if added is None else patch_coverage(changed, added, continued=_join_continued(details)),
        unmatched=tuple(sorted({path for part in parts for path in part.unmatched})[:MOST_UNMATCHED]),
        left_out=count_left(unite_left(file for detail in details for file in detail.left)),
        kept=kept.kept(flags),
        lines=_join_lines(parts, details),
        sources=_join_sources(parts, changed, added or ()),
    )


def join_indirect(base: Sequence[Coverage], head: Sequence[Coverage]) -> Indirect | None:
    """Return which untouched lines changed between two sides that several jobs measured; None where nobody told what changed.

    `base` and `head` are parts that `join_coverage` joins. Raises DataError as that does.
    """
    of_base, of_head = ([part.detail for part in parts if part.detail is not None] for parts in (base, head))
    hunks = of_base[0].hunks if of_base else None
    if hunks is None or not of_head or any(detail.hunks != hunks for detail in of_base):
        return None
    states = [_join_states(chain.from_iterable(part.reports for part in parts)) for parts in (base, head)]
    if any(state.state != "read" for state in chain(*states)):
        return unknown(UNREAD)
    return indirect_changes(_Joined(of_base), _Joined(of_head), Moves(hunks))


class _Joined(Mapping[RepoPath, FileData]):
    """The files of several jobs, united one at a time."""

    def __init__(self, details: Sequence[Detail]) -> None:
        _check_size(details)
        self._files = _by_path(details)

    def __getitem__(self, path: RepoPath) -> FileData:
        whole = FileData()
        for packed in self._files[path].values():
            absorb_file(whole, _unite(packed))
        return whole

    def __iter__(self) -> Iterator[RepoPath]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _join_lines(parts: Sequence[Coverage], details: Sequence[Detail]) -> Lines | None:
    """Return the lines of all jobs where they were kept, as they are where no base was measured; the hunks are the jobs' own."""
    kept = [part.lines for part in parts if part.lines is not None]
    if len(kept) < len(parts):
        return None
    hunks = kept[0].hunks
    return keep_lines(_Joined(details), hunks if all(lines.hunks == hunks for lines in kept) else None)


class _KeptSums:
    """The counts of the base without deleted lines, file by file, so that no file has to be kept for them."""

    def __init__(self, hunks: Sequence[FileHunks] | None) -> None:
        self._moves = None if hunks is None else Moves(hunks)
        self._counts: dict[str, list[Counts]] = {}

    def add(self, path: RepoPath, file: FileData, flag: str) -> None:
        """Count one file, as a flag or (for "") as all reports know it."""
        if self._moves is not None:
            self._counts.setdefault(flag, []).append(counts_of(self._moves.kept(path, file)))

    def kept(self, flags: Iterable[str]) -> Kept | None:
        """Return the sums, None where nobody told what changed."""
        if self._moves is None:
            return None
        sums = {flag: add_counts(self._counts.get(flag, ())) for flag in ["", *sorted(flags)]}
        return Kept(counts=sums.pop(""), flags=sums)


def _join_sources(
    parts: Iterable[Coverage], files: Mapping[RepoPath, FileData], added: Iterable[AddedLines]
) -> tuple[SourceView, ...]:
    """Return the changed files that any job shows, with the marks of what all of them measured."""
    changes = {change.path: change for change in added}
    views = {view.path: view for part in parts for view in part.sources if view.path in files and view.path in changes}
    return tuple(mark_view(view, changes[path], files[path]) for path, view in sorted(views.items()))


def _join_continued(details: Iterable[Detail]) -> dict[RepoPath, dict[int, int]]:
    """Return which added lines continue a statement, as any job that measured the statement tells."""
    found: dict[RepoPath, dict[int, int]] = {}
    for detail in details:
        for one in detail.continued:
            found.setdefault(one.path, {}).update(one.lines)
    return found


def _outline(file: FileData) -> FileData:
    """Return which kinds were measured in a file that did not change: more of it is not asked."""
    return FileData(
        branches=None if file.branches is None else Branches(),
        functions=None if file.functions is None else {},
        statements=None if file.statements is None else {},
    )


def _by_path(details: Iterable[Detail]) -> dict[RepoPath, dict[str, list[FileDetail]]]:
    """Return the entries of each file by flag."""
    found: dict[RepoPath, dict[str, list[FileDetail]]] = {}
    for detail in details:
        for file in detail.files:
            found.setdefault(file.path, {}).setdefault(file.flag, []).append(file)
    return found


def _join_states(states: Iterable[ReportState]) -> tuple[ReportState, ...]:
    """Return what became of each report in all jobs: the worst of those that had it, then how many each rule has in all."""
    found: dict[tuple[str, str], list[ReportState]] = {}
    for state in states:
        found.setdefault((state.path, state.flag), []).append(state)
    worst = [
        min(group, key=lambda state: (_STATES.index(state.state), state.reason, state.format, -state.files))
        for _, group in sorted(found.items())
    ]
    there = {(state.rule, state.flag) for state in worst if state.rule and state.state != "missing"}
    return count_reports([state for state in worst if state.state != "missing" or (state.rule, state.flag) not in there])


def _check_size(details: Iterable[Detail]) -> None:
    """Raise DataError where ranges unfold to more than anybody has."""
    size = 0
    for detail in details:
        for file in detail.files:
            size += sum(end - start + 1 for ranges in (file.hit, file.missed) for start, end in pairs_of(ranges, file.path))
            if size > MOST_LINES:
                raise DataError(f"the joined coverage speaks of more than {MOST_LINES:,} lines", help="Use fewer reports.")


def _pack(flag: str, path: RepoPath, file: FileData) -> FileDetail:
    """Return one file's data as a record."""
    branches = file.branches
    return FileDetail(
        path=path,
        flag=flag,
        hit=ranges_of(line for line, hits in file.lines.items() if hits > 0),
        missed=ranges_of(line for line, hits in file.lines.items() if hits <= 0),
        branches=None
        if branches is None
        else tuple(
            [BranchDetail(line=line, taken=taken, total=total) for line, (taken, total) in sorted(branches.counted.items())]
            + [BranchDetail(line=line, arms=dict(sorted(arms.items()))) for line, arms in sorted(branches.arms.items())]
        ),
        functions=None
        if file.functions is None
        else tuple((name, line, hits > 0) for (name, line), hits in sorted(file.functions.items())),
        statements=None
        if file.statements is None
        else tuple((*span, int(hits > 0)) for span, hits in sorted(file.statements.items())),
        weights=None if file.weights is None else tuple((*span, weight) for span, weight in sorted(file.weights.items())),
        totals=file.totals,
    )


def _unite(packed: Sequence[FileDetail]) -> FileData:
    """Return what several records of one file say together."""
    whole = FileData()
    for one in packed:
        absorb_file(whole, _unpack(one))
    return whole


def _unpack(packed: FileDetail) -> FileData:
    """Return a record as data; a line that is called both reached and not was reached."""
    file = FileData()
    for ranges, hits in ((packed.missed, 0), (packed.hit, 1)):
        for start, end in pairs_of(ranges, packed.path):
            file.lines.update(dict.fromkeys(range(start, end + 1), hits))
    if packed.branches is not None:
        file.branches = Branches()
        for one in packed.branches:
            if not 0 <= one.taken <= one.total:
                raise DataError(f"coverage of {packed.path}: {one.taken} of {one.total} arms cannot be")
            if one.arms is None:
                file.branches.counted[one.line] = (one.taken, one.total)
            else:
                file.branches.arms[one.line] = dict(one.arms)
    if packed.functions is not None:
        file.functions = {(name, line): int(hit) for name, line, hit in packed.functions}
    if packed.statements is not None:
        file.statements = {(first, column, last, end): hit for first, column, last, end, hit in packed.statements}
    if packed.weights is not None:
        file.weights = {(first, column, last, end): weight for first, column, last, end, weight in packed.weights}
    if packed.totals is not None:
        file.totals = _checked_totals(packed.totals, packed.path)
    return file


def _checked_totals(totals: Counts, path: RepoPath) -> Counts:
    """Return totals of another job, or raise DataError for what cannot be."""
    for count in (totals.lines, totals.branches, totals.functions, totals.statements):
        if count is not None and not 0 <= count.covered <= count.total:
            raise DataError(f"coverage of {path}: {count.covered} of {count.total} cannot be")
    return totals
