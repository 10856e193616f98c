"""What surrounded the samples: the control load and the machine, in pairs."""

import msgspec
import pytest

from judge.facts import samples, usage
from lanemark.compare.surroundings import compare_surroundings
from lanemark.result import Conditions


def around(taken, control, *, pressure=None, steal=None):
    return tuple(
        msgspec.structs.replace(sample, control=usage(wall, wall), conditions=Conditions(pressure=pressure, steal=steal))
        for sample, wall in zip(taken, control, strict=True)
    )


def test_a_control_load_that_moved_with_head_shows_by_how_much():
    base = around(samples("unit", [1.0] * 10), [0.01] * 10)
    head = around(samples("unit", [1.0] * 10), [0.0105] * 10)
    (found,) = compare_surroundings(base, head)
    assert found.control_wall.value == pytest.approx(0.05)
    assert found.control_cpu.low == pytest.approx(0.05)


def test_pressure_and_steal_are_head_minus_base_with_the_share_of_pairs():
    base = around(samples("unit", [1.0] * 10), [0.01] * 10, pressure=0.1, steal=0.0)
    head = around(samples("unit", [1.0] * 10), [0.01] * 10, pressure=0.3, steal=0.0)
    (found,) = compare_surroundings(base, head)
    assert (found.pressure, found.steal, found.worse) == (pytest.approx(0.2), 0.0, 1.0)


def test_what_nobody_recorded_stays_unknown():
    taken = samples("unit", [1.0] * 10)
    (found,) = compare_surroundings(taken, taken)
    assert (found.control_wall, found.control_cpu, found.pressure, found.steal, found.worse) == (None,) * 5


def test_a_control_load_that_is_missing_in_a_pair_is_no_witness():
    whole = around(samples("unit", [1.0] * 10), [0.01] * 10)
    holed = (msgspec.structs.replace(whole[0], control=None), *whole[1:])
    assert compare_surroundings(whole, holed)[0].control_wall is None


def test_one_pair_the_other_way_is_enough_to_let_the_machine_go():
    """Its noise has long tails, so a bound that is not exact would see the machine move in several runs of a hundred."""
    base = around(samples("unit", [1.0] * 10), [0.01] * 10)
    head = around(samples("unit", [1.0] * 10), [0.0099, *[0.02] * 9])
    (found,) = compare_surroundings(base, head)
    assert found.control_wall.value == pytest.approx(1.0)
    assert found.control_wall.low < 0


def test_the_second_batch_and_cold_samples_are_other_questions():
    first = around(samples("unit", [1.0] * 10), [0.01] * 10)
    slow = around(samples("unit", [1.0] * 10, batch=1), [0.02] * 10)
    cold = tuple(msgspec.structs.replace(one, temperature="cold") for one in around(first, [0.09] * 10))
    (found,) = compare_surroundings(first + first_batch(slow, 0.01) + cold, first + slow + cold)
    assert found.control_wall.value == 0.0


def first_batch(taken, wall):
    return tuple(msgspec.structs.replace(one, control=usage(wall, wall)) for one in taken)
