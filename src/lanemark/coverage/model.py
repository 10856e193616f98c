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
        arms = self.arms.get(line, {})
        return better(self.counted.get(line, (0, 0)), (sum(arms.values()), len(arms)))

    def lines(self) -> set[int]:
        """Return the lines that branch."""
        return self.counted.keys() | self.arms.keys()


@dataclass(slots=True)
class FileData:
    """One file: `lines` maps each measured line (from 1) to its hits; the other kinds are None where they were not measured.

    Built by a format, then never changed: merging gives a new one.
    """

    lines: dict[int, Hits] = field(default_factory=dict)
    branches: Branches | None = None
    functions: dict[Function, Hits] | None = None
    statements: dict[Span, Hits] | None = None


@dataclass(slots=True)
class ReportData:
    """One report, read: files by the path as the report writes it, and the roots (`sources`) those paths may be relative to.

    `skipped` counts lines with numbers that no file has (below 1, or beyond MAX_LINE).
    """

    files: dict[str, FileData] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    skipped: int = 0


def counts_of(file: FileData) -> Counts:
    """Return how much of one file was covered, by kind."""
    return Counts(
        lines=share_of(file.lines.values()),
        branches=branch_count(file.branches, file.branches.lines()) if file.branches is not None else None,
        functions=share_of(file.functions.values()) if file.functions is not None else None,
        statements=share_of(file.statements.values()) if file.statements is not None else None,
    )


def branch_count(branches: Branches, lines: set[int]) -> Count:
    """Return the arms of the branches on `lines`."""
    found = [branches.at(line) for line in lines]
    return Count(covered=sum(covered for covered, _ in found), total=sum(total for _, total in found))


def share_of(hits: Iterable[Hits]) -> Count:
    """Return how many of the entries were hit at all."""
    counts = list(hits)
    return Count(covered=sum(1 for count in counts if count > 0), total=len(counts))
