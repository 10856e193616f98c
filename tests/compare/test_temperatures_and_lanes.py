import msgspec
import pytest

from judge.facts import difference, effect, failed, ran, result, samples
from lanemark.compare.lanes import lane_times
from lanemark.compare.temperatures import cold_against_warm
from lanemark.compare.types import Comparison
from lanemark.lane import Choice


def cold(stage, walls, **more):
    return tuple(msgspec.structs.replace(one, temperature="cold") for one in samples(stage, walls, **more))


def test_cold_and_warm_are_two_series():
    head = result(ran("unit"), samples=(*samples("unit", [1.0, 1.1, 0.9]), *cold("unit", [1.4, 1.5, 1.6, 9.0], share=0.5)))
    wall, cpu = cold_against_warm(head, Comparison())
    assert (wall.metric, wall.cold_s, wall.cold_samples, wall.warm_s, wall.warm_samples) == ("wall", 1.55, 4, 1.0, 3)
    assert wall.more == pytest.approx(0.55)
    assert (cpu.metric, cpu.cold_s) == ("cpu", 0.775)
    assert wall.difference is None


def test_a_confirmation_and_a_memory_pass_are_not_mixed_in():
    others = cold("unit", [9.0] * 5, batch=1) + cold("unit", [9.0] * 5, account="memory")
    head = result(ran("unit"), samples=cold("unit", [2.0]) + others)
    wall = cold_against_warm(head, Comparison())[0]
    assert (wall.cold_s, wall.warm_s, wall.more) == (2.0, None, None)


def test_without_cold_samples_there_is_nothing_to_say():
    assert cold_against_warm(result(ran("unit"), samples=samples("unit", [1.0])), Comparison()) == ()


def test_head_against_base_is_that_of_the_cold_series():
    ours = difference(effect(0.2, 0.1, 0.3), metric="wall", temperature="cold")
    warm = difference(effect(0.9, 0.8, 1.0), metric="wall")
    head = result(ran("unit"), samples=cold("unit", [2.0]))
    wall, cpu = cold_against_warm(head, Comparison(differences=(warm, ours)))
    assert (wall.difference, cpu.difference) == (ours, None)


def test_a_warm_time_too_short_for_the_clock_gives_no_ratio():
    head = result(ran("unit"), samples=(*samples("unit", [5e-324]), *cold("unit", [1e8])))
    assert [one.more for one in cold_against_warm(head, Comparison())] == [None, None]


@pytest.mark.parametrize("wall", [-1.0, 1e300])
def test_forged_cold_times_are_left_out(wall):
    assert cold_against_warm(result(ran("unit"), samples=cold("unit", [wall])), Comparison()) == ()


def run(lane, *outcomes, experiment="e1", **more):
    return result(*outcomes, choice=Choice(lane=lane, reason="default"), experiment=experiment, **more)


def test_lanes_stand_beside_each_other_fastest_first():
    past = [
        run("heavy", ran("unit", 3.0), ran("integration", 7.0), experiment="a"),
        run("heavy", ran("unit", 3.0), ran("integration", 9.0), experiment="b"),
        run("standard", ran("unit", 3.0), experiment="c"),
    ]
    found = lane_times(past)
    assert [(one.lane, one.runs, one.wall_s, one.cpu_s) for one in found] == [
        ("standard", 1, 3.0, pytest.approx(2.7)),
        ("heavy", 2, 11.0, pytest.approx(9.9)),
    ]


def test_half_a_lane_is_not_faster_than_a_whole_one():
    past = [run("standard", ran("a", 5.0), failed("b"), experiment="a"), run("docs", experiment="b")]
    assert [(one.lane, one.runs, one.incomplete, one.wall_s) for one in lane_times(past)] == [
        ("docs", 0, 1, None),
        ("standard", 0, 1, None),
    ]


def test_one_run_counts_once():
    once = run("standard", ran("unit", 3.0))
    assert lane_times([once, once])[0].runs == 1
