from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.facts import failed, ran, result, samples
from lanemark.codec import decode, encode
from lanemark.compare.profile import WHOLE, longest_chain, profile, share_out
from lanemark.errors import DataError
from lanemark.plan import Plan, Step
from lanemark.result import LIMIT, Outcome, Result, Sample, Telemetry, Turn


def planned(side, **needs):
    steps = tuple(Step(stage=stage, needs=tuple(wanted)) for stage, wanted in needs.items())
    return msgspec.structs.replace(side, plan=Plan(lane="standard", steps=steps))


def replayed(stage):
    return Outcome(stage=stage, state="replayed")


def rows(side):
    return {one.stage: (one.source, one.wall_s, one.wall_tenths) for one in profile(side).stages}


def test_the_deciding_run_speaks_where_there_are_no_samples():
    side = result(ran("install", 3.0), ran("unit", 99.0), samples=samples("unit", [1.0, 1.5, 0.8]))
    assert rows(side) == {"install": ("run", 3.0, 750), "unit": ("samples", 1.0, 250)}
    assert profile(side).stages[1].samples == 3


def test_only_warm_timing_samples_of_the_first_batch_count():
    cold = tuple(msgspec.structs.replace(one, temperature="cold") for one in samples("unit", [50.0] * 9))
    others = cold + samples("unit", [60.0] * 9, batch=1) + samples("unit", [70.0] * 9, account="memory")
    assert rows(result(ran("unit", 9.0), samples=(*samples("unit", [1.0]), *others)))["unit"] == ("samples", 1.0, WHOLE)


def test_a_sample_of_many_loops_counts_for_one_execution():
    many = msgspec.structs.replace(samples("unit", [5.0])[0], loops=10)
    found = profile(result(ran("unit"), samples=(many,)))
    assert (found.wall_s, found.cpu_s) == (0.5, pytest.approx(0.45))


def test_what_was_replayed_failed_or_skipped_has_no_time_and_says_why():
    side = result(replayed("a"), failed("b"), failed("c", state="skipped"), ran("d", 2.0), steps=["a", "b", "c", "d", "e"])
    found = {one.stage: one for one in profile(side).stages}
    assert [found[name].why for name in "abcde"] == [
        "it was replayed from the cache, and a replay is no measurement",
        "it failed, so its time means nothing",
        "it did not run",
        "",
        "it did not run",
    ]
    assert {found[name].wall_tenths for name in "abce"} == {None}
    assert found["d"].wall_tenths == WHOLE


@pytest.mark.parametrize("outcomes", [(), (replayed("a"), replayed("b")), (ran("a", 0.0),)])
def test_nothing_has_no_shares_no_path_and_no_bottleneck(outcomes):
    found = profile(result(*outcomes))
    assert (found.wall_s, found.path_s, found.bottleneck) == (0, 0, None)
    assert [one.wall_tenths for one in found.stages] == [None] * len(outcomes)


@pytest.mark.parametrize("wall", [-1.0, 1e300])
def test_a_forged_time_is_no_time(wall):
    found = profile(result(ran("a", wall), ran("b", 1.0), samples=samples("b", [1.0])))
    assert found.stages[0].why == "its figures cannot be times"
    assert found.wall_s == 1.0


def test_needs_in_a_circle_are_none():
    side = planned(result(ran("a", 1.0), ran("b", 2.0)), a=["b", "a", "gone"], b=["a", "a"])
    assert profile(side).path == ("a", "b")


def test_a_forged_sample_of_no_executions_is_not_read():
    side = result(
        ran("unit"), samples=(Sample(stage="unit", turn=Turn(batch=0, pair=1, order=0), usage=ran("x").usage, loops=0),)
    )
    with pytest.raises(DataError, match="loops"):
        decode(encode(side), Result, limit=LIMIT, source="head")


def test_the_critical_path_follows_needs_and_the_bottleneck_is_its_longest_stage():
    side = planned(
        result(ran("install", 1.0), ran("unit", 4.0), ran("docs", 4.5), ran("pack", 2.0)),
        install=[],
        unit=["install"],
        docs=[],
        pack=["unit"],
    )
    found = profile(side)
    assert (found.path, found.path_s) == (("install", "unit", "pack"), 7.0)
    assert found.path_tenths == 87 + 348 + 174
    one = found.bottleneck
    assert (one.stage, one.jobs, one.lane_s, one.best_s, one.saving_tenths) == ("unit", 1, 11.5, 7.5, 347)


def test_with_enough_workers_another_chain_bounds_what_can_be_saved():
    side = planned(result(ran("a", 5.0), ran("b", 4.0)), a=[], b=[])
    side = msgspec.structs.replace(
        side, telemetry=Telemetry(jobs=4, steps=2, replayed=0, wall_s=5.0, queue_mean=0, queue_max=0, utilisation=0.45)
    )
    one = profile(side).bottleneck
    assert (one.lane_s, one.best_s, one.saving_tenths) == (5.0, 4.0, 200)


def test_a_replayed_stage_between_two_others_still_ties_them():
    side = planned(result(ran("a", 1.0), replayed("b"), ran("c", 1.0), ran("d", 1.5)), a=[], b=["a"], c=["b"], d=[])
    assert profile(side).path == ("a", "c")


times = st.floats(min_value=0, max_value=1e9)


@given(st.lists(st.none() | times, max_size=40))
def test_shares_sum_to_exactly_the_whole_and_none_is_off_by_a_tenth(values):
    shares = share_out(values)
    known = [value for value in values if value is not None]
    assert [share is None for share in shares] == [value is None or not sum(known) for value in values]
    if sum(known):
        assert sum(share for share in shares if share is not None) == WHOLE
        for value, share in zip(values, shares, strict=True):
            if value is not None:
                assert abs(share - value / sum(known) * WHOLE) < 1 + 1e-9


def test_the_largest_remainders_get_what_rounding_down_left():
    assert share_out([1.0, 1.0, 1.0]) == [334, 333, 333]
    assert share_out([2.0, 1.0]) == [667, 333]


def chains(needs):
    """Every chain of needs there is."""
    found = []
    for stage, wanted in needs.items():
        found.append([stage])
        found += [[*chain, stage] for chain in found[:] if chain[-1] in wanted]
    return found


@st.composite
def graphs(draw):
    names = [f"s{number}" for number in range(draw(st.integers(1, 7)))]
    needs = {name: sorted(draw(st.sets(st.sampled_from(names[:place])))) if place else [] for place, name in enumerate(names)}
    return needs, {name: float(draw(st.integers(0, 9))) for name in names if draw(st.booleans())}


@given(graphs())
def test_the_longest_chain_is_the_longest_of_all_chains(graph):
    needs, walls = graph
    found = longest_chain(needs, walls)
    assert all(before in needs[after] for before, after in pairwise(found))
    assert sum(walls.get(stage, 0) for stage in found) == max(
        sum(walls.get(stage, 0) for stage in chain) for chain in chains(needs)
    )
