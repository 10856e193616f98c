"""Stage checks from the configuration to the exit status, on a real repository."""

import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [build, unit]}}
stages:
  build: {run: sh build.sh, outputs: [dist/], inputs: [build.sh], measure: false, checks: {deterministic: 3}}
  unit: {run: sh unit.sh, inputs: [unit.sh], measure: false, checks: {memory_stable: 20}}
measure: {max_time: 30s}
"""
STEADY = {"build.sh": "mkdir dist\necho built > dist/app.js\n", "unit.sh": "true\n"}
STAMPED = {"build.sh": "mkdir dist\necho built > dist/app.js\ndate +%s.%N >> dist/app.js\n"}
LEAKING = {
    "unit.sh": "python3 -S -c \"open('state', 'ab').write(bytes(2 << 20)); kept = open('state', 'rb').read()\"\n",
}


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, **STEADY})
    git(folder, "checkout", "-q", "-b", "pr")
    return folder


def gates_of(ran):
    return {gate["gate"].partition("/")[2]: gate for gate in json.loads(ran.stdout)["gates"]}


def test_a_stage_that_holds_its_checks_passes(repository):
    commit(repository, {"a.txt": "1\n"})
    ran = lanemark(repository, "gate", "--base", "main", "--json")
    assert ran.returncode == 0, ran.stderr
    found = gates_of(ran)
    assert found["build.deterministic"]["verdict"] == found["unit.memory_stable"]["verdict"] == "pass"
    assert found["build.deterministic"]["reason"] == "3 runs left equal outputs"
    assert "over 20 runs" in found["unit.memory_stable"]["reason"]


def test_a_time_stamp_in_an_output_is_3_and_named(repository):
    commit(repository, STAMPED)
    ran = lanemark(repository, "gate", "--base", "main")
    assert ran.returncode == 3, ran.stderr
    assert "build is not deterministic: dist/app.js differs from byte" in ran.stdout
    assert "line 2" in ran.stdout
    result = json.loads((repository / ".lanemark/out/head/result.json").read_bytes())
    assert result["repetitions"][0]["differing"][0]["path"] == "dist/app.js"
    base = json.loads((repository / ".lanemark/out/base/result.json").read_bytes())
    assert (base["repetitions"], base["memory_series"]) == ([], [])


@pytest.mark.slow
def test_a_leak_is_3_with_its_slope(repository):
    commit(repository, LEAKING)
    ran = lanemark(repository, "gate", "--base", "main", "--json")
    assert ran.returncode == 3, ran.stderr
    gate = gates_of(ran)["unit.memory_stable"]
    assert gate["verdict"] == "fail"
    assert gate["value"] == pytest.approx(2 << 20, rel=0.15)


def test_a_change_cannot_drop_a_check_from_its_own_configuration(repository):
    commit(repository, {**STAMPED, ".github/lanemark.yml": CONFIG.replace(", checks: {deterministic: 3}", "")})
    ran = lanemark(repository, "gate", "--base", "main", "--json")
    assert ran.returncode == 3
    assert gates_of(ran)["build.deterministic"]["verdict"] == "fail"


def test_without_a_base_side_the_checks_run_all_the_same(repository):
    commit(repository, STAMPED)
    ran = lanemark(repository, "gate", "--base", "main", "--baseline", "none", "--json")
    assert ran.returncode == 3
    assert gates_of(ran)["build.deterministic"]["verdict"] == "fail"


def test_a_stage_that_drops_its_outputs_cannot_be_checked_and_is_unknown(repository):
    dropped = CONFIG.replace("outputs: [dist/], ", "").replace(", checks: {deterministic: 3}", "")
    commit(repository, {**STAMPED, ".github/lanemark.yml": dropped})
    ran = lanemark(repository, "gate", "--base", "main", "--json")
    gate = gates_of(ran)["build.deterministic"]
    assert (gate["verdict"], gate["reason"]) == ("unknown", "it declares no outputs, so there is nothing to compare")
    assert json.loads(ran.stdout)["verdict"] == "unknown"
