"""A lane in shards, from the plan to the verdict and to a baseline, on a real repository with real processes."""

import json
import shutil

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes:
  docs: {paths: ["*.md"], stages: []}
  standard:
    default: true
    stages: [unit, web, last]
    budgets: {total.wall.median: 60s}
    regression: {default.cpu: {warn: 900%, fail: 990%}, default.wall: {warn: 900%, fail: 990%}}
stages:
  setup: {run: "echo 1 > ready", outputs: [ready], measure: false}
  unit: {run: sh report.sh 1 0 > unit.xml, needs: [setup], outputs: [unit.xml], measure: false}
  web: {run: sh report.sh 0 1 > web.xml, needs: [setup], outputs: [web.xml]}
  last: {run: "true", inputs: [last.txt]}
measure: {max_time: 20s, pairs: {min: 10, max: 10}}
coverage:
  reports: [unit.xml, {path: web.xml, flag: web}]
  patch: {lines: {fail: 100%}}
  flags: {web: {lines: 40%}}
"""
REPORT = """\
echo "<coverage><packages><package><classes><class filename='a.py'><lines>"
echo "<line number='1' hits='$1'/><line number='2' hits='$2'/></lines></class></classes></package></packages></coverage>"
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = make_repository(tmp_path_factory.mktemp("lane") / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "report.sh": REPORT, "a.py": "\n", "last.txt": "1\n"})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"a.py": "1\n2\n"})
    return folder


@pytest.fixture(scope="module")
def matrix(repository):
    ran = lanemark(repository, "plan", "--base", "main", "--matrix", "9")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def parts(repository, matrix):
    """The folders of the three shards, each measured as a job would."""
    for entry in json.loads(matrix)["include"]:
        shard = f"{entry['shard']}/{entry['of']}"
        out = f"../parts/lanemark-measure-standard-{entry['shard']}-1"
        ran = lanemark(repository, "measure", "--base", "main", "--shard", shard, "--matrix", matrix, "--out", out)
        assert ran.returncode == 0, ran.stderr
    return repository.parent / "parts"


def verdict(repository, results, *more):
    ran = lanemark(repository, "verdict", "--results", str(results), "--json", *more)
    return ran.returncode, json.loads(ran.stdout)


def test_the_plan_is_a_matrix_that_github_takes(matrix):
    rows = json.loads(matrix)["include"]
    assert [(row["shard"], row["of"], row["stages"], row["also"]) for row in rows] == [
        (1, 3, "last", ""),
        (2, 3, "setup unit", ""),
        (3, 3, "web", "setup"),
    ]
    assert all(isinstance(value, (int, str)) for row in rows for value in row.values())


def test_a_lane_without_stages_has_a_matrix_too(repository):
    ran = lanemark(repository, "plan", "--base", "main", "--matrix", "3", "--lane", "docs")
    assert [row["stages"] for row in json.loads(ran.stdout)["include"]] == [""]


@pytest.mark.slow
def test_shards_say_together_what_no_shard_can_say_alone(repository, matrix, parts):
    status, found = verdict(repository, parts, "--matrix", matrix)
    gates = {gate["gate"]: gate for gate in found["gates"]}
    assert (status, found["verdict"]) == (0, "pass"), found
    assert gates["coverage.patch.lines"]["value"] == 1.0, "each shard reaches one of the two lines"
    assert gates["coverage.flag:web.lines"]["value"] == 0.5
    assert gates["standard/total.wall.median"]["verdict"] == "pass"
    assert "unchanged" in gates["standard/last.wall"]["tags"]


@pytest.mark.slow
def test_joining_first_says_the_same(repository, matrix, parts):
    ran = lanemark(repository, "merge", *map(str, sorted(parts.iterdir(), reverse=True)), "--out", "../joined", "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["flaws"] == []
    joined = verdict(repository, repository.parent / "joined", "--matrix", matrix)
    assert joined == verdict(repository, parts, "--matrix", matrix)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["1", "2", "3"])
def test_a_missing_shard_is_unknown_and_red_joined_or_not(repository, parts, tmp_path, lost):
    shutil.copytree(parts, tmp_path / "parts", ignore=shutil.ignore_patterns(f"*-{lost}-1"))
    assert verdict(repository, tmp_path / "parts")[0] == 5
    ran = lanemark(repository, "merge", str(tmp_path / "parts"), "--out", str(tmp_path / "joined"))
    assert ran.returncode == 5
    assert f"Shard {lost} of 3 left no result." in ran.stderr
    status, found = verdict(repository, tmp_path / "joined")
    assert (status, found["verdict"]) == (5, "unknown")
    floors = [gate for gate in found["gates"] if gate["gate"].startswith("coverage.")]
    assert {gate["verdict"] for gate in floors} == {"unknown"}, "what is missing could have reached more, so no floor is missed"


@pytest.mark.slow
def test_shards_become_a_baseline_only_as_a_whole(repository, parts, tmp_path):
    ran = lanemark(repository, "record", "--results", str(parts), "--out", str(tmp_path / "baseline"))
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "baseline" / "base").exists()
    planned = lanemark(repository, "plan", "--base", "main", "--matrix", "2", "--past", str(tmp_path / "baseline"))
    assert all(row["seconds"] >= 0 for row in json.loads(planned.stdout)["include"])
    shutil.copytree(parts, tmp_path / "parts", ignore=shutil.ignore_patterns("*-2-1"))
    ran = lanemark(repository, "record", "--results", str(tmp_path / "parts"), "--out", str(tmp_path / "other"))
    assert ran.returncode == 5
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shard", "4/3"], "cannot be"),
        (["--shard", "all"], "cannot be"),
        (["--shard", "1/4"], "gives work to 3 jobs"),
        (["--matrix", "{}"], "which job"),
        (["--shard", "1/1", "--matrix", '{"include": [{"shard": 1, "of": 1, "lane": "docs"}]}'], "not about the lane standard"),
    ],
)
def test_a_shard_that_cannot_be_is_refused_before_anything_runs(repository, words, said):
    ran = lanemark(repository, "measure", "--base", "main", *words, "--out", "../none")
    assert ran.returncode == 2
    assert said in ran.stderr
    assert not (repository.parent / "none").exists()


def test_there_is_nothing_to_join(repository, tmp_path):
    assert lanemark(repository, "merge").returncode == 2
    assert lanemark(repository, "merge", str(tmp_path)).returncode == 5
