import msgspec
import pytest

from judge.facts import samples, usage
from lanemark.compare.paired import compare_samples, primary_metric
from lanemark.errors import DataError
from lanemark.result import Sample, Turn


def by_metric(differences, stage="unit"):
    return {difference.metric: difference for difference in differences if difference.stage == stage}


def test_pairs_of_one_moment_show_the_ratio_though_the_machine_drifts():
    drift = [1.0, 1.5, 3.0, 9.0, 2.0, 1.0, 4.0, 5.0, 1.2, 7.0]
    found = by_metric(compare_samples(samples("unit", drift), samples("unit", [wall * 1.1 for wall in drift])))
    assert found["wall"].effect.value == pytest.approx(0.1)
    assert found["wall"].effect.low == pytest.approx(0.1)
    assert (found["wall"].base, found["wall"].head) == pytest.approx((2.5, 2.75))


def test_samples_pair_by_number_and_not_by_place():
    base = samples("unit", [1.0, 2.0, 3.0])
    head = tuple(reversed(samples("unit", [1.1, 2.2, 3.3])))
    assert by_metric(compare_samples(base, head))["wall"].effect.value == pytest.approx(0.1)


def test_a_sample_without_its_partner_is_left_out():
    found = by_metric(compare_samples(samples("unit", [1.0] * 10), samples("unit", [1.0] * 7)))
    assert found["wall"].effect.pairs == 7
    assert compare_samples(samples("unit", [1.0]), samples("other", [1.0])) == ()


def test_the_second_batch_is_a_confirmation_of_its_own():
    base = samples("unit", [1.0] * 10) + samples("unit", [1.0] * 10, batch=1)
    head = samples("unit", [1.2] * 10) + samples("unit", [1.0] * 10, batch=1)
    found = by_metric(compare_samples(base, head))["wall"]
    assert found.effect.value == pytest.approx(0.2)
    assert found.confirmation.value == pytest.approx(0.0)
    assert found.effect.pairs == 10


def test_times_come_from_the_timing_pass_alone_and_memory_from_the_other():
    base = samples("unit", [1.0] * 10) + samples("unit", [9.0] * 3, account="memory", rss=[100, 100, 100])
    head = samples("unit", [1.0] * 10) + samples("unit", [90.0] * 3, account="memory", rss=[120, 110, 115])
    found = by_metric(compare_samples(base, head))
    assert (found["wall"].effect.value, found["wall"].effect.pairs) == pytest.approx((0.0, 10))
    memory = found["rss_peak"].effect
    assert (memory.low, memory.value, memory.high, memory.pairs) == pytest.approx((0.10, 0.15, 0.20, 3))


def test_few_timing_pairs_have_no_bounds():
    found = by_metric(compare_samples(samples("unit", [1.0] * 3), samples("unit", [2.0] * 3)))
    assert (found["wall"].effect.low, found["wall"].effect.high) == (None, None)


@pytest.mark.parametrize(("share", "primary"), [(0.9, "cpu"), (0.51, "cpu"), (0.5, "wall"), (0.1, "wall")])
def test_a_stage_is_judged_by_what_it_spends(share, primary):
    found = compare_samples(samples("unit", [1.0] * 9, share=share), samples("unit", [1.0] * 9, share=share))
    assert [difference.metric for difference in found if difference.primary] == [primary]
    assert primary_metric([usage(1.0, share)]) == primary


def test_without_time_there_is_no_share():
    assert primary_metric([]) == "wall"
    assert primary_metric([usage(0.0, 1.0)]) == "wall"


def test_cold_samples_are_kept_apart():
    base, head = samples("unit", [1.0] * 9), samples("unit", [1.0] * 9)
    cold = tuple(msgspec.structs.replace(sample, temperature="cold", usage=usage(50.0)) for sample in head)
    found = compare_samples(base + cold, head + cold)
    assert [one for one in found if one.temperature == "warm"] == list(compare_samples(base, head))
    apart = [one for one in found if one.temperature == "cold"]
    assert {one.base for one in apart if one.metric == "wall"} == {50.0}
    assert not any(one.primary for one in apart), "a cold series is evidence, no gate looks at it"


def test_one_turn_cannot_have_two_samples():
    base = samples("unit", [1.0, 1.0])
    with pytest.raises(DataError, match="head result: stage unit has two samples for batch 0, pair 1"):
        compare_samples(base, base + base[:1])


@pytest.mark.parametrize("wall", [-1.0, 1e300])
def test_a_figure_that_cannot_be_measured_is_named(wall):
    bad = (Sample(stage="unit", turn=Turn(batch=0, pair=1, order=0), usage=usage(wall, 0.1)),)
    with pytest.raises(DataError, match="stage unit, wall, head"):
        compare_samples(samples("unit", [1.0]), bad)


def test_a_sample_of_several_executions_counts_as_one_of_them():
    base, head = samples("unit", [1.0] * 9), samples("unit", [20.0] * 9)
    looped = tuple(msgspec.structs.replace(sample, loops=20) for sample in head)
    found = compare_samples(base, looped)
    assert [one.effect.value for one in found if one.metric in ("wall", "cpu")] == [0.0, 0.0]


def test_a_forged_number_of_executions_is_refused():
    base = samples("unit", [1.0] * 9)
    none = tuple(msgspec.structs.replace(sample, loops=0) for sample in base)
    with pytest.raises(DataError, match="0 times"):
        compare_samples(base, none)


def test_a_crowded_runner_does_not_make_a_computing_stage_a_waiting_one():
    crowded = samples("unit", [1.0] * 9, share=0.3)
    calm = samples("unit", [1.0], share=0.9)
    assert primary_metric(one.usage for one in (*crowded, *calm)) == "cpu"
    assert primary_metric(one.usage for one in crowded) == "wall"
