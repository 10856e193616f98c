"""Budgets: an absolute limit on what head used, for which one sample is enough."""

from collections.abc import Sequence

import msgspec

from lanemark import units
from lanemark.config.types import Budget, Lane, Mode, softer
from lanemark.judge.compliance import PastFigures, budget_compliance, first_seen, hard_limit, since_words
from lanemark.judge.figures import Figure, budget_figures
from lanemark.judge.types import GateVerdict, Limit, Verdict
from lanemark.metric import unit_of
from lanemark.result import Result
from lanemark.stats.summary import Estimate


def budget_gates(head: Result, lane: Lane, cap: Mode | None, known: Sequence[PastFigures] = ()) -> list[GateVerdict]:
    """Return a gate for each budget of the lane, in the order they were written.

    `known` is what earlier runs had for these budgets, newest first. It explains a verdict and never changes one.
    """
    figures = budget_figures(head, lane.budgets)
    return [
        _with_past(_budget_gate(figure, budget, lane.name, cap), known, place, budget, head.machine.fingerprint)
        for place, (figure, budget) in enumerate(zip(figures, lane.budgets, strict=True))
    ]


def _budget_gate(figure: Figure, budget: Budget, lane: str, cap: Mode | None) -> GateVerdict:
    verdict, reason = _weigh(figure, budget)
    replayed = verdict is Verdict.UNKNOWN and "replayed" in figure.tags
    return GateVerdict(
        gate=f"{lane}/{budget.stage}.{budget.metric}.{budget.statistic}",
        kind="budget",
        verdict=verdict,
        mode=softer(Mode.ENFORCE, cap, Mode.INFORM if replayed else None),
        reason=reason,
        unit=unit_of(budget.metric),
        limit=Limit(warn=budget.warn, fail=budget.fail),
        value=figure.estimate.value,
        low=figure.estimate.low,
        high=figure.estimate.high,
        head=figure.estimate.value,
        metric_unit=unit_of(budget.metric),
        tags=(*figure.tags, *_interval_tags(figure.estimate, budget)),
    )


def _with_past(gate: GateVerdict, known: Sequence[PastFigures], place: int, budget: Budget, machine: str) -> GateVerdict:
    """Return the gate with what earlier runs say: how many kept it and, where it is broken now, since when."""
    broken = budget.fail if gate.verdict is Verdict.FAIL else budget.warn if gate.verdict is Verdict.WARN else None
    since = None if broken is None else first_seen(known, place, broken, machine)
    reason = gate.reason if since is None else f"{gate.reason}; {since_words(since)}"
    compliance = budget_compliance(known, place, budget)
    return msgspec.structs.replace(gate, since=since, compliance=compliance, reason=reason)


def _weigh(figure: Figure, budget: Budget) -> tuple[Verdict, str]:
    value = figure.estimate.value
    if value is None:
        return Verdict.UNKNOWN, figure.source
    unit = unit_of(budget.metric)
    shown = f"{units.quantity(value, unit)} ({figure.source})"
    doubt = _doubt(figure.estimate, budget)
    if budget.fail is not None and value > budget.fail:
        return Verdict.FAIL, f"{shown} is over the limit of {units.quantity(budget.fail, unit)}{doubt}"
    if budget.warn is not None and value > budget.warn:
        return Verdict.WARN, f"{shown} is over the limit of {units.quantity(budget.warn, unit)}{doubt}"
    limit = budget.warn if budget.warn is not None else budget.fail
    if limit is None:
        return Verdict.UNKNOWN, "the budget has no limit"
    return Verdict.PASS, f"{shown} is within the limit of {units.quantity(limit, unit)}{doubt}"


def _doubt(found: Estimate, budget: Budget) -> str:
    """Return, for a value at risk, the interval that has the limit inside, as the end of a sentence."""
    limit = hard_limit(budget)
    if limit is None or found.low is None or found.high is None or "at-risk" not in _interval_tags(found, budget):
        return ""
    unit = unit_of(budget.metric)
    low, high = units.quantity(found.low, unit), units.quantity(found.high, unit)
    return f", at risk: its 95 % interval from {low} to {high} has the limit of {units.quantity(limit, unit)} inside"


def _interval_tags(found: Estimate, budget: Budget) -> tuple[str, ...]:
    """Return where the 95 % interval lies: `within` the fail limit, `over` it, or `at-risk` where the limit is inside."""
    limit = hard_limit(budget)
    if limit is None or found.value is None or found.low is None or found.high is None:
        return ()
    return ("over",) if found.low > limit else ("within",) if found.high <= limit else ("at-risk",)
