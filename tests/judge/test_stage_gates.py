import pytest

from judge.facts import failed, measured, paired, policy, ran
from lanemark.compare.types import Comparison
from lanemark.config.types import Mode
from lanemark.judge.gates import cap_of, lane_stages
from lanemark.judge.overall import judge
from lanemark.result import Outcome

NOTHING = Comparison(reason="not asked for")


def judged(*outcomes, mode_cap=None, **facts):
    facts = {"baseline": "none"} | facts
    return judge(measured(*outcomes, **facts), NOTHING, policy("install", "unit"), mode_cap=mode_cap)


def test_stages_that_ran_have_no_gate_and_the_pass_says_that_nothing_was_counted():
    found = judged(ran("install"), Outcome(stage="unit", state="replayed"))
    assert (found.verdict, found.exit_status, found.gates) == ("pass", 0, ())
    assert any("No gate was counted" in notice for notice in found.notices)


def test_a_failed_stage_and_those_it_kept_from_running_fail_with_7():
    found = judged(failed("install"), failed("unit", state="skipped", evidence=""))
    gates = {gate.gate: gate for gate in found.gates}
    assert gates["standard/install.status"].reason == "exit status 1"
    assert "a stage it needs failed" in gates["standard/unit.status"].reason
    assert {gate.verdict for gate in found.gates} == {"fail"}
    assert (found.verdict, found.exit_status) == ("fail", 7)


@pytest.mark.parametrize("kind", ["lane-timeout", "cancelled"])
def test_a_lane_that_was_ended_gives_10_before_7(kind):
    found = judged(ran("install"), failed("unit", kind))
    assert "standard/total.status" in {gate.gate for gate in found.gates}
    assert found.exit_status == 10


def test_a_stage_out_of_its_own_time_is_a_failed_stage():
    assert judged(failed("unit", "timeout")).exit_status == 7


def test_a_planned_stage_that_left_no_word_is_unknown():
    found = judged(ran("install"), steps=["install", "unit"])
    assert [(gate.gate, gate.verdict) for gate in found.gates] == [("standard/unit.status", "unknown")]
    assert found.verdict == "unknown"


@pytest.mark.parametrize("cap", [Mode.WARN, Mode.INFORM, Mode.SHADOW])
def test_a_capped_failure_is_shown_and_leaves_the_job_green(cap):
    found = judged(failed("unit"), mode_cap=cap)
    assert found.exit_status == 0
    assert found.verdict == ("warn" if cap is Mode.WARN else "pass")
    assert [gate.verdict for gate in found.gates] == ["fail"]
    assert judged(failed("unit", "lane-timeout"), mode_cap=cap).exit_status == 0


def test_a_cancelled_run_is_never_green():
    assert judged(failed("unit", "cancelled"), mode_cap=Mode.SHADOW).exit_status == 10


@pytest.mark.parametrize("cap", [None, Mode.SHADOW])
def test_a_run_that_was_cancelled_while_it_measured_is_unknown_though_every_stage_worked(cap):
    found = judged(ran("install"), ran("unit"), cancelled="cancelled while unit ran on the head side", mode_cap=cap)
    assert (found.verdict, found.exit_status) == ("unknown", 10)
    assert [(gate.gate, gate.verdict) for gate in found.gates] == [("standard/total.status", "unknown")]


def test_what_a_cancelled_run_did_not_get_to_is_unknown_and_what_failed_before_stays_failed():
    skipped = Outcome(stage="unit", state="skipped", unmeasured="the run was cancelled before it could start")
    found = judged(failed("install"), skipped, cancelled="cancelled while lint ran on the head side")
    gates = {gate.gate: (gate.verdict, gate.reason) for gate in found.gates}
    assert gates["standard/install.status"] == ("fail", "exit status 1")
    assert gates["standard/unit.status"] == ("unknown", "the run was cancelled before it could start")
    assert (found.verdict, found.exit_status) == ("fail", 10)


def test_the_adopting_pull_request_is_only_informed():
    found = judged(failed("unit"), adopting=True)
    assert (found.verdict, found.exit_status) == ("pass", 0)
    assert "The base has no configuration yet, so this run only informs." in found.notices


def test_the_softest_cap_holds():
    rules = policy(mode=Mode.WARN)
    assert cap_of(rules, None, adopting=False) is Mode.WARN
    assert cap_of(rules, Mode.SHADOW, adopting=True) is Mode.SHADOW
    assert cap_of(rules, Mode.ENFORCE, adopting=True) is Mode.INFORM
    assert cap_of(policy(), None, adopting=False) is None


def test_the_stages_of_a_lane_are_all_it_needs_once_and_in_order():
    rules = policy("a", "b")
    needs = {"unit": ("install",), "lint": ("install", "unit"), "install": ()}
    known = {name: type(rules.stages["a"])(name=name, line=1, run="x", needs=need) for name, need in needs.items()}
    lane = type(rules.lanes[0])(name="l", line=1, stages=("lint", "unit"))
    assert lane_stages(policy(known=known), lane) == ("install", "unit", "lint")


def test_a_failed_stage_is_not_excused_by_a_fast_one():
    found = judge(measured(failed("unit")), paired(), policy())
    assert found.exit_status == 7
