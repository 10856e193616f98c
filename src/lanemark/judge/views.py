"""Judgements and comparisons as the JSON that commands print; the keys are the documented contract."""

from collections.abc import Sequence
from typing import Any

from lanemark.compare.types import Comparison, Difference
from lanemark.judge.types import Compliance, GateVerdict, Judgement


def verdict_view(judgement: Judgement) -> dict[str, Any]:
    """Return what `lanemark verdict` and `gate` print; `value` and limits are in the gate's unit, null when unknown.

    A budget says besides what earlier runs of the base branch tell: `compliance` and `since`, null where nothing is known.
    """
    return {
        "verdict": judgement.verdict.value,
        "compliance": _compliance(judgement.compliance),
        "gates": [
            {
                "gate": gate.gate,
                "verdict": gate.verdict.value,
                "mode": gate.mode.value,
                "value": gate.value,
                "limit": {"warn": gate.limit.warn, "fail": gate.limit.fail},
                "reason": gate.reason,
                "tags": list(gate.tags),
                **(_past(gate) if gate.kind == "budget" else {}),
            }
            for gate in judgement.gates
        ],
    }


def _past(gate: GateVerdict) -> dict[str, Any]:
    """Return what earlier runs say of a budget; `since` has the commit of the newest one that kept it where `by` is `this`."""
    since = gate.since
    return {
        "compliance": _compliance(gate.compliance),
        "since": None
        if since is None
        else {"by": since.by, "commit": since.commit, "recorded": since.recorded, "or_before": since.or_before},
    }


def _compliance(found: Compliance | None) -> dict[str, int] | None:
    """Return how many of how many runs kept the limits."""
    return None if found is None else {"kept": found.kept, "runs": found.runs}


def compare_view(comparison: Comparison, gates: Sequence[GateVerdict]) -> dict[str, Any]:
    """Return what `lanemark compare` prints: `effect`, `low`, `high` as fractions, null when unknown.

    `verdict` is null for a metric that no gate judges: it is evidence only.
    """
    judged = {gate.gate.partition("/")[2]: gate for gate in gates if gate.kind == "regression"}
    return {"metrics": [_metric(difference, judged) for difference in comparison.differences]}


def _metric(difference: Difference, judged: dict[str, GateVerdict]) -> dict[str, Any]:
    cold = difference.temperature == "cold"
    gate = None if cold else judged.get(f"{difference.stage}.{difference.metric}")
    effect = difference.effect
    tags = [*(gate.tags if gate else ()), *(["primary"] if difference.primary else []), *(["cold"] if cold else [])]
    if difference.state != "compared" and difference.state not in tags:
        tags.insert(0, difference.state)
    return {
        "stage": difference.stage,
        "metric": difference.metric,
        "base": difference.base,
        "head": difference.head,
        "effect": effect.value if effect else None,
        "low": effect.low if effect else None,
        "high": effect.high if effect else None,
        "pairs": effect.pairs if effect else None,
        "verdict": gate.verdict.value if gate else None,
        "tags": tags,
    }
