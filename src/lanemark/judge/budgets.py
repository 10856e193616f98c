"""Budgets: an absolute limit on what head used, for which one sample is enough."""

from collections.abc import Sequence
from typing import NamedTuple

from lanemark import units
from lanemark.compare.paired import warm_values
from lanemark.compare.whole import stages_of
from lanemark.config.types import Budget, Lane, Mode, softer
from lanemark.judge.types import GateVerdict, Limit, Verdict
from lanemark.metric import unit_of
from lanemark.result import Result, Sample
from lanemark.stats.order import measured_values
from lanemark.stats.summary import LEAST, Estimate, estimate

TOTAL = "total"
"""The stage name of a budget on the whole lane."""

_SUMMED = frozenset({"median", "mean", "min", "max"})


class _Figure(NamedTuple):
    """What a budget looks at, how it came about in words, and tags; `estimate.value` is None where it is unknown."""

    estimate: Estimate
    source: str
    tags: tuple[str, ...] = ()


_NOTHING = Estimate(None, None, None)


def budget_gates(head: Result, lane: Lane, cap: Mode | None) -> list[GateVerdict]:
    """Return a gate for each budget of the lane, in the order they were written."""
    samples: dict[str, list[Sample]] = {}
    for sample in head.samples:
        samples.setdefault(sample.stage, []).append(sample)
    return [_budget_gate(head, samples, budget, lane.name, cap) for budget in lane.budgets]


def _budget_gate(head: Result, samples: dict[str, list[Sample]], budget: Budget, lane: str, cap: Mode | None) -> GateVerdict:
    if budget.stage == TOTAL:
        figure = _total_figure(head, samples, budget)
    else:
        figure = _stage_figure(head, samples.get(budget.stage, ()), budget, budget.stage)
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


def _stage_figure(head: Result, samples: Sequence[Sample], budget: Budget, stage: str) -> _Figure:
    """Return the statistic over a stage's samples, or over its one deciding run where it has none."""
    outcome = head.outcome(stage)
    if outcome is None:
        return _Figure(_NOTHING, f"stage {stage} did not run", ("missing",))
    if outcome.state in ("failed", "skipped"):
        return _Figure(_NOTHING, f"stage {stage} failed, so its figures mean nothing", ("head-failed",))
    values = warm_values(samples, budget.metric)
    source = f"{budget.statistic} of {len(values)} sample{'s' if len(values) != 1 else ''}"
    if not values:
        if outcome.state == "replayed":
            return _Figure(_NOTHING, "it was replayed from the cache, and a replay is no measurement", ("replayed",))
        alone = outcome.usage.value(budget.metric) if outcome.usage else None
        if alone is None:
            return _Figure(_NOTHING, f"{budget.metric} was not measured", ("not-measured",))
        values, source = [alone], "one run"
    measured_values(values, f"head result: stage {stage}, {budget.metric}")
    found = estimate(values, budget.statistic)
    if found.value is None:
        return _Figure(
            found, f"{budget.statistic} needs {LEAST[budget.statistic]} samples, there are {len(values)}", ("few-samples",)
        )
    return _Figure(found, source)


def _total_figure(head: Result, samples: dict[str, list[Sample]], budget: Budget) -> _Figure:
    """Return the sum over the stages of head: of their statistics where they have samples, of the deciding run elsewhere.

    Memory is not summed, because stages do not hold theirs at the same time: there the largest counts. A replayed stage counts as
    nothing and is said.
    """
    if budget.statistic not in _SUMMED:
        return _Figure(_NOTHING, f"a whole lane runs once, so it has no {budget.statistic}", ("few-samples",))
    found: list[float] = []
    sampled = replayed = 0
    for stage in stages_of(head):
        figure = _stage_figure(head, samples.get(stage, ()), budget, stage)
        if "replayed" in figure.tags:
            replayed += 1
        elif figure.estimate.value is None:
            return _Figure(_NOTHING, f"stage {stage}: {figure.source}", figure.tags)
        else:
            found.append(figure.estimate.value)
            sampled += figure.source != "one run"
    if not found:
        return _Figure(_NOTHING, "no stage was measured", ("replayed",) if replayed else ("not-measured",))
    how = "largest" if budget.metric == "rss_peak" else "sum"
    source = (
        f"{how} of {len(found)} stage{'s' if len(found) != 1 else ''}, {sampled} of them by the {budget.statistic} of samples"
    )
    if replayed:
        source += f"; {replayed} replayed from the cache and not in it"
    value = max(found) if how == "largest" else sum(found)
    return _Figure(Estimate(value, None, None), source, ("replayed",) if replayed else ())


def _weigh(figure: _Figure, budget: Budget) -> tuple[Verdict, str]:
    value = figure.estimate.value
    if value is None:
        return Verdict.UNKNOWN, figure.source
    unit = unit_of(budget.metric)
    shown = f"{units.quantity(value, unit)} ({figure.source})"
    if budget.fail is not None and value > budget.fail:
        return Verdict.FAIL, f"{shown} is over the limit of {units.quantity(budget.fail, unit)}"
    if budget.warn is not None and value > budget.warn:
        return Verdict.WARN, f"{shown} is over the limit of {units.quantity(budget.warn, unit)}"
    limit = budget.warn if budget.warn is not None else budget.fail
    if limit is None:
        return Verdict.UNKNOWN, "the budget has no limit"
    return Verdict.PASS, f"{shown} is within the limit of {units.quantity(limit, unit)}"


def _interval_tags(found: Estimate, budget: Budget) -> tuple[str, ...]:
    """Return where the 95 % interval lies: `within` the fail limit, `over` it, or `at-risk` where the limit is inside."""
    limit = budget.fail if budget.fail is not None else budget.warn
    if limit is None or found.value is None or found.low is None or found.high is None:
        return ()
    return ("over",) if found.low > limit else ("within",) if found.high <= limit else ("at-risk",)
