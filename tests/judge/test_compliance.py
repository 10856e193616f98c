import msgspec
import pytest

from judge.facts import budget, failed, measured, policy, ran, result, samples
from lanemark.compare.types import Comparison
from lanemark.judge.compliance import MOST_RUNS, relevant_past
from lanemark.judge.overall import judge
from lanemark.judge.types import Compliance, FirstSeen, PastRun
from lanemark.judge.views import verdict_view
from lanemark.lane import Choice
from lanemark.result import Outcome

LIMIT = 2.0
NONE = Comparison(reason="not asked for")


def past(*walls, machine="m1", **facts):
    """Earlier runs, newest first; a wall of None was replayed, so it cannot tell."""
    runs = []
    for place, wall in enumerate(walls):
        outcome = Outcome(stage="unit", state="replayed") if wall is None else ran("unit", wall)
        run = result(outcome, experiment=f"p{place}", machine=machine, **facts)
        run = msgspec.structs.replace(run, commit=f"{place + 1:x}" * 40)
        runs.append(PastRun(result=run, recorded=f"2026-11-{20 - place:02d}T10:00:00Z", run_id=50 - place, behind=place))
    return runs


def judged(*walls, wall=3.0, limits=None, **more):
    limits = limits or [budget(fail=LIMIT)]
    return judge(measured(ran("unit", wall), baseline="none"), NONE, policy(budgets=limits), past=past(*walls, **more))


def gate_of(*walls, **more):
    return judged(*walls, **more).gates[-1]


SINCE = {
    "newest kept it": ((1.0, 3.0, 3.0), FirstSeen(by="this", commit="1" * 40, recorded="2026-11-20T10:00:00Z")),
    "exactly at the limit is kept": ((2.0,), FirstSeen(by="this", commit="1" * 40, recorded="2026-11-20T10:00:00Z")),
    "two in a row": ((3.0, 2.5, 1.0, 9.0), FirstSeen(by="past", commit="2" * 40, recorded="2026-11-19T10:00:00Z")),
    "all known": ((3.0, 3.0), FirstSeen(by="past", commit="2" * 40, recorded="2026-11-19T10:00:00Z", or_before=True)),
    "who cannot tell is passed over": (
        (None, 3.0, None, 2.5, 1.0),
        FirstSeen(by="past", commit="4" * 40, recorded="2026-11-17T10:00:00Z"),
    ),
    "nobody can tell": ((None, None), None),
    "no past": ((), None),
}


@pytest.mark.parametrize("case", SINCE)
def test_a_broken_budget_says_since_when(case):
    walls, since = SINCE[case]
    gate = gate_of(*walls)
    assert gate.verdict == "fail"
    assert gate.since == since


def test_a_budget_that_is_kept_has_no_since_but_a_compliance():
    gate = gate_of(3.0, 1.0, 1.0, wall=1.5)
    assert (gate.verdict, gate.since, gate.compliance) == ("pass", None, Compliance(kept=2, runs=3))


def test_a_warning_is_held_against_the_warning_limit_and_compliance_against_the_failing_one():
    gate = gate_of(2.5, 1.5, limits=[budget(warn=2.0, fail=2.8)], wall=2.6)
    assert gate.verdict == "warn"
    assert (gate.since.by, gate.since.commit[:1]) == ("past", "1")
    assert gate.compliance == Compliance(kept=2, runs=2)


def test_with_a_warning_limit_alone_keeping_it_is_compliance():
    assert gate_of(2.5, 1.5, limits=[budget(warn=2.0)]).compliance == Compliance(kept=1, runs=2)


def test_a_run_exactly_at_the_limit_kept_it():
    found = judged(2.0, 2.0, wall=1.0)
    assert found.gates[-1].compliance == found.compliance == Compliance(kept=2, runs=2)


def test_the_reason_says_whose_fault_it_is_not():
    assert gate_of(3.0, 1.0).reason.endswith("; already over since 1111111 (2026-11-20), so it did not begin with this change")
    assert gate_of(3.0).reason.endswith("since 1111111 (2026-11-20) or before, so it did not begin with this change")
    assert gate_of(1.0).reason.endswith("; the newest earlier run, 1111111 (2026-11-20), kept it")
    other = gate_of(1.0, machine="m2")
    assert other.reason.endswith("the newest earlier run, 1111111 (2026-11-20), measured on another kind of machine, kept it")


@pytest.mark.parametrize("walls", [(), (1.0,), (3.0, 3.0), (None,)])
def test_the_past_changes_no_verdict(walls):
    for wall in (1.0, 2.5, 4.0):
        alone = judge(measured(ran("unit", wall), baseline="none"), NONE, policy(budgets=[budget(warn=2.0, fail=3.0)]))
        told = judged(*walls, wall=wall, limits=[budget(warn=2.0, fail=3.0)])
        assert (told.verdict, told.exit_status) == (alone.verdict, alone.exit_status)
        assert [(gate.verdict, gate.mode) for gate in told.gates] == [(gate.verdict, gate.mode) for gate in alone.gates]


def test_a_lane_complies_in_runs_that_kept_every_budget():
    limits = [budget(fail=LIMIT), budget("cpu", fail=1.0)]
    assert judged(1.0, 1.5, 3.0, limits=limits).compliance == Compliance(kept=1, runs=3)


def test_a_run_that_cannot_tell_all_budgets_is_not_counted_as_kept_but_one_broken_counts():
    limits = [budget(fail=LIMIT), budget("rss_peak", "max", fail=100)]
    assert judged(1.0, 1.0, limits=limits).compliance is None
    assert judged(1.0, 3.0, limits=limits).compliance == Compliance(kept=0, runs=1)


def test_without_budgets_or_past_there_is_no_compliance():
    assert judged().compliance is None
    assert judge(measured(baseline="none"), NONE, policy(), past=past(1.0)).compliance is None


def test_a_past_run_whose_figures_cannot_be_says_nothing_and_stops_nothing():
    forged = past(1.0, 1.0)
    below = msgspec.structs.replace(forged[0].result, outcomes=(ran("unit", -4.0),))
    known = [msgspec.structs.replace(forged[0], result=below), forged[1]]
    found = judge(measured(ran("unit", 3.0), baseline="none"), NONE, policy(budgets=[budget(fail=LIMIT)]), past=known)
    assert found.gates[-1].compliance == Compliance(kept=1, runs=1)
    assert found.gates[-1].since.commit == "2" * 40


def test_a_failed_past_run_cannot_tell():
    runs = past(1.0, 1.0)
    broken = msgspec.structs.replace(runs[0].result, outcomes=(failed("unit"),))
    runs[0] = msgspec.structs.replace(runs[0], result=broken)
    found = judge(measured(ran("unit", 3.0), baseline="none"), NONE, policy(budgets=[budget(fail=LIMIT)]), past=runs)
    assert found.gates[-1].compliance == Compliance(kept=1, runs=1)


def test_only_runs_of_the_lane_count_each_experiment_once_and_never_heads_own():
    head = result(ran("unit"), experiment="p0")
    runs = past(1.0, 2.0, 3.0)
    other = msgspec.structs.replace(runs[2].result, choice=Choice(lane="docs", reason="x"))
    known = [*runs[:2], runs[1], msgspec.structs.replace(runs[2], result=other)]
    assert [run.result.experiment for run in relevant_past(head, known)] == ["p1"]
    twice = [runs[1], msgspec.structs.replace(runs[1], run_id=7)]
    assert relevant_past(head, twice) == (runs[1],)


def test_only_the_newest_runs_are_looked_at():
    runs = past(*[1.0] * 15)
    many = [
        msgspec.structs.replace(run, result=msgspec.structs.replace(run.result, experiment=f"{run.result.experiment}/{turn}"))
        for turn in range(3)
        for run in runs
    ]
    kept = relevant_past(result(ran("unit")), many)
    assert [run.result.experiment for run in kept] == [run.result.experiment for run in many[:MOST_RUNS]]


def test_the_view_has_what_is_known_for_budgets_and_for_the_lane():
    view = verdict_view(judged(3.0, 1.0))
    assert view["compliance"] == {"kept": 1, "runs": 2}
    assert view["gates"][-1]["compliance"] == {"kept": 1, "runs": 2}
    since = {"by": "past", "commit": "1" * 40, "recorded": "2026-11-20T10:00:00Z", "or_before": False}
    assert view["gates"][-1]["since"] == since
    alone = verdict_view(judged())
    assert (alone["compliance"], alone["gates"][-1]["compliance"], alone["gates"][-1]["since"]) == (None, None, None)


# Intervals -----------------------------------------------------------------------------------------------------------------------

BELOW, ACROSS, ABOVE = [1.0] * 6, [1.0, 1.0, 1.0, 3.0, 3.0, 3.0], [3.0] * 6


def test_a_value_at_risk_says_so_in_words():
    run = measured(ran("unit"), baseline="none", samples=samples("unit", ACROSS))
    gate = judge(run, NONE, policy(budgets=[budget(fail=2.5)])).gates[-1]
    assert (gate.verdict, gate.tags) == ("pass", ("at-risk",))
    words = "at risk: its 95 % interval from 1 s to 3 s has the limit of {} inside"
    assert gate.reason.endswith(words.format("2.5 s"))
    over = judge(run, NONE, policy(budgets=[budget(fail=1.5)])).gates[-1]
    assert (over.verdict, over.tags) == ("fail", ("at-risk",))
    assert over.reason.endswith(f"is over the limit of 1.5 s, {words.format('1.5 s')}")


@pytest.mark.parametrize(
    ("first", "second", "tags"),
    [(BELOW, BELOW, ("within",)), (ABOVE, ABOVE, ("over",)), (ACROSS, BELOW, ("at-risk",)), (BELOW, [1.0], ())],
)
def test_the_interval_of_a_total_needs_one_of_every_stage(first, second, tags):
    taken = samples("a", first) + samples("b", second)
    run = measured(ran("a"), ran("b"), baseline="none", samples=taken)
    gate = judge(run, NONE, policy("a", "b", budgets=[budget(stage="total", fail=3.5)])).gates[-1]
    assert gate.tags == tags


def test_the_distances_of_stages_add_up_as_squares_in_a_total():
    taken = samples("a", [1.0, 1.0, 2.0, 2.0, 5.0, 5.0]) + samples("b", [2.0, 2.0, 5.0, 5.0, 9.0, 9.0])
    run = measured(ran("a"), ran("b"), baseline="none", samples=taken)
    gate = judge(run, NONE, policy("a", "b", budgets=[budget(stage="total", fail=100.0)])).gates[-1]
    assert gate.value == 7.0
    assert gate.low == pytest.approx(7.0 - (1.0**2 + 3.0**2) ** 0.5)
    assert gate.high == pytest.approx(7.0 + (3.0**2 + 4.0**2) ** 0.5)
