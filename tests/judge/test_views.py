import json

import msgspec

from judge.facts import band, difference, effect, measured, paired, policy
from lanemark.compare.types import Difference
from lanemark.judge.overall import judge
from lanemark.judge.views import compare_view, verdict_view

COMPARISON = paired(
    difference(effect(0.15, 0.12, 0.18), effect(0.15, 0.12, 0.18)),
    msgspec.structs.replace(difference(effect(0.5, None, None, pairs=3), metric="wall"), primary=False),
    Difference(stage="docs", metric="wall", state="unchanged", primary=True),
)
JUDGEMENT = judge(measured(), COMPARISON, policy("unit", "docs", bands=[band()]))


def test_the_verdict_is_the_documented_object():
    view = json.loads(json.dumps(verdict_view(JUDGEMENT), allow_nan=False))
    assert view["verdict"] == "fail"
    assert view["gates"][0] == {
        "gate": "standard/unit.cpu",
        "verdict": "fail",
        "mode": "enforce",
        "value": 0.15,
        "limit": {"warn": 0.03, "fail": 0.1},
        "reason": JUDGEMENT.gates[0].reason,
        "tags": [],
    }
    assert set(view) == {"verdict", "gates", "compliance"}


def test_the_comparison_is_the_documented_object_with_null_for_the_unknown():
    rows = json.loads(json.dumps(compare_view(COMPARISON, JUDGEMENT.gates), allow_nan=False))["metrics"]
    assert rows[0] == {
        "stage": "unit", "metric": "cpu", "base": 1.0, "head": 1.15, "effect": 0.15, "low": 0.12, "high": 0.18, "pairs": 10,
        "verdict": "fail", "tags": ["primary"],
    }  # fmt: skip
    assert (rows[1]["effect"], rows[1]["low"], rows[1]["verdict"], rows[1]["tags"]) == (0.5, None, None, [])
    assert (rows[2]["effect"], rows[2]["pairs"], rows[2]["verdict"], rows[2]["tags"]) == (
        None, None, "pass", ["unchanged", "primary"],
    )  # fmt: skip
