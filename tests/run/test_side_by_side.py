"""Stages of a plan beside each other: real processes, told apart by the spans that were recorded."""

import os
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bench import make_place, make_stage, make_tools
from lanemark.errors import DataError, StoppedError
from lanemark.run.axis import Axis
from lanemark.run.plan import execute_plan, execute_steps
from lanemark.run.stage import execute_stage


def spans(done):
    return {name: (one.started_s, one.started_s + one.usage.wall_s) for name, one in done.items() if one.usage}


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


def states(done):
    return {name: one.state for name, one in done.items()}


def meeting(*names):
    """For each name a stage that ends when all of them have begun: it hangs where they do not run side by side."""
    wait = "; ".join(f"until [ -e {name}.here ]; do sleep 0.01; done" for name in names)
    return [make_stage(name, f"touch {name}.here; {wait}", timeout_s=20) for name in names]


def test_three_stages_run_side_by_side(tmp_path):
    place = make_place(tmp_path, *meeting("a", "b", "c"))
    done = execute_plan(place, make_tools(tmp_path), jobs=3)
    assert states(done) == {"a": "ran", "b": "ran", "c": "ran"}
    found = spans(done)
    assert all(overlap(found[one], found[other]) for one, other in ("ab", "bc", "ac"))


def test_no_more_run_at_a_time_than_there_are_places(tmp_path):
    stages = [make_stage(name, "sleep 0.15") for name in "abcd"]
    done = execute_plan(make_place(tmp_path, *stages), make_tools(tmp_path), jobs=2)
    found = sorted(spans(done).values())
    moments = [start for start, _ in found]
    assert max(sum(start <= at < end for start, end in found) for at in moments) == 2


def test_needs_are_respected_and_outcomes_stand_in_the_order_of_the_plan(tmp_path):
    place = make_place(
        tmp_path,
        make_stage("slow", "sleep 0.4; echo 1 > slow.txt", outputs=("slow.txt",)),
        make_stage("quick", "echo 2 > quick.txt", outputs=("quick.txt",)),
        make_stage("after", "cat slow.txt quick.txt > both.txt", needs=("slow", "quick"), outputs=("both.txt",)),
    )
    said = []
    done = execute_plan(place, make_tools(tmp_path, said=said), jobs=4)
    assert list(done) == ["slow", "quick", "after"]
    assert (tmp_path / "h" / "both.txt").read_text() == "1\n2\n"
    found = spans(done)
    assert found["after"][0] >= max(found["slow"][1], found["quick"][1])
    lines = [line.split(":")[0] for line in said if line.startswith("[")]
    assert lines == ["[1/3] head quick", "[2/3] head slow", "[3/3] head after"]


def test_with_one_job_nothing_overlaps_and_the_order_is_the_plans(tmp_path):
    stages = [make_stage(name, "true") for name in ("c", "a", "b")]
    done = execute_plan(make_place(tmp_path, *stages), make_tools(tmp_path), jobs=1)
    found = spans(done)
    assert all(found[one][1] <= found[other][0] for one, other in pairwise(["c", "a", "b"]))


def test_a_heavy_stage_has_all_places_for_itself(tmp_path):
    stages = [make_stage("a", "sleep 0.1"), make_stage("heavy", "sleep 0.1", jobs=2), make_stage("b", "sleep 0.1")]
    found = spans(execute_plan(make_place(tmp_path, *stages), make_tools(tmp_path), jobs=2))
    assert not overlap(found["heavy"], found["a"])
    assert not overlap(found["heavy"], found["b"])


def test_a_failure_keeps_the_rest_going(tmp_path):
    place = make_place(
        tmp_path,
        make_stage("a", "exit 3"),
        make_stage("b", "true", needs=("a",)),
        make_stage("c", "true"),
        make_stage("d", "true"),
    )
    done = execute_plan(place, make_tools(tmp_path), jobs=2)
    assert states(done) == {"a": "failed", "b": "skipped", "c": "ran", "d": "ran"}
    assert done["b"].unmeasured == "a did not work"


@pytest.mark.parametrize("jobs", [1, 2])
def test_fail_fast_starts_nothing_after_a_failure_and_finishes_what_runs(tmp_path, jobs):
    stages = [make_stage("a", "sleep 0.2; exit 3"), make_stage("b", "sleep 0.6"), make_stage("c", "touch reached")]
    done = execute_plan(make_place(tmp_path, *stages), make_tools(tmp_path), jobs=jobs, on_failure="stop")
    assert states(done) == {"a": "failed", "b": "ran" if jobs == 2 else "skipped", "c": "skipped"}
    assert done["c"].unmeasured == "a did not work, and nothing starts after a failure"
    assert not (tmp_path / "h" / "reached").exists()


def test_what_a_stage_printed_stands_together(tmp_path):
    said = []
    chatter = [make_stage(name, "for n in 1 2 3 4; do echo line $n; sleep 0.05; done") for name in "ab"]
    execute_plan(make_place(tmp_path, *chatter), make_tools(tmp_path, said=said, guard="secret"), jobs=2)
    speakers = [line.split()[0] for line in said if "| line" in line]
    assert speakers in (["a"] * 4 + ["b"] * 4, ["b"] * 4 + ["a"] * 4)
    fences = [line for line in said if line.startswith("::")]
    assert fences[1:4] == ["::stop-commands::secret", "::secret::", "::endgroup::"]
    assert fences[:4][1:] == fences[4:][1:]


def test_the_lanes_time_ends_all_that_run_and_starts_no_other(tmp_path):
    stages = [make_stage(name, "sleep 30") for name in "abc"]
    done = execute_plan(make_place(tmp_path, *stages), make_tools(tmp_path), jobs=2, timeout_s=0.4)
    assert {one.failure.kind for one in done.values()} == {"lane-timeout"}
    assert "not started" in done["c"].failure.evidence


def test_cancel_ends_all_that_run_and_is_told_once(tmp_path):
    stages = [make_stage(name, f"echo $$ > {name}.pid; sleep 60") for name in "abc"]
    place, tools = make_place(tmp_path, *stages), make_tools(tmp_path)
    root = tmp_path / "h"

    def cancel_when_all_run():
        while len(list(root.glob("*.pid"))) < 3:
            pause.wait(0.01)
        tools.processes.cancel()

    pause = threading.Event()
    canceller = threading.Thread(target=cancel_when_all_run)
    canceller.start()
    with pytest.raises(StoppedError, match="cancelled while"):
        execute_plan(place, tools, jobs=3)
    canceller.join()
    assert not [one for one in threading.enumerate() if one.name == "stage"]
    for pid in root.glob("*.pid"):
        assert not Path(f"/proc/{int(pid.read_text())}").exists()


def test_an_error_beside_running_stages_ends_them_before_it_is_raised(tmp_path):
    root = tmp_path / "h"
    place = make_place(tmp_path, make_stage("long", "echo $$ > long.pid; sleep 60"), make_stage("broken", "true"))
    tools = make_tools(tmp_path)

    def execute(step):
        if step.stage == "broken":
            while not (root / "long.pid").exists() or not (root / "long.pid").read_text():
                os.sched_yield()
            raise DataError("the disk is full")
        return execute_stage(step.stage, place, tools).outcome

    with pytest.raises(DataError, match="the disk is full"):
        for _ in execute_steps(place, tools, execute, Axis(tools.clock), jobs=2):
            pass
    assert not Path(f"/proc/{int((root / 'long.pid').read_text())}").exists()
    assert not [one for one in threading.enumerate() if one.name == "stage"]


def test_without_workers_stages_run_one_at_a_time(tmp_path):
    stages = [make_stage(name, "sleep 0.05") for name in "ab"]
    tools = replace(make_tools(tmp_path), workers=None)
    found = spans(execute_plan(make_place(tmp_path, *stages), tools, jobs=2))
    assert not overlap(found["a"], found["b"])


def test_hostile_names_of_stages_and_files_break_nothing(tmp_path):
    names = ["-rf", "a b", "$(touch pwned)", "\u202eevil", "::error::x"]
    said = []
    place = make_place(tmp_path, *(make_stage(name, "echo ok") for name in names))
    done = execute_plan(place, make_tools(tmp_path, said=said), jobs=3)
    assert states(done) == dict.fromkeys(names, "ran")
    assert not (tmp_path / "h" / "pwned").exists()
    assert not [line for line in said if line.startswith("::") or "\u202e" in line]


class Hand:
    """A clock that is set by hand."""

    at = 100.0

    def monotonic(self):
        return self.at


def test_an_axis_leaves_out_what_others_did_meanwhile():
    clock = Hand()
    axis = Axis(clock)
    clock.at = 103.0
    stood = axis.now()
    clock.at = 150.0
    axis.go_on(stood)
    clock.at = 151.5
    assert axis.now() == 4.5
