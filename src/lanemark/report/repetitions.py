"""What stage checks found, as people read it: rows, clauses, and the outputs that repeated runs did not leave equal."""

from dataclasses import dataclass

from lanemark.judge.types import GateVerdict
from lanemark.path import RepoPath
from lanemark.report.size import Shown, first
from lanemark.report.types import Model
from lanemark.report.voice import Voice
from lanemark.units import size, size_between

CHECKS = {"deterministic": "determinism", "memory_stable": "memory from run to run"}
"""How the gate ids of checks end, and what such a gate is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceRow:
    """One output that differs between runs of one stage: all raw, `where` is a sentence that starts after the path."""

    stage: str
    path: RepoPath
    where: str


def divergences(model: Model, most: int) -> Shown[DivergenceRow]:
    """Return at most `most` of what differs in the stages whose outputs the policy wants equal, and how much more there is."""
    stages = model.policy.stages
    seen = [
        one
        for one in model.measured.head.repetitions
        if one.differing and one.stage in stages and stages[one.stage].checks.deterministic is not None
    ]
    rows = [DivergenceRow(stage=one.stage, path=each.path, where=each.where) for one in seen for each in one.differing]
    shown = first(rows, most)
    return Shown(shown.items, shown.more + sum(max(one.more, 0) for one in seen))


def check_figure(gate: GateVerdict) -> str:
    """Return what a check found on head: `2 differ`, or `1.3 MiB a run (1.1 to 1.5)`; empty where it found out nothing."""
    if gate.value is None:
        return ""
    if gate.unit == "B":
        value, bracket, bounds = size_between(gate.value, gate.low, gate.high).partition(" (")
        return f"{value} a run{bracket}{bounds}"
    return f"{gate.value:,.0f} differ{'s' if gate.value == 1 else ''}" if gate.value else "equal"


def check_limit(gate: GateVerdict) -> str:
    """Return what a check allows; empty where it found out nothing."""
    if gate.limit.fail is None:
        return ""
    return f"at most {size(gate.limit.fail)} a run" if gate.unit == "B" else "equal outputs"


def check_clause(name: str, gate: GateVerdict, voice: Voice) -> str:
    """Return `build is not deterministic: dist/app.js differs from byte 120, line 4`; `name` is the raw stage."""
    shown = voice.name(name)
    if gate.unit == "B":
        return f"{shown}'s peak memory grows by {size_between(gate.value or 0.0, gate.low, gate.high)} a run"
    return f"{shown} is not deterministic: {voice.reason(gate.reason)}"
