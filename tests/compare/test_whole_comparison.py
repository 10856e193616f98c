import msgspec
import pytest

from judge.facts import failed, ran, result, samples
from lanemark.compare.types import Baseline
from lanemark.compare.whole import choose_baseline, compare, stages_of
from lanemark.errors import DataError
from lanemark.ingest.types import Reading
from lanemark.result import Measured, Outcome, Pair


def compared(head, base, kind="paired"):
    return compare(Pair(head=head), Baseline(kind=kind, result=base))


def states(comparison):
    return [(difference.stage, difference.state, difference.reason) for difference in comparison.differences]


TIMES = samples("unit", [1.0] * 10)


def test_without_a_baseline_the_reason_stands():
    found = compare(Pair(head=result(ran("unit"))), None, reason="main has no run yet")
    assert (found.differences, found.baseline, found.reason) == ((), None, "main has no run yet")
    assert compare(Pair(head=result(ran("unit"))), None).reason


def test_both_sides_with_samples_are_compared():
    found = compared(result(ran("unit"), samples=TIMES), result(ran("unit"), side="base", samples=TIMES))
    assert {difference.state for difference in found.differences} == {"compared"}
    assert found.find("unit", "cpu").primary
    assert not found.find("unit", "wall").primary


def test_two_experiments_do_not_pair():
    with pytest.raises(DataError, match="two experiments"):
        compared(result(ran("unit")), result(ran("unit"), side="base", experiment="e2"))


SAME = {"unit": "x"}
OBSTACLES = {
    "new": ([ran("unit")], [], "new", "the base does not have this stage"),
    "missing": ([], [ran("unit")], "missing", "the head does not have this stage"),
    "base failed": ([ran("unit")], [failed("unit")], "failed", "base-failed"),
    "base not reached": ([ran("unit")], [failed("unit", state="skipped")], "failed", "base-failed"),
    "head failed": ([failed("unit")], [ran("unit")], "failed", "head-failed"),
    "unmeasured": ([ran("unit", unmeasured="no worktree")], [ran("unit")], "unmeasured", "no worktree"),
    "no samples": ([ran("unit")], [ran("unit")], "unmeasured", "it has no samples that pair"),
}


@pytest.mark.parametrize("case", OBSTACLES)
def test_a_stage_that_cannot_be_compared_says_why(case):
    head, base, state, reason = OBSTACLES[case]
    assert states(compared(result(*head), result(*base, side="base"))) == [("unit", state, reason)]


def test_a_failed_side_is_not_compared_though_it_has_samples():
    found = compared(result(ran("unit"), samples=TIMES), result(failed("unit"), side="base", samples=TIMES))
    assert [(difference.state, difference.effect) for difference in found.differences] == [("failed", None)]


def test_equal_identities_are_unchanged_and_never_zero_percent():
    found = compared(result(ran("unit"), identities=SAME), result(ran("unit"), side="base", identities=SAME))
    assert [(difference.state, difference.effect) for difference in found.differences] == [("unchanged", None)]


def test_untracked_stages_are_not_unchanged():
    none = {"unit": None}
    found = compared(result(ran("unit"), identities=none), result(ran("unit"), side="base", identities=none))
    assert states(found)[0][1] == "unmeasured"


def test_samples_are_believed_before_equal_identities():
    found = compared(
        result(ran("unit"), identities=SAME, samples=TIMES), result(ran("unit"), side="base", identities=SAME, samples=TIMES)
    )
    assert {difference.state for difference in found.differences} == {"compared"}


def test_too_long_is_marked_with_and_without_samples():
    long = ran("unit", unmeasured="too-long: 3 of 10 pairs fit into 2 min")
    without = compared(result(long), result(ran("unit"), side="base"))
    assert [difference.too_long for difference in without.differences] == [True]
    some = samples("unit", [1.0] * 3) + samples("unit", [1.0] * 3, account="memory", rss=[1, 1, 1])
    found = compared(result(long, samples=some), result(ran("unit"), side="base", samples=some))
    assert found.find("unit", "cpu").too_long
    assert not found.find("unit", "rss_peak").too_long


def test_stages_stand_in_the_order_of_head_and_what_only_base_has_comes_last():
    found = compared(result(ran("b"), ran("a")), result(ran("z"), ran("a"), side="base"))
    assert [difference.stage for difference in found.differences] == ["b", "a", "z"]


def test_an_artifact_of_a_like_machine_gives_the_ratio_of_medians():
    base = result(ran("unit"), side="base", experiment="other", samples=samples("unit", [1.0, 1.01] * 6))
    found = compared(result(ran("unit"), samples=samples("unit", [1.2, 1.21] * 5)), base, "artifact").find("unit", "wall")
    assert found.effect.value == pytest.approx(0.2, abs=0.01)
    assert found.effect.low > 0.15
    assert found.effect.pairs == 10


def test_an_artifact_of_another_machine_is_not_compared():
    base = result(ran("unit"), side="base", machine="m2", samples=TIMES)
    found = compared(result(ran("unit"), samples=TIMES), base, "artifact")
    assert states(found) == [("unit", "incomparable", "the baseline was measured on another machine (cpu m2; here cpu m1)")]


def test_an_artifact_without_samples_is_not_compared():
    found = compared(result(ran("unit"), samples=TIMES), result(ran("unit"), side="base"), "artifact")
    assert states(found)[0][1] == "incomparable"


def test_a_figure_no_machine_measures_is_refused_in_artifacts_too():
    bad = result(ran("unit"), side="base", samples=samples("unit", [-1.0] * 10))
    with pytest.raises(DataError, match="stage unit, wall, base"):
        compared(result(ran("unit"), samples=TIMES), bad, "artifact")


def test_the_nearest_baseline_of_a_like_machine_is_chosen():
    def trusted(machine, behind, age):
        return Baseline(kind="artifact", result=result(side="base", machine=machine), behind=behind, age_s=age)

    near_other, old, young, far = trusted("m2", 0, 1), trusted("m1", 3, 900), trusted("m1", 3, 60), trusted("m1", 9, 1)
    head = result()
    assert choose_baseline(head, [near_other, far, old, young]) is young
    assert choose_baseline(head, [near_other]) is near_other
    assert choose_baseline(head, [trusted("m1", None, None), old]) is old
    assert choose_baseline(head, []) is None


def test_a_forged_result_with_endless_stages_is_refused():
    many = tuple(Outcome(stage=f"s{index}", state="ran") for index in range(1001))
    with pytest.raises(DataError, match="1001 stages"):
        stages_of(msgspec.structs.replace(result(), outcomes=many))


def test_figures_of_the_stages_are_compared_too():
    def side(name, value):
        left = Reading(name="parse", unit="s", better="lower", values=(value,))
        return result(ran("unit"), side=name, measured=(Measured(stage="unit", readings=(left,)),))

    (figure,) = compared(side("head", 2.0), side("base", 1.0)).figures
    assert (figure.stage, figure.name, figure.base, figure.head) == ("unit", "parse", 1.0, 2.0)
