"""`lanemark compare` in its three forms."""

import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes:
  standard: {default: true, stages: [count, lint]}
stages:
  count: {run: "sh count.sh"}
  lint: {run: "true", inputs: ["*.txt"]}
measure: {pairs: {min: 10, max: 10}, max_time: 30s}
"""
COUNT = "i=0; while [ $i -lt {} ]; do i=$((i+1)); done\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = make_repository(tmp_path_factory.mktemp("compare") / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "count.sh": COUNT.format(40_000)})
    git(folder, "checkout", "-q", "-b", "slow")
    commit(folder, {"count.sh": COUNT.format(80_000)})
    return folder


def metrics(ran):
    assert ran.returncode == 0, ran.stderr
    return {(one["stage"], one["metric"]): one for one in json.loads(ran.stdout)["metrics"]}


@pytest.mark.slow
def test_two_commits_are_measured_in_pairs(repository):
    found = metrics(lanemark(repository, "compare", "main..slow", "--json"))
    cpu = found["count", "cpu"]
    assert 0.5 < cpu["effect"] < 1.6
    assert cpu["low"] > 0.2
    assert cpu["pairs"] == 10
    (lint,) = [one for (stage, _), one in found.items() if stage == "lint"]
    assert lint["effect"] is None
    assert "unchanged" in lint["tags"]


@pytest.mark.slow
def test_two_result_files_are_compared_without_measuring(repository):
    lanemark(repository, "measure", "--base", "main", "--out", "m")
    found = metrics(lanemark(repository, "compare", "m/base/result.json", "m/head/result.json", "--json"))
    assert found["count", "cpu"]["effect"] > 0.3


@pytest.mark.slow
def test_two_commands_are_measured_in_pairs_without_a_repository(tmp_path):
    (tmp_path / "work").mkdir()
    commands = [COUNT.format(number).strip() for number in (40_000, 80_000)]
    words = ("compare", "--base-command", commands[0], "--head-command", commands[1], "--pairs", "12", "--json")
    found = metrics(lanemark(tmp_path / "work", *words))
    assert found["command", "cpu"]["effect"] > 0.3
    assert found["command", "cpu"]["pairs"] >= 10


def test_the_table_names_every_metric_with_its_interval(repository):
    ran = lanemark(repository, "compare", "main..slow", "--stage", "count")
    assert ran.returncode == 0
    header, *rows = ran.stdout.splitlines()
    assert header.split() == ["Stage", "Metric", "Base", "Head", "Change", "Interval", "Pairs", "Verdict"]
    assert any("cpu" in row for row in rows)
    assert max(map(len, rows)) <= 100


def compare_two(tmp_path, base, head, *words):
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return lanemark(work, "compare", "--base-command", base, "--head-command", head, *words)


def test_a_command_that_fails_is_an_error_and_not_a_time(tmp_path):
    ran = compare_two(tmp_path, "true", "echo '::error::why' >&2; exit 3")
    assert ran.returncode == 7
    assert ran.stdout == ""
    assert "head command failed" in ran.stderr
    assert "\n  | ::error::why" in ran.stderr


@pytest.mark.slow
def test_commands_below_the_floors_of_a_gate_can_differ(tmp_path):
    ran = compare_two(tmp_path, COUNT.format(500).strip(), COUNT.format(6000).strip(), "--pairs", "10", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    cpu = next(one for one in told["metrics"] if one["metric"] == "cpu")
    assert cpu["head"] - cpu["base"] < 0.010
    assert cpu["low"] > 0
    assert any("mean of" in note for note in told["notes"])
    if "primary" in cpu["tags"]:
        assert cpu["verdict"] in ("fail", "warn")
        assert told["sentence"].startswith("head uses ")
    assert next(one for one in told["metrics"] if one["metric"] == "rss_peak")["pairs"] == 3


def test_the_sentence_stands_below_the_table_for_people(tmp_path):
    ran = compare_two(tmp_path, "sleep 0.06", "sleep 0.06", "--pairs", "2", "--max-time", "20s")
    assert ran.returncode == 0, ran.stderr
    base, head, blank, header, *rows = ran.stdout.splitlines()
    assert (base, head, blank) == ("base  sleep 0.06", "head  sleep 0.06", "")
    assert header.split() == ["base", "head", "change", "interval", "pairs", "verdict"]
    assert any(row.lstrip().startswith("wall time *") for row in rows)
    assert "Too few pairs to tell" in ran.stdout
    assert max(map(len, rows)) <= 102


def test_two_commands_as_markdown_keep_to_their_code_spans(tmp_path):
    ran = compare_two(tmp_path, "sleep 0.05 # @octocat `x` |", "sleep 0.05", "--pairs", "1", "--markdown")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("- base: ``sleep 0.05 # @\u200boctocat `x` \\|``\n- head: `sleep 0.05`\n\n|  | base | head |")


def test_the_preparation_of_two_commands_runs_before_every_run(tmp_path):
    line = "test -e fresh || exit 9; rm fresh; echo x >> runs; sleep 0.05"
    ran = compare_two(tmp_path, line, line, "--pairs", "1", "--prepare", "touch fresh; echo x >> prepared")
    assert ran.returncode == 0, ran.stderr
    prepared, runs = ((tmp_path / "work" / name).read_text().count("x") for name in ("prepared", "runs"))
    assert prepared == runs >= 4
    assert compare_two(tmp_path, line, line, "--prepare", "exit 4").returncode == 7


def test_failing_runs_of_two_commands_may_count(tmp_path):
    ran = compare_two(tmp_path, "sleep 0.05", "sleep 0.05; exit 1", "--pairs", "1", "--ignore-failure")
    assert ran.returncode == 0, ran.stderr
    assert "runs failed, and their times are in these figures" in ran.stdout


def test_a_command_that_fails_later_shows_the_pairs_before(tmp_path):
    line = "echo x >> n; sleep 0.05; test $(wc -l < n) -lt 9"
    ran = compare_two(tmp_path, "sleep 0.05", line, "--pairs", "20")
    assert ran.returncode == 7
    assert "Too few pairs to tell" in ran.stdout
    assert "failed while measured: pair" in ran.stderr
    assert "exit status 1" in ran.stderr


def test_one_of_two_commands_that_hangs_is_ended(tmp_path):
    ran = compare_two(tmp_path, "true", "sleep 60", "--timeout", "300ms")
    assert ran.returncode == 10
    assert "the head command failed" in ran.stderr
    assert "its timeout was reached" in ran.stderr


def test_two_commands_need_each_other_and_numbers_that_mean_something(tmp_path):
    (tmp_path / "work").mkdir()
    assert lanemark(tmp_path / "work", "compare", "--base-command", "true").returncode == 2
    assert compare_two(tmp_path, "true", "true", "--pairs", "0").returncode == 2
    assert compare_two(tmp_path, "true", "true", "--max-time", "soon").returncode == 2


def test_options_of_two_commands_mean_nothing_for_commits(repository):
    ran = lanemark(repository, "compare", "main..slow", "--prepare", "make clean")
    assert ran.returncode == 2
    assert "--prepare" in ran.stderr
