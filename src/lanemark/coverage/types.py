"""Coverage as facts: counts, never percentages; absent is None, not zero."""

from typing import Literal

from lanemark.change import AddedLines
from lanemark.codec import Record
from lanemark.config.types import Kind
from lanemark.path import RepoPath


class Count(Record, frozen=True, kw_only=True):
    """`covered` of `total`; 0 of 0 is not 100 %."""

    covered: int
    total: int


class Counts(Record, frozen=True, kw_only=True):
    """Counts by kind; None where no report measured that kind."""

    lines: Count | None = None
    branches: Count | None = None
    functions: Count | None = None
    statements: Count | None = None

    def of(self, kind: Kind) -> Count | None:
        """Return the count of one kind."""
        found: Count | None = getattr(self, kind)
        return found


class FileCoverage(Record, frozen=True, kw_only=True):
    """One repository file's counts over all reports."""

    path: RepoPath
    counts: Counts


class ReportState(Record, frozen=True, kw_only=True):
    """What became of one declared report."""

    path: str
    state: Literal["read", "missing", "unreadable", "incomplete"]
    format: str = ""
    flag: str = ""
    files: int = 0
    reason: str = ""


class Uncovered(Record, frozen=True, kw_only=True):
    """Changed lines `start` to `end` of the tested commit that no test reached; `head_start` as in `AddedRange`."""

    start: int
    end: int
    head_start: int


class PatchFile(Record, frozen=True, kw_only=True):
    """One changed file that a report knows: its changed coverable lines and branches."""

    path: RepoPath
    lines: Count
    branches: Count | None = None
    uncovered: tuple[Uncovered, ...] = ()


class Patch(Record, frozen=True, kw_only=True):
    """Coverage of the changed lines. `unknown` are changed source files that no report knows, with their added lines."""

    counts: Counts
    files: tuple[PatchFile, ...] = ()
    unknown: tuple[RepoPath, ...] = ()


class BranchDetail(Record, frozen=True, kw_only=True):
    """One line that branches: how many of its arms were taken, or which by name (`arms`)."""

    line: int
    taken: int = 0
    total: int = 0
    arms: dict[str, bool] | None = None


class FileDetail(Record, frozen=True, kw_only=True):
    """One file by the reports of one flag ("" for none), line by line; kinds that were not measured are None.

    `hit` and `missed` are ranges of lines: first, last, first, last and so on. Functions are name, line, reached; statements
    are first line and column, last line and column, reached (0 or 1). `weights` are spans that stand for more than one
    statement, with how many; `totals` are those of a report that has no lines.
    """

    path: RepoPath
    flag: str = ""
    hit: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    branches: tuple[BranchDetail, ...] | None = None
    functions: tuple[tuple[str, int, bool], ...] | None = None
    statements: tuple[tuple[int, int, int, int, int], ...] | None = None
    weights: tuple[tuple[int, int, int, int, int], ...] | None = None
    totals: Counts | None = None


class Detail(Record, frozen=True, kw_only=True):
    """All that one job of several measured, and the added lines that count, so that the whole can be counted later."""

    flags: tuple[str, ...] = ()
    files: tuple[FileDetail, ...] = ()
    added: tuple[AddedLines, ...] | None = None


class Coverage(Record, frozen=True, kw_only=True):
    """One side's coverage. `unmatched` are report paths that no repository file, or more than one, could be meant by.

    `detail` is there where this is one job's part of a lane, and nowhere else.
    """

    reports: tuple[ReportState, ...]
    counts: Counts
    files: tuple[FileCoverage, ...] = ()
    flags: dict[str, Counts] = {}
    patch: Patch | None = None
    unmatched: tuple[str, ...] = ()
    detail: Detail | None = None

    @property
    def whole(self) -> bool:
        """Whether every declared report was read; if not, no total is worth a verdict."""
        return bool(self.reports) and all(report.state == "read" for report in self.reports)
