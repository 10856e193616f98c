"""A stage that will not end, and a job that is cancelled the way GitHub's runner cancels one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from command import ROOT

PATIENCE_S = 60
AGAIN_S = 7.5
"""After so many seconds the runner asks again, with SIGTERM."""
KILL_S = 2.5
"""So many seconds later it kills."""

STUBBORN = """\
import os, signal, sys, time
here = sys.argv[1]
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(here + "/far.pid", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not (os.path.exists(here + "/far.pid") and open(here + "/far.pid").read()):
    time.sleep(0.01)
with open(here + "/near.part", "w") as file:
    file.write(str(os.getpid()))
os.rename(here + "/near.part", here + "/near.pid")
print("half", flush=True)
time.sleep(600)
"""
"""It ignores every question to end, and has a grandchild in a session of its own whose parent is gone."""


def start_stubborn(folder, notes, *words, **environment):
    """Start a command in `folder` and wait until its stubborn stage stands, which writes its processes into `notes`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    started = subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(folder.parent / "cache"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ends = time.monotonic() + PATIENCE_S
    while not (notes / "near.pid").exists():
        assert started.poll() is None, started.communicate()
        assert time.monotonic() < ends
        time.sleep(0.01)
    return started


def cancel_as_runner(started):
    """Cancel a job as the runner does, and return its status (-9: it had to be killed) and what it said."""
    started.send_signal(signal.SIGINT)
    for number, patience_s in ((signal.SIGTERM, AGAIN_S), (signal.SIGKILL, KILL_S)):
        try:
            _, said = started.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired:
            started.send_signal(number)
        else:
            return started.returncode, said
    _, said = started.communicate(timeout=PATIENCE_S)
    return started.returncode, said


def stubborn_pids(notes):
    """Return the processes of the stubborn stage."""
    return [(notes / name).read_text() for name in ("near.pid", "far.pid")]


def lives(pid):
    """Return whether a process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")
