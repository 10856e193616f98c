"""Stages that are declared for each folder, left out by `if`, or keyed by their tools: as people and workflows run them."""

import json
import os

import pytest

from command import lanemark
from repositories import commit, make_repository

HOSTILE = "packages/$(touch pwned)"
NAMES = ("packages/a", "packages/b c", HOSTILE, "packages/new\nline", "packages/'q\"[x]*`y`", "packages/::error::x")
CONFIG = """\
version: 1
stages:
  build:
    run: 'printf "%s" "$EACH" > "$EACH/built.txt"; wc -c < "$EACH/src.txt"'
    each: packages/*/
    inputs: ["{each}/src.txt"]
    outputs: ["{each}/built.txt"]
  unit: {run: 'test "$(cat "$EACH/built.txt"; echo x)" = "${EACH}x"', each: packages/*/, needs: [build], inputs: ["{each}/src.txt"]}
  night: {run: "true", if: {events: [schedule]}, measure: false}
  late: {run: "true", needs: [night], measure: false}
  empty: {run: "true", each: nothing/*/}
lanes:
  standard: {default: true, stages: [unit, late], budgets: {unit.wall.max: 1h}}
  hollow: {stages: [empty]}
measure: {max_time: 5s, pairs: {min: 1, max: 1}, warmup: 0}
"""
LABELS = (
    "packages/%24%28touch%20pwned%29",
    "packages/%27q%22%5Bx%5D%2A%60y%60",
    "packages/%3A%3Aerror%3A%3Ax",
    "packages/a",
    "packages/b%20c",
    "packages/new%0Aline",
)


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    files = {f"{name}/src.txt": name for name in NAMES}
    commit(folder, {".github/lanemark.yml": CONFIG, ".gitignore": "built.txt\n.lanemark/\nignored/\n", **files})
    (folder / "packages/ignored").mkdir()
    (folder / "packages/ignored/src.txt").write_text("x")
    return folder


def run(folder, *words, status=0, **environment):
    ran = lanemark(folder, "run", *words, "--json", **environment)
    assert ran.returncode == status, ran.stderr
    return json.loads(ran.stdout), ran.stderr


def test_every_folder_is_a_stage_whatever_it_is_called(repository):
    view, said = run(repository, "--lane", "standard")
    assert set(view["executed"]) == {f"{stage}[{label}]" for stage in ("build", "unit") for label in LABELS}
    assert view["failed"] == []
    assert not (repository / "pwned").exists()
    assert not (repository / "packages/ignored/built.txt").exists()
    assert [(repository / name / "built.txt").read_text() for name in NAMES] == list(NAMES)
    assert not [line for line in said.splitlines() if line.startswith("::")]
    facts = json.loads((repository / ".lanemark/out/run.json").read_text())
    assert {one["stage"] for one in facts["stages"]} == set(view["executed"])


def test_second_run_replays_every_instance_and_an_edit_runs_one(repository):
    run(repository, "--lane", "standard")
    view, _ = run(repository, "--lane", "standard")
    assert (view["executed"], len(view["cached"])) == ([], 2 * len(NAMES))
    (repository / HOSTILE / "src.txt").write_text("changed")
    (repository / "packages/fresh").mkdir()
    (repository / "packages/fresh/src.txt").write_text("fresh")
    view, said = run(repository, "--lane", "standard")
    assert set(view["executed"]) == {f"{one}[{label}]" for one in ("build", "unit") for label in (LABELS[0], "packages/fresh")}
    assert f"input {HOSTILE}/src.txt changed" in said


def test_stage_may_be_named_as_declared_or_as_one_instance(repository):
    view, _ = run(repository, "build")
    assert len(view["executed"]) == len(NAMES)
    view, _ = run(repository, "--force", "unit[packages/a]")
    assert view["executed"] == ["build[packages/a]", "unit[packages/a]"]
    ran = lanemark(repository, "run", "unit[packages/zzz]")
    assert ran.returncode == 2
    assert "the instances of unit are" in ran.stderr
    assert lanemark(repository, "run", "unti").returncode == 2


def test_no_match_is_said_and_nothing_else_happens(repository):
    for words in (("--lane", "hollow"), ("empty",)):
        view, said = run(repository, *words)
        assert (view["executed"], view["failed"]) == ([], [])
        assert "note: empty has no instance: its each matches nothing." in said


def test_lane_of_which_nothing_is_left_is_no_pass(repository):
    ran = lanemark(repository, "gate", "--lane", "hollow", "--base", "HEAD", "--json")
    view = json.loads(ran.stdout)
    assert (ran.returncode, view["verdict"]) == (0, "unknown")
    assert [(gate["gate"], gate["verdict"]) for gate in view["gates"]] == [("hollow/empty.status", "unknown")]
    text = CONFIG.replace("version: 1\n", "version: 1\non_unknown: fail\n")
    commit(repository, {".github/lanemark.yml": text})
    assert lanemark(repository, "gate", "--lane", "hollow", "--base", "HEAD").returncode == 5


def test_left_out_stage_and_what_needs_it_are_said(repository):
    view, said = run(repository, "--lane", "standard")
    assert view["left_out"] == ["night", "late"]
    assert "note: night is left out: its if asks for the event schedule." in said
    assert "note: late is left out: it needs night, which is left out." in said
    assert run(repository, "late")[0]["executed"] == ["night", "late"]
    ran = lanemark(repository, "plan", "--lane", "standard", "--base", "HEAD", "--json")
    assert "note: night is left out" in ran.stderr
    assert not {one["name"] for one in json.loads(ran.stdout)["stages"]} & {"night", "late"}


def test_plan_matrix_and_why_know_instances(repository):
    ran = lanemark(repository, "plan", "--lane", "standard", "--base", "HEAD", "--matrix", "3")
    assert ran.returncode == 0, ran.stderr
    named = [stage for part in json.loads(ran.stdout)["include"] for stage in part["stages"].split()]
    assert sorted(named) == sorted(f"{stage}[{label}]" for stage in ("build", "unit") for label in LABELS)
    run(repository, "--lane", "standard")
    why = json.loads(lanemark(repository, "cache", "why", "unit", "--json").stdout)
    assert {one["state"] for one in why["instances"]} == {"hit"}
    assert json.loads(lanemark(repository, "cache", "why", "unit[packages/a]", "--json").stdout)["state"] == "hit"


@pytest.mark.slow
def test_gate_measures_each_side_in_its_own_folders(repository):
    os.rename(repository / "packages/b c", repository / "packages/moved")
    (repository / "packages/a/src.txt").write_text("more\n")
    commit(repository, {"packages/moved/src.txt": "moved"})
    ran = lanemark(repository, "gate", "--base", "HEAD^", "--lane", "standard", "--json")
    assert ran.returncode == 0, ran.stderr
    gates = {gate["gate"]: gate for gate in json.loads(ran.stdout)["gates"]}
    assert gates["standard/unit[packages/a].wall.max"]["verdict"] == "pass"
    assert gates["standard/unit[packages/moved].wall.max"]["verdict"] == "pass"
    assert not [name for name in gates if "b%20c" in name]
    assert "new" in next(
        gate["tags"] for name, gate in gates.items() if name.startswith("standard/unit[packages/moved].") and gate["tags"]
    )
    again = lanemark(repository, "verdict", "--results", ".lanemark/out", "--json")
    assert {gate["gate"]: gate["verdict"] for gate in json.loads(again.stdout)["gates"]} == {
        name: gate["verdict"] for name, gate in gates.items()
    }
    comment = (repository / ".lanemark/out/comment.md").read_text()
    assert "$(touch" not in comment
