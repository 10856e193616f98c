from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.codec import encode_plain
from lanemark.config.types import MeasureRules, Stage
from lanemark.errors import DataError, UsageError
from lanemark.plan.build import build_plan
from lanemark.plan.shards import MATRIX_LIMIT, MOST_SHARDS, read_matrix, split_plan


def stage(name, *needs, measured=True, seconds=600.0):
    return Stage(name=name, line=1, run="x", needs=needs, measure=MeasureRules(max_time_s=seconds) if measured else None)


def deal(stages, most, durations=None):
    known = {one.name: one for one in stages}
    return split_plan(build_plan("standard", known, known, durations_s=durations or {}), known, most)


@st.composite
def lanes(draw):
    """Stages of which each may need some before it; some are not measured, of some the time is known."""
    stages = []
    for place in range(draw(st.integers(0, 9))):
        needs = draw(st.lists(st.sampled_from([one.name for one in stages]), unique=True, max_size=3)) if stages else []
        stages.append(stage(f"s{place}", *needs, measured=draw(st.booleans())))
    names = [one.name for one in stages]
    durations = draw(st.dictionaries(st.sampled_from(names), st.floats(0, 1e4), max_size=9)) if names else {}
    return stages, durations


@given(lanes(), st.integers(1, 12))
def test_every_stage_has_exactly_one_shard_and_runs_with_all_it_needs(lane, most):
    stages, durations = lane
    parts = deal(stages, most, durations).include
    assert sorted(name for part in parts for name in part.own) == sorted(one.name for one in stages)
    needs = {one.name: set(one.needs) for one in stages}
    for part in parts:
        there = {*part.own, *part.also.split()}
        assert all(needs[name] <= there for name in there)
        assert not {*part.own} & {*part.also.split()}


@given(lanes(), st.integers(1, 12))
def test_there_are_never_more_shards_than_stages_and_none_is_idle(lane, most):
    stages, durations = lane
    parts = deal(stages, most, durations).include
    assert 1 <= len(parts) <= max(1, min(most, len(stages)))
    assert all(part.own for part in parts) or not stages
    assert [(part.shard, part.of) for part in parts] == [(number, len(parts)) for number in range(1, len(parts) + 1)]


@given(lanes(), st.integers(1, 12))
def test_what_is_printed_is_read_again_and_the_same_every_time(lane, most):
    stages, durations = lane
    matrix = deal(stages, most, durations)
    rows = [{name: getattr(part, name) for name in ("shard", "of", "lane", "stages", "also")} for part in matrix.include]
    read = read_matrix(encode_plain({"include": rows}).decode())
    assert [(part.own, part.also) for part in read.include] == [(part.own, part.also) for part in matrix.include]
    assert deal(stages, most, durations) == matrix


@settings(max_examples=60)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(1, 4))
def test_without_needs_the_longest_shard_is_at_most_four_thirds_of_the_best(durations, most):
    stages = [stage(f"s{place}", measured=False) for place in range(len(durations))]
    known = {one.name: float(each) for one, each in zip(stages, durations, strict=True)}
    parts = deal(stages, most, known).include
    shards = len(parts)
    longest = max(sum(known[name] for name in part.own) for part in parts)
    best = min(
        max(sum(each for each, place in zip(durations, places, strict=True) if place == shard) for shard in range(shards))
        for places in product(range(shards), repeat=len(durations))
    )
    assert longest <= best * (4 / 3 - 1 / (3 * shards)) + 1e-9


def test_earlier_runs_balance_what_numbers_would_not():
    stages = [stage(name) for name in "abcd"]
    assert [part.stages for part in deal(stages, 2, {"a": 30.0, "b": 1.0, "c": 1.0, "d": 1.0}).include] == ["a", "b c d"]


def test_a_measured_stage_costs_more_than_one_that_only_runs():
    stages = [stage("slow", measured=False), stage("quick"), stage("other", measured=False)]
    assert [part.stages for part in deal(stages, 2).include] == ["slow other", "quick"]


def test_what_several_need_runs_again_and_is_answered_for_once():
    stages = [stage("install", measured=False), stage("a", "install"), stage("b", "install")]
    assert [(part.stages, part.also) for part in deal(stages, 3).include] == [("install a", ""), ("b", "install")]


def test_a_lane_without_stages_is_one_job():
    assert [(part.shard, part.of, part.stages) for part in deal([], 4).include] == [(1, 1, "")]


@pytest.mark.parametrize("most", [0, -1, MOST_SHARDS + 1])
def test_a_number_of_jobs_that_cannot_be_is_refused(most):
    with pytest.raises(UsageError, match=f"--matrix {most}"):
        deal([stage("a")], most)


def row(shard, of, lane="l", stages="a"):
    return {"shard": shard, "of": of, "lane": lane, "stages": stages}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"shard": 1}],
        [row(2, 1)],
        [row(1, 2)],
        [row(1, 2), row(1, 2, stages="b")],
        [row(1, 2), row(2, 2)],
        [row(1, 2), row(2, 2, lane="m", stages="b")],
        [row(1, 1) | {"more": 1}],
        [row(number, 65, stages="") for number in range(1, 66)],
    ],
)
def test_a_matrix_that_contradicts_itself_is_refused(rows):
    with pytest.raises(DataError, match="the matrix"):
        read_matrix(encode_plain({"include": rows}).decode())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"include": 1}', "x" * (MATRIX_LIMIT + 1), "\ud800"])
def test_a_matrix_that_is_none_is_refused(text):
    with pytest.raises(DataError, match="the matrix"):
        read_matrix(text)
