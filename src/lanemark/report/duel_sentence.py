"""Which of two commands is slower, in one sentence that claims no more than its interval."""

from collections.abc import Sequence

from lanemark.compare.types import Comparison, Difference, Effect
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.metric import Metric
from lanemark.stats.effect import LEAST_PAIRS, detectable
from lanemark.units import change, limit

TWICE = 1.0
"""From this change on people read `2.4 times` more easily than `140 % more`."""

WORTH_SAYING = 0.05
"""What another metric must move before it is said beside the one that speaks for the command."""

CALM = 0.03
"""CPU time between these bounds on both sides of zero is called the same."""

_VERBS: dict[Metric, tuple[str, str]] = {
    "cpu": ("uses {0} more CPU time than base", "uses {0} less CPU time than base"),
    "wall": ("takes {0} longer than base", "takes {0} less time than base"),
    "rss_peak": ("holds {0} more memory at its peak", "holds {0} less memory at its peak"),
}
_TIMES: dict[Metric, str] = {
    "cpu": "uses {0} times the CPU time of base",
    "wall": "takes {0} times as long as base",
    "rss_peak": "holds {0} times the memory at its peak",
}


def duel_sentence(comparison: Comparison, gates: Sequence[GateVerdict]) -> str:
    """Return the verdict for people: slower, faster, no difference, or why nobody can tell."""
    one = next((one for one in comparison.differences if one.primary), None)
    effect = one.effect if one else None
    if one is None or effect is None:
        return f"Nothing could be compared: {comparison.reason or 'there are no samples'}."
    gate = next(iter(gates), None)
    if effect.low is None or effect.high is None:
        return f"Too few pairs to tell: {change(effect.value)} over {_pairs(effect)}, and {LEAST_PAIRS + 1} are the least."
    if gate is not None and {"contaminated", "environment"} & set(gate.tags):
        return f"Too noisy to tell: {gate.reason}."
    said = [_main_clause(one, effect, gate), *_others(comparison, effect)]
    if one.metric == "wall" and gate is not None and gate.verdict is Verdict.UNKNOWN:
        said += _calm_cpu(comparison)
    return " ".join(said)


def _main_clause(one: Difference, effect: Effect, gate: GateVerdict | None) -> str:
    shown = f"({_between(effect)}, {_pairs(effect)})"
    if _is_sure(effect):
        tail = _second_batch(one.confirmation) if one.confirmation else ""
        return f"head {_moved(one.metric, effect.value)} {shown}{tail}."
    seen = limit(round(detectable(effect.noise, effect.pairs), 3))
    if gate is not None and gate.verdict is Verdict.PASS:
        return f"No difference seen: {change(effect.value)} {shown}. One of {seen} would have been seen."
    advice = "Try more --pairs and --max-time, or a calmer machine."
    return (
        f"Too noisy to tell: {change(effect.value)} {shown}. Only a difference of {seen} or more would have been seen. {advice}"
    )


def _second_batch(second: Effect) -> str:
    """Return what the independent second batch says of a large difference."""
    if second.low is not None and second.low > 0:
        return f"; a second batch of {_pairs(second)} confirms it with {change(second.value)}"
    return f"; a second batch of {_pairs(second)} does not confirm it: {change(second.value)}"


def _others(comparison: Comparison, effect: Effect) -> list[str]:
    """Return what else moved surely and by much: memory, and the other time where it went the other way."""
    said = []
    for one in comparison.differences:
        other = one.effect
        if one.primary or other is None or one.metric not in _VERBS or not _is_sure(other) or one.temperature != "warm":
            continue
        opposed = one.metric == "rss_peak" or not _is_sure(effect) or other.value * effect.value < 0
        if abs(other.value) >= WORTH_SAYING and opposed:
            said.append(f"It {_moved(one.metric, other.value)}.".replace(" than base", ""))
    return said


def _calm_cpu(comparison: Comparison) -> list[str]:
    """Return that CPU time is the same, where wall time is too noisy and CPU time is not."""
    cpu = next((one.effect for one in comparison.differences if one.metric == "cpu" and one.temperature == "warm"), None)
    if cpu is None or cpu.low is None or cpu.high is None or max(-cpu.low, cpu.high) > CALM:
        return []
    return [f"CPU time is the same on both sides ({_between(cpu)})."]


def _is_sure(effect: Effect) -> bool:
    """Tell whether the interval leaves zero out."""
    return effect.low is not None and effect.high is not None and (effect.low > 0 or effect.high < 0)


def _moved(metric: Metric, value: float) -> str:
    """Return a change as a verb."""
    if value >= TWICE:
        return _TIMES[metric].format(f"{1 + value:.3g}")
    more, less = _VERBS[metric]
    return (more if value > 0 else less).format(f"{abs(value) * 100:.1f} %")


def _between(effect: Effect) -> str:
    return f"{change(effect.low or 0.0)} to {change(effect.high or 0.0)}"


def _pairs(effect: Effect) -> str:
    return f"{effect.pairs} pair{'' if effect.pairs == 1 else 's'}"
