"""Several reports, one picture: a line is measured if any report measured it, and its hits are the sum.

Never the other way round: a line that one report missed and another did not look at stays missed. (Tools that intersect the
misses of their reports show such a line as covered.) Merging is commutative and associative, so no order of reports counts.
"""

from collections.abc import Iterable
from typing import TypeVar

from lanemark.coverage.model import MAX_HITS, Branches, FileData, Hits, Span, better
from lanemark.coverage.types import Count, Counts

Key = TypeVar("Key")


def merge_files(one: FileData, other: FileData) -> FileData:
    """Return what two measurements of one file say together; neither is changed."""
    both = FileData()
    absorb_file(both, one)
    absorb_file(both, other)
    return both


def absorb_file(into: FileData, other: FileData) -> None:
    """Add what `other` says to `into`, sharing nothing with it."""
    add_hits(into.lines, other.lines)
    if other.branches is not None:
        into.branches = into.branches or Branches()
        absorb_branches(into.branches, other.branches)
    if other.functions is not None:
        into.functions = {} if into.functions is None else into.functions
        add_hits(into.functions, other.functions)
    if other.statements is not None:
        into.statements = {} if into.statements is None else into.statements
        add_hits(into.statements, other.statements)
    if other.weights is not None:
        into.weights = _larger_weights(into.weights or {}, other.weights)
    if other.totals is not None:
        into.totals = other.totals if into.totals is None else _better_counts(into.totals, other.totals)


def _larger_weights(one: dict[Span, int], other: dict[Span, int]) -> dict[Span, int]:
    """Return how many statements stand in each span; two reports of one program say the same."""
    return one | {span: max(weight, one.get(span, 0)) for span, weight in other.items()}


def _better_counts(one: Counts, other: Counts) -> Counts:
    """Return for each kind the total that saw more: without lines, nobody knows what two totals have in common."""
    return Counts(
        lines=_better_count(one.lines, other.lines),
        branches=_better_count(one.branches, other.branches),
        functions=_better_count(one.functions, other.functions),
        statements=_better_count(one.statements, other.statements),
    )


def _better_count(one: Count | None, other: Count | None) -> Count | None:
    """Return the larger total, of equal ones the better covered."""
    return max((count for count in (one, other) if count), key=lambda count: (count.total, count.covered), default=None)


def add_hits(into: dict[Key, Hits], other: dict[Key, Hits]) -> None:
    """Make `into` the union of both, hits summed up to MAX_HITS."""
    for key, hits in other.items():
        into[key] = min(into[key] + hits, MAX_HITS) if key in into else hits


def absorb_branches(into: Branches, other: Branches) -> None:
    """Unite named arms, an arm taken if any report saw it taken; of two counts keep the `better` one."""
    for line, taken in other.counted.items():
        into.counted[line] = better(into.counted[line], taken) if line in into.counted else taken
    for line, named in other.arms.items():
        known = into.arms.setdefault(line, {})
        for arm, was_taken in named.items():
            known[arm] = known.get(arm, False) or was_taken


def add_counts(parts: Iterable[Counts]) -> Counts:
    """Return the sum, by kind; a kind that no part measured stays None."""
    sums: dict[str, Count | None] = {"lines": None, "branches": None, "functions": None, "statements": None}
    for part in parts:
        for kind, known in sums.items():
            more: Count | None = getattr(part, kind)
            if more is not None:
                sums[kind] = (
                    more if known is None else Count(covered=known.covered + more.covered, total=known.total + more.total)
                )
    return Counts(**sums)
