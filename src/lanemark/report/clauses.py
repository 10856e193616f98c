"""What a gate is guilty of, as a clause that starts with what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from lanemark.judge.types import GateVerdict, Verdict
from lanemark.report.gates import METRIC_WORDS, TOTAL, GateLine, amount, share
from lanemark.report.past import already_over
from lanemark.report.repetitions import check_clause
from lanemark.report.types import Model
from lanemark.report.voice import Voice
from lanemark.units import limit as ratio
from lanemark.units import percent

GUILT = {Verdict.FAIL: "failed", Verdict.WARN: "warned", Verdict.UNKNOWN: "could not be judged"}
"""What is said of gates that are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What one gate (or several with one reason) did; `name_first` tells that it starts with a name, which keeps its letters."""

    text: str
    name_first: bool
    gates: int = 1


def guilt_clauses(lines: Sequence[GateLine], model: Model, voice: Voice) -> list[Clause]:
    """Return the clauses of `lines` in their order; gates that cannot be judged for one and the same reason share one."""
    groups: dict[str, list[GateLine]] = {}
    for line in lines:
        unjudged = _unjudged(line.gate) and line.gate.kind not in ("stage", "lane")
        groups.setdefault(f"reason {line.gate.reason}" if unjudged else f"gate {line.gate.gate} {line.gate.unit}", []).append(
            line
        )
    return [_shared_clause(group, model, voice) for group in groups.values()]


def _shared_clause(lines: Sequence[GateLine], model: Model, voice: Voice) -> Clause:
    """Return the clause of gates that share one."""
    first = lines[0]
    if first.gate.kind in ("stage", "lane"):
        return Clause(text=_clause(first, model, voice), name_first=False, gates=len(lines))
    if not _unjudged(first.gate):
        return Clause(text=_clause(first, model, voice), name_first=bool(first.name), gates=len(lines))
    about = " and ".join(_about(line, voice) for line in lines[:2])
    rest = f" and {len(lines) - 2} more" if len(lines) > 2 else ""
    return Clause(
        text=f"{about}{rest} {GUILT[Verdict.UNKNOWN]}{_because(first.gate, voice)}", name_first=bool(first.name), gates=len(lines)
    )


def _unjudged(gate: GateVerdict) -> bool:
    """Tell whether there is nothing to say of a gate but why it says nothing."""
    return gate.verdict is Verdict.UNKNOWN or gate.value is None


def _about(line: GateLine, voice: Voice) -> str:
    """Return what a gate is about: `unit CPU time`."""
    return " ".join(part for part in (voice.name(line.name) if line.name else "", line.what) if part)


def _clause(line: GateLine, model: Model, voice: Voice) -> str:
    """Return one gate's guilt as a clause that starts with what it is about."""
    gate = line.gate
    if gate.kind == "lane":
        return voice.reason(gate.reason) or "the lane did not come to its end"
    if gate.kind == "stage":
        return f"stage {voice.name(line.name)} {_ending(line, model)}{_because(gate, voice)}"
    if gate.kind == "check":
        return check_clause(line.name, gate, voice)
    bound = gate.limit.warn if gate.counts_as is Verdict.WARN and gate.verdict is Verdict.WARN else gate.limit.fail
    bound = gate.limit.fail if bound is None else bound
    if gate.kind == "coverage":
        return _coverage_clause(line, _about(line, voice), bound)
    allowed = "" if bound is None else f" (limit {amount(bound, gate.unit)})"
    if gate.kind == "budget":
        base = base_name(model)
        return f"{_budget_clause(line, voice)}{allowed}{already_over(gate, voice.name(base) if base else 'the base')}"
    return f"{_regression_clause(line, model, voice)}{allowed}"


def _ending(line: GateLine, model: Model) -> str:
    """Return what became of a stage that is at fault."""
    outcome = model.measured.head.outcome(line.name)
    if outcome is None or line.gate.verdict is Verdict.UNKNOWN:
        return GUILT[line.gate.verdict]
    if outcome.flaky:
        return "is flaky"
    return "did not run" if outcome.state == "skipped" else "failed"


def _because(gate: GateVerdict, voice: Voice) -> str:
    """Return the gate's own reason after a colon, nothing where it has none."""
    return f": {reason}" if (reason := voice.reason(gate.reason)) else ""


def _coverage_clause(line: GateLine, about: str, bound: float | None) -> str:
    """Return `patch coverage 71.42 % is below 80 %`; lines need not be said."""
    gate, about = line.gate, about.removesuffix(" (lines)")
    if gate.unit == "points":
        allowed = "" if bound is None else f" (at most {amount(bound, 'points')})"
        return f"{about} dropped by {amount(gate.value or 0.0, 'points')}{allowed}"
    exact = gate.covered is not None and gate.total
    value = percent(gate.covered or 0, gate.total or 0) if exact else share(gate.value or 0.0)
    if bound is not None and (gate.value or 0.0) < bound:
        return f"{about} {value} is below {share(bound)}"
    if gate.base is not None and gate.head is not None and gate.base > gate.head:
        return f"{about} dropped by {amount(gate.base - gate.head, 'points')}, to {value}"
    return f"{about} is {value}"


def _budget_clause(line: GateLine, voice: Voice) -> str:
    """Return `unit has a median wall time of 9.1 s`."""
    subject, value = line.subject, line.gate.value or 0.0
    who = "the whole lane" if subject.stage == TOTAL else voice.name(subject.stage or line.gate.gate)
    words = f"{subject.statistic} {METRIC_WORDS[subject.metric]}" if subject.metric else "figure"
    return f"{who} has a {words} of {amount(value, line.gate.unit)}"


_MORE = {
    "wall": "takes {0} longer than {1}",
    "cpu": "uses {0} more CPU time than {1}",
    "user": "uses {0} more user CPU time than {1}",
    "system": "uses {0} more system CPU time than {1}",
    "rss_peak": "needs {0} more peak memory than {1}",
    "io_read": "reads {0} more bytes than {1}",
    "io_write": "writes {0} more bytes than {1}",
    "ctx_switches": "has {0} more context switches than {1}",
    "page_faults": "has {0} more page faults than {1}",
}


def _regression_clause(line: GateLine, model: Model, voice: Voice) -> str:
    """Return `unit uses 12.3 % more CPU time than main`."""
    base = base_name(model)
    against = voice.name(base) if base else "the base"
    value = line.gate.value or 0.0
    verb = _MORE.get(line.subject.metric, "needs {0} more than {1}")
    said = f"{voice.name(line.name)} {verb.format(_rounded(value), against)}"
    return f"{said}, not confirmed by a second batch" if "unconfirmed" in line.gate.tags else said


def _rounded(value: float) -> str:
    """Return a growth with one decimal: `12.3 %`."""
    return ratio(round(value, 3))


def base_name(model: Model) -> str:
    """Return the (raw) name of the branch that head is compared with, empty where the event has none."""
    return model.measured.head.event.base_ref
