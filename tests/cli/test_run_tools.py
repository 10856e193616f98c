"""`tools:`, `--on-failure` and secrets, as a run and its cache have them."""

import json
import os
import stat
from pathlib import Path

import pytest

from command import lanemark
from repositories import commit, make_repository

CONFIG = """\
version: 1
stages:
  unit: {run: "cat src.txt; cat secret.txt", inputs: [src.txt], tools: [jq], measure: false}
  bad: {run: exit 3, measure: false}
  beside: {run: "true", measure: false}
  deep: {run: "true", needs: [beside], measure: false}
lanes:
  standard: {default: true, stages: [unit]}
  level: {stages: [bad, beside, deep], on_failure: after-level}
"""
SECRET = "s3cr3t-of-the-runner"


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "src.txt": "x\n", "secret.txt": f"{SECRET}\n", ".gitignore": ".lanemark/\n"})
    return folder


def tool(folder, text):
    path = folder.parent / "bin/jq"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {"PATH": f"{path.parent}:/usr/bin:/bin"}


def run(folder, *words, status=0, **environment):
    ran = lanemark(folder, "run", *words, "--json", **environment)
    assert ran.returncode == status, ran.stderr
    return json.loads(ran.stdout), ran.stderr


def test_new_version_of_a_tool_runs_the_stage_again_and_is_the_reason(repository):
    one = tool(repository, "echo jq-1.6")
    assert run(repository, "unit", **one)[0]["executed"] == ["unit"]
    assert run(repository, "unit", **one)[0]["cached"] == ["unit"]
    two = tool(repository, "echo jq-1.7")
    why = json.loads(lanemark(repository, "cache", "why", "unit", "--json", **two).stdout)
    assert why["reasons"] == [{"kind": "tool", "what": "jq"}]
    view, said = run(repository, "unit", **two)
    assert view["executed"] == ["unit"]
    assert "unit runs: tool jq changed" in said
    assert run(repository, "unit", **tool(repository, "echo jq-1.6"))[0]["cached"] == ["unit"]


def test_tool_that_cannot_be_asked_makes_the_stage_untracked(repository):
    environment = tool(repository, "exit 1")
    for _ in range(2):
        view, said = run(repository, "unit", **environment)
        assert view["executed"] == ["unit"]
        assert "unit runs: untracked: its tool jq cannot be asked: jq --version gives exit status 1" in said


def test_secret_is_in_no_log_and_in_nothing_that_is_kept(repository):
    environment = {**tool(repository, "echo 1"), "DEPLOY_PASSWORD": SECRET}
    _, said = run(repository, "unit", **environment)
    assert SECRET not in said
    assert "unit | ***" in said
    _, said = run(repository, "unit", **environment)
    assert "unit | ***" in said
    kept = [path for path in Path(repository.parent / "cache").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]


def test_lane_says_what_starts_after_a_failure_and_the_command_line_overrules_it(repository):
    def states():
        facts = json.loads((repository / ".lanemark/out/run.json").read_text())["stages"]
        return {one["stage"]: one["state"] for one in facts}

    run(repository, "--lane", "level", "--jobs", "1", status=7)
    assert states() == {"bad": "failed", "beside": "ran", "deep": "skipped"}
    run(repository, "--lane", "level", "--jobs", "1", "--on-failure", "continue", status=7)
    assert states() == {"bad": "failed", "beside": "ran", "deep": "ran"}
    run(repository, "--lane", "level", "--jobs", "1", "--fail-fast", status=7)
    assert states() == {"bad": "failed", "beside": "skipped", "deep": "skipped"}


@pytest.mark.parametrize("words", [("--fail-fast", "--on-failure", "continue"), ("--on-failure", "sometimes")])
def test_contradiction_on_the_command_line_is_refused(repository, words):
    assert lanemark(repository, "run", *words).returncode == 2


def test_trace_replaces_nothing_but_a_file(repository):
    os.mkfifo(repository / "pipe")
    for name in ("pipe", "."):
        ran = lanemark(repository, "run", "--lane", "standard", "--trace", name)
        assert ran.returncode == 2
        assert "is there and is no file" in ran.stderr
    assert stat.S_ISFIFO((repository / "pipe").stat().st_mode)


def test_how_long_stages_took_orders_the_next_run(repository, tmp_path):
    text = CONFIG.replace('beside: {run: "true"', "beside: {run: sleep 0.4").replace("exit 3", "sleep 0.01")
    commit(repository, {".github/lanemark.yml": text})
    (path,) = [tmp_path / "cache/usual"]
    run(repository, "bad", "beside", "--jobs", "2")
    (known,) = path.iterdir()
    usual = json.loads(known.read_text())
    assert usual["beside"] > usual["bad"]
    trace = repository / "t.json"
    run(repository, "bad", "beside", "--jobs", "2", "--trace", str(trace))
    order = [event["name"] for event in json.loads(trace.read_text())["traceEvents"] if event.get("cat") == "stage"]
    assert sorted(order) == ["bad", "beside"]
    rows = {event["name"]: event["tid"] for event in json.loads(trace.read_text())["traceEvents"] if event.get("cat") == "stage"}
    assert rows == {"beside": 1, "bad": 2}
    known.write_text("{damaged")
    assert run(repository, "bad", "beside", "--jobs", "2")[0]["failed"] == []
    assert set(json.loads(known.read_text())) == {"bad", "beside"}
