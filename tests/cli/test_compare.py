"""`lanemark compare` in its three forms, and `lanemark time`."""

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


def test_a_command_that_fails_is_an_error_and_not_a_time(tmp_path):
    (tmp_path / "work").mkdir()
    ran = lanemark(tmp_path / "work", "compare", "--base-command", "true", "--head-command", "exit 3")
    assert ran.returncode == 2
    assert "head command failed" in ran.stderr


def test_one_command_is_timed_with_its_samples_and_its_memory(tmp_path):
    (tmp_path / "work").mkdir()
    ran = lanemark(tmp_path / "work", "time", "-n", "4", "--json", "--", "sleep", "0.05")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)["metrics"]
    assert len(told["wall"]["samples"]) == 4
    assert 0.05 <= told["wall"]["min"] <= told["wall"]["median"] < 0.5
    assert told["cpu"]["max"] < 0.05
    assert len(told["rss_peak"]["samples"]) == 3
    assert told["rss_peak"]["max"] < 8 << 20
    assert told["wall"]["p99"] is None


def test_a_timed_command_that_fails_is_an_error(tmp_path):
    (tmp_path / "work").mkdir()
    ran = lanemark(tmp_path / "work", "time", "--", "sh", "-c", "echo why >&2; exit 3")
    assert ran.returncode == 2
    assert "exit status 3" in ran.stderr
    assert "why" in ran.stderr
