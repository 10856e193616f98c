"""The deciding runs of both sides with more than one job: real processes and files."""

import hashlib
from itertools import product

import pytest

from bench import MEASURED, make_place, make_stage, make_tools
from lanemark.measure.experiment import Experiment
from lanemark.measure.prepare import prepare_sides


def prepare(tmp_path, *stages, jobs, base=None, timeout_s=None, said=None):
    places = [make_place(tmp_path, *known, side=side) for side, known in (("base", base or stages), ("head", stages))]
    found = Experiment(
        base=places[0],
        head=places[1],
        tools=make_tools(tmp_path, said=said),
        rules=MEASURED,
        seed="s",
        timeout_s=timeout_s,
        jobs=jobs,
    )
    prepare_sides(found)
    return found


def spans_on_the_wall(folder, stages):
    """When each stage of each side ran, by the clock they share: its file holds the nanoseconds of start and end."""
    return {
        (side, stage): tuple(int(word) for word in (folder / side / f"{stage}.ns").read_text().split())
        for side, stage in product("bh", stages)
    }


STAMPED = "date +%s%N > {0}.ns; sleep 0.2; date +%s%N >> {0}.ns"


def test_stages_of_one_side_run_side_by_side_and_the_sides_never_do(tmp_path):
    stages = [make_stage(name, STAMPED.format(name)) for name in "ab"]
    prepare(tmp_path, *stages, jobs=2)
    found = spans_on_the_wall(tmp_path, "ab")
    for side in "bh":
        one, other = found[side, "a"], found[side, "b"]
        assert one[0] < other[1]
        assert other[0] < one[1]
    assert all(found["b", one][1] <= found["h", other][0] for one, other in product("ab", repeat=2))


def test_with_one_job_the_sides_take_turns_after_every_stage(tmp_path):
    said = []
    prepare(tmp_path, *(make_stage(name, "true") for name in "abc"), jobs=1, said=said)
    turns = [line.split()[1:3] for line in said if line.startswith("[")]
    assert turns == [[side, f"{stage}:"] for stage in "abc" for side in ("base", "head")]


def test_the_other_sides_turns_are_no_part_of_a_sides_time(tmp_path):
    quick = [make_stage(name, f"date +%s%N > {name}.ns") for name in "ab"]
    slow = [make_stage("a", "sleep 0.4"), make_stage("b", "sleep 0.4")]
    done = prepare(tmp_path, *quick, base=slow, jobs=1).done["head"]
    stamps = [int((tmp_path / "h" / f"{name}.ns").read_text()) / 1e9 for name in "ab"]
    told = done["b"].started_s - done["a"].started_s
    assert told >= done["a"].usage.wall_s
    assert (stamps[1] - stamps[0]) - told > 0.3  # the turn of base's b, which lay between


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_stage_has_its_own_outputs_before_and_after(tmp_path, jobs):
    for side in "bh":
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.txt").write_text("old")
    stages = [make_stage(name, f"sleep 0.1; echo {name} > {name}.txt", outputs=(f"{name}.txt",)) for name in "abc"]
    found = prepare(tmp_path, *stages, jobs=jobs)
    for side in ("base", "head"):
        kept = {name: [one.digest for one in found.before[side, name].entries] for name in "abc"}
        assert kept == {"a": [hashlib.sha256(b"old").hexdigest()], "b": [], "c": []}
        for name in "abc":
            (entry,) = found.after[side, name].entries
            assert (entry.path, entry.digest) == (f"{name}.txt", hashlib.sha256(f"{name}\n".encode()).hexdigest())
            assert found.done[side][name].outputs == found.after[side, name].digest


def test_outcomes_of_both_sides_stand_in_the_order_of_the_plan_whatever_failed(tmp_path):
    stages = [
        make_stage("slow", "sleep 0.3"),
        make_stage("broken", "exit 1"),
        make_stage("behind", "true", needs=("broken",)),
        make_stage("last", "true"),
    ]
    found = prepare(tmp_path, *stages, jobs=4)
    for side in ("base", "head"):
        assert [(one.stage, one.state) for one in found.done[side].values()] == [
            ("slow", "ran"),
            ("broken", "failed"),
            ("behind", "skipped"),
            ("last", "ran"),
        ]


def test_the_lanes_time_is_for_both_sides_together(tmp_path):
    found = prepare(tmp_path, make_stage("a", "sleep 20"), make_stage("b", "sleep 20"), jobs=2, timeout_s=0.5)
    kinds = {one.failure.kind for side in found.done.values() for one in side.values()}
    assert kinds == {"lane-timeout"}
    assert all("not started" in one.failure.evidence for one in found.done["head"].values())
