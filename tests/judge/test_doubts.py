"""The machine as a witness: contaminated runs, and the environment that moved instead of the code."""

import pytest

from judge.facts import band, difference, effect, measured, paired, policy
from lanemark.compare.types import Comparison, Surrounding
from lanemark.judge.overall import judge
from lanemark.judge.types import Verdict

CALM = effect(0.0, -0.01, 0.01)
FASTER, SLOWER = effect(-0.06, -0.08, -0.03), effect(0.06, 0.03, 0.08)


def verdict(*differences, metric="wall", **around):
    whole = paired(*differences)
    comparison = Comparison(
        differences=whole.differences, baseline=whole.baseline, surroundings=(Surrounding(stage="unit", **around),)
    )
    judged = judge(measured(), comparison, policy(bands=(band(metric, 0.05, 0.15),)))
    return next(gate for gate in judged.gates if gate.gate == f"standard/unit.{metric}")


def wall(value, **more):
    return difference(effect(value, value - 0.02, value + 0.02), metric="wall", **more)


def cpu(value):
    return difference(effect(value, value - 0.002, value + 0.002), metric="cpu", base=0.1)


@pytest.mark.parametrize("moved", [FASTER, SLOWER])
@pytest.mark.parametrize("change", [0.0, 0.10, 0.30])
def test_nothing_that_was_timed_is_believed_when_the_control_load_moved(moved, change):
    gate = verdict(wall(change), cpu(0.0), control_wall=moved)
    assert gate.verdict is Verdict.UNKNOWN
    assert "contaminated" in gate.tags
    assert "control load" in gate.reason


def test_each_metric_has_its_own_control():
    assert verdict(wall(0.10), cpu(0.10), control_cpu=SLOWER, control_wall=CALM).verdict is Verdict.WARN
    assert verdict(wall(0.10), cpu(0.10), metric="cpu", control_cpu=SLOWER).verdict is Verdict.UNKNOWN


def test_memory_does_not_depend_on_the_machines_speed():
    grown = difference(effect(0.30, 0.29, 0.31, pairs=3), metric="rss_peak")
    gate = verdict(grown, metric="rss_peak", control_wall=SLOWER, control_cpu=SLOWER)
    assert "contaminated" not in gate.tags


def test_a_control_load_within_two_percent_is_no_witness():
    assert verdict(wall(0.10), cpu(0.10), control_wall=effect(0.015, 0.01, 0.02)).verdict is Verdict.WARN


def test_wall_up_with_time_stolen_and_flat_cpu_is_the_environment():
    gate = verdict(wall(0.10), cpu(0.0), control_wall=CALM, steal=0.05, worse=0.9)
    assert gate.verdict is Verdict.UNKNOWN
    assert "environment" in gate.tags


def test_pressure_needs_the_control_load_as_a_second_witness():
    alone = verdict(wall(0.10), cpu(0.0), control_wall=CALM, pressure=0.4, worse=1.0)
    assert alone.verdict is Verdict.WARN, "more threads of the stage itself make pressure, too"
    both = verdict(wall(0.10), cpu(0.0), control_wall=effect(0.015, 0.005, 0.03), pressure=0.4, worse=1.0)
    assert both.verdict is Verdict.UNKNOWN


def test_cpu_up_is_the_code_whatever_the_machine_did():
    gate = verdict(wall(0.10), cpu(0.90), steal=0.05, worse=0.9)
    assert gate.verdict is Verdict.WARN


def test_wall_up_on_a_calm_machine_is_waiting_and_that_is_the_code():
    assert verdict(wall(0.10), cpu(0.0), control_wall=CALM, steal=0.0, pressure=0.0, worse=0.1).verdict is Verdict.WARN


def test_a_machine_that_was_worse_in_half_of_the_pairs_was_the_same_for_both():
    assert verdict(wall(0.10), cpu(0.0), steal=0.05, worse=0.5).verdict is Verdict.WARN
