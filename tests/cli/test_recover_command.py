"""`lanemark recover`: the last run's failures, read back and acted on, once."""

import json

import pytest

from command import lanemark
from lanemark.errors import DataError
from lanemark.recover.last import propose, read_last

CONFIG = """version: 1
stages:
  get: {run: "[ -e ../got ] || { touch ../got; echo 'curl: (7) Failed to connect to example.org port 443' >&2; exit 7; }", retries: 1}
  bad: {run: "echo 'cp: cannot open a: Permission denied' >&2; exit 1"}
  late: {run: "[ -e ../late ] || { touch ../late; echo 'npm error code EINTEGRITY' >&2; exit 1; }"}
lanes: {standard: {default: true, stages: [get, bad, late]}}
"""


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "r"
    (place / ".github").mkdir(parents=True)
    (place / ".github" / "lanemark.yml").write_text(CONFIG)
    return place


def test_plan_tells_the_evidence_and_apply_runs_what_may_work(folder):
    environment = {"npm_config_cache": str(folder.parent / "npm"), "LANEMARK_PASS_ENV": "npm_config_cache"}
    ran = lanemark(folder, "run", "--lane", "standard", "--json", **environment)
    assert ran.returncode == 7
    told = json.loads(ran.stdout)
    assert (sorted(told["failed"]), told["recovered"], told["flaky"]) == (["bad", "late"], ["get"], [])
    plan = lanemark(folder, "recover", "plan")
    assert plan.returncode == 0
    assert "get works: 1 try failed before (network)" in plan.stdout
    assert "bad failed: permission, likely\n  evidence: cp: cannot open a: Permission denied\n  would do: nothing" in plan.stdout
    assert "late failed: install, likely" in plan.stdout
    assert "would do: empty the cache of npm and run it again" in plan.stdout
    applied = lanemark(folder, "recover", "apply", **environment)
    assert applied.returncode == 7, "one failure is left"
    assert "emptied the cache of npm" in applied.stderr or "could not empty the cache of npm" in applied.stderr
    left = json.loads(lanemark(folder, "recover", "plan", "--json").stdout)
    assert [one["stage"] for one in left["failed"]] == ["bad"]
    assert left["failed"][0]["failure"]["cause"] == "permission"


def test_nothing_to_recover_from_is_an_error_that_says_what_to_do(folder):
    ran = lanemark(folder, "recover", "plan")
    assert ran.returncode == 2
    assert "run.json" in ran.stderr


@pytest.mark.parametrize("text", ["[]", "{}", '{"lane": "a", "failures": [{"stage": "x", "more": 1}]}', '{"lane": 1}', "{"])
def test_a_hostile_record_is_refused(text):
    with pytest.raises(DataError):
        read_last(text.encode(), "run.json")


def test_a_record_that_names_an_unknown_stage_is_refused(folder):
    out = folder / ".lanemark" / "out"
    out.mkdir(parents=True)
    failure = {"kind": "exit", "evidence": "exit status 7", "cause": "network"}
    (out / "run.json").write_text(json.dumps({"lane": "standard", "failures": [{"stage": "$(x)", "failure": failure}]}))
    assert propose(read_last((out / "run.json").read_bytes(), "f"))[0].act
    ran = lanemark(folder, "recover", "apply")
    assert ran.returncode == 2


def test_a_stage_that_ran_out_of_time_is_run_again_from_its_checkpoint(folder):
    hangs = "echo begun >> db/table; [ -e ../tried ] || { touch ../tried; sleep 30; }; echo done >> db/table"
    make = "mkdir -p db; echo base > db/table"
    (folder / ".github" / "lanemark.yml").write_text(f"""version: 1
stages:
  make: {{run: "{make}", outputs: [db/]}}
  migrate: {{run: "{hangs}", needs: [make], state: [db/], timeout: 1s}}
lanes: {{standard: {{default: true, stages: [migrate]}}}}
""")
    assert lanemark(folder, "run", "--lane", "standard").returncode == 7
    assert (folder / "db" / "table").read_text() == "base\nbegun\n"
    assert "would do: put back what it found and run it again" in lanemark(folder, "recover", "plan").stdout
    applied = lanemark(folder, "recover", "apply", "--json")
    assert applied.returncode == 0, applied.stderr
    assert "put back to the checkpoint" in applied.stderr
    assert (folder / "db" / "table").read_text() == "base\nbegun\ndone\n"
