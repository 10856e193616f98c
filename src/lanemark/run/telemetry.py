"""How well one run used its workers and its machine, computed afterwards from what is known of its stages."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lanemark.plan import Plan
from lanemark.ports import Counters
from lanemark.result import Outcome, Telemetry
from lanemark.run.types import Tools

HANDOVER_S = 0.01
"""A stage that starts this soon after it could was not waiting for a worker: the scheduler was handing over."""

MOST_S = 1e9
"""No run is longer (31 years); what a record says beyond it is taken for this much, so that no figure becomes infinite."""


class _Span(NamedTuple):
    """When one stage could have started, when it did, and when it ended, in seconds from the start of the run."""

    ready: float
    start: float
    end: float


def read_counters(tools: Tools) -> Counters | None:
    """Return what the machine has counted until now, None where nothing looks at it."""
    return None if tools.gauges is None else tools.gauges.read()


def read_telemetry(
    plan: Plan, outcomes: Iterable[Outcome], *, jobs: int, before: Counters | None, after: Counters | None
) -> Telemetry:
    """Return how one side's run of `plan` went, with at most `jobs` stages at a time.

    A stage is ready when all it needs ended, and is queued from then until it starts; one that was never started for want of
    time is queued to the end, one that was skipped never. `queue_mean` is the queue's length integrated over the run and divided
    by its length, `utilisation` the sum of all stages' wall time over `jobs` times that length. What the run did between two
    stages (keeping outputs, printing logs) is part of the run and so lowers the utilisation.

    Times are on the side's own axis, as `Outcome.started_s` is: where two sides take turns, the other side's time does not
    exist, because its stages stand in no queue of ours. The machine's shares have no such axis; `before` and `after` enclose the
    turns of both sides, and the figures of both say the same. Replayed steps over all steps is the hit rate of the cache in this
    run.
    """
    done: dict[str, Outcome] = {}
    for outcome in outcomes:
        done.setdefault(outcome.stage, outcome)
    length = max((_end(outcome) for outcome in done.values() if _started(outcome)), default=0.0)
    waits = [
        (span.ready, span.start)
        for span in _spans(plan, done, length).values()
        if span.start - span.ready > HANDOVER_S  # what is left waited for a worker
    ]
    busy = sum(_wall(outcome) for outcome in done.values() if _started(outcome))
    return Telemetry(
        jobs=jobs,
        steps=len(plan.steps),
        replayed=sum(1 for step in plan.steps if step.stage in done and done[step.stage].state == "replayed"),
        wall_s=length,
        queue_mean=sum(start - ready for ready, start in waits) / length if length else 0.0,
        queue_max=_deepest(waits),
        utilisation=min(1.0, busy / (max(jobs, 1) * length)) if length else 0.0,
        cpu=_machine_share(before, after, "busy"),
        iowait=_machine_share(before, after, "iowait"),
    )


def _spans(plan: Plan, done: Mapping[str, Outcome], length: float) -> dict[str, _Span]:
    """Return the spans of all steps that ran or could have run; a need that stands later in the plan is none."""
    spans: dict[str, _Span] = {}
    for step in plan.steps:
        outcome = done.get(step.stage)
        if outcome is None or step.stage in spans:
            continue
        ready = min(max((spans[need].end for need in step.needs if need in spans), default=0.0), length)
        if _started(outcome):
            spans[step.stage] = _Span(ready, max(_start(outcome), ready), _end(outcome))
        elif outcome.state == "replayed":
            spans[step.stage] = _Span(ready, ready, ready)
        elif outcome.state == "failed":
            spans[step.stage] = _Span(ready, length, length)
    return spans


def _deepest(waits: list[tuple[float, float]]) -> int:
    """Return how many of the half-open spans overlap at most; where one ends as another begins they do not."""
    depth = deepest = 0
    for _, change in sorted([*((ready, 1) for ready, _ in waits), *((start, -1) for _, start in waits)]):
        depth += change
        deepest = max(deepest, depth)
    return deepest


def _started(outcome: Outcome) -> bool:
    """Tell whether a process ran for this stage, and since when."""
    return outcome.started_s is not None and outcome.usage is not None and outcome.state in ("ran", "failed")


def _start(outcome: Outcome) -> float:
    return min(max(outcome.started_s or 0.0, 0.0), MOST_S)


def _wall(outcome: Outcome) -> float:
    return min(max(outcome.usage.wall_s, 0.0), MOST_S) if outcome.usage else 0.0


def _end(outcome: Outcome) -> float:
    return _start(outcome) + _wall(outcome)


def _machine_share(before: Counters | None, after: Counters | None, what: str) -> float | None:
    """Return which share of all cores' time between two looks was `busy` or `iowait`, None where it cannot be told."""
    if before is None or after is None:
        return None
    passed = {kind: _passed(before, after, kind) for kind in ("busy_s", "idle_s", "iowait_s", "steal_s")}
    total = sum(seconds for seconds in passed.values() if seconds is not None)
    part = passed[f"{what}_s"]
    # A platform that does not tell idle time would make everything look busy.
    if part is None or passed["idle_s"] is None or total <= 0:
        return None
    return part / total


def _passed(before: Counters, after: Counters, kind: str) -> float | None:
    first, last = getattr(before, kind), getattr(after, kind)
    return None if first is None or last is None else max(last - first, 0.0)
