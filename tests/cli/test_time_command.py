"""`lanemark time` as a process of its own, timing real commands that behave and real commands that do not."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command import ROOT, lanemark
from lanemark.cli.main import main


@pytest.fixture
def folder(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    return work


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return f"./{name}"


def timed(folder, *words, **environment):
    ran = lanemark(folder, "time", "--json", *words, **environment)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def kinds(told):
    return {note["kind"] for note in told["notes"]}


def test_a_long_enough_command_is_timed_run_by_run(folder):
    told = timed(folder, "-n", "6", "--", "sleep", "0.06")
    assert told["command"] == ["sleep", "0.06"]
    assert told["loops"] == 1
    assert told["runs"] == 1 + 6 + 3
    assert told["stopped"] is None
    wall = told["metrics"]["wall"]
    assert wall["n"] == len(wall["samples"]) == 6
    assert 0.06 <= wall["min"] <= wall["low"] <= wall["median"] <= wall["high"] <= wall["max"]
    assert wall["p90"] is None
    assert told["metrics"]["rss_peak"]["pass"] == "memory"
    assert len(told["metrics"]["rss_peak"]["samples"]) == 3
    assert told["metrics"]["rss_peak"]["low"] is None
    assert "batched" not in kinds(told)


def test_runs_of_a_short_command_are_put_together_until_a_sample_is_long_enough(folder):
    told = timed(folder, "-n", "3", "--no-memory", "--", "true")
    assert told["loops"] > 1
    assert told["runs"] > told["loops"]
    assert min(told["metrics"]["wall"]["samples"]) * told["loops"] < 1
    assert "rss_peak" not in told["metrics"]
    assert told["empty_command_s"] > 0
    (note,) = [note for note in told["notes"] if note["kind"] == "batched"]
    assert f"{told['loops']} runs" in note["text"]


@pytest.mark.slow
def test_without_a_number_sampling_goes_on_until_there_is_enough(folder):
    told = timed(folder, "--no-memory", "--", "sleep", "0.2")
    walls = told["metrics"]["wall"]["samples"]
    assert len(walls) >= 10
    assert sum(walls) >= 3.0
    assert sum(walls[:-1]) < 3.0 or len(walls) == 10


def test_without_a_warm_up_the_very_first_run_is_a_sample(folder):
    once = script(folder, "once", "[ -e warm ] || sleep 0.3; touch warm; sleep 0.06")
    told = timed(folder, "-n", "7", "--warmup", "0", "--no-memory", "--", once)
    assert told["runs"] == 7
    assert told["metrics"]["wall"]["samples"][0] == told["first_run_s"] > 0.3
    (note,) = [note for note in told["notes"] if note["kind"] == "cold-start"]
    assert note["weight"] == "warning"
    assert "--warmup 1" in note["text"]


def test_a_cold_first_run_is_dropped_with_the_warm_up_and_said(folder):
    once = script(folder, "once", "[ -e warm ] || sleep 0.3; touch warm; sleep 0.06")
    told = timed(folder, "-n", "7", "--no-memory", "--", once)
    assert told["first_run_s"] > 0.3 > told["metrics"]["wall"]["max"]
    (note,) = [note for note in told["notes"] if note["kind"] == "cold-start"]
    assert "not in these figures" in note["text"]


def test_the_preparation_runs_before_every_run_and_outside_its_time(folder):
    words = ("-n", "2", "--prepare", "echo x >> prepared; sleep 0.1", "--cleanup", "mv prepared kept")
    told = timed(folder, *words, "--", "sh", "-c", "test -s prepared && sleep 0.055")
    assert (folder / "kept").read_text().count("x") == told["runs"] == 1 + 2 + 3
    assert told["metrics"]["wall"]["min"] < 0.1


def test_a_preparation_that_does_not_work_is_an_error_of_its_own(folder):
    ran = lanemark(folder, "time", "--prepare", "echo no disk >&2; false", "--", "true")
    assert ran.returncode == 7
    assert ran.stdout == ""
    assert "the --prepare command" in ran.stderr
    assert "  | no disk" in ran.stderr


def test_words_are_read_by_a_shell_only_where_that_is_asked_for(folder):
    told = timed(folder, "-n", "1", "--no-memory", "--shell", "--", "sleep 0.06 && echo $((2 + 3)) > five")
    assert (folder / "five").read_text() == "5\n"
    assert told["shell"] is True
    ran = lanemark(folder, "time", "--", "sleep 0.06 && true")
    assert ran.returncode == 2
    assert "--shell" in ran.stderr


def test_options_of_the_command_are_not_ours(folder):
    told = timed(folder, "-n", "1", "--no-memory", "--", "sh", "-c", "test $# = 2 && sleep 0.05", "--", "-n", "--json")
    assert told["command"][-3:] == ["--", "-n", "--json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-n", "0", "--", "true"), "-n must be 1 or more"),
        (("--warmup", "-1", "--", "true"), "--warmup 0 or more"),
        (("--timeout", "5", "--", "true"), "no time"),
        (("--max-time", "0s", "--", "true"), "no time"),
        (("--export", "figures.xls", "--", "true"), "end it in"),
        (("-n", "3"), "no command"),
        (("-n", "many", "--", "true"), "invalid int"),
    ],
)
def test_options_that_mean_nothing_are_refused_before_anything_runs(words, said, capsys):
    assert main(["time", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_command_that_fails_has_its_status_and_its_last_words(folder):
    ran = lanemark(folder, "time", "--", "sh", "-c", "echo '::error::no' >&2; exit 3")
    assert ran.returncode == 7
    assert ran.stdout == ""
    assert "exit status 3" in ran.stderr
    assert "\n  | ::error::no" in ran.stderr


def test_failing_runs_may_be_counted_and_are_then_named(folder):
    flaky = script(folder, "flaky", "echo x >> n; sleep 0.05; exit $(($(wc -l < n) % 2 * 4))")
    told = timed(folder, "-n", "4", "--no-memory", "--ignore-failure", "--", flaky)
    assert told["failures"] == {"4": 3}
    assert told["runs"] == 5
    (note,) = [note for note in told["notes"] if note["kind"] == "failures"]
    assert note["text"].startswith("3 of 5 runs failed (exit status 4: 3)")


def test_what_was_measured_before_a_failure_is_shown_as_a_part(folder):
    dying = script(folder, "dying", "echo x >> n; sleep 0.06; test $(wc -l < n) -lt 4")
    ran = lanemark(folder, "time", "-n", "5", "--", dying)
    assert ran.returncode == 7
    assert "this is only a part, 2 of 5 samples: exit status 1 in run 4" in " ".join(ran.stdout.split())
    assert "in run 4" in ran.stderr


def test_a_command_that_is_not_there_is_a_mistake_of_the_caller(folder):
    ran = lanemark(folder, "time", "--", "./no-such-thing")
    assert ran.returncode == 2
    assert "no-such-thing" in ran.stderr
    assert "No such file" in ran.stderr


def test_a_command_that_vanishes_between_runs_ends_it(folder):
    vanishing = script(folder, "vanishing", 'sleep 0.06; echo x >> n; [ $(wc -l < n) -lt 3 ] || rm "$0"')
    ran = lanemark(folder, "time", "-n", "5", "--json", "--", vanishing)
    assert ran.returncode == 2
    told = json.loads(ran.stdout)
    assert len(told["metrics"]["wall"]["samples"]) == 2
    assert "No such file" in told["stopped"]
    assert "partial" in kinds(told)


@pytest.mark.parametrize("option", ["--timeout", "--max-time"])
def test_a_command_that_hangs_is_ended(folder, option):
    ran = lanemark(folder, "time", option, "300ms", "--", "sleep", "60")
    assert ran.returncode == 10
    assert f"because of {option}" in ran.stderr
    assert ran.stdout == ""


def test_when_the_time_is_up_what_there_is_counts(folder):
    told = timed(folder, "--max-time", "1500ms", "--", "sleep", "0.3")
    assert 1 <= len(told["metrics"]["wall"]["samples"]) <= 4
    assert "time-up" in kinds(told)
    assert "--max-time" in told["stopped"]


def test_a_run_that_hangs_past_the_whole_time_is_not_one_of_the_samples(folder):
    hanging = script(folder, "hanging", "echo x >> n; [ $(wc -l < n) -lt 4 ] || sleep 60; sleep 0.1")
    told = timed(folder, "--max-time", "1500ms", "--", hanging)
    assert len(told["metrics"]["wall"]["samples"]) == 2
    assert "time-up" in kinds(told)


@pytest.mark.slow
def test_gigabytes_of_output_fill_no_disk(folder):
    told = timed(folder, "-n", "1", "--shell", "--", "head -c 2000000000 /dev/zero; head -c 3000000 /dev/zero >&2")
    assert told["metrics"]["io_write"]["max"] > 2e9
    assert not list(folder.iterdir())


def test_the_output_goes_where_it_is_asked_for(folder):
    timed(folder, "-n", "1", "--no-memory", "--output", "said.txt", "--", "sh", "-c", "sleep 0.05; echo hello")
    assert (folder / "said.txt").read_text() == "hello\n"


def test_what_a_command_leaves_behind_is_ended_and_said(folder):
    told = timed(folder, "-n", "1", "--no-memory", "--", "sh", "-c", "sleep 0.05; sleep 4711 & echo $! >> pids")
    assert told["survivors"] == 2
    assert "survivors" in kinds(told)
    for pid in (folder / "pids").read_text().split():
        assert not os.path.exists(f"/proc/{pid}")


def start(folder, *words, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(folder.parent / "cache"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_lines(path, count):
    deadline = time.monotonic() + 60
    while not path.exists() or len(path.read_text().splitlines()) < count:
        assert time.monotonic() < deadline, "the command was not run often enough"
        time.sleep(0.02)


def test_an_interrupt_shows_what_was_measured_until_then(folder):
    going = start(folder, "time", "-n", "500", "--", "sh", "-c", "echo x >> n; sleep 0.06")
    wait_for_lines(folder / "n", 6)
    going.send_signal(signal.SIGINT)
    said, talk = going.communicate(timeout=30)
    assert going.returncode == 10, talk
    assert "this is only a part" in said
    assert "of 500 samples: stopped by hand" in " ".join(said.split())
    assert "LG500" in talk
    assert "Traceback" not in talk


def test_an_interrupt_of_a_comparison_shows_the_pairs_until_then(folder):
    both = ("--base-command", "echo x >> n; sleep 0.1", "--head-command", "echo x >> n; sleep 0.1")
    going = start(folder, "compare", *both, "--pairs", "80")
    wait_for_lines(folder / "n", 9)
    going.send_signal(signal.SIGINT)
    said, talk = going.communicate(timeout=30)
    assert going.returncode == 10, talk
    assert "Too few pairs to tell" in said
    assert "only what was measured until then" in said
    assert "Traceback" not in talk


def test_files_for_other_tools_hold_the_same_samples(folder):
    words = ("--export", "t.json", "--export", "out/t.md", "--export", "t.csv", "--export-hyperfine", "h.json")
    told = timed(folder, "-n", "3", *words, "--", "sleep", "0.06")
    assert json.loads((folder / "t.json").read_text()) == told
    walls = told["metrics"]["wall"]["samples"]
    rows = list(csv.DictReader((folder / "t.csv").read_text().splitlines()))
    assert [float(row["wall_s"]) for row in rows if row["pass"] == "time"] == walls
    assert [row["rss_peak_bytes"] for row in rows if row["pass"] == "time"] == [""] * 3
    assert "| wall time |" in (folder / "out/t.md").read_text()
    (theirs,) = json.loads((folder / "h.json").read_text())["results"]
    assert theirs["times"] == walls
    assert theirs["exit_codes"] == [0, 0, 0]
    names = {"command", "mean", "stddev", "median", "user", "system", "min", "max", "times", "exit_codes"}
    assert set(theirs) == names  # what hyperfine 1.15 writes
    assert theirs["command"] == "sleep 0.06"


def test_markdown_is_one_table_and_keeps_a_hostile_command_in_its_span(folder):
    ran = lanemark(folder, "time", "-n", "1", "--no-memory", "--markdown", "--", "sh", "-c", "sleep 0.05 # `@octocat` | x")
    assert ran.returncode == 0, ran.stderr
    first, blank, header, *_ = ran.stdout.splitlines()
    assert first.startswith("``sh -c")
    assert "@octocat" not in first
    assert blank == ""
    assert header == "| | median | 95 % interval | mean ± sd | min … max |"


def test_the_command_line_is_shown_without_what_nobody_can_see(folder):
    ran = lanemark(folder, "time", "-n", "1", "--no-memory", "--", "sh", "-c", "sleep 0.05", "\x1b[31m\n::warning::x")
    assert ran.returncode == 0, ran.stderr
    assert "\x1b" not in ran.stdout
    assert "\n::" not in ran.stdout


def test_colours_are_for_terminals_and_for_those_who_force_them(folder):
    words = ("time", "-n", "1", "--no-memory", "--", "sleep", "0.05")
    assert "\x1b[" not in lanemark(folder, *words).stdout
    assert "\x1b[1m" in lanemark(folder, *words, FORCE_COLOR="1").stdout
    assert "\x1b[" not in lanemark(folder, *words, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_typed_command_has_the_whole_environment_without_tokens(folder):
    told = ("time", "-n", "1", "--no-memory", "--", "sh", "-c", "sleep 0.05; echo $MINE.$GITHUB_TOKEN > seen")
    assert lanemark(folder, *told, MINE="yes", GITHUB_TOKEN="ghs_x").returncode == 0
    assert (folder / "seen").read_text() == "yes.\n"
    assert lanemark(folder, *told, MINE="yes", GITHUB_TOKEN="ghs_x", GITHUB_ACTIONS="true").returncode == 0
    assert (folder / "seen").read_text() == ".\n"


def test_nothing_is_left_in_the_cache_folder(folder):
    timed(folder, "-n", "1", "--no-memory", "--", "sleep", "0.05")
    assert not list(Path(folder.parent / "cache").iterdir())
