"""Coverage as facts: counts, never percentages; absent is None, not zero."""

from typing import Literal

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


class Coverage(Record, frozen=True, kw_only=True):
    """One side's coverage. `unmatched` are report paths that no repository file, or more than one, could be meant by."""

    reports: tuple[ReportState, ...]
    counts: Counts
    files: tuple[FileCoverage, ...] = ()
    flags: dict[str, Counts] = {}
    patch: Patch | None = None
    unmatched: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every declared report was read; if not, no total is worth a verdict."""
        return bool(self.reports) and all(report.state == "read" for report in self.reports)
