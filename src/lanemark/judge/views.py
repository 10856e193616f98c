"""Judgements and comparisons as the JSON that commands print; the keys are the documented contract."""

from collections.abc import Sequence
from typing import Any

from lanemark.compare.types import Comparison, Difference
from lanemark.judge.types import GateVerdict, Judgement


def verdict_view(judgement: Judgement) -> dict[str, Any]:
    """Return what `lanemark verdict` and `gate` print; `value` and limits are in the gate's unit, null when unknown."""
    return {
        "verdict": judgement.verdict.value,
        "gates": [
            {
                "gate": gate.gate,
                "verdict": gate.verdict.value,
                "mode": gate.mode.value,
                "value": gate.value,
                "limit": {"warn": gate.limit.warn, "fail": gate.limit.fail},
                "reason": gate.reason,
                "tags": list(gate.tags),
            }
            for gate in judgement.gates
        ],
    }


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
