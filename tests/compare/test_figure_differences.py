import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from judge.facts import ran, result, samples
from lanemark.codec import encode
from lanemark.compare.figures import MOST_FIGURES, compare_figures
from lanemark.compare.types import Comparison
from lanemark.errors import DataError
from lanemark.ingest.types import Reading
from lanemark.result import Measured, Turn
from lanemark.stats.effect import LEAST_PAIRS


def reading(*values, name="parse", unit="s", better="lower", **more):
    return Reading(name=name, unit=unit, better=better, values=values, **more)


def side(*readings, side="base", carried=(), **more):
    """One side whose stage `unit` left `readings`; its samples carry the values `carried` of the figure `parse`."""
    taken = tuple(
        replace(one, figures={"parse": value}) for one, value in zip(samples("unit", [1.0] * len(carried)), carried, strict=True)
    )
    return result(ran("unit"), side=side, measured=(Measured(stage="unit", readings=readings),), samples=taken, **more)


def one(base, head):
    (found,) = compare_figures(base, head)
    return found


def noisy(centre, count, seed):
    chance = random.Random(seed)
    return [centre * chance.uniform(0.99, 1.01) for _ in range(count)]


def test_pairs_that_carry_a_figure_decide_it_and_not_the_deciding_run():
    base = side(reading(5.0), carried=noisy(1.0, 12, 1))
    head = side(reading(5.0), side="head", carried=noisy(1.2, 12, 2))
    found = one(base, head)
    assert found.paired
    assert found.effect.pairs == 12
    assert 0.15 < found.effect.low < 0.2 < found.effect.high < 0.25
    assert (round(found.base, 1), round(found.head, 1)) == (1.0, 1.2)


def test_drift_that_both_sides_share_is_no_change_in_pairs():
    drift = [1.0 + 0.1 * pair for pair in range(12)]
    found = one(side(reading(1.0), carried=drift), side(reading(1.0), side="head", carried=[value * 1.05 for value in drift]))
    assert found.effect.low == pytest.approx(0.05)
    assert found.effect.high == pytest.approx(0.05)


def test_fewer_pairs_than_bounds_need_leave_it_to_the_deciding_runs():
    few = [9.0] * (LEAST_PAIRS - 1)
    found = one(side(reading(*noisy(1.0, 15, 1)), carried=few), side(reading(*noisy(1.5, 15, 2)), side="head", carried=few))
    assert not found.paired
    assert 0.4 < found.effect.low < 0.5 < found.effect.high < 0.6


def test_a_second_batch_and_cold_samples_do_not_pair():
    base, head = side(reading(1.0), carried=[1.0] * 12), side(reading(2.0), side="head", carried=[1.0] * 12)
    assert one(base, head).paired
    for change in ({"temperature": "cold"}, {"account": "memory"}, {"turn": Turn(batch=1, pair=1, order=0)}):
        moved = replace(head, samples=tuple(replace(each, **change) for each in head.samples))
        assert not one(base, moved).paired


def test_a_summary_has_no_interval_though_it_has_many_values():
    values = noisy(1.0, 20, 1)
    found = one(side(reading(*values, summary=True)), side(reading(*[2 * value for value in values]), side="head"))
    assert found.effect.value == pytest.approx(1.0)
    assert (found.effect.low, found.effect.high) == (None, None)


def test_few_values_give_the_plain_ratio_without_bounds():
    found = one(side(reading(2.0, 4.0)), side(reading(6.0), side="head"))
    assert (found.base, found.head) == (3.0, 6.0)
    assert (found.effect.value, found.effect.low, found.effect.high) == (1.0, None, None)


def test_two_experiments_never_pair():
    base, head = side(reading(1.0), carried=[1.0] * 12), side(reading(2.0), side="head", carried=[2.0] * 12, experiment="e2")
    assert not one(base, head).paired


def test_another_machine_is_nothing_to_compare_with():
    base, head = side(reading(*[1.0] * 12)), side(reading(*[2.0] * 12), side="head", machine="m2")
    found = one(base, head)
    assert (found.base, found.head, found.effect) == (1.0, 2.0, None)


def test_a_figure_of_one_side_is_listed_without_the_other():
    found = compare_figures(side(reading(1.0, name="old")), side(reading(2.0, name="new"), side="head"))
    assert [(each.name, each.base, each.head, each.effect) for each in found] == [
        ("new", None, 2.0, None),
        ("old", 1.0, None, None),
    ]


def test_two_units_are_two_figures():
    found = compare_figures(side(reading(1.0)), side(reading(2.0, unit="B"), side="head"))
    assert [(each.unit, each.base, each.head) for each in found] == [("B", None, 2.0), ("s", 1.0, None)]


def test_directions_that_differ_are_unknown():
    found = one(side(reading(1.0, unit="x", better="lower")), side(reading(2.0, unit="x", better="higher"), side="head"))
    assert found.better == "unknown"


@pytest.mark.parametrize(
    ("base", "head", "change"),
    [
        (0.0, 0.0, 0.0),
        (0.0, 5.0, None),
        (-1.0, 3.0, None),
        (3.0, -1.0, None),
        (-2.0, -2.0, 0.0),
        (4.0, 0.0, -1.0),
        (1e-300, 1e17, None),
    ],
)
def test_zero_and_less_have_no_ratio_but_may_be_equal(base, head, change):
    found = one(side(reading(base)), side(reading(head), side="head"))
    assert (found.effect.value if found.effect else None) == change


def test_fractions_of_a_nanosecond_keep_their_ratio():
    values = noisy(3e-10, 12, 3)
    found = one(side(reading(1.0), carried=values), side(reading(1.0), side="head", carried=[2 * value for value in values]))
    assert found.effect.value == pytest.approx(1.0)


def test_an_unchanged_stage_is_not_listed():
    same = {"unit": "x"}
    assert compare_figures(side(reading(1.0), identities=same), side(reading(2.0), side="head", identities=same)) == ()


def test_forged_figures_are_refused():
    with pytest.raises(DataError, match="beyond"):
        compare_figures(side(reading(1e300)), side(reading(1.0), side="head"))
    with pytest.raises(DataError, match="beyond"):
        compare_figures(side(reading(1.0)), side(reading(1.0), side="head", carried=[1e300] * 12))
    many = [reading(1.0, name=str(number)) for number in range(MOST_FIGURES + 1)]
    with pytest.raises(DataError, match="at most"):
        compare_figures(side(*many), side(reading(1.0), side="head"))


values = st.lists(st.floats(min_value=-1e18, max_value=1e18), max_size=14)


@settings(max_examples=150, deadline=None)
@given(values, values, values, values, st.booleans())
def test_whatever_was_measured_can_be_written_down(base, head, left, right, summary):
    sides = side(reading(*base, summary=summary), carried=left), side(reading(*head), side="head", carried=right)
    encode(Comparison(figures=compare_figures(*sides)))
