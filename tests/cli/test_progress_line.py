"""The line that says how far it is: on a terminal only, and gone at the end."""

import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from command import ROOT

ERASE = "\r\x1b[K"
TIME = ("time", "-n", "3", "--", "sleep", "0.15")
COMPARE = ("compare", "--base-command", "sleep 0.11", "--head-command", "sleep 0.11", "--pairs", "3")


def on_a_terminal(folder, words, **environment):
    """Run with stderr on a pseudo-terminal; return stdout and what the terminal got."""
    ours, theirs = pty.openpty()
    shown = bytearray()

    def read():
        try:
            while data := os.read(ours, 4096):
                shown.extend(data)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ran = subprocess.run(
        [sys.executable, "-m", "lanemark.cli", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(folder / "c"), "TERM": "xterm", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=True,
    )
    os.close(theirs)
    reader.join(timeout=10)
    os.close(ours)
    return ran.stdout.decode(), shown.decode()


def test_a_terminal_sees_how_far_it_is_and_nothing_of_it_afterwards(tmp_path):
    said, shown = on_a_terminal(tmp_path, TIME)
    assert "sleep 0.15" in said
    assert "\x1b" not in said
    assert re.search(r"sample \d of 3 · median 15\d ms · about [\d.]+ m?s left", shown)
    assert "memory" in shown
    assert "\n" not in shown
    assert shown.endswith(ERASE)
    assert all(line.endswith("\x1b[K") for line in shown.split("\r")[1:])


@pytest.mark.slow
def test_a_comparison_counts_its_pairs(tmp_path):
    said, shown = on_a_terminal(tmp_path, COMPARE)
    assert "base  sleep 0.11" in said
    assert re.search(r"pair \d of 3 · about [\d.]+ m?s left", shown)
    assert "\n" not in shown
    assert shown.endswith(ERASE)


@pytest.mark.slow
def test_a_narrow_terminal_gets_one_line_all_the_same(tmp_path):
    _, shown = on_a_terminal(tmp_path, TIME, COLUMNS="20")
    lines = [line.removesuffix("\x1b[K") for line in shown.split("\r")]
    assert max(map(len, lines)) == 19


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"GITHUB_ACTIONS": "true"}])
def test_what_cannot_erase_gets_no_line(tmp_path, environment):
    said, shown = on_a_terminal(tmp_path, ("time", "-n", "1", "--no-memory", "--", "sleep", "0.15"), **environment)
    assert "sleep 0.15" in said
    assert shown == ""
