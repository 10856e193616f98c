import msgspec
import pytest

from judge.facts import band, difference, effect, failed, measured, paired, policy, ran, result
from lanemark.compare.types import Comparison, Difference
from lanemark.config.types import Mode
from lanemark.judge.overall import judge
from lanemark.judge.regressions import judge_differences

SLOW = effect(0.15, 0.12, 0.18)
EVEN = effect(0.0, -0.01, 0.01)


def gates_of(comparison, *bands, run=None, **rules):
    found = judge(run or measured(), comparison, policy(bands=bands, **rules))
    return {gate.gate: gate for gate in found.gates}, found


def test_a_confirmed_slowdown_over_a_written_limit_exits_with_3():
    gates, found = gates_of(paired(difference(SLOW, SLOW)), band())
    gate = gates["standard/unit.cpu"]
    assert (gate.verdict, gate.mode, gate.kind, gate.unit) == ("fail", "enforce", "regression", "ratio")
    assert (gate.value, gate.low, gate.high, gate.base, gate.head) == pytest.approx((0.15, 0.12, 0.18, 1.0, 1.15))
    assert (gate.limit.warn, gate.limit.fail, gate.metric_unit) == (0.03, 0.10, "s")
    assert (found.verdict, found.exit_status) == ("fail", 3)


def test_a_built_in_band_only_warns():
    gates, found = gates_of(paired(difference(SLOW, SLOW)))
    assert (gates["standard/unit.cpu"].verdict, gates["standard/unit.cpu"].mode) == ("fail", "warn")
    assert (found.verdict, found.exit_status) == ("warn", 0)


def test_an_unconfirmed_slowdown_is_a_warning():
    _, found = gates_of(paired(difference(SLOW)), band())
    assert (found.verdict, found.exit_status) == ("warn", 0)


def test_an_artifact_needs_no_second_batch():
    _, found = gates_of(paired(difference(SLOW), kind="artifact"), band())
    assert found.exit_status == 3
    assert "10 samples" in found.gates[0].reason


def test_evidence_without_a_band_is_not_a_gate():
    memory = msgspec.structs.replace(difference(SLOW, metric="rss_peak"), primary=False)
    gates, found = gates_of(paired(difference(EVEN), memory))
    assert set(gates) == {"standard/unit.cpu"}
    assert found.verdict == "pass"


def state(name, reason="", *, too_long=False):
    return Difference(stage="unit", metric="cpu", state=name, primary=True, reason=reason, too_long=too_long)


STATES = {
    "unchanged": (state("unchanged"), "pass", "enforce", "unchanged", "pass"),
    "new": (state("new"), "unknown", "inform", "new", "pass"),
    "missing": (state("missing"), "unknown", "inform", "missing", "pass"),
    "base failed": (state("failed", "base-failed"), "unknown", "enforce", "base-failed", "unknown"),
    "incomparable": (state("incomparable", "another machine"), "unknown", "enforce", "incomparable", "unknown"),
    "unmeasured": (state("unmeasured", "no worktree"), "unknown", "enforce", "unmeasured", "unknown"),
    "too long": (state("unmeasured", "too-long", too_long=True), "unknown", "inform", "too-long", "pass"),
}


@pytest.mark.parametrize("case", STATES)
def test_a_stage_that_was_not_compared(case):
    found, verdict, mode, tag, overall = STATES[case]
    gates, judgement = gates_of(paired(found), band())
    gate = gates["standard/unit.cpu"]
    assert (gate.verdict, gate.mode, gate.tags, gate.value) == (verdict, mode, (tag,), None)
    assert judgement.verdict == overall
    assert judgement.exit_status == 0


def test_an_unknown_exits_with_5_where_the_policy_wants_it_and_no_cap_softens_it():
    found = paired(state("failed", "base-failed"))
    assert judge(measured(), found, policy(on_unknown="fail")).exit_status == 5
    assert judge(measured(), found, policy(on_unknown="fail", mode=Mode.WARN)).exit_status == 0
    assert judge(measured(), found, policy(on_unknown="fail"), mode_cap=Mode.WARN).exit_status == 0
    assert judge(measured(), found, policy(on_unknown="fail", mode=Mode.ENFORCE)).exit_status == 5


def test_no_baseline_is_unknown_and_said_so():
    gates, found = gates_of(Comparison(reason="main kept no result"))
    assert (gates["standard/unit.cpu"].verdict, gates["standard/unit.cpu"].reason) == ("unknown", "main kept no result")
    assert gates["standard/unit.cpu"].tags == ("no-baseline",)
    assert (found.verdict, found.exit_status) == ("unknown", 0)


def test_who_asks_for_no_comparison_gets_no_built_in_band_but_what_was_written_stays_unknown():
    run = measured(baseline="none")
    assert gates_of(Comparison(reason="not asked for"), run=run)[0] == {}
    gates, found = gates_of(Comparison(reason="not asked for"), band(), run=run)
    assert gates["standard/unit.cpu"].verdict == "unknown"
    assert found.verdict == "unknown"


def test_too_long_is_not_counted_and_says_what_would_have_been_seen():
    slow = difference(effect(0.15, None, None, pairs=6, noise=0.05), too_long=True)
    gates, found = gates_of(paired(slow), band())
    gate = gates["standard/unit.cpu"]
    assert (gate.mode, gate.verdict, gate.tags) == ("inform", "unknown", ("few-pairs", "too-long"))
    assert gate.reason.endswith("shown and not counted; a change of about 11 % would have been seen")
    assert found.verdict == "pass"


def test_stages_that_the_policy_does_not_measure_have_no_gate():
    rules = policy()
    quiet = {"unit": msgspec.structs.replace(rules.stages["unit"], measure=None)}
    assert judge(measured(), paired(difference(SLOW)), policy(known=quiet)).gates == ()


def test_a_pull_request_cannot_drop_a_stage_in_silence():
    gates, found = gates_of(Comparison(reason="none"), band(), run=measured(ran("other")))
    assert (gates["standard/unit.cpu"].tags, gates["standard/unit.cpu"].verdict) == (("missing",), "unknown")
    assert "Stage unit is only on the base, so it is not compared." in found.notices


def test_a_new_stage_is_said():
    fresh = Difference(stage="extra", metric="wall", state="new", primary=True)
    gates, found = gates_of(paired(difference(EVEN), fresh), run=measured(ran("unit"), ran("extra")))
    assert (gates["standard/extra.wall"].verdict, gates["standard/extra.wall"].mode) == ("unknown", "inform")
    assert "Stage extra is only on the head, so it is not compared." in found.notices
    assert found.verdict == "pass"


def test_a_metric_that_was_not_measured_is_unknown():
    gates, found = gates_of(paired(difference(EVEN)), band(), band("io_read"))
    assert (gates["standard/unit.io_read"].verdict, gates["standard/unit.io_read"].tags) == ("unknown", ("not-measured",))
    assert found.verdict == "unknown"


def test_a_stage_that_fails_on_head_only_fails_by_its_status():
    head = state("failed", "head-failed")
    gates, found = gates_of(paired(head), band(), run=measured(failed("unit")))
    assert gates["standard/unit.cpu"].verdict == "unknown"
    assert found.exit_status == 7


def test_the_reason_of_a_missing_difference_is_not_a_pass():
    _, found = gates_of(paired(), band(), run=measured(ran("unit")))
    assert found.verdict == "unknown"


def test_the_witness_without_a_comparison_is_told_from_the_deciding_run():
    idle = msgspec.structs.replace(ran("unit"), usage=msgspec.structs.replace(ran("unit").usage, user_s=0.01))
    gates, _ = gates_of(Comparison(reason="none"), run=measured(idle))
    assert set(gates) == {"standard/unit.wall"}
    assert result(idle).outcome("unit").usage.cpu_s == pytest.approx(0.01)


def test_a_cold_series_is_no_gate_whichever_stands_first():
    warm = difference(EVEN)
    cold = msgspec.structs.replace(difference(SLOW, SLOW, temperature="cold"), primary=False)
    for order in ((warm, cold), (cold, warm)):
        gates, found = gates_of(paired(*order), band())
        assert (gates["standard/unit.cpu"].verdict, found.exit_status) == ("pass", 0)
        assert [gate.verdict for gate in judge_differences(paired(*order), policy(bands=[band()]).lanes[0])] == ["pass"]
