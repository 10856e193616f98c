from judge.facts import budget, failed, policy, ran, result
from lanemark.judge.types import PastRun
from lanemark.pipeline.jobs import Crew, choose_crew, usual_seconds

POLICY = policy("unit", budgets=[budget("wall", "median", fail=2.0, stage="total")])


def runs(*walls):
    return [PastRun(result=result(ran("unit", wall), experiment=f"e{number}")) for number, wall in enumerate(walls)]


def test_two_runs_over_the_lanes_budget_leave_one_job_and_one_within_it_gives_all_back():
    fallen = choose_crew(3, runs(3.0, 3.0, 1.0), POLICY, "standard")
    assert fallen.jobs == 1
    assert "up to 3 side by side" in fallen.notice
    assert choose_crew(3, runs(1.0, 3.0, 3.0), POLICY, "standard").jobs == 3


def test_who_asks_for_one_job_hears_nothing():
    assert choose_crew(1, runs(3.0, 3.0), POLICY, "standard").notice == ""


def test_without_a_past_and_for_a_lane_nobody_knows_it_is_what_was_asked():
    assert choose_crew(4, (), POLICY, "standard") == Crew(jobs=4)
    assert choose_crew(4, runs(3.0, 3.0), POLICY, "gone").jobs == 4


def test_the_usual_time_of_a_stage_is_the_median_of_the_runs_in_which_it_worked():
    past = [*runs(1.0, 5.0, 2.0), PastRun(result=result(failed("unit"), ran("lint", 0.5), experiment="x"))]
    assert usual_seconds(past) == {"unit": 2.0, "lint": 0.5}
