"""Whether earlier runs took longer than their lane may; newest first everywhere."""

from judge.facts import band, budget, failed, policy, ran, result
from lanemark.judge.breaches import lane_breaches
from lanemark.judge.types import PastRun
from lanemark.lane import Choice
from lanemark.result import Telemetry

BUDGET = policy("unit", budgets=[budget("wall", "median", warn=1.0, fail=2.0, stage="total")]).lanes[0]
BAND = policy("unit", bands=[band("wall", warn=0.05, fail=0.5, floor=0.0, stage="default")]).lanes[0]


def earlier(number, wall_s, *outcomes, jobs=2, lane="standard", **more):
    told = Telemetry(jobs=jobs, steps=1, replayed=0, wall_s=wall_s, queue_mean=0.0, queue_max=0, utilisation=1.0)
    facts = {"experiment": f"e{number}", "choice": Choice(lane=lane, reason="r"), "telemetry": told} | more
    return PastRun(result=result(*(outcomes or (ran("unit", wall_s),)), **facts))


def runs(*walls, **more):
    return [earlier(number, wall, **more) for number, wall in enumerate(walls)]


def test_a_budget_on_the_lane_is_judged_as_it_is_written_today():
    assert lane_breaches(runs(3.0, 1.5, 2.5, jobs=1), BUDGET) == (True, False, True)


def test_the_band_counts_for_runs_side_by_side_against_the_older_ones():
    past = runs(4.0, 1.0, 1.1, 0.9, 1.0)
    assert lane_breaches(past, BAND) == (True, False)


def test_the_first_runs_side_by_side_cannot_tell_what_is_usual():
    assert lane_breaches(runs(9.0, 1.0, 1.0), BAND) == ()


def test_a_run_one_at_a_time_is_never_too_long_by_the_band_so_it_lets_the_lane_loose_again():
    past = [earlier(9, 50.0, jobs=1), *runs(4.0, 4.0, 1.0, 1.0, 1.0)]
    assert lane_breaches(past, BAND) == (False, True, True)


def test_without_telemetry_a_run_went_one_at_a_time():
    assert lane_breaches([earlier(1, 1.0, telemetry=None)], BAND) == (False,)


def test_runs_of_other_lanes_machines_and_stages_say_nothing_about_this_one():
    others = ({"lane": "heavy"}, {"machine": "m2"}, {"steps": ["unit", "more"]})
    for other in others:
        older = [earlier(number, 1.0, **other) for number in range(5, 9)]
        assert not any(lane_breaches([earlier(1, 9.0), *older], BAND)), other
    assert any(lane_breaches([earlier(1, 9.0), *(earlier(number, 1.0) for number in range(5, 9))], BAND))


def test_an_experiment_counts_once():
    one = earlier(1, 9.0, jobs=1)
    assert lane_breaches([one, one], BUDGET) == (True,)


def test_a_run_that_failed_is_neither_good_nor_bad_for_the_band_nor_a_measure_for_others():
    broken = earlier(5, 0.1, failed("unit"))
    assert lane_breaches([broken, *runs(1.0, 1.0, 1.0)], BAND) == ()
    assert lane_breaches([*runs(9.0), broken, earlier(6, 1.0), earlier(7, 1.0)], BAND) == ()


def test_a_difference_below_the_floor_of_the_band_is_no_breach():
    calm = policy("unit", bands=[band("wall", warn=0.05, fail=0.5, floor=5.0, stage="default")]).lanes[0]
    assert lane_breaches(runs(4.0, 1.0, 1.0, 1.0), calm) == (False,)


def test_the_built_in_band_holds_where_none_is_written():
    plain = policy("unit").lanes[0]
    assert lane_breaches(runs(1.2, 1.0, 1.0, 1.0), plain) == (True,)
    assert lane_breaches(runs(1.1, 1.0, 1.0, 1.0), plain) == (False,)


def test_forged_figures_break_nothing():
    past = [earlier(1, -5.0), earlier(2, 1e308), earlier(3, 1e308), earlier(4, 1e308), earlier(5, 1e308)]
    assert lane_breaches(past, BAND) == (False,)
    assert lane_breaches([earlier(1, 1.0, ran("unit", -3.0), jobs=1)], BUDGET) == ()
