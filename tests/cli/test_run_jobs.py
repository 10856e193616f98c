"""`lanemark run` with several stages: side by side, one at a time, failing, cancelled, advised by the past."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from command import ROOT, lanemark
from judge.facts import ran, result
from lanemark.codec import encode
from lanemark.lane import Choice
from repositories import commit, make_repository

CONFIG = """\
version: 1
lanes:
  standard:
    default: true
    stages: [a, b, c]
    budgets: {total.wall.median: 2s}
stages:
  a: {run: "sleep 0.3", measure: false}
  b: {run: "sleep 0.3", measure: false}
  c: {run: "sleep 0.3", measure: false}
  broken: {run: "exit 3", measure: false}
  heavy: {run: "sleep 0.2", jobs: 9, measure: false}
measure: {baseline: none}
"""


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "a.py": "1\n"})
    return folder


def run(folder, *words, status=0, **environment):
    ran = lanemark(folder, "run", *words, "--json", **environment)
    assert ran.returncode == status, ran.stderr
    stages = json.loads((folder / ".lanemark/out/run.json").read_text())["stages"]
    return json.loads(ran.stdout), {one["stage"]: one for one in stages}, ran.stderr


def overlaps(one, other):
    ends = [each["started_s"] + each["wall_s"] for each in (one, other)]
    return one["started_s"] < ends[1] and other["started_s"] < ends[0]


def test_three_stages_that_wait_run_side_by_side(repository):
    view, stages, _ = run(repository, "--lane", "standard", "--jobs", "3")
    assert view["executed"] == ["a", "b", "c"]
    assert view["telemetry"]["jobs"] == 3
    assert overlaps(stages["a"], stages["b"])
    assert overlaps(stages["b"], stages["c"])


def test_one_job_runs_one_after_the_other(repository):
    view, stages, _ = run(repository, "--lane", "standard", "--jobs", "1")
    assert view["telemetry"]["jobs"] == 1
    assert not overlaps(stages["a"], stages["b"])
    assert not overlaps(stages["b"], stages["c"])


def test_as_many_as_there_are_cores_without_a_word(repository):
    view, _, _ = run(repository, "a")
    assert view["telemetry"]["jobs"] == len(os.sched_getaffinity(0))


def test_fail_fast_leaves_out_what_has_not_begun(repository):
    view, stages, said = run(repository, "broken", "a", "--jobs", "1", "--fail-fast", status=7)
    assert (view["failed"], view["executed"]) == (["broken"], [])
    assert stages["a"]["state"] == "skipped"
    assert "[2/2] head a: skipped" in said


def test_without_it_the_rest_runs(repository):
    view, _, _ = run(repository, "broken", "a", "--jobs", "2", status=7)
    assert (view["failed"], view["executed"]) == (["broken"], ["a"])


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "1.5"])
def test_a_number_of_jobs_that_is_none_is_refused(repository, jobs):
    ran = lanemark(repository, "run", "a", f"--jobs={jobs}")
    assert ran.returncode == 2
    assert "--jobs" in ran.stderr


def keep_past(folder, walls, *, lane="standard"):
    """Write earlier results as an `--out` folder each, the first the newest."""
    for age, wall in enumerate(walls):
        told = result(ran("a", wall), experiment=f"e{age}", choice=Choice(lane=lane, reason="r"))
        provenance = msgspec.structs.replace(told.provenance, ended=f"2026-11-{20 - age:02}T10:00:00Z")
        told = msgspec.structs.replace(told, provenance=provenance, commit="c" * 40)
        path = folder / f"run-{age}" / "head"
        path.mkdir(parents=True)
        (path / "result.json").write_bytes(encode(told))


def test_two_earlier_runs_over_the_budget_make_it_one_at_a_time(repository, tmp_path):
    keep_past(tmp_path / "past", [3.0, 3.0, 0.5])
    view, stages, said = run(repository, "--lane", "standard", "--jobs", "3", "--past", str(tmp_path / "past"))
    assert view["telemetry"]["jobs"] == 1
    assert not overlaps(stages["a"], stages["b"])
    assert "note: Stages run one at a time instead of up to 3 side by side" in said


def test_one_good_run_after_that_lets_them_loose_again(repository, tmp_path):
    keep_past(tmp_path / "past", [0.5, 3.0, 3.0])
    view, _, said = run(repository, "--lane", "standard", "--jobs", "3", "--past", str(tmp_path / "past"))
    assert view["telemetry"]["jobs"] == 3
    assert "note:" not in said


def test_the_gate_takes_jobs_and_says_in_its_report_why_they_are_fewer(repository, tmp_path):
    keep_past(tmp_path / "past", [3.0, 3.0])
    ran = lanemark(repository, "gate", "--lane", "standard", "--jobs", "2", "--past", str(tmp_path / "past"))
    assert ran.returncode == 0, ran.stderr
    assert "one at a time instead of up to 2" in ran.stderr
    assert "one at a time instead of up to 2" in (repository / ".lanemark/out/summary.md").read_text()
    told = json.loads((repository / ".lanemark/out/head/result.json").read_text())
    assert told["telemetry"]["jobs"] == 1


def test_measure_records_how_many_jobs_there_were_and_how_long_stages_were_expected_to_take(repository, tmp_path):
    keep_past(tmp_path / "past", [0.5])
    ran = lanemark(repository, "measure", "--lane", "standard", "--jobs", "3", "--past", str(tmp_path / "past"))
    assert ran.returncode == 0, ran.stderr
    told = json.loads((repository / ".lanemark/out/head/result.json").read_text())
    assert told["telemetry"]["jobs"] == 3
    assert {one["stage"]: one.get("estimate_s") for one in told["plan"]["steps"]} == {"a": 0.5, "b": None, "c": None}


def test_a_past_without_any_result_is_said(repository, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = lanemark(repository, "run", "a", "--past", str(tmp_path / "empty"))
    assert ran.returncode != 0
    assert "no result of an earlier run" in ran.stderr


def test_a_signal_ends_all_stages_and_is_told_once(repository):
    commit(repository, {".github/lanemark.yml": CONFIG.replace("sleep 0.3", "echo $$ > $(mktemp pid.XXXX); exec sleep 60")})
    process = subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", "run", "--lane", "standard", "--jobs", "3"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(repository.parent / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pids = []
    while len(pids) < 3 and process.poll() is None:
        time.sleep(0.02)
        pids = [text for path in repository.glob("pid.*") if (text := path.read_text().strip())]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 10, said
    assert said.count("error LG500") == 1
    assert "Traceback" not in said
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
