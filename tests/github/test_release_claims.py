"""A release gate before an emulated GitHub: who made a check is asked of GitHub, and a forged name decides nothing."""

import json

import pytest

from command import lanemark
from emulator.state import Repo
from lanemark.errors import UsageError
from lanemark.github.claims import MOST, read_facts

SHAS = tuple(f"{number:040x}" for number in range(1, 4))
COMMIT, TIP, ASIDE = SHAS
FILE = ".github/workflows/lane-gate-pr.yml"


@pytest.fixture(autouse=True)
def _history(hub):
    hub.add_history(COMMIT, TIP)
    hub.add_history(COMMIT, ASIDE, branch="aside")


def gate(hub, *words, commit=COMMIT, **environment):
    told = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": hub.url,
        "GITHUB_REPOSITORY": hub.own.name,
        "GITHUB_SHA": commit,
        "GITHUB_TOKEN": hub.read_token,
    }
    return lanemark(".", "release", "gate", "--expect", f"lane-gate={FILE}", *words, **told, **environment)


def plant(hub, run, conclusion="success", *, name="lane-gate", head=COMMIT, attempt=1, **more):
    hub.add_run(run, head_sha=head, **{"event": "merge_group", "path": FILE, **more})
    return hub.add_job(run, name, conclusion, attempt=attempt)


def test_the_trusted_check_is_picked_among_forged_ones_of_its_name(hub):
    forged = [
        hub.add_check("lane-gate", COMMIT, app="evil"),
        hub.add_check("lane-gate", COMMIT),  # with a workflow's token, over the API
        plant(hub, 8, event="pull_request"),
        plant(hub, 9, path=".github/workflows/green.yml"),
        plant(hub, 10, head_repo=Repo("mallory/shop", 999)),
    ]
    alone = gate(hub, "--json")
    assert alone.returncode == 5, alone.stderr
    assert len(json.loads(alone.stdout)["ignored"]) == len(forged)
    plant(hub, 11, "failure")
    red = gate(hub, "--json")
    assert red.returncode == 3
    assert json.loads(red.stdout)["checks"][0]["run"] == 11


def test_a_forged_red_check_holds_nothing_up(hub):
    hub.add_check("lane-gate", COMMIT, "failure", app="evil")
    plant(hub, 7)
    ran = gate(hub)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[0] == f"{COMMIT[:12]} may ship: lane-gate: success in run 7"
    assert "made by evil, not by a job" in ran.stdout


def test_a_check_of_another_commit_is_no_check_of_this_one(hub):
    plant(hub, 7, head=TIP)
    assert gate(hub).returncode == 5


def test_a_commit_of_no_branch_of_ours_does_not_ship(hub):
    plant(hub, 7, head=ASIDE)
    ran = gate(hub, commit=ASIDE)
    assert (ran.returncode, "is not on the branch main" in ran.stdout) == (3, True)
    assert gate(hub, "--branch", "aside", commit=ASIDE).returncode == 0


def test_a_commit_that_github_does_not_know_is_a_mistake_of_the_caller(hub, client):
    with pytest.raises(UsageError, match="knows no way from the commit"):
        read_facts(client, "9" * 40, ["lane-gate"])


def test_a_job_whose_run_is_gone_is_of_no_job(hub, client):
    plant(hub, 7)
    del hub.runs[7]
    (claim,) = read_facts(client, COMMIT, ["lane-gate"]).claims
    assert claim.job is None


def test_a_check_that_runs_has_no_conclusion(hub, client):
    plant(hub, 7, None)
    (claim,) = read_facts(client, COMMIT, ["lane-gate"]).claims
    assert claim.conclusion == ""
    assert claim.job is not None


def test_a_commit_flooded_with_checks_of_one_name_is_refused(hub, client):
    for _ in range(MOST + 1):
        hub.add_check("lane-gate", COMMIT, app="evil")
    with pytest.raises(UsageError, match="more than 100 checks"):
        read_facts(client, COMMIT, ["lane-gate"])


def test_names_that_are_not_required_are_not_asked_for(hub, client):
    hub.add_check("other", COMMIT)
    assert read_facts(client, COMMIT, ["lane-gate"]).claims == ()


@pytest.mark.parametrize("status", [403, 502])
def test_a_github_that_fails_ships_nothing(hub, status):
    plant(hub, 7)
    hub.fail("GET", "/check-runs", status=status, times=50)
    assert gate(hub).returncode == 6


@pytest.mark.parametrize("expect", ["", "lane-gate", "=.github/workflows/a.yml", "lane-gate=evil.yml", "lane-gate="])
def test_a_requirement_that_means_nothing_is_refused(hub, expect):
    ran = gate(hub, "--expect", expect)
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)


def test_half_a_commit_is_refused(hub):
    assert gate(hub, "--commit", "abc").returncode == 2


def test_names_of_strangers_do_not_speak_to_the_runner(hub, tmp_path):
    hub.add_check("lane-gate", COMMIT, app="evil\n::error::x")
    summary = tmp_path / "summary"
    ran = gate(hub, GITHUB_STEP_SUMMARY=str(summary))
    assert not any(line.startswith("::error") for line in (ran.stdout + ran.stderr).splitlines())
    assert summary.read_text().count("\n") == 1
