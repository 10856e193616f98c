"""Tests as rows: totals of both sides, what failed, what is new or gone, what is slow."""

from dataclasses import dataclass

from lanemark.ingest.types import BrokenCase, SuiteState, Tests
from lanemark.report.gates import NONE
from lanemark.report.size import Shown, first
from lanemark.report.types import Model
from lanemark.units import seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalRow:
    """One number of both sides, as text."""

    what: str
    base: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitesView:
    """Everything the pages say about tests; `added` and `removed` are raw names, `why` says why they are not known."""

    declared: bool
    title: str
    failing: bool
    totals: tuple[TotalRow, ...]
    broken: Shown[BrokenCase]
    added: Shown[str]
    removed: Shown[str]
    why: str
    slowest: tuple[tuple[str, str], ...]
    unread: Shown[SuiteState]


def suites_view(model: Model, most: int) -> SuitesView:
    """Return at most `most` rows of each list, with the numbers of what is left out."""
    head = model.measured.head.tests
    baseline = model.comparison.baseline
    other = baseline.result if baseline else model.measured.base
    base = other.tests if other else None
    if head is None:
        nothing: Shown[str] = first((), 0)
        return SuitesView(
            declared=False, title="", failing=False, totals=(), broken=first((), 0), added=nothing, removed=nothing, why="",
            slowest=(), unread=first((), 0),
        )  # fmt: skip
    added, removed, why = _moved(base, head)
    broken = head.failures + head.errors
    words = [f"{head.total:,}", f"{broken:,} failed" if broken else ""]
    words += [f"{len(added):,} new" if added else "", f"{len(removed):,} removed" if removed else ""]
    return SuitesView(
        declared=True,
        title=f"Tests: {', '.join(word for word in words if word)}",
        failing=bool(broken),
        totals=_totals(base, head),
        broken=Shown(head.broken[:most], max(0, broken - len(head.broken[:most]))),
        added=first(added, most),
        removed=first(removed, most),
        why=why,
        slowest=tuple((case.name, seconds(case.time_s)) for case in head.slowest[:most]),
        unread=first([report for report in head.reports if report.state != "read"], most),
    )


def _totals(base: Tests | None, head: Tests) -> tuple[TotalRow, ...]:
    """Return the totals; a kind that neither side has is left out, but for the number of all."""

    def row(what: str, of: str) -> TotalRow:
        before: int | None = None if base is None else getattr(base, of)
        after: int = getattr(head, of)
        return TotalRow(what=what, base=NONE if before is None else f"{before:,}", head=f"{after:,}")

    kinds = (("Failed", "failures"), ("Broke off", "errors"), ("Skipped", "skipped"))
    rows = [row("All", "total")]
    rows += [row(what, of) for what, of in kinds if getattr(head, of) or (base is not None and getattr(base, of))]
    time = NONE if base is None else seconds(base.time_s)
    return (*rows, TotalRow(what="Time of all", base=time, head=seconds(head.time_s)))


def _moved(base: Tests | None, head: Tests) -> tuple[list[str], list[str], str]:
    """Return the names that only head has, those that only base has, and why they are not known."""
    if base is None:
        return [], [], "the base's tests are not known"
    if not (base.whole and head.whole):
        return [], [], "not every report of both sides could be read"
    if base.names is None or head.names is None:
        return [], [], "there are more tests than names are kept"
    ours, theirs = frozenset(head.names), frozenset(base.names)
    return sorted(ours - theirs), sorted(theirs - ours), ""
