"""Real stages, run again and again: what differs is found and named, and memory that grows is seen growing."""

import os
import re

import pytest

from bench import make_place, make_stage, make_tools
from lanemark.config.types import CheckRules, MeasureRules
from lanemark.measure.checks import MOST_LISTED, check_stages
from lanemark.measure.experiment import Experiment
from lanemark.measure.prepare import prepare_sides

RULES = MeasureRules(min_pairs=3, max_pairs=6, max_time_s=30.0)
COUNT = "echo x >> ../count; n=$(wc -l < ../count);"
"""A counter outside of the workspace: the number of the run, in `$n`."""


def check(tmp_path, *stages, timeout_s=None, **wanted):
    found = Experiment(
        base=None, head=make_place(tmp_path, *stages), tools=make_tools(tmp_path), rules=RULES, seed="s", timeout_s=timeout_s
    )
    prepare_sides(found)
    check_stages(found, {stage.name: CheckRules(**wanted) for stage in stages})
    return found


def repeat(tmp_path, run, *outputs, runs=3, **more):
    found = check(tmp_path, make_stage("build", run, outputs=outputs or ("out/",), **more), deterministic=runs)
    return found.repetitions[0]


def said(repetition):
    return {one.path: one.where for one in repetition.differing}


def test_equal_outputs_of_every_run_are_no_finding(tmp_path):
    found = repeat(tmp_path, f"{COUNT} mkdir out; date +%Y > out/a; ln -s a out/b; mkdir out/empty", runs=4)
    assert (found.runs, found.differing, found.more, found.failure) == (4, (), 0, "")
    assert len((tmp_path / "count").read_text().split()) == 4, "the deciding run is the first of them"


def test_a_time_stamp_is_found_with_its_byte_and_line(tmp_path):
    found = repeat(tmp_path, "mkdir out; echo one > out/a; { echo header; echo built at $(date +%s.%N); } > out/stamp")
    assert list(said(found)) == ["out/stamp"]
    where = said(found)["out/stamp"]
    assert where.startswith("differs from byte ")
    assert re.search(r', line 2: "….*1.*" in run 1, "….*1.*" in run 2$', where)
    assert where.endswith(" in run 2")
    assert found.runs == 2, "one run that differs is the answer"


def test_a_random_order_is_found(tmp_path):
    found = repeat(tmp_path, f"{COUNT} printf 'a\\nb\\nc\\n' > out; test $n -lt 3 || printf 'a\\nc\\nb\\n' > out", "out")
    assert said(found) == {"out": 'differs from byte 2, line 2: "b" in run 1, "c" in run 3'}


@pytest.mark.parametrize(
    ("run", "path", "where"),
    [
        ("mkdir out; : > out/a; test $n = 1 || chmod +x out/a", "out/a", "has mode 644 in run 1, 755 in run 2"),
        ("mkdir out; : > out/a; test $n = 1 || : > out/b", "out/b", "is new in run 2"),
        ("mkdir out; : > out/a; test $n != 1 || : > out/b", "out/b", "is missing in run 2"),
        ("mkdir out; ln -s to$n out/a", "out/a", 'points to "to1" in run 1, "to2" in run 2'),
        ("mkdir out; test $n = 1 && : > out/a || ln -s x out/a", "out/a", "is a file in run 1, a link in run 2"),
        ("mkdir -p out/d; test $n = 1 || : > out/d/b", "out/d/b", "is new in run 2"),
        ("mkdir out; printf 'a\\000%s' $n > out/a", "out/a", "differs from byte 2: hex 31 in run 1, 32 in run 2"),
        ("mkdir out; printf 'same' > out/a; test $n = 1 || echo more >> out/a", "out/a", "ends at byte 4 in run 1, but not in run 2"),
        ("mkdir out; echo $n > out/a; test $n = 1 || chmod +x out/a", "out/a",
         'differs from byte 0, line 1: "1" in run 1, "2" in run 2; mode 644 in run 1, 755 in run 2'),
    ],
)  # fmt: skip
def test_every_way_to_differ_is_named(tmp_path, run, path, where):
    assert said(repeat(tmp_path, f"{COUNT} {run}")) == {path: where}


def test_every_run_starts_from_what_stood_before_the_first(tmp_path):
    found = repeat(tmp_path, "mkdir -p out; echo x >> out/log")
    assert (found.runs, found.differing) == (3, ())


def test_many_differing_files_are_counted_and_few_listed(tmp_path):
    found = repeat(tmp_path, f"{COUNT} mkdir out; for i in $(seq 1 50); do echo $n > out/$i; done")
    assert (len(found.differing), found.more) == (MOST_LISTED, 50 - MOST_LISTED)


def test_outputs_stand_as_the_deciding_run_left_them(tmp_path):
    check(tmp_path, make_stage("build", f"{COUNT} echo $n > out", outputs=("out",)), deterministic=3, memory_stable=20)
    assert (tmp_path / "h" / "out").read_text() == "1\n"


def test_a_run_that_fails_is_said_and_no_pass(tmp_path):
    found = repeat(tmp_path, f"{COUNT} test $n -lt 3; echo x > out", "out", runs=5)
    assert (found.runs, found.differing) == (2, ())
    assert found.failure == "run 3 of 5 failed: exit status 1"


def test_a_run_that_hangs_ends_with_the_stages_time(tmp_path):
    slow = make_stage(
        "build", f"{COUNT} echo x > out; test $n = 1 || sleep 60", outputs=("out",), measure=MeasureRules(max_time_s=0.5)
    )
    found = check(tmp_path, slow, deterministic=3, memory_stable=20)
    assert found.repetitions[0].failure == "its time was used up after 1 of 3 runs"
    assert found.memory_series[0].failure == "its time was used up after 0 of 20 runs"
    assert found.memory_series[0].peaks_bytes == ()


def test_the_lanes_time_bounds_the_checks_too(tmp_path):
    slow = make_stage("build", "echo x > out; sleep 0.4", outputs=("out",))
    found = check(tmp_path, slow, deterministic=50, timeout_s=1.0)
    assert 1 <= found.repetitions[0].runs <= 3
    assert "time was used up" in found.repetitions[0].failure


def test_an_output_that_became_something_else_is_said(tmp_path):
    found = repeat(tmp_path, f"{COUNT} test $n = 1 && echo x > out || mkdir out", "out")
    assert found.failure == "run 2 of 3 failed: declared output not produced: out"


def test_only_stages_that_worked_are_checked(tmp_path):
    stages = make_stage("bad", "exit 1", outputs=("a",)), make_stage("good", "echo x > b", outputs=("b",))
    found = check(tmp_path, *stages, deterministic=2)
    assert [one.stage for one in found.repetitions] == ["good"]


def test_a_stage_without_outputs_cannot_be_compared(tmp_path):
    found = check(tmp_path, make_stage("unit", "true"), deterministic=2)
    assert found.repetitions[0].failure == "it declares no outputs, so there is nothing to compare"


def test_what_a_run_needs_is_put_back(tmp_path):
    make = make_stage("make", "echo one > a", outputs=("a",))
    use = make_stage("use", "cat a > b; echo spoiled > a", needs=("make",), outputs=("b",))
    found = check(tmp_path, make, use, deterministic=3)
    assert [(one.stage, one.differing, one.failure) for one in found.repetitions] == [("make", (), ""), ("use", (), "")]


LEAK = """python3 -S -c "
with open('state', 'ab') as log:
    log.write(bytes(2 << 20))
kept = open('state', 'rb').read()
" """


@pytest.mark.slow
def test_an_injected_leak_is_seen_run_by_run(tmp_path):
    """Each run keeps 2 MiB more than the last one; every peak is measured on its own."""
    found = check(tmp_path, make_stage("unit", LEAK, outputs=("state",)), memory_stable=20).memory_series[0]
    assert (len(found.peaks_bytes), found.failure) == (20, "")
    grown = found.peaks_bytes[-1] - found.peaks_bytes[0]
    assert 30 << 20 < grown < 46 << 20
    assert os.path.getsize(tmp_path / "h" / "state") == 2 << 20, "the deciding run's output stands again"


def test_a_series_that_breaks_has_no_figure_that_looks_fine(tmp_path):
    found = check(tmp_path, make_stage("unit", f"{COUNT} test $n -lt 25"), memory_stable=30).memory_series[0]
    assert found.failure == "run 24 of 30 failed: exit status 1"
    assert len(found.peaks_bytes) == 23


def test_a_series_that_time_cuts_short_counts_where_it_is_long_enough(tmp_path):
    quick = make_stage("unit", "true", measure=MeasureRules(max_time_s=2.0))
    found = check(tmp_path, quick, memory_stable=500).memory_series[0]
    assert len(found.peaks_bytes) >= 20
    assert found.failure == ""
    assert all(peak > 0 for peak in found.peaks_bytes)
