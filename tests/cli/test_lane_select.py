"""`lane select` at a real pseudo-terminal, and without one."""

import json
import os
import signal
import termios
import time

import pytest

from command import lanemark
from on_a_terminal import CTRL_C, DOWN, END, ENTER_SCREEN, ESC, LEAVE_SCREEN, PAGE_DOWN, UP, Terminal
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes:
  docs: {paths: ["docs/**", "*.md"], stages: []}
  standard: {default: true, stages: [unit]}
  heavy: {paths: ["core/**"], stages: [unit, e2e]}
  everything: {stages: [unit, e2e, jungle]}
stages:
  unit: {run: "true"}
  e2e: {run: "true", needs: [unit], measure: false}
  jungle: {run: "true", measure: false}
protected: {paths: [".github/**", "ci/**"], floor: standard}
"""


def make(folder, **changed):
    repository = make_repository(folder)
    commit(repository, {".github/lanemark.yml": CONFIG, "a.py": "1\n"})
    git(repository, "checkout", "-q", "-b", "pr")
    commit(repository, changed or {"a.py": "2\n", "README.md": "x\n"})
    return repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return make(tmp_path_factory.mktemp("select") / "r")


@pytest.fixture(scope="module")
def protected(tmp_path_factory):
    return make(tmp_path_factory.mktemp("protected") / "r", **{"ci/x.sh": "1\n"})


def select(folder, *words, **options):
    return Terminal(folder, "lane", "select", *words, **options)


def cursor(lines):
    (found,) = [line.split()[1] for line in lines if line.startswith("> ")]
    return found


def test_it_stands_on_the_lane_of_the_change_and_enter_prints_the_command(repository):
    with select(repository) as terminal:
        lines = terminal.wait_for("Enter takes it")
        assert cursor(lines) == "standard"
        assert "standard: this change gets it" in lines
        assert "  no rule claims a.py, so it belongs to the default lane" in lines
        assert "  1. unit  (not cached; not known yet)" in lines
        terminal.press("\r")
        assert terminal.end() == (0, "lanemark gate --lane standard\n")
        assert terminal.settings() == terminal.before
        assert terminal.shown.startswith(ENTER_SCREEN)
        assert terminal.shown.endswith(LEAVE_SCREEN)


@pytest.mark.parametrize(
    ("keys", "lane"),
    [
        ((DOWN,), "heavy"),
        (("\x1bOB",), "heavy"),
        (("j", "j"), "everything"),
        (("j", "j", "k"), "heavy"),
        ((UP,), "docs"),
        ((UP, UP, UP), "docs"),
        ((END,), "everything"),
        ((PAGE_DOWN,), "everything"),
        (("heav",), "heavy"),
        (("H",), "heavy"),
        (("e2e", DOWN), "everything"),
        (("/", "j"), "everything"),
        (("nothing", "\x15", "\x0e"), "heavy"),
        (("dox", "\x7f"), "docs"),
        (("\x1b[99;5u", "\x1b[1;2P", DOWN), "heavy"),
        ((b"\xff\xc3", "\x15", DOWN), "heavy"),
    ],
)
def test_keys_move_and_filter(repository, keys, lane):
    with select(repository) as terminal:
        terminal.wait_for("Enter takes it")
        terminal.press(*keys)
        terminal.wait_for(f"> {lane}")
        terminal.press("\r")
        assert terminal.end() == (0, f"lanemark gate --lane {lane}\n")


def test_the_preview_says_what_speaks_against_a_lane(repository):
    with select(repository) as terminal:
        terminal.wait_for("standard: this change gets it")
        terminal.press("k")
        lines = terminal.wait_for("docs: lighter than this change needs")
        assert "  a.py belongs to standard" in lines
        assert "  files: docs/**, *.md" in lines
        terminal.press("j", "j")
        lines = terminal.wait_for("heavy: heavier than this change needs")
        assert "  2. e2e  after unit  (not cached; not known yet)" in lines


def test_a_lane_below_the_floor_cannot_be_taken(protected):
    with select(protected) as terminal:
        terminal.wait_for("> standard")
        terminal.press(UP)
        terminal.wait_for("docs: below the floor: not possible", "ci/x.sh is protected")
        terminal.press("\r")
        assert terminal.wait_for("docs is below the floor")[-1] == "docs is below the floor: not possible"
        terminal.press("zzz", "\r")
        assert terminal.wait_for("no lane has zzz", "no lane matches")
        terminal.press("\x15", "\r")
        assert terminal.end()[1] == "lanemark gate --lane standard\n"


@pytest.mark.parametrize(("key", "status"), [(ESC, 0), ("\x04", 0), (CTRL_C, 10)])
def test_leaving_prints_no_command_and_puts_the_terminal_back(repository, key, status):
    with select(repository) as terminal:
        terminal.wait_for("Enter takes it")
        assert terminal.settings() != terminal.before
        terminal.press(key)
        assert terminal.end() == (status, "")
        assert terminal.settings() == terminal.before
        assert ("nothing was chosen" in terminal.shown) == (status == 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_signals_end_it_with_the_terminal_put_back(repository, number):
    with select(repository) as terminal:
        terminal.wait_for("Enter takes it")
        terminal.signal(number)
        assert terminal.end() == (10, "")
        assert terminal.settings() == terminal.before


def test_a_terminal_that_goes_away_ends_it(repository):
    with select(repository) as terminal:
        terminal.wait_for("Enter takes it")
        ours, terminal.ours = terminal.ours, os.open(os.devnull, os.O_RDONLY)
        os.close(ours)
        assert terminal.process.wait(timeout=30) != 0  # nobody is left who could be told why
        assert terminal.process.stdout.read() == b""


def test_another_size_gets_another_picture(repository):
    with select(repository) as terminal:
        terminal.wait_for("Enter takes it")
        terminal.resize(30, 10)
        lines = terminal.wait_for("…")
        assert max(map(len, lines)) <= 29
        assert len(lines) <= 10
        assert cursor(lines) == "standard"
        terminal.resize(12, 2)
        terminal.press(DOWN)
        lines = terminal.wait_for("> heavy")
        assert max(map(len, lines)) <= 11
        assert len(lines) == 2
        terminal.press("\r")
        assert terminal.end()[0] == 0


def test_after_a_stop_and_a_continue_it_goes_on(repository):
    with select(repository) as terminal:
        terminal.wait_for("Enter takes it")
        terminal.signal(signal.SIGSTOP)
        termios.tcsetattr(terminal.ours, termios.TCSANOW, terminal.before)  # as a shell does
        terminal.signal(signal.SIGCONT)
        end = time.monotonic() + 30
        while terminal.settings() == terminal.before:
            assert time.monotonic() < end
            terminal.read()
        terminal.press("j", "\r")
        status, said = terminal.process.wait(timeout=30), terminal.process.stdout.read().decode()
        assert (status, said) == (0, "lanemark gate --lane heavy\n")
        assert terminal.settings() == terminal.before


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_only_where_they_are_wanted(repository, environment, coloured):
    with select(repository, **environment) as terminal:
        terminal.wait_for("Enter takes it")
        terminal.press(ESC)
        terminal.end()
        assert ("\x1b[1m" in terminal.shown) is coloured
        assert ("\x1b[2m" in terminal.shown) is coloured


def test_hostile_names_stay_names(tmp_path):
    name = "a\x1b]0;owned\x07\u202e.py"
    folder = make(tmp_path / "r", **{name: "1\n"})
    with select(folder) as terminal:
        lines = terminal.wait_for("Enter takes it")
        assert any("a\\u001b]0;owned\\u0007\\u202e.py" in line for line in lines)
        terminal.press(ESC)
        terminal.end()
        assert "\x1b]" not in terminal.shown
        assert "\x07" not in terminal.shown


def test_the_command_is_about_the_same_change(repository):
    with select(repository, "--base", "main~0", "--json") as terminal:
        terminal.wait_for("Enter takes it")
        terminal.press("\r")
        status, said = terminal.end()
        command = ["lanemark", "gate", "--lane", "standard", "--base", "main~0"]
        assert (status, json.loads(said)) == (0, {"lane": "standard", "command": command})


@pytest.mark.slow
def test_run_runs_it(repository):
    with select(repository, "--run", "--json") as terminal:
        terminal.wait_for("Enter takes it")
        terminal.press("d", "o", "c", "\r")
        status, said = terminal.end()
        assert status == 0, terminal.shown
        assert json.loads(said)["verdict"] == "pass"
        assert "lanemark gate --lane docs" in terminal.shown
        assert terminal.settings() == terminal.before


def test_without_a_terminal_the_lane_is_named(repository):
    ran = lanemark(repository, "lane", "select", "heavy")
    assert (ran.returncode, ran.stdout) == (0, "lanemark gate --lane heavy\n")
    ran = lanemark(repository, "lane", "select", "heavy", "--json")
    assert json.loads(ran.stdout) == {"lane": "heavy", "command": ["lanemark", "gate", "--lane", "heavy"]}


def test_without_a_terminal_and_a_name_the_error_says_which_words_do(repository, protected):
    ran = lanemark(repository, "lane", "select", TERM="xterm")
    assert ran.returncode == 2
    assert "there is no terminal to pick a lane at" in ran.stderr
    assert "lanemark lane select standard; this change can have docs, standard, heavy, everything" in ran.stderr
    assert "can have standard, heavy, everything, and gets standard" in lanemark(protected, "lane", "select").stderr


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_a_terminal_that_nobody_can_use_is_none(repository, environment):
    with Terminal(repository, "lane", "select", **environment) as terminal:
        terminal.process.wait(timeout=30)
        while terminal.read():
            pass
        assert terminal.process.returncode == 2
        assert "there is no terminal" in terminal.shown
        assert ENTER_SCREEN not in terminal.shown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("docs", "this change cannot have the lane docs: docs was asked for, but ci/x.sh is protected by"),
        ("heavi", "did you mean `heavy`"),
        ("\x1b[31m", "there is no lane `\\u001b[31m`"),
    ],
)
def test_a_name_that_cannot_be_is_an_error(protected, name, said):
    ran = lanemark(protected, "lane", "select", name)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
