"""What judging says of failures: no blame for the infrastructure, flaky never plainly green, quarantine with an end."""

import pytest

from judge.facts import policy, ran, result
from lanemark.compare.types import Comparison
from lanemark.config.types import Mode, Quarantined
from lanemark.judge.flaky import Seen, state_of
from lanemark.judge.overall import judge
from lanemark.judge.types import PastRun, Verdict
from lanemark.result import Failure, Outcome, Pair, Try

TODAY = "2026-11-21"
ISSUE = "https://github.com/o/r/issues/7"


def broken(stage="unit", cause="test-failure", tests=(), count=None, **more):
    failure = Failure(
        kind="exit",
        evidence="exit status 1",
        status=1,
        cause=cause,
        confidence="certain",
        tests=tests,
        failed_tests=len(tests) if count is None else count,
        **more,
    )
    return Outcome(stage=stage, state="failed", failure=failure)


def rule(*outcomes, entries=(), past=(), today=TODAY, base=None, stages=None):
    head = result(*outcomes, baseline="none")
    rules = policy(*(stages or tuple(outcome.stage for outcome in outcomes)), quarantine=tuple(entries))
    return judge(Pair(head=head, base=base), Comparison(baseline=None, differences=()), rules, past=past, today=today)


def entry(test="t1", until="2026-12-31", stage="unit"):
    return Quarantined(stage=stage, test=test, until=until, issue=ISSUE, line=9)


def past_of(*outcomes):
    return tuple(
        PastRun(result=result(outcome, experiment=f"p{number}", identities={"unit": f"i{number}"}))
        for number, outcome in enumerate(outcomes)
    )


def test_a_failure_of_the_infrastructure_stays_red_and_is_not_laid_at_the_door_of_the_change():
    judged = rule(broken(cause="network"), ran("other"))
    (gate,) = [gate for gate in judged.gates if gate.kind == "stage"]
    assert (gate.verdict, judged.exit_status) == (Verdict.FAIL, 7)
    assert gate.tags == ("exit", "network")
    assert gate.reason == "exit status 1; it is the infrastructure (network, certain), not this change"


def test_a_failed_test_is_the_changes():
    (gate,) = [gate for gate in rule(broken()).gates if gate.kind == "stage"]
    assert gate.reason == "exit status 1"


def test_most_stages_failing_by_one_cause_are_one_statement():
    judged = rule(broken("a", "network"), broken("b", "network"), ran("c"))
    assert judged.notices[0].startswith("2 of 3 stages failed by the network: that is the infrastructure")
    assert not any(
        "infrastructure, not this change. Run" in notice for notice in rule(broken("a", "network"), ran("b"), ran("c")).notices
    )
    assert not any("stages failed by" in notice for notice in rule(broken("a"), broken("b")).notices)


def test_a_stage_that_recovered_passes_and_says_so():
    tries = (Try(cause="network", evidence="exit status 7", action="waited", wall_s=2.0, pause_s=3.0),)
    judged = rule(ran("unit", tries=tries))
    assert judged.verdict is Verdict.PASS
    assert "unit recovered once (network) and then worked; that took 5 s more." in judged.notices


def test_a_flaky_stage_is_never_plainly_green():
    judged = rule(ran("unit", flaky=("t1", "t2")))
    (gate,) = [gate for gate in judged.gates if gate.kind == "stage"]
    assert (gate.verdict, gate.mode, gate.tags) == (Verdict.WARN, Mode.WARN, ("flaky",))
    assert gate.reason == "passed (flaky): 2 tests failed, and passed alone: t1, t2"
    assert (judged.verdict, judged.exit_status) == (Verdict.WARN, 0)


def test_a_quarantined_failure_warns_and_names_its_issue():
    judged = rule(broken(tests=("t1",)), entries=[entry()])
    (gate,) = [gate for gate in judged.gates if gate.kind == "stage"]
    assert (gate.verdict, gate.mode, judged.exit_status) == (Verdict.WARN, Mode.WARN, 0)
    assert ISSUE in gate.reason
    assert "quarantined" in gate.tags


@pytest.mark.parametrize(
    ("outcome", "entries", "today"),
    [
        (broken(tests=("t1", "t2")), [entry()], TODAY),
        (broken(tests=("t1",), count=60), [entry()], TODAY),
        (broken(tests=("t1",)), [entry(until="2026-11-20")], TODAY),
        (broken(tests=("t1",)), [entry()], ""),
        (broken(tests=("t1",)), [entry(stage="other")], TODAY),
        (broken(cause="crash", tests=("t1",)), [entry()], TODAY),
        (broken(cause="crash"), [entry()], TODAY),
    ],
)
def test_what_a_quarantine_does_not_cover_fails(outcome, entries, today):
    judged = rule(outcome, entries=entries, today=today)
    assert judged.exit_status == 7


def test_a_quarantine_holds_on_its_last_day_and_covers_a_whole_stage():
    assert rule(broken(tests=("t1",)), entries=[entry(until=TODAY)]).exit_status == 0
    assert rule(broken(cause="crash"), entries=[entry(test="")]).exit_status == 0


def test_an_expired_quarantine_is_said_in_every_report():
    judged = rule(ran("unit"), entries=[entry(until="2026-11-20")])
    assert any("ended on 2026-11-20" in notice and ISSUE in notice for notice in judged.notices)


def test_what_always_fails_is_broken_and_never_in_quarantine():
    past = past_of(*(broken(tests=("t1",)) for _ in range(5)))
    judged = rule(broken(tests=("t1",)), entries=[entry()], past=past)
    assert judged.exit_status == 7
    assert any("it is broken, not flaky" in notice for notice in judged.notices)
    mixed = past_of(*(broken(tests=("t1",)) for _ in range(4)), ran("unit"))
    assert rule(broken(tests=("t1",)), entries=[entry()], past=mixed).exit_status == 0


def test_a_known_flaky_test_is_called_so():
    past = past_of(ran("unit", flaky=("t1",)), ran("unit", flaky=("t1",)))
    assert any("t1 of unit is flaky" in notice for notice in rule(broken(tests=("t1",)), past=past).notices)


def flip(key="k"):
    return Seen(key, failed=True, flipped=True)


def clean(number):
    return [Seen(f"c{count}", failed=False) for count in range(number)]


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        ([], "healthy"),
        ([Seen("a", failed=True)], "healthy"),
        ([Seen("a", failed=False), Seen("b", failed=True)], "healthy"),
        ([Seen("a", failed=False), Seen("a", failed=True)], "suspect"),
        ([Seen("a", failed=True), Seen("a", failed=False)], "suspect"),
        ([Seen("", failed=True), Seen("", failed=False)], "healthy"),
        ([flip()], "suspect"),
        ([flip(), flip()], "flaky"),
        ([flip(), *clean(9)], "suspect"),
        ([flip(), *clean(10)], "healthy"),
        ([flip(), flip(), *clean(10)], "recovering"),
        ([flip(), flip(), *clean(19)], "recovering"),
        ([flip(), flip(), *clean(20)], "healthy"),
        ([flip(), flip(), *clean(10), Seen("z", failed=True)], "flaky"),
        ([Seen(f"k{number}", failed=True) for number in range(4)], "healthy"),
        ([Seen(f"k{number}", failed=True) for number in range(5)], "broken"),
        ([flip(), flip(), *[Seen(f"k{number}", failed=True) for number in range(5)]], "broken"),
        ([*[Seen(f"k{number}", failed=True) for number in range(5)], Seen("ok", failed=False)], "healthy"),
    ],
)
def test_states_change_with_hysteresis(seen, state):
    assert state_of(seen) == state
