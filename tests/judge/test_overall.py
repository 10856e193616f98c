import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.facts import band, budget, coverage, difference, effect, failed, measured, paired, policy, ran
from lanemark.change import Change
from lanemark.codec import decode, encode
from lanemark.compare.types import Comparison
from lanemark.config.types import CoverageRules, Floor, Mode
from lanemark.errors import DataError
from lanemark.judge.overall import exit_status, judge, overall_verdict
from lanemark.judge.types import GateVerdict, Judgement, Verdict

KINDS = ("stage", "budget", "regression", "coverage", "lane")


def gate(kind="budget", verdict="pass", mode="enforce"):
    return GateVerdict(gate=f"l/{kind}", kind=kind, verdict=Verdict(verdict), mode=Mode(mode), reason="r", unit="1")


GATES = st.lists(st.builds(gate, st.sampled_from(KINDS), st.sampled_from(list(Verdict)), st.sampled_from(list(Mode))), max_size=8)


@pytest.mark.parametrize(
    ("words", "overall"),
    [
        ([], "pass"),
        (["pass", "warn"], "warn"),
        (["warn", "unknown", "pass"], "unknown"),
        (["unknown", "fail", "warn"], "fail"),
    ],
)
def test_the_worst_gate_speaks_for_all(words, overall):
    assert overall_verdict([gate(verdict=word) for word in words]) == overall


def test_shadow_and_inform_are_not_counted_and_warn_softens_a_fail():
    assert overall_verdict([gate(verdict="fail", mode="shadow"), gate(verdict="unknown", mode="inform")]) == "pass"
    assert overall_verdict([gate(verdict="fail", mode="warn")]) == "warn"
    assert overall_verdict([gate(verdict="unknown", mode="warn")]) == "unknown"


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (["lane", "stage", "budget", "coverage"], 10),
        (["stage", "budget", "coverage"], 7),
        (["budget", "coverage"], 3),
        (["regression", "coverage"], 3),
        (["coverage"], 4),
        ([], 0),
    ],
)
def test_the_exit_status_is_that_of_the_gravest_fail(kinds, status):
    gates = [gate(kind, "fail") for kind in kinds] + [gate(verdict="unknown")]
    assert exit_status(gates, overall_verdict(gates), on_unknown_fails=False) == status


@given(GATES, st.booleans())
def test_only_an_enforced_fail_or_an_unknown_turns_the_job_red(gates, strict):
    verdict = overall_verdict(gates)
    status = exit_status(gates, verdict, on_unknown_fails=strict)
    enforced = any(one.verdict == "fail" and one.mode == "enforce" for one in gates)
    assert (status in (3, 4, 7, 10)) == enforced == (verdict == "fail")
    assert (status == 5) == (verdict == "unknown" and strict)


@given(GATES)
def test_an_unknown_that_counts_is_never_shown_as_a_pass(gates):
    if any(one.counted and one.verdict == "unknown" for one in gates):
        assert overall_verdict(gates) in ("unknown", "fail")


SLOW = effect(0.15, 0.12, 0.18)
MAYBE = effect(0.05, -0.1, 0.2)
RUNS = {
    "slow": (measured(), paired(difference(SLOW, SLOW))),
    "unsure": (measured(), paired(difference(MAYBE))),
    "failed": (measured(failed("unit")), Comparison(reason="none")),
    "over budget and uncovered": (measured(ran("unit", 9.0), coverage=coverage(project=(1, 9))), paired(difference(SLOW, SLOW))),
}
RULES = {
    "bands": [band()],
    "budgets": [budget(fail=5.0)],
    "coverage": CoverageRules(project=(Floor(kind="lines", fail="80%"),)),
}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("on_unknown", ["warn", "fail"])
def test_a_cap_only_softens(run, on_unknown):
    facts, comparison = RUNS[run]
    gravity = [Verdict.PASS, Verdict.WARN, Verdict.UNKNOWN, Verdict.FAIL]
    before = judge(facts, comparison, policy(on_unknown=on_unknown, **RULES))
    for cap in reversed(Mode):
        after = judge(facts, comparison, policy(on_unknown=on_unknown, **RULES), mode_cap=cap)
        assert gravity.index(after.verdict) <= gravity.index(before.verdict)
        assert after.exit_status in {0, before.exit_status}
        assert [one.verdict for one in after.gates] == [one.verdict for one in before.gates]
        assert all(one.mode.rank <= cap.rank for one in after.gates)
        before = after
    assert before.verdict == "pass"


def test_both_sla_and_coverage_fail_and_the_exit_status_is_3():
    found = judge(*RUNS["over budget and uncovered"], policy(**RULES))
    assert {one.gate: one.verdict for one in found.gates} == {
        "standard/unit.wall.median": "fail",
        "standard/unit.cpu": "fail",
        "coverage.project.lines": "fail",
    }
    assert (found.verdict, found.exit_status, found.lane) == ("fail", 3, "standard")


def test_the_lane_we_know_wins_over_the_results_own_word():
    head = msgspec.structs.replace(measured().head, choice=msgspec.structs.replace(measured().head.choice, lane="../forged"))
    forged = msgspec.structs.replace(measured(), head=head)
    assert judge(forged, Comparison(reason="none"), policy(), lane="standard").lane == "standard"
    with pytest.raises(DataError, match=r"lanemark.yml has no lane '../forged'"):
        judge(forged, Comparison(reason="none"), policy())


def test_notices_are_passed_on_first_and_each_is_said_once():
    change = Change(base=None, tested="h", head="h", source="none", complete=False, reason="shallow clone")
    found = judge(
        measured(change=change, adopting=True), Comparison(reason="x"), policy(), notices=["From outside.", "From outside."]
    )
    assert found.notices[0] == "From outside."
    assert len(found.notices) == len(set(found.notices))
    assert "The list of changed files may not be whole: shallow clone." in found.notices


def test_a_capped_run_says_so():
    assert "Every gate is capped at warn, so none can fail this run." in judge(*RUNS["slow"], policy(mode=Mode.WARN)).notices


def test_a_judgement_survives_its_file():
    for facts, comparison in RUNS.values():
        found = judge(facts, comparison, policy(**RULES))
        assert decode(encode(found), Judgement, limit=1 << 20, source="judgement") == found
