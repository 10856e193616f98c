"""What a budget looks at: one statistic of one metric of a stage or of the whole lane, as a result has it."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lanemark.compare.paired import warm_values
from lanemark.compare.whole import stages_of
from lanemark.config.types import Budget
from lanemark.result import Result, Sample
from lanemark.stats.order import measured_values
from lanemark.stats.summary import LEAST, Estimate, estimate

TOTAL = "total"
"""The stage name of a budget on the whole lane."""

_SUMMED = frozenset({"median", "mean", "min", "max"})


class Figure(NamedTuple):
    """What a budget looks at, how it came about in words, and tags; `estimate.value` is None where it is unknown."""

    estimate: Estimate
    source: str
    tags: tuple[str, ...] = ()


_NOTHING = Estimate(None, None, None)


def budget_figures(side: Result, budgets: Sequence[Budget]) -> list[Figure]:
    """Return the figure of each budget; raise DataError for figures that cannot be, such as a negative time."""
    samples: dict[str, list[Sample]] = {}
    for sample in side.samples:
        samples.setdefault(sample.stage, []).append(sample)
    return [
        _total_figure(side, samples, budget)
        if budget.stage == TOTAL
        else _stage_figure(side, samples.get(budget.stage, ()), budget, budget.stage)
        for budget in budgets
    ]


def _stage_figure(side: Result, samples: Sequence[Sample], budget: Budget, stage: str) -> Figure:
    """Return the statistic over a stage's samples, or over its one deciding run where it has none."""
    outcome = side.outcome(stage)
    if outcome is None:
        return Figure(_NOTHING, f"stage {stage} did not run", ("missing",))
    if outcome.state in ("failed", "skipped"):
        return Figure(_NOTHING, f"stage {stage} failed, so its figures mean nothing", ("head-failed",))
    values = warm_values(samples, budget.metric)
    source = f"{budget.statistic} of {len(values)} sample{'s' if len(values) != 1 else ''}"
    if not values:
        if outcome.state == "replayed":
            return Figure(_NOTHING, "it was replayed from the cache, and a replay is no measurement", ("replayed",))
        alone = outcome.usage.value(budget.metric) if outcome.usage else None
        if alone is None:
            return Figure(_NOTHING, f"{budget.metric} was not measured", ("not-measured",))
        values, source = [alone], "one run"
    measured_values(values, f"{side.side} result: stage {stage}, {budget.metric}")
    found = estimate(values, budget.statistic)
    if found.value is None:
        return Figure(
            found, f"{budget.statistic} needs {LEAST[budget.statistic]} samples, there are {len(values)}", ("few-samples",)
        )
    return Figure(found, source)


def _total_figure(side: Result, samples: Mapping[str, Sequence[Sample]], budget: Budget) -> Figure:
    """Return the sum over the stages: of their statistics where they have samples, of the deciding run elsewhere.

    Memory is not summed, because stages do not hold theirs at the same time: there the largest counts. A replayed stage counts as
    nothing and is said.
    """
    if budget.statistic not in _SUMMED:
        return Figure(_NOTHING, f"a whole lane runs once, so it has no {budget.statistic}", ("few-samples",))
    found: list[Estimate] = []
    sampled = replayed = 0
    for stage in stages_of(side):
        figure = _stage_figure(side, samples.get(stage, ()), budget, stage)
        if "replayed" in figure.tags:
            replayed += 1
        elif figure.estimate.value is None:
            return Figure(_NOTHING, f"stage {stage}: {figure.source}", figure.tags)
        else:
            found.append(figure.estimate)
            sampled += figure.source != "one run"
    if not found:
        return Figure(_NOTHING, "no stage was measured", ("replayed",) if replayed else ("not-measured",))
    how = "largest" if budget.metric == "rss_peak" else "sum"
    source = (
        f"{how} of {len(found)} stage{'s' if len(found) != 1 else ''}, {sampled} of them by the {budget.statistic} of samples"
    )
    if replayed:
        source += f"; {replayed} replayed from the cache and not in it"
    return Figure(_largest(found) if how == "largest" else _summed(found), source, ("replayed",) if replayed else ())


def _largest(found: Sequence[Estimate]) -> Estimate:
    """Return the largest value; which of several is the largest is not known well enough for an interval."""
    return Estimate(max(each.value or 0.0 for each in found), None, None)


def _summed(found: Sequence[Estimate]) -> Estimate:
    """Return the sum with its interval, which there is where every stage has one.

    The distances from value to bound add up as squares (MOVER: Zou and Donner 2008), because no stage knows of the other's luck;
    adding the bounds themselves would give an interval that is too wide.
    """
    value = sum(each.value or 0.0 for each in found)
    below = [each.value - each.low for each in found if each.value is not None and each.low is not None]
    above = [each.high - each.value for each in found if each.value is not None and each.high is not None]
    if not len(below) == len(above) == len(found):
        return Estimate(value, None, None)
    return Estimate(value, value - math.hypot(*below), value + math.hypot(*above))
