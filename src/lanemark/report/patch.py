"""Coverage as rows: totals of both sides, changed files with their uncovered lines, files no report knows."""

from dataclasses import dataclass
from typing import get_args

from lanemark.config.types import Kind
from lanemark.coverage.types import Count, Counts, Coverage, PatchFile, ReportState, Uncovered
from lanemark.path import RepoPath
from lanemark.report.gates import NONE
from lanemark.report.places import line_link
from lanemark.report.types import Links, Model
from lanemark.units import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRange:
    """Uncovered lines as text, with the link to them where the pull request's head has them."""

    text: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One changed file: raw `path`, what of its changed lines and branches is covered, what is not."""

    path: RepoPath
    link: str
    lines: str
    branches: str
    ranges: tuple[LineRange, ...]
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """Covered shares of one kind: the whole project on both sides, and the changed lines."""

    kind: str
    base: str
    head: str
    patch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """Everything the pages say about coverage; all of it empty where none was declared."""

    declared: bool
    kinds: tuple[KindRow, ...]
    uncovered: tuple[FileRow, ...]
    covered: tuple[FileRow, ...]
    unknown: tuple[RepoPath, ...]
    unread: tuple[ReportState, ...]
    unmatched: tuple[str, ...]

    @property
    def missing(self) -> int:
        """Uncovered changed lines of all files."""
        return sum(row.missing for row in self.uncovered)


def coverage_view(model: Model) -> CoverageView:
    """Return the head side's coverage, beside the base side's totals where they are known."""
    coverage = model.measured.head.coverage
    if coverage is None:
        return CoverageView(declared=False, kinds=(), uncovered=(), covered=(), unknown=(), unread=(), unmatched=())
    patch = coverage.patch
    commit = model.measured.head.change.head
    rows = [_file_row(file, model.links, commit) for file in (patch.files if patch else ())]
    return CoverageView(
        declared=True,
        kinds=_kind_rows(base_coverage(model), coverage),
        uncovered=tuple(sorted((row for row in rows if row.missing), key=lambda row: (-row.missing, row.path))),
        covered=tuple(sorted((row for row in rows if not row.missing), key=lambda row: row.path)),
        unknown=patch.unknown if patch else (),
        unread=tuple(report for report in coverage.reports if report.state != "read"),
        unmatched=coverage.unmatched,
    )


def base_coverage(model: Model) -> Coverage | None:
    """Return the base side's coverage: of this run, or of the artifact that is compared with."""
    baseline = model.comparison.baseline
    base = baseline.result if baseline else model.measured.base
    return base.coverage if base else None


def uncovered_lines(uncovered: Uncovered) -> int:
    """Return how many lines a range has."""
    return uncovered.end - uncovered.start + 1


def _kind_rows(base: Coverage | None, head: Coverage) -> tuple[KindRow, ...]:
    """Return a row for every kind that any report measured."""
    patch = head.patch.counts if head.patch else Counts()
    return tuple(
        KindRow(kind=kind, base=_share(base.counts.of(kind) if base else None), head=_share(count), patch=_share(patch.of(kind)))
        for kind in get_args(Kind)
        if (count := head.counts.of(kind)) or patch.of(kind)
    )


def _share(count: Count | None) -> str:
    """Return `71.42 % (20 of 28)`; nothing measured and nothing to measure are `n/a`."""
    if count is None or count.total == 0:
        return NONE
    return f"{percent(count.covered, count.total)} ({count.covered:,} of {count.total:,})"


def _file_row(file: PatchFile, links: Links, commit: str) -> FileRow:
    """Return one changed file; its ranges are numbered as in the head where the head has them."""
    ranges = tuple(_line_range(uncovered, file.path, links, commit) for uncovered in file.uncovered)
    missing = sum(uncovered_lines(uncovered) for uncovered in file.uncovered)
    return FileRow(
        path=file.path,
        link=line_link(links, commit, file.path),
        lines=_share(file.lines),
        branches=_share(file.branches),
        ranges=ranges,
        missing=missing,
    )


def _line_range(uncovered: Uncovered, path: RepoPath, links: Links, commit: str) -> LineRange:
    """Return one range; lines that only the tested merge has are numbered as there, and have no link."""
    start = uncovered.head_start or uncovered.start
    end = start + uncovered.end - uncovered.start
    link = line_link(links, commit, path, start, end) if uncovered.head_start > 0 else ""
    return LineRange(text=f"{start}" if start == end else f"{start}-{end}", link=link)
