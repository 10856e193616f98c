"""Coverage as facts: counts, never percentages; absent is None, not zero."""

from typing import Literal

from lanemark.change import AddedLines, FileHunks
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
    """What became of one report.

    `path` is the file, `rule` the path or glob it was declared with, `expect` how many files that must be (None: nobody said).
    """

    path: str
    state: Literal["read", "missing", "unreadable", "incomplete"]
    format: str = ""
    flag: str = ""
    files: int = 0
    reason: str = ""
    rule: str = ""
    expect: int | None = None


class Uncovered(Record, frozen=True, kw_only=True):
    """Changed lines `start` to `end` of the tested commit that no test reached; `head_start` as in `AddedRange`."""

    start: int
    end: int
    head_start: int


class Partial(Record, frozen=True, kw_only=True):
    """A changed line of which some branches were taken and some were not; the line itself is covered.

    `head_line` is its number in the pull request's head, 0 where it is not there.
    """

    line: int
    head_line: int
    taken: int
    total: int


class PatchFile(Record, frozen=True, kw_only=True):
    """One changed file that a report knows: its changed coverable lines and branches."""

    path: RepoPath
    lines: Count
    branches: Count | None = None
    uncovered: tuple[Uncovered, ...] = ()
    partial: tuple[Partial, ...] = ()


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


class Continued(Record, frozen=True, kw_only=True):
    """Added lines of one file that continue a statement, each with the line that statement starts on."""

    path: RepoPath
    lines: tuple[tuple[int, int], ...]


class LeftFile(Record, frozen=True, kw_only=True):
    """A file that does not count, by a `pattern` of the configuration or (empty) as a generated one; `changed` has new lines."""

    path: RepoPath
    pattern: str = ""
    changed: bool = False


class LeftOut(Record, frozen=True, kw_only=True):
    """So many `files` that reports name or the change touches do not count, `changed` of them with new lines.

    `pattern` is the one of `coverage.exclude`; empty are files that the base side's attributes call generated or vendored.
    """

    pattern: str
    files: int
    changed: int


class Detail(Record, frozen=True, kw_only=True):
    """All that one job of several measured, and the added lines that count, so that the whole can be counted later.

    `hunks` are what changed since, on the base side. `left` are the files that do not count.
    """

    flags: tuple[str, ...] = ()
    files: tuple[FileDetail, ...] = ()
    added: tuple[AddedLines, ...] | None = None
    continued: tuple[Continued, ...] = ()
    hunks: tuple[FileHunks, ...] | None = None
    left: tuple[LeftFile, ...] = ()


class Kept(Record, frozen=True, kw_only=True):
    """The base side's counts without the lines that the change deletes and puts nothing in their place."""

    counts: Counts
    flags: dict[str, Counts] = {}


class IndirectFile(Record, frozen=True, kw_only=True):
    """Lines of one file that the change does not touch, and that tests reach no more (`lost`) or now (`gained`).

    Both are ranges of lines of the tested commit: first, last, first, last and so on.
    """

    path: RepoPath
    lost: tuple[int, ...] = ()
    gained: tuple[int, ...] = ()


class Indirect(Record, frozen=True, kw_only=True):
    """What changed in coverage without being touched: lines in all, the files with the most of them, how many more there are.

    `unknown` says why nobody can tell; all else is empty then.
    """

    lost: int
    gained: int
    files: tuple[IndirectFile, ...] = ()
    more: int = 0
    unknown: str = ""


class FileLines(Record, frozen=True, kw_only=True):
    """Which lines of one file were reached and which not, over all reports: first, last, first, last and so on."""

    path: RepoPath
    hit: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()


class Lines(Record, frozen=True, kw_only=True):
    """Which lines were reached, and the `hunks` that lead to them from the base; None where there is no base.

    `too_many` says that there were too many to keep, and then none are here.
    """

    files: tuple[FileLines, ...] = ()
    hunks: tuple[FileHunks, ...] | None = None
    too_many: bool = False


class Excerpt(Record, frozen=True, kw_only=True):
    """Some lines of a changed file from `start` on, as the tested commit has them; long ones are cut.

    `marks` has a letter for each line: `h` reached, `m` missed, `p` partly (some branch missed), `.` not measured; a capital (and
    `+` for a dot) where the change added the line.
    """

    start: int
    text: str
    marks: str


class SourceView(Record, frozen=True, kw_only=True):
    """A changed file to look at: all of it, or what lies around its changed lines."""

    path: RepoPath
    excerpts: tuple[Excerpt, ...]


class Coverage(Record, frozen=True, kw_only=True):
    """One side's coverage. `unmatched` are report paths that no repository file, or more than one, could be meant by.

    `detail` is there where this is one job's part of a lane, and nowhere else. `kept` is of the base side, `indirect` and
    `sources` of the head; None and empty where they could not be told. `lines` is of a head that no base was measured beside.
    """

    reports: tuple[ReportState, ...]
    counts: Counts
    files: tuple[FileCoverage, ...] = ()
    flags: dict[str, Counts] = {}
    patch: Patch | None = None
    unmatched: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    detail: Detail | None = None
    kept: Kept | None = None
    indirect: Indirect | None = None
    lines: Lines | None = None
    sources: tuple[SourceView, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every declared report was read; if not, no total is worth a verdict."""
        return bool(self.reports) and all(report.state == "read" for report in self.reports)
