"""Figures of stages, on real processes: only what a run wrote itself counts for it."""

import json
import os

import pytest

from bench import make_place, make_stage, make_tools
from lanemark.config.types import MeasureRules, MetricFile
from lanemark.ingest.gather import MOST_READINGS
from lanemark.measure.experiment import Experiment
from lanemark.measure.figures import MOST_PAIRED, clear_figures, read_figures, sample_figures
from lanemark.measure.prepare import prepare_sides
from lanemark.run.stage import execute_stage

OURS = MetricFile(file="m.json", line=1)


def figures(**named):
    return json.dumps({"metrics": [{"name": name, "unit": "ms", "values": values} for name, values in named.items()]})


def writes(text, file="m.json"):
    return f"printf '%s' '{text}' > {file}"


@pytest.fixture
def bench(tmp_path):
    """Return a function that makes a stage with its place, the tools, and a run of it as measuring does it."""

    def make(run, *metrics, **rest):
        stage = make_stage("unit", run, metrics=metrics or (OURS,), **rest)
        place, tools = make_place(tmp_path, stage), make_tools(tmp_path)

        def once():
            clear_figures(stage, place, tools)
            execute_stage("unit", place, tools)

        return stage, place, tools, once

    return make


def test_a_run_s_figures_are_read_with_the_median_of_their_values(bench):
    stage, place, tools, once = bench(writes(figures(parse=[3, 1, 2], start=[7])))
    once()
    found = read_figures(stage, place, tools)
    assert found.problem == ""
    assert [(one.name, one.values) for one in found.readings] == [("parse", (0.003, 0.001, 0.002)), ("start", (0.007,))]
    assert sample_figures(stage, place, tools) == {"parse": 0.002, "start": 0.007}


def test_a_file_that_the_run_did_not_write_is_no_figure_of_it(bench, tmp_path):
    stage, place, tools, once = bench("true")
    (tmp_path / "h" / "m.json").write_text(figures(parse=[1]))
    once()
    assert read_figures(stage, place, tools).readings == ()
    assert "m.json: the stage wrote no such file in this run" in read_figures(stage, place, tools).problem
    assert sample_figures(stage, place, tools) == {}


def test_a_run_that_writes_nothing_the_second_time_has_no_figure_then(bench):
    stage, place, tools, once = bench(f"test -e once || {writes(figures(parse=[1]))}; touch once")
    once()
    assert sample_figures(stage, place, tools) == {"parse": 0.001}
    once()
    assert sample_figures(stage, place, tools) == {}


def test_the_deciding_run_reads_them_for_both_sides_and_the_commit_s_own_file_is_gone(tmp_path):
    sides = []
    for side, value in (("base", 1), ("head", 2)):
        stages = [
            make_stage("unit", writes(figures(parse=[value])), metrics=(OURS,)),
            make_stage("lazy", "true", metrics=(MetricFile(file="old.json", line=1),)),
            make_stage("fails", "exit 3", metrics=(MetricFile(file="f.json", line=1),)),
            make_stage("plain", "true"),
        ]
        sides.append(make_place(tmp_path, *stages, side=side))
        (tmp_path / side[0] / "old.json").write_text(figures(parse=[9]))
    found = Experiment(base=sides[0], head=sides[1], tools=make_tools(tmp_path), rules=MeasureRules(), seed="s")
    prepare_sides(found)
    assert sorted(found.measured) == [("base", "lazy"), ("base", "unit"), ("head", "lazy"), ("head", "unit")]
    assert [found.measured[side, "unit"].readings[0].values for side in ("base", "head")] == [(0.001,), (0.002,)]
    assert not found.measured["head", "lazy"].readings
    assert "old.json" in found.measured["head", "lazy"].problem


def test_what_cannot_be_read_is_told_without_the_place_of_the_worktree(bench, tmp_path):
    stage, place, tools, once = bench(
        "mkdir -p d; ln -s /etc/passwd l; echo [ > b; mkfifo p",
        *(MetricFile(file=name, line=1) for name in ("d", "l", "b", "p", "d/none")),
    )
    once()
    found = read_figures(stage, place, tools)
    assert found.readings == ()
    assert str(tmp_path) not in found.problem
    assert [part.split(":")[0].strip("'") for part in found.problem.split("; ")] == ["d", "l", "b", "p", "d/none"]


def test_a_folder_of_that_name_is_not_deleted(bench, tmp_path):
    _, _, _, once = bench("true", MetricFile(file="src", line=1))
    (tmp_path / "h" / "src").mkdir()
    (tmp_path / "h" / "src" / "a").write_text("a")
    once()
    assert (tmp_path / "h" / "src" / "a").exists()


def test_a_folder_that_is_a_link_leads_nowhere(bench, tmp_path):
    stage, place, tools, once = bench("true", MetricFile(file="out/m.json", line=1))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "m.json").write_text(figures(parse=[1]))
    os.symlink(outside, tmp_path / "h" / "out")
    once()
    assert (outside / "m.json").exists()
    assert sample_figures(stage, place, tools) == {}


def test_one_bad_file_does_not_hide_the_others(bench):
    run = f"{writes(figures(a=[1]), 'a.json')}; echo '[' > b.json; {writes(figures(a=[5], c=[2]), 'c.json')}"
    stage, place, tools, once = bench(run, *(MetricFile(file=f"{name}.json", line=1) for name in "abc"))
    once()
    found = read_figures(stage, place, tools)
    assert [(one.name, one.values) for one in found.readings] == [("a", (0.001,)), ("c", (0.002,))]
    assert found.problem.startswith("b.json: not JSON, line 2")
    assert found.problem.endswith("c.json: a stands in another file too, whose figure counts")


def test_a_format_that_is_written_decides(bench):
    stage, place, tools, once = bench("echo 'hello' > m.json", MetricFile(file="m.json", line=1, format="gobench"))
    once()
    assert read_figures(stage, place, tools).problem == "m.json: it has no line of a benchmark that worked"


def test_samples_carry_the_first_figures_and_the_record_has_them_all(bench, tmp_path):
    one, two = (
        json.dumps({"metrics": [{"name": f"{part}{number}", "value": number} for number in range(MOST_READINGS)]})
        for part in "ab"
    )
    (tmp_path / "a.src").write_text(one)
    (tmp_path / "b.src").write_text(two)
    stage, place, tools, once = bench(
        "cp ../a.src a.json; cp ../b.src b.json", MetricFile(file="a.json", line=1), MetricFile(file="b.json", line=1)
    )
    once()
    found = read_figures(stage, place, tools)
    assert len(found.readings) == MOST_READINGS
    assert "only the first of them are kept" in found.problem
    assert list(sample_figures(stage, place, tools)) == [f"a{number}" for number in range(MOST_PAIRED)]
