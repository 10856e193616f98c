"""What a coverage report says, in memory: lines, branches, functions and statements of each file, whatever the format was.

A format fills these and nothing else. Absent (None) is not empty: a report without branches does not say that there are none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lanemark.coverage.types import Count, Counts

MAX_HITS = 2**63 - 1
"""Hit counts stop here, so that a sum of them still fits a result."""

MAX_LINE = 10_000_000
"""No source file is longer. Numbers beyond are markers, such as .NET's hidden line 0xfeefee, and are left out like line 0."""

Hits = int
Function = tuple[str, int]
"""Name with signature, and first line."""
Span = tuple[int, int, int, int]
"""Start line and column, end line and column of a statement."""


Taken = tuple[int, int]
"""So many arms of a branch were taken, of so many."""


def better(one: Taken, other: Taken) -> Taken:
    """Return the count that saw more arms, then the one that saw more of them taken.

    Counts cannot be added up: 1 of 2 and 1 of 2 may be the same arm twice, so this is the most that is proved.
    """
    return max(one, other, key=lambda taken: (taken[1], taken[0]))


@dataclass(slots=True)
class Branches:
    """Branches by line: as counts where a format only counts them, as named arms where it says which of them were taken."""

    counted: dict[int, Taken] = field(default_factory=dict)
    arms: dict[int, dict[str, bool]] = field(default_factory=dict)

    def at(self, line: int) -> Taken:
        """Return (covered, total) of one line, (0, 0) where it does not branch.

        Where counts and arms speak of one line, the `better` one is believed.
        """
        counted, arms = self.counted.get(line, (0, 0)), self.arms.get(line)
        return counted if arms is None else better(counted, (sum(arms.values()), len(arms)))

    def lines(self) -> set[int]:
        """Return the lines that branch."""
        return self.counted.keys() | self.arms.keys()


@dataclass(slots=True)
class FileData:
    """One file: `lines` maps each measured line (from 1) to its hits; the other kinds are None where they were not measured.

    Hits are never negative. `weights` says how many statements a span stands for where it is not one (Go counts blocks of them).
    `totals` are what a report without lines claims of the file: believed where nothing better is known, and no help for a change.
    Built by a format, then never changed: merging gives a new one.
    """

    lines: dict[int, Hits] = field(default_factory=dict)
    branches: Branches | None = None
    functions: dict[Function, Hits] | None = None
    statements: dict[Span, Hits] | None = None
    weights: dict[Span, int] | None = None
    totals: Counts | None = None

    @property
    def blind(self) -> bool:
        """Whether only totals are known, so that nothing can be said of any one line."""
        return self.totals is not None and not self.lines


def counts_of(file: FileData) -> Counts:
    """Return how much of one file was covered, by kind."""
    totals = file.totals or Counts()
    return Counts(
        lines=totals.lines if file.blind else share_of(file.lines.values()),
        branches=totals.branches if file.branches is None else branch_count(file.branches, file.branches.lines()),
        functions=totals.functions if file.functions is None else share_of(file.functions.values()),
        statements=totals.statements if file.statements is None else statement_count(file, file.statements),
    )


def branch_count(branches: Branches, lines: set[int]) -> Count:
    """Return the arms of the branches on `lines`."""
    found = [branches.at(line) for line in lines]
    return Count(covered=sum(covered for covered, _ in found), total=sum(total for _, total in found))


def statement_count(file: FileData, spans: Iterable[Span]) -> Count:
    """Return the statements in `spans` of `file`."""
    statements, weights = file.statements or {}, file.weights or {}
    sizes = [(weights.get(span, 1), statements[span] > 0) for span in spans]
    return Count(covered=sum(size for size, hit in sizes if hit), total=sum(size for size, _ in sizes))


def share_of(hits: Iterable[Hits]) -> Count:
    """Return how many of the entries were hit at all."""
    counts = hits if isinstance(hits, list) else list(hits)
    return Count(covered=len(counts) - counts.count(0), total=len(counts))
