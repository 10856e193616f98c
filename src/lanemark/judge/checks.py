"""Stage checks: did every run leave the same outputs, and does memory stay where it is from run to run?"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from lanemark import units
from lanemark.config.types import LEAST_SERIES, MOST_EQUAL, MOST_SERIES, Config, Lane, Mode, softer
from lanemark.errors import DataError
from lanemark.judge.gates import lane_stages
from lanemark.judge.types import GateUnit, GateVerdict, Limit, Verdict
from lanemark.result import MemorySeries, Repetition, Result
from lanemark.stats.order import median_of
from lanemark.stats.slope import slope_of

DETERMINISTIC, MEMORY_STABLE = "deterministic", "memory_stable"
"""How the gate ids of both checks end, as their keys in the configuration."""

LEAST_GROWTH_BYTES, LEAST_GROWTH_SHARE = 1 << 20, 0.02
"""A growth over the whole series counts from the larger of both on: 1 MiB, and this share of the median peak."""

_LONGEST = 400
T = TypeVar("T")


class _Finding(NamedTuple):
    """What one check gives; `value` with its bounds is the figure, `limit` where that would fail."""

    verdict: Verdict
    reason: str
    tags: tuple[str, ...] = ()
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None


def check_gates(head: Result, policy: Config, lane: Lane, cap: Mode | None) -> list[GateVerdict]:
    """Return a gate for each check that the policy asks for, in the order of the lane's stages.

    A check that head did not do is unknown, and counts: a change cannot drop it. Raises DataError for figures that cannot be.
    """
    gates = []
    for name in lane_stages(policy, lane):
        rules = policy.stages[name].checks
        if rules.deterministic is not None:
            found = _obstacle(head, name) or _weigh_outputs(head, name, rules.deterministic)
            gates.append(_gate(f"{lane.name}/{name}.{DETERMINISTIC}", found, "1", cap))
        if rules.memory_stable is not None:
            found = _obstacle(head, name) or _weigh_memory(head, name, rules.memory_stable)
            gates.append(_gate(f"{lane.name}/{name}.{MEMORY_STABLE}", found, "B", cap))
    return gates


def _gate(gate: str, found: _Finding, unit: GateUnit, cap: Mode | None) -> GateVerdict:
    return GateVerdict(
        gate=gate,
        kind="check",
        verdict=found.verdict,
        mode=softer(Mode.ENFORCE, cap, Mode.INFORM if "replayed" in found.tags else None),
        reason=found.reason,
        unit=unit,
        limit=Limit(fail=found.limit),
        value=found.value,
        low=found.low,
        high=found.high,
        metric_unit="B" if unit == "B" else "1",
        tags=found.tags,
    )


def _obstacle(head: Result, name: str) -> _Finding | None:
    """Return why nothing could be checked, None where the stage ran."""
    outcome = head.outcome(name)
    if outcome is None:
        return _Finding(Verdict.UNKNOWN, f"stage {name} did not run, so it was not checked", ("missing",))
    if outcome.state in ("failed", "skipped"):
        return _Finding(Verdict.UNKNOWN, f"stage {name} failed, so it was not checked", ("head-failed",))
    if outcome.state == "replayed":
        return _Finding(Verdict.UNKNOWN, "it was replayed from the cache, and a replay shows no behaviour", ("replayed",))
    return None


def _weigh_outputs(head: Result, name: str, wanted: int) -> _Finding:
    """Return whether the outputs of all runs were equal; one that was not is a fact, however many runs there were."""
    seen = _only([one for one in head.repetitions if one.stage == name], f"stage {name}, repetitions")
    if seen is None:
        return _Finding(Verdict.UNKNOWN, f"the run has no word on whether {name} is deterministic", ("not-checked",))
    if not 1 <= seen.runs <= MOST_EQUAL or seen.more < 0:
        raise DataError(f"head result: stage {name}: {seen.runs} runs cannot be", help="Measure again.")
    if seen.differing:
        return _differing(seen)
    if seen.failure:
        return _Finding(Verdict.UNKNOWN, seen.failure[:_LONGEST], ("not-checked",))
    if seen.runs < wanted:
        return _Finding(Verdict.UNKNOWN, f"only {seen.runs} of {wanted} runs were made", ("few-samples",))
    return _Finding(Verdict.PASS, f"{seen.runs} runs left equal outputs", value=0.0, limit=0.0)


def _differing(seen: Repetition) -> _Finding:
    """Return the failure that names the first differing output."""
    first, count = seen.differing[0], len(seen.differing) + seen.more
    rest = f"; {count - 1} more differ{'s' if count == 2 else ''}" if count > 1 else ""
    where = first.where[:_LONGEST].partition(": ")[0]  # without the excerpts, which the report lists
    reason = f"{first.path[:_LONGEST]} {where}{rest}"
    return _Finding(Verdict.FAIL, reason, value=float(count), limit=0.0)


def _weigh_memory(head: Result, name: str, wanted: int) -> _Finding:
    """Return whether the peaks of runs in a row grow: surely (by the slope's lower bound), and by an amount that matters."""
    seen = _only([one for one in head.memory_series if one.stage == name], f"stage {name}, memory series")
    if seen is None:
        return _Finding(Verdict.UNKNOWN, f"the run has no word on whether the memory of {name} is stable", ("not-checked",))
    peaks = seen.peaks_bytes
    if len(peaks) > MOST_SERIES or any(peak <= 0 for peak in peaks):
        raise DataError(f"head result: stage {name}: a series of peaks that cannot be", help="Measure again.")
    if seen.failure:
        return _Finding(Verdict.UNKNOWN, seen.failure[:_LONGEST], ("not-checked",))
    if len(peaks) < LEAST_SERIES:
        few = f"{len(peaks)} run{'s' if len(peaks) != 1 else ''} of {wanted} tell nothing, {LEAST_SERIES} are needed"
        return _Finding(Verdict.UNKNOWN, few, ("few-samples",))
    return _weigh_slope(seen)


def _weigh_slope(seen: MemorySeries) -> _Finding:
    peaks = seen.peaks_bytes
    slope = slope_of(peaks, what=f"head result: stage {seen.stage}, peak memory")
    steps = len(peaks) - 1
    least = max(float(LEAST_GROWTH_BYTES), LEAST_GROWTH_SHARE * median_of(peaks))
    grown = slope.value * steps
    surely = slope.low is not None and slope.low > 0
    shown = f"{units.size_between(slope.value, slope.low, slope.high)} a run over {len(peaks)} runs"
    if surely and grown >= least:
        verdict, reason = Verdict.FAIL, f"peak memory grows by {shown}, {units.size(grown)} in all"
    elif surely:
        verdict, reason = Verdict.PASS, f"peak memory grows by {shown}, which is less than {units.size(least)} in all"
    else:
        verdict, reason = Verdict.PASS, f"peak memory does not grow for sure: {shown}"
    return _Finding(verdict, reason, value=slope.value, low=slope.low, high=slope.high, limit=least / steps)


def _only(found: Sequence[T], what: str) -> T | None:
    """Return the one record there may be; two would let the second hide behind the first."""
    if len(found) > 1:
        raise DataError(f"head result: {what}: {len(found)} records where one may be", help="Measure again.")
    return found[0] if found else None
