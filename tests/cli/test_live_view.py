"""What people see of a run while it lasts: a picture at a terminal, lines in a log."""

import re
import signal
import sys
import threading
import time

import pytest

from lanemark.cli.live import open_live
from lanemark.plan import Plan, Step
from lanemark.run.progress import Progress
from on_a_terminal import CTRL_C, Terminal
from repositories import commit, make_repository

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CONFIG = """\
version: 1
stages:
  slow: {run: "echo begun; while [ ! -e go ]; do sleep 0.02; done", measure: false}
  after: {run: "echo said", needs: [slow], measure: false}
lanes: {standard: {default: true, stages: [after]}}
"""
PATIENCE_S = 60


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, ".gitignore": "go\n.lanemark/\n"})
    return folder


def wait_for(terminal, text):
    ends = time.monotonic() + PATIENCE_S
    while text not in terminal.shown:
        assert time.monotonic() < ends, terminal.shown
        terminal.read()


def finish(terminal):
    """Read until the program ended; return its status and everything that was shown."""
    ends = time.monotonic() + PATIENCE_S
    while terminal.process.poll() is None:
        assert time.monotonic() < ends, terminal.shown
        terminal.read()
    while terminal.read():
        pass
    return terminal.process.returncode, terminal.shown


def screen(shown, columns=200):
    """Return the lines a terminal shows in the end: what moves up and erases does so."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[\d*[A-Za-z]|\x1b\[\?25[lh]|\r|\n|[^\x1b\r\n]+", shown):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif re.fullmatch(r"\x1b\[\d+A", part):
            row -= int(part[2:-1])
            assert row >= 0
        elif part == "\x1b[J":
            lines[row:] = [""]
        elif part == "\x1b[K" or part.startswith("\x1b[?25") or part == "\r":
            pass
        else:
            lines[row] = part
    return [line for line in lines if line]


def test_picture_says_what_runs_and_is_gone_in_the_end(repository):
    with Terminal(repository, "run", "--lane", "standard") as terminal:
        wait_for(terminal, "  slow  ")
        assert "0 of 2 done" in terminal.shown
        (repository / "go").touch()
        status, shown = finish(terminal)
    assert status == 0
    assert shown.count(HIDE) == shown.count(SHOW) == 1
    assert shown.index(HIDE) < shown.index(SHOW)
    left = "\n".join(screen(shown))
    assert "0 of 2 done" not in left
    assert left.count("slow: done") == 1
    assert left.count("after | said") == 1
    assert "\n  slow  " not in left


def test_cancel_gives_the_cursor_back(repository):
    with Terminal(repository, "run", "--lane", "standard") as terminal:
        wait_for(terminal, "  slow  ")
        terminal.press(CTRL_C)
        status, shown = finish(terminal)
    assert status == 10
    assert shown.count(HIDE) == shown.count(SHOW) == 1
    assert "0 of 2 done" not in "\n".join(screen(shown))


def test_sigterm_gives_the_cursor_back(repository):
    with Terminal(repository, "run", "--lane", "standard") as terminal:
        wait_for(terminal, "  slow  ")
        terminal.signal(signal.SIGTERM)
        status, shown = finish(terminal)
    assert status == 10
    assert shown.count(HIDE) == shown.count(SHOW) == 1


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"GITHUB_ACTIONS": "true"}])
def test_no_picture_where_it_is_not_wanted(repository, environment):
    with Terminal(repository, "run", "--lane", "standard", **environment) as terminal:
        wait_for(terminal, "slow runs: ")
        (repository / "go").touch()
        status, shown = finish(terminal)
    assert status == 0
    assert "\x1b" not in shown


def test_small_terminal_gets_a_small_picture(repository):
    with Terminal(repository, "run", "--lane", "standard", columns=12, lines=2) as terminal:
        wait_for(terminal, "0 of 2 done")
        (repository / "go").touch()
        status, shown = finish(terminal)
    assert status == 0
    assert "slow  " not in "".join(frame for frame in shown.split("\r") if "0 of 2" in frame)


def test_log_gets_a_line_again_and_again_while_something_runs():
    now = [100.0]
    progress, said, two = Progress(lambda: now[0]), [], threading.Event()

    def talk(line):
        said.append(line)
        if len(said) == 2:
            two.set()

    progress.plan(
        Plan(lane="l", steps=(Step(stage="unit", estimate_s=120.0), Step(stage="late", estimate_s=10.0, needs=("unit",)))), 2
    )
    progress.start(Step(stage="unit"))
    now[0] = 170.0
    assert not sys.stderr.isatty()
    with open_live(progress, talk, {}, every_s=0.001) as say:
        assert two.wait(PATIENCE_S)
        say("own")
    assert set(said) == {"progress: 0 of 2 done, unit 70 s so far, about 60 s left", "own"}
    count = len(said)
    time.sleep(0.02)
    assert len(said) == count
