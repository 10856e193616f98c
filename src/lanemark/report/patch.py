"""Coverage as rows: totals of both sides, changed files with their uncovered lines, files no report knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from lanemark.config.types import Kind
from lanemark.coverage.types import Count, Counts, Coverage, Indirect, Partial, PatchFile, ReportState, Uncovered
from lanemark.path import RepoPath
from lanemark.report.gates import NONE
from lanemark.report.places import line_link
from lanemark.report.types import Links, Model
from lanemark.units import percent

MOST_SPANS = 10
"""So many ranges of one file with indirect changes are shown."""


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
    partial: tuple[LineRange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndirectRow:
    """One file (raw `path`) with lines that the change does not touch and whose state changed, as text."""

    path: RepoPath
    lost: str
    gained: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """Covered shares of one kind: the whole project on both sides, and the changed lines."""

    kind: str
    base: str
    head: str
    patch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """Everything the pages say about coverage; all of it empty where none was declared.

    `uncovered` are files with a changed line that no test reaches, or not in all directions. `lost` and `gained` count lines that
    the change does not touch.
    """

    declared: bool
    kinds: tuple[KindRow, ...]
    uncovered: tuple[FileRow, ...]
    covered: tuple[FileRow, ...]
    unknown: tuple[RepoPath, ...]
    unread: tuple[ReportState, ...]
    unmatched: tuple[str, ...]
    indirect: tuple[IndirectRow, ...] = ()
    indirect_more: int = 0
    lost: int = 0
    gained: int = 0

    @property
    def missing(self) -> int:
        """Uncovered changed lines of all files."""
        return sum(row.missing for row in self.uncovered)

    @property
    def headline(self) -> str:
        """Our words about changed lines that lack something: `Uncovered changed lines: 4 in 2 files, 1 more partly covered`."""
        files = sum(row.missing > 0 for row in self.uncovered)
        partly = sum(len(row.partial) for row in self.uncovered)
        if not files:
            return f"Partly covered changed lines: {partly}"
        more = f", {partly} more partly covered" if partly else ""
        return f"Uncovered changed lines: {self.missing} in {files} file{'s' if files != 1 else ''}{more}"


def coverage_view(model: Model) -> CoverageView:
    """Return the head side's coverage, beside the base side's totals where they are known."""
    coverage = model.measured.head.coverage
    if coverage is None:
        return CoverageView(declared=False, kinds=(), uncovered=(), covered=(), unknown=(), unread=(), unmatched=())
    patch = coverage.patch
    indirect = coverage.indirect or Indirect(lost=0, gained=0)
    commit = model.measured.head.change.head
    rows = [_file_row(file, model.links, commit) for file in (patch.files if patch else ())]
    return CoverageView(
        declared=True,
        kinds=_kind_rows(base_coverage(model), coverage),
        uncovered=tuple(sorted((row for row in rows if row.missing or row.partial), key=lambda row: (-row.missing, row.path))),
        covered=tuple(sorted((row for row in rows if not (row.missing or row.partial)), key=lambda row: row.path)),
        unknown=patch.unknown if patch else (),
        unread=tuple(report for report in coverage.reports if report.state != "read"),
        unmatched=coverage.unmatched,
        indirect=tuple(
            IndirectRow(path=file.path, lost=_spans(file.lost), gained=_spans(file.gained)) for file in indirect.files
        ),
        indirect_more=max(0, indirect.more),
        lost=indirect.lost,
        gained=indirect.gained,
    )


def _spans(ranges: Sequence[int]) -> str:
    """Return the first ranges as `3, 7-9`."""
    pairs = list(zip(ranges[::2], ranges[1::2], strict=False))
    shown = [f"{start}" if start == end else f"{start}-{end}" for start, end in pairs[:MOST_SPANS]]
    more = f" and {len(pairs) - MOST_SPANS} more" if len(pairs) > MOST_SPANS else ""
    return ", ".join(shown) + more


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
        KindRow(
            kind=kind,
            base=share_words(base.counts.of(kind) if base else None),
            head=share_words(count),
            patch=share_words(patch.of(kind)),
        )
        for kind in get_args(Kind)
        if (count := head.counts.of(kind)) or patch.of(kind)
    )


def share_words(count: Count | None) -> str:
    """Return `71.42 % (20 of 28)`; nothing measured and nothing to measure are `n/a`."""
    if count is None or count.total == 0:
        return NONE
    return f"{percent(count.covered, count.total)} ({count.covered:,} of {count.total:,})"


def _file_row(file: PatchFile, links: Links, commit: str) -> FileRow:
    """Return one changed file; its ranges are numbered as in the head where the head has them.

    A range may span lines that cannot be covered, so its length is no count of what is missing.
    """
    ranges = tuple(_line_range(uncovered, file.path, links, commit) for uncovered in file.uncovered)
    spanned = sum(uncovered_lines(uncovered) for uncovered in file.uncovered)
    return FileRow(
        path=file.path,
        link=line_link(links, commit, file.path),
        lines=share_words(file.lines),
        branches=share_words(file.branches),
        ranges=ranges,
        missing=min(spanned, max(1, file.lines.total - file.lines.covered)),
        partial=tuple(_partial_range(one, file.path, links, commit) for one in file.partial),
    )


def _partial_range(partial: Partial, path: RepoPath, links: Links, commit: str) -> LineRange:
    """Return one partly covered line as `18 (2/4)`: so many branches were taken, of so many."""
    link = line_link(links, commit, path, partial.head_line) if partial.head_line > 0 else ""
    return LineRange(text=f"{partial.head_line or partial.line} ({partial.taken}/{partial.total})", link=link)


def _line_range(uncovered: Uncovered, path: RepoPath, links: Links, commit: str) -> LineRange:
    """Return one range; lines that only the tested merge has are numbered as there, and have no link."""
    start = uncovered.head_start or uncovered.start
    end = start + uncovered.end - uncovered.start
    link = line_link(links, commit, path, start, end) if uncovered.head_start > 0 else ""
    return LineRange(text=f"{start}" if start == end else f"{start}-{end}", link=link)
