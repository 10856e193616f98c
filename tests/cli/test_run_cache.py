"""`lanemark run`, `plan` and `cache` as people start them: replayed stages, reasons, killed runs, several at once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command import ROOT, lanemark
from repositories import commit, make_repository

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [gen, app]}}
stages:
  gen: {run: "cat src/*.txt > gen.out; echo made", inputs: ["src/**"], outputs: [gen.out], measure: false}
  app: {run: "wc -c < gen.out > app.out", needs: [gen], inputs: ["src/**"], outputs: [app.out], measure: false}
  slow: {run: "cat src/a.txt > part.out; sleep 60; cat src/b.txt >> part.out", inputs: ["src/**"], outputs: [part.out], measure: false}
  fails: {run: "exit 3", inputs: ["src/**"], measure: false}
measure: {baseline: none}
cache: {keep: 3}
"""


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "src/a.txt": "a\n", "src/b.txt": "b\n", ".gitignore": "*.out\n.lanemark/\n"})
    return folder


def run(folder, *words, status=0, **environment):
    ran = lanemark(folder, "run", *words, "--json", **environment)
    assert ran.returncode == status, ran.stderr
    return json.loads(ran.stdout), ran.stderr


def test_second_run_replays_and_says_so(repository):
    view, _ = run(repository, "--lane", "standard")
    assert (view["executed"], view["cached"]) == (["gen", "app"], [])
    view, said = run(repository, "--lane", "standard")
    assert (view["executed"], view["cached"]) == ([], ["gen", "app"])
    assert view["telemetry"]["replayed"] == 2
    assert "  gen | made" in said
    assert "[1/2] head gen: replayed" in said
    facts = json.loads((repository / ".lanemark/out/run.json").read_text())["stages"]
    assert [one["cache"] for one in facts] == ["nothing changed", "nothing changed"]
    assert [one["state"] for one in facts] == ["replayed", "replayed"]


def test_miss_says_why_in_one_line(repository):
    run(repository, "--lane", "standard")
    (repository / "src/a.txt").write_text("A\n")
    (repository / "src/\x1b[31m::error::.txt").write_text("A\n")
    _, said = run(repository, "--lane", "standard")
    lines = [line for line in said.splitlines() if line.startswith("gen runs:")]
    assert lines == ["gen runs: input src/a.txt changed, input src/\\u001b[31m::error::.txt is new"]


def test_no_cache_runs_everything_and_keeps_nothing(repository, tmp_path):
    for _ in range(2):
        view, said = run(repository, "--lane", "standard", "--no-cache")
        assert view["cached"] == []
    assert "gen runs: cache off: --no-cache" in said
    assert not (tmp_path / "cache" / "store").exists()


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"GITHUB_EVENT_NAME": "release"}, "the event release"),
        ({"GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "tag"}, "a tag"),
        ({"GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "branch"}, ""),
    ],
)
def test_release_and_tag_neither_read_nor_write(repository, facts, what):
    run(repository, "gen")
    view, said = run(repository, "gen", **facts)
    assert view["executed"] == (["gen"] if what else [])
    assert (f"cache off: never for {what}" in said) == bool(what)


def test_force_runs_everything(repository):
    run(repository, "--lane", "standard")
    view, said = run(repository, "--lane", "standard", "--force")
    assert view["executed"] == ["gen", "app"]
    assert "gen runs: --force" in said


def test_failure_is_no_result(repository):
    for _ in range(2):
        view, _ = run(repository, "fails", status=7)
        assert view["failed"] == ["fails"]


def test_plan_says_what_would_become_of_each_stage(repository):
    def plan():
        ran = lanemark(repository, "plan", "--base", "HEAD", "--lane", "standard", "--json")
        assert ran.returncode == 0, ran.stderr
        return [(one["name"], one["cached"], one["reason"]) for one in json.loads(ran.stdout)["stages"]]

    assert plan() == [("gen", False, "nothing is kept of it yet"), ("app", False, "known when gen has run")]
    run(repository, "--lane", "standard")
    assert plan() == [("gen", True, "nothing changed since it was kept"), ("app", True, "nothing changed since it was kept")]
    (repository / "src/a.txt").unlink()
    assert plan()[0] == ("gen", False, "input src/a.txt is gone")
    text = lanemark(repository, "plan", "--base", "HEAD", "--lane", "standard").stdout
    assert "  1. gen  (runs: input src/a.txt is gone; " in text
    assert "  2. app  after gen  (runs or replayed: known when gen has run; " in text


def test_killed_run_leaves_nothing_that_is_taken_for_a_result(repository):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "LANEMARK_CACHE": str(repository.parent / "cache"),
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", "run", "slow"],
        cwd=repository,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    part = repository / "part.out"
    ends = time.monotonic() + 20
    while not (part.exists() and part.read_text()) and time.monotonic() < ends:
        time.sleep(0.01)
    assert part.read_text() == "a\n"
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    stages = [int(pid) for pid in children.read_text().split()] if children.exists() else []
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    for pid in stages:
        os.killpg(pid, signal.SIGKILL)
    config = repository / ".github/lanemark.yml"
    config.write_text(config.read_text().replace("sleep 60; ", ""))
    ran = lanemark(repository, "cache", "why", "slow", "--json")
    assert json.loads(ran.stdout)["reasons"] == [{"kind": "first", "what": ""}]
    view, _ = run(repository, "slow")
    assert view["executed"] == ["slow"]
    assert part.read_text() == "a\nb\n"


@pytest.mark.slow
def test_runs_at_the_same_time_leave_one_right_result(repository):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "LANEMARK_CACHE": str(repository.parent / "cache"),
    }
    words = [sys.executable, "-m", "lanemark.cli", "run", "--lane", "standard", "--json"]
    for text in ("one\n", "two\n"):
        (repository / "src/a.txt").write_text(text)
        runs = [
            subprocess.Popen(
                [*words, "--out", f".lanemark/{number}"],
                cwd=repository,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            for number in range(3)
        ]
        views = [json.loads(one.communicate()[0]) for one in runs]
        assert [one.returncode for one in runs] == [0, 0, 0]
        executed = [name for view in views for name in view["executed"]]
        assert sorted(executed) == ["app", "gen"]
        assert (repository / "gen.out").read_text() == f"{text}b\n"
    assert lanemark(repository, "cache", "verify").returncode == 0


def test_cache_stats_why_verify_and_prune(repository, tmp_path):
    stats = json.loads(lanemark(repository, "cache", "stats", "--json").stdout)
    assert (stats["entries"], stats["bytes"]) == (0, 0)
    run(repository, "--lane", "standard")
    stats = json.loads(lanemark(repository, "cache", "stats", "--json").stdout)
    assert stats["entries"] == 2
    assert set(stats["stages"]) == {"gen", "app"}
    assert stats["unnamed"] == stats["quarantined"] == 0
    assert lanemark(repository, "cache", "why", "gen").stdout == "gen would be replayed\n  nothing changed since it was kept\n"
    assert json.loads(lanemark(repository, "cache", "verify", "--json").stdout)["faults"] == []
    (blob,) = [path for path in (tmp_path / "cache/store/cas").rglob("*") if path.is_file() and path.read_bytes() == b"made\n"]
    blob.chmod(0o644)
    blob.write_bytes(b"mode\n")
    ran = lanemark(repository, "cache", "verify")
    assert ran.returncode == 2
    assert "is damaged" in ran.stdout
    assert "of gen: 1 of its contents are missing or damaged" in ran.stdout
    assert lanemark(repository, "cache", "verify").returncode == 0
    assert run(repository, "--lane", "standard")[0]["executed"] == ["gen"]
    pruned = json.loads(lanemark(repository, "cache", "prune", "--keep", "0", "--json").stdout)
    assert pruned["entries"] == 2
    assert json.loads(lanemark(repository, "cache", "stats", "--json").stdout)["entries"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("why", "nothing"), "there is no stage 'nothing'"),
        (("prune", "--ttl", "soon"), "--ttl 'soon' cannot be read"),
        (("prune", "--max-size", "5m"), "--max-size '5m' cannot be read"),
        (("prune", "--keep", "-1"), "--keep -1 is too few"),
        ((), "the following arguments are required: verb"),
    ],
)
def test_wrong_words_are_told(repository, words, said):
    ran = lanemark(repository, "cache", *words)
    assert ran.returncode == 2
    assert said in ran.stderr
