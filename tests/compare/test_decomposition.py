from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.facts import difference, effect, failed, ran, result, samples
from lanemark.compare.decomposition import decompose
from lanemark.compare.profile import WHOLE
from lanemark.compare.types import Baseline, Comparison
from lanemark.compare.whole import compare
from lanemark.result import Outcome, Pair


def decomposed(head, base):
    return decompose(base, head, compare(Pair(head=head, base=base), Baseline(kind="paired", result=base)))


def of(*differences, head=None, base=None):
    return decompose(base or result(side="base"), head or result(), Comparison(differences=differences)).wall


def moved(stage, change, base=1.0, noise=0.001):
    return difference(effect(change, change - noise, change + noise), stage=stage, metric="wall", base=base)


def test_each_stage_has_its_part_and_the_parts_are_the_change():
    found = of(moved("unit", 0.10, base=5.0), moved("build", 0.05, base=2.0))
    assert (found.base_s, found.change_s, found.ratio) == (7.0, pytest.approx(0.6), pytest.approx(0.6 / 7))
    assert [(part.stage, part.share_tenths, part.certain) for part in found.parts] == [("unit", 833, True), ("build", 167, True)]
    assert found.certain


def test_parts_of_both_signs_have_no_shares_but_what_they_are_of_the_lane():
    found = of(moved("unit", 0.30, base=4.0), moved("build", -0.05, base=6.0))
    assert [part.share_tenths for part in found.parts] == [None, None]
    assert [part.of_lane for part in found.parts] == [pytest.approx(0.12), pytest.approx(-0.03)]


def test_within_noise_there_is_nothing_to_explain():
    assert not of(moved("unit", 0.01, noise=0.02)).certain
    assert not of(difference(effect(0.5, None, None), stage="unit", metric="wall")).certain
    assert of(moved("unit", -0.03, noise=0.02)).certain


def test_an_unchanged_stage_contributes_exactly_nothing_whatever_its_runs_took():
    identities = {"install": "same"}
    head = result(ran("install", 9.0), ran("unit"), identities=identities, samples=samples("unit", [1.2] * 10))
    base = result(ran("install", 3.0), ran("unit"), identities=identities, samples=samples("unit", [1.0] * 10), side="base")
    found = decomposed(head, base).wall
    install = found.parts[0]
    assert (install.stage, install.state, install.change_s) == ("install", "unchanged", 0.0)
    assert found.base_s == 4.0
    assert found.parts[1].share_tenths == WHOLE
    assert found.ratio == pytest.approx(0.05)


def test_a_stage_of_one_side_counts_whole_and_is_said():
    found = decomposed(result(ran("new", 2.0)), result(ran("old", 3.0), side="base")).wall
    assert [(part.stage, part.state, part.change_s, part.certain) for part in found.parts] == [
        ("new", "new", 2.0, True),
        ("old", "missing", -3.0, True),
    ]
    assert (found.base_s, found.head_s, found.change_s) == (3.0, 2.0, -1.0)


def test_a_lane_that_had_nothing_has_no_ratio():
    found = decomposed(result(ran("new", 2.0)), result(side="base"))
    assert (found.wall.ratio, found.wall.change_s, found.cpu.change_s) == (None, 2.0, pytest.approx(1.8))
    assert found.wall.parts[0].of_lane is None


def test_a_lane_too_short_for_the_clock_has_no_ratio():
    old = difference(state="unchanged", stage="old", metric="wall")
    new = difference(state="new", stage="new", metric="wall")
    found = of(old, new, base=result(ran("old", 5e-324), side="base"), head=result(ran("new", 1e9)))
    assert (found.ratio, found.parts[1].of_lane) == (None, None)


REASONS = {
    "measured by nobody": (ran("x", unmeasured="measure: false"), ran("x"), "measure: false"),
    "failed on base": (ran("x"), failed("x"), "it failed, so its time means nothing"),
    "replayed where it is new": (
        Outcome(stage="x", state="replayed"),
        None,
        "it was replayed from the cache, and a replay is no measurement",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_a_stage_whose_part_is_unknown_is_in_no_sum_and_says_why(case):
    ours, theirs, reason = REASONS[case]
    head = result(ours, ran("unit"), samples=samples("unit", [1.1] * 10))
    base = result(*((theirs,) if theirs else ()), ran("unit"), samples=samples("unit", [1.0] * 10), side="base")
    found = decomposed(head, base).wall
    assert [(one.stage, one.reason) for one in found.unknown] == [("x", reason)]
    assert [part.stage for part in found.parts] == ["unit"]
    assert found.base_s == 1.0


def test_cold_differences_are_left_out():
    cold = difference(effect(9.0, 8.0, 10.0), stage="unit", metric="wall", temperature="cold")
    assert of(cold).parts == ()
    assert of(moved("unit", 0.1), cold).ratio == pytest.approx(0.1)


changes = st.lists(st.tuples(st.floats(-0.9, 5), st.floats(0, 1e6), st.booleans()), max_size=12)


@given(changes)
def test_the_parts_sum_to_the_total_and_one_sided_shares_to_the_whole(found):
    differences = [
        moved(f"s{place}", change, base=base, noise=0.5 if noisy else 0.0) for place, (change, base, noisy) in enumerate(found)
    ]
    total = of(*differences)
    assert total.change_s == fsum(part.change_s for part in total.parts)
    assert total.head_s == total.base_s + total.change_s
    shares = [part.share_tenths for part in total.parts if part.share_tenths is not None]
    signs = {part.change_s > 0 for part in total.parts if part.change_s}
    assert sum(shares) == (WHOLE if len(signs) == 1 else 0)
