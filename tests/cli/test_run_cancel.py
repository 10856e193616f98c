"""A run that is cancelled: everything ends, and what became of it is written down."""

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

# It ignores every question to end, and has a grandchild in a session of its own whose parent is gone.
STUBBORN = (
    "import os, signal, subprocess, sys, time\n"
    "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        open('far.pid', 'w').write(str(os.getpid()))\n"
    "        time.sleep(600)\n"
    "    os._exit(0)\n"
    "while not (os.path.exists('far.pid') and open('far.pid').read()): time.sleep(0.01)\n"
    "open('near.pid', 'w').write(str(os.getpid()))\n"
    "print('half', flush=True)\n"
    "time.sleep(600)\n"
)
CONFIG = """\
version: 1
stages:
  quick: {run: "echo quick > quick.out", inputs: [src.txt], outputs: [quick.out], measure: false}
  stubborn: {run: python3 stubborn.py, needs: [quick], measure: false}
  never: {run: "true", needs: [stubborn], measure: false}
lanes: {standard: {default: true, stages: [never]}}
"""
PATIENCE_S = 60


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(
        folder,
        {".github/lanemark.yml": CONFIG, "stubborn.py": STUBBORN, "src.txt": "x", ".gitignore": "*.out\n*.pid\n.lanemark/\n"},
    )
    return folder


def start(folder, *words, **environment):
    """Start a run and wait until its stubborn stage stands."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    started = subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", "run", "--lane", "standard", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(folder.parent / "cache"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ends = time.monotonic() + PATIENCE_S
    while not (folder / "near.pid").exists():
        assert time.monotonic() < ends
        time.sleep(0.01)
    return started


def lives(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("jobs", ["1", "3"])
def test_signal_ends_even_what_left_its_session_and_all_that_is_known_is_written_down(repository, number, jobs):
    started = start(repository, "--jobs", jobs, "--trace", "trace.json")
    pids = [(repository / name).read_text() for name in ("near.pid", "far.pid")]
    assert all(map(lives, pids))
    started.send_signal(number)
    _, said = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 10, said
    assert "Traceback" not in said
    assert not any(map(lives, pids))
    record = json.loads((repository / ".lanemark/out/run.json").read_text())
    assert record["cancelled"] is True
    states = {one["stage"]: (one["state"], one["failure"]) for one in record["stages"]}
    assert states["quick"] == ("ran", None)
    assert states["stubborn"] == ("failed", "cancelled while it ran")
    assert states["never"][0] == "skipped"
    events = json.loads((repository / "trace.json").read_text())["traceEvents"]
    ends = {event["name"]: event["args"]["state"] for event in events if event.get("cat") == "stage"}
    assert ends == {"quick": "ran", "stubborn": "cancelled"}
    why = json.loads(lanemark(repository, "cache", "why", "quick", "--json").stdout)
    assert why["state"] == "hit"


def test_whole_run_is_recorded_as_not_cancelled(repository):
    (repository / "stubborn.py").write_text("print('done')\n")
    assert lanemark(repository, "run", "--lane", "standard").returncode == 0
    assert json.loads((repository / ".lanemark/out/run.json").read_text())["cancelled"] is False
