"""Several reports, one picture: a line is measured if any report measured it, and its hits are the sum.

Never the other way round: a line that one report missed and another did not look at stays missed. (Tools that intersect the
misses of their reports show such a line as covered.) Merging is commutative and associative, so no order of reports counts.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from lanemark.coverage.model import MAX_HITS, Branches, FileData, Hits, better
from lanemark.coverage.types import Count, Counts

Key = TypeVar("Key")
Part = TypeVar("Part")


def merge_files(one: FileData, other: FileData) -> FileData:
    """Return what two measurements of one file say together; neither is changed."""
    return FileData(
        lines=add_hits(one.lines, other.lines),
        branches=_either(one.branches, other.branches, merge_branches),
        functions=_either(one.functions, other.functions, add_hits),
        statements=_either(one.statements, other.statements, add_hits),
    )


def add_hits(one: dict[Key, Hits], other: dict[Key, Hits]) -> dict[Key, Hits]:
    """Return the union of both, hits summed up to MAX_HITS."""
    both = dict(one)
    for key, hits in other.items():
        both[key] = min(both.get(key, 0) + hits, MAX_HITS)
    return both


def merge_branches(one: Branches, other: Branches) -> Branches:
    """Return the union of named arms, an arm taken if any report saw it taken, and the `better` of two counts."""
    counted = dict(one.counted)
    for line, taken in other.counted.items():
        counted[line] = better(counted.get(line, (0, 0)), taken)
    arms = {line: dict(named) for line, named in one.arms.items()}
    for line, named in other.arms.items():
        known = arms.setdefault(line, {})
        for arm, was_taken in named.items():
            known[arm] = known.get(arm, False) or was_taken
    return Branches(counted=counted, arms=arms)


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


def _either(one: Part | None, other: Part | None, merge: Callable[[Part, Part], Part]) -> Part | None:
    """Return the merge of both, or the one that was measured, or None."""
    if one is None or other is None:
        return other if one is None else one
    return merge(one, other)
