"""The template `lane-run.yml` on two machines: "Re-run failed jobs" goes on where the attempt before was left.

Each machine is an empty one with folders of the same names, as GitHub's are. What goes over is what the template's cache steps name,
by the same `tar` as theirs, and the lane is run by the action's own entry with the inputs of the template.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from ruamel.yaml import YAML

from command import ROOT
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [gen]}, heavy: {stages: [gen, make, migrate, app, last]}}
stages:
  gen: {run: "echo x >> COUNTED/gen; cat src/*.txt > gen.out", inputs: ["src/**"], outputs: [gen.out]}
  make: {run: "echo x >> COUNTED/make; mkdir -p db/empty; echo base > db/table; ln -s table db/link; chmod 600 db/table", inputs: ["src/**"], outputs: [db/]}
  migrate: {run: "echo x >> COUNTED/migrate; echo migrated >> db/table", needs: [make], state: [db/]}
  app:
    run: |
      echo half >> app.out; echo half >> db/table
      if [ -e COUNTED/slow ]; then touch COUNTED/reached; sleep 60; fi
      if [ -e COUNTED/broken ]; then exit 3; fi
      cat gen.out db/table >> app.out
    needs: [gen, migrate]
    outputs: [app.out]
    state: [db/]
  last: {run: "wc -l < app.out > last.out", needs: [app], inputs: ["src/**"], outputs: [last.out]}
measure: {baseline: none}
"""
TEMPLATE = YAML(typ="safe", pure=True).load((ROOT / "workflow-templates" / "lane-run.yml").read_text())
STEPS = {step["name"]: step for step in TEMPLATE["jobs"]["lane-run"]["steps"]}
INPUTS = STEPS["Run the lane"]["with"]
PATHS = STEPS["Keep what it left for the next attempt"]["with"]["path"].splitlines()


class Hosted:
    """GitHub's machines, one after the other, with what is kept between them."""

    def __init__(self, folder):
        self.folder = folder
        self.work, self.temporary = folder / "work" / "shop" / "shop", folder / "work" / "_temp"
        self.kept = folder / "state.tar"
        self.counted = folder / "counted"
        self.counted.mkdir()
        self.origin = make_repository(folder / "origin")
        config = CONFIG.replace("COUNTED", str(self.counted))
        commit(self.origin, {".github/lanemark.yml": config, "src/a.txt": "a\n", ".gitignore": "db/\n*.out\n.lanemark/\n"})
        self.number = 0

    def start(self):
        """Begin on a fresh machine: a new clone and a new home at places of the same names, nothing else."""
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        self.temporary.mkdir(parents=True)
        self.number += 1
        (self.folder / f"home-{self.number}").mkdir()
        git(self.folder, "clone", "--quiet", str(self.origin), str(self.work))

    def restore(self):
        subprocess.run(["tar", "-xf", str(self.kept), "-P"], cwd=self.work, check=True)

    def save(self):
        """Keep what the template names, as `actions/cache/save` does: names of what is there in a file, absolute paths kept."""
        named = [path.replace("${{ runner.temp }}", str(self.temporary)) for path in PATHS]
        there = [path for path in named if os.path.exists(path)]
        assert there
        (self.folder / "manifest").write_text("\n".join(there))
        subprocess.run(["tar", "--posix", "-cf", str(self.kept), "-P", "--files-from", str(self.folder / "manifest")], check=True)

    def environment(self, attempt, run_id, **more):
        assert INPUTS["command"] == "run"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / f"home-{self.number}"),
            "PYTHONPATH": str(ROOT / "src"),
            "RUNNER_TEMP": str(self.temporary),
            "RUNNER_NAME": f"GitHub Actions {self.number}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_SHA": git(self.origin, "rev-parse", "HEAD").strip(),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "LANEMARK_INPUT_COMMAND": INPUTS["command"],
            "LANEMARK_INPUT_CONFIG": INPUTS["config"],
            "LANEMARK_INPUT_LANE": "heavy",
            **more,
        }

    def begin(self, attempt, run_id, **more):
        return subprocess.Popen(
            [sys.executable, "-m", "lanemark.cli.action"], cwd=self.work, env=self.environment(attempt, run_id, **more),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, attempt=1, run_id=7, **more):
        """Run the step of the template; return its exit status and what it said."""
        (self.folder / "summary").write_text("")
        started = self.begin(attempt, run_id, **more)
        said = started.communicate(timeout=120)[1]
        assert "Traceback" not in said
        return started.returncode, said

    def interrupt(self, number):
        """Run the step, and end it when `app` is running."""
        (self.counted / "slow").touch()
        (self.folder / "summary").write_text("")
        started = self.begin(1, 7)
        until = time.monotonic() + 60
        while not (self.counted / "reached").exists():
            assert time.monotonic() < until
            assert started.poll() is None
            time.sleep(0.01)
        started.send_signal(number)
        started.communicate(timeout=60)
        (self.counted / "slow").unlink()
        return started.returncode

    def executions(self):
        return {path.name: len(path.read_text()) // 2 for path in sorted(self.counted.iterdir()) if path.read_text()}

    def left(self):
        """Return what stands at the declared paths: kind, permissions, content."""
        found = {}
        for path in sorted([*self.work.glob("*.out"), *self.work.rglob("db/**/*")]):
            mode = path.lstat().st_mode
            found[str(path.relative_to(self.work))] = (
                os.readlink(path) if path.is_symlink() else mode if path.is_dir() else (mode, path.read_bytes())
            )
        return found


@pytest.fixture
def hosted(tmp_path):
    return Hosted(tmp_path)


@pytest.fixture
def wanted(hosted):
    """What a run leaves that nobody interrupts, on a machine of its own."""
    hosted.start()
    assert hosted.run()[0] == 0
    left = hosted.left()
    for path in hosted.counted.iterdir():
        path.unlink()
    return left


def contents(left):
    """The same without permissions: what is replayed from the cache has those of a fresh checkout."""
    return {path: one[1] if isinstance(one, tuple) else one for path, one in left.items()}


def test_after_a_failure_only_what_failed_and_what_needs_it_runs_on_the_next_machine(hosted, wanted):
    hosted.start()
    (hosted.counted / "broken").touch()
    status, _ = hosted.run()
    assert status == 7
    summary = (hosted.folder / "summary").read_text()
    assert "### Lanemark: lane `heavy` failed: 1 of 5 stages." in summary
    assert "**`app`** failed: exit status 3" in summary
    hosted.save()
    (hosted.counted / "broken").unlink()
    hosted.start()
    hosted.restore()
    status, said = hosted.run(attempt=2)
    assert status == 0, said
    assert "going on with the run" in said
    assert "put back to the checkpoint" in said
    assert hosted.left() == wanted
    assert hosted.executions() == {"gen": 1, "make": 1, "migrate": 1}
    assert "lane `heavy` worked: 5 stages" in (hosted.folder / "summary").read_text()
    assert json.loads((hosted.work / ".lanemark/out/run.json").read_text())["recoveries"]["restores"] == 1
    assert "lane<<" in (hosted.folder / "output").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["cancelled", "killed"])
def test_after_a_cancel_or_a_kill_it_goes_on_too(hosted, wanted, number):
    hosted.start()
    status = hosted.interrupt(number)
    assert status == (10 if number == signal.SIGINT else -9)
    if number == signal.SIGINT:
        assert "lane `heavy` was cancelled" in (hosted.folder / "summary").read_text()
    hosted.save()
    hosted.start()
    hosted.restore()
    status, said = hosted.run(attempt=2)
    assert status == 0, said
    assert hosted.left() == wanted
    assert hosted.executions() == {"gen": 1, "make": 1, "migrate": 1}


def test_what_comes_back_has_its_old_times_and_new_ones_in_the_checkout_do_not_matter(hosted, wanted):
    hosted.start()
    (hosted.counted / "broken").touch()
    hosted.run()
    (hosted.counted / "broken").unlink()
    before_ns = (hosted.work / "gen.out").stat().st_mtime_ns
    hosted.save()
    hosted.start()
    hosted.restore()
    for path in hosted.work.rglob("src/*"):
        os.utime(path, ns=(1, 1))
    assert hosted.run(attempt=2)[0] == 0
    assert (hosted.work / "gen.out").stat().st_mtime_ns == before_ns
    assert hosted.executions() == {"gen": 1, "make": 1, "migrate": 1}
    assert hosted.left() == wanted


def test_the_state_of_another_run_is_not_gone_on_with(hosted, wanted):
    hosted.start()
    (hosted.counted / "broken").touch()
    hosted.run(run_id=6)
    hosted.save()
    (hosted.counted / "broken").unlink()
    hosted.start()
    hosted.restore()
    status, said = hosted.run(attempt=2, run_id=7)
    assert status == 0, said
    assert "it was part of another run on GitHub (6): this is an ordinary run" in said
    assert hosted.executions()["migrate"] == 2
    assert contents(hosted.left()) == contents(wanted)


def test_a_first_attempt_never_goes_on_with_anything(hosted, wanted):
    hosted.start()
    (hosted.counted / "broken").touch()
    hosted.run()
    hosted.save()
    (hosted.counted / "broken").unlink()
    hosted.start()
    hosted.restore()
    status, said = hosted.run(attempt=1)
    assert status == 0, said
    assert "going on with" not in said
    assert hosted.executions()["migrate"] == 2


def test_without_what_was_kept_a_later_attempt_is_an_ordinary_run(hosted, wanted):
    hosted.start()
    status, said = hosted.run(attempt=2)
    assert status == 0, said
    assert "no run was interrupted here" in said
    assert hosted.left() == wanted


@pytest.mark.parametrize("damage", ["half a journal", "a lost content", "a changed content", "no checkpoint"])
def test_half_of_what_was_kept_costs_time_and_no_wrong_file(hosted, wanted, damage):
    """A restore that breaks off leaves some files, or the beginnings of them."""
    hosted.start()
    (hosted.counted / "broken").touch()
    hosted.run()
    hosted.save()
    (hosted.counted / "broken").unlink()
    hosted.start()
    hosted.restore()
    store = hosted.temporary / "lanemark" / "store"
    if damage == "half a journal":
        (journal,) = (store / "journal").rglob("*.jsonl")
        journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    elif damage == "no checkpoint":
        shutil.rmtree(store / "ck")
    else:
        blobs = sorted(path for path in (store / "cas").rglob("*") if path.is_file())
        for path in blobs[: len(blobs) // 2]:
            path.chmod(0o644)
            path.unlink() if damage == "a lost content" else path.write_bytes(b"x" * path.stat().st_size)
    status, said = hosted.run(attempt=2)
    assert status == 0, said
    assert contents(hosted.left()) == contents(wanted)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "LANEMARK_INPUT_GITHUB_TOKEN"])
def test_it_refuses_to_see_a_token(hosted, name):
    hosted.start()
    status, said = hosted.run(**{name: "ghs_0123456789"})
    assert status == 2
    assert f"run must not see a token, but {name} is set" in said
    assert hosted.executions() == {}
