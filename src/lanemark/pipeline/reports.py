"""What the files that stages write for others say: coverage and tests of both sides, read while their trees still stand.

A report counts only if this run wrote it. So what the commit brings along under a declared path is deleted before anything runs,
and of what a glob finds, files of the commit are passed over.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from msgspec.structs import replace

from lanemark.change import FileHunks
from lanemark.config.types import ReportRules
from lanemark.coverage.excerpts import source_views
from lanemark.coverage.moves import Moves, kept_counts
from lanemark.coverage.read import LIMIT, Changed, Measured, ReportInput, measure_reports, sum_coverage
from lanemark.coverage.types import Coverage, Lines
from lanemark.coverage.untouched import compare_sides, keep_lines
from lanemark.ingest.suites import SuiteInput, read_suites
from lanemark.ingest.types import Tests
from lanemark.path import RepoPath
from lanemark.pipeline.policy import rules_commit
from lanemark.pipeline.prepare import Checkout, Task
from lanemark.pipeline.source import read_source
from lanemark.result import Side
from lanemark.run.types import Tools, Workspace
from lanemark.tree import Tree

Own = Callable[[Workspace, str], bool]
"""Whether the report declared as that path is this job's to read on that side."""

_NOTHING = Tree(digest=sha256(b"").hexdigest())
_WILD = frozenset("*?[")


@dataclass(slots=True)
class Told:
    """What the reports of each side say; a side without declared reports is missing."""

    coverage: dict[Side, Coverage] = field(default_factory=dict)
    tests: dict[Side, Tests] = field(default_factory=dict)


def clear_reports(place: Workspace, task: Task, tools: Tools) -> None:
    """Delete what the commit brings along under declared paths, before any stage runs."""
    declared = [rule.path for rule in task.policy.coverage.reports] + [rule.pattern for rule in task.policy.tests.reports]
    for path in declared:
        if not _is_glob(path) and not tools.trees.missing(place.root, (path,)):
            tools.trees.put(place.root, (path,), _NOTHING)


def read_told(checkout: Checkout, tools: Tools, task: Task, places: Sequence[Workspace], own: Own | None = None) -> Told:
    """Return what the reports of all sides say; rules are the policy's, the added lines belong to head.

    `own` is there for one job of several, whose part is to be joined with others.
    """
    told = Told()
    measured: dict[Side, Measured] = {}
    rules = task.policy.coverage
    for place in places:
        if not place.plan.steps or not (rules.reports or task.policy.tests.reports):
            continue
        tracked = frozenset(checkout.tracked(_commit_of(task, place.side)))
        tests = [
            SuiteInput(path=path, chunks=chunks)
            for rule in task.policy.tests.reports
            if own is None or own(place, rule.pattern)
            for path, chunks in _find_files(rule.pattern, place, tools, tracked)
        ]
        if tests:
            told.tests[place.side] = read_suites(tests)
        mine = replace(rules, reports=tuple(rule for rule in rules.reports if own is None or own(place, rule.path)))
        if mine.reports:
            inputs = [one for rule in mine.reports for one in _report_inputs(rule, place, tools, tracked)]
            measured[place.side] = measure_reports(
                inputs,
                mine,
                root=place.root,
                tracked=tracked,
                generated=checkout.generated(rules_commit(task.change), sorted(tracked)),
                detailed=own is not None,
            )
    for side in sorted(measured):  # the head's needs the base's
        told.coverage[side] = _sum_side(checkout, task, side, measured, told, detailed=own is not None)
    return told


def _sum_side(
    checkout: Checkout, task: Task, side: Side, measured: dict[Side, Measured], told: Told, *, detailed: bool
) -> Coverage:
    """Return one side's coverage, with what only both sides together tell."""
    base, tested = task.change.base, task.change.tested
    if base is None or task.change.source == "none":
        coverage = sum_coverage(measured[side], Changed(), detailed=detailed)
        return replace(coverage, lines=_lines(measured[side], None, detailed=detailed))
    if side == "base":
        coverage = sum_coverage(measured["base"], Changed(), detailed=detailed)
        hunks = checkout.hunks(base, tested)
        if detailed and coverage.detail is not None:
            return replace(coverage, detail=replace(coverage.detail, hunks=hunks))
        return replace(coverage, kept=kept_counts(measured["base"].files, measured["base"].flags, Moves(hunks)))
    added = checkout.added_lines(base, tested, task.change.head)
    text = partial(read_source, checkout, tested)
    coverage = sum_coverage(measured["head"], Changed(added=added, text=text), detailed=detailed)
    hunks = checkout.hunks(base, tested)
    if "base" not in measured:
        coverage = replace(coverage, lines=_lines(measured["head"], hunks, detailed=detailed))
    elif not detailed:
        files = (measured["base"].files, measured["head"].files)
        coverage = replace(coverage, indirect=compare_sides(told.coverage["base"], coverage, files, Moves(hunks)))
    return replace(coverage, sources=source_views(measured["head"].files, added, text))


def _lines(measured: Measured, hunks: Sequence[FileHunks] | None, *, detailed: bool) -> Lines:
    """Return the lines that are held against a recorded result, or recorded; one job's part has them in its detail."""
    return keep_lines({} if detailed else measured.files, hunks)


def _commit_of(task: Task, side: Side) -> str:
    return task.change.tested if side == "head" else task.change.base or task.change.tested


def _report_inputs(rule: ReportRules, place: Workspace, tools: Tools, tracked: Collection[RepoPath]) -> Iterator[ReportInput]:
    """Yield the files of one rule, or that there is none."""
    for path, chunks in _find_files(rule.path, place, tools, tracked):
        yield ReportInput(rule=rule, path=path, chunks=chunks)


def _find_files(
    path: str, place: Workspace, tools: Tools, tracked: Collection[RepoPath]
) -> Iterator[tuple[str, Callable[[], Iterator[bytes]] | None]]:
    """Yield each file that a declared path or glob finds, with how to open it; the path itself and None where there is none."""
    if not _is_glob(path):
        found = [] if tools.trees.missing(place.root, (path,)) else [path]
    else:
        entries = tools.trees.take(place.root, (f"/{path}",)).entries
        found = [str(entry.path) for entry in entries if entry.mode != "link" and entry.path not in tracked]
    for name in found:
        yield name, partial(tools.files.chunks, f"{place.root}/{name}", limit=LIMIT)
    if not found:
        yield path, None


def _is_glob(path: str) -> bool:
    return bool(_WILD & set(path))
