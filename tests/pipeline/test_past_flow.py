"""Budgets and the past that GitHub knows of: told beside the verdict, never deciding it; real runs, the emulated GitHub."""

import json

import pytest
from test_publish_flow import CONFIG, Site, record

from emulator.server import GitHubEmulator
from emulator.state import Repo
from repositories import commit

pytestmark = pytest.mark.slow

BUDGETED = CONFIG.replace("    stages: [unit]\n", "    stages: [unit]\n    budgets: {unit.wall.max: 1ms}\n")


@pytest.fixture
def site(tmp_path):
    with GitHubEmulator() as hub:
        site = Site(tmp_path, hub)
        site.base = commit(site.work, {".github/lanemark.yml": BUDGETED})
        hub.add_history(site.base)
        hub.add_text(site.base, ".github/lanemark.yml", BUDGETED)
        yield site


def test_gate_verdict_and_publish_say_that_the_base_is_over_already(site):
    record(site)
    head = site.push({"a.py": "2\n"})
    told = f"already over on `main` since {site.base[:7]}"
    ran = site.act("gate", "--json", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 3, ran.told
    assert told in site.comments()[0]
    assert "0 of 1 run on `main` kept every budget." in ran.summary
    view = json.loads(ran.stdout)
    (budget,) = [gate for gate in view["gates"] if gate["gate"] == "standard/unit.wall.max"]
    assert budget["compliance"] == view["compliance"] == {"kept": 0, "runs": 1}
    assert (budget["since"]["by"], budget["since"]["commit"], budget["since"]["or_before"]) == ("past", site.base, True)
    site.hub.comments.clear()
    out = str(site.work / ".lanemark/out")
    ran = site.act("verdict", "--results", out, event=site.event(head), token=site.hub.read_token, run=202)
    assert ran.returncode == 3
    assert told in ran.summary
    event = split_again(site, head)
    ran = site.act("publish", event=event, name="workflow_run", token=site.hub.token, run=203, workspace=site.folder)
    assert ran.returncode == 0, ran.told
    assert told in site.comments()[0]


def split_again(site, head):
    """Keep what gate measured as the artifact of a measuring run, and return the event that lane-publish gets."""
    out = site.work / ".lanemark/out"
    files = {f"{side}/result.json": (out / side / "result.json").read_bytes() for side in ("head", "base")}
    site.hub.add_run(201, head_sha=head, event="pull_request", head_branch="feature")
    site.hub.add_artifact(201, "lanemark-measure-standard-0-1", files)
    return site.run_event(head, 201)


def test_a_poisoned_run_is_no_past(site):
    record(site, repo=Repo("fork/shop", 99))
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 3
    assert "already over" not in site.comments()[0]
    assert "Earlier runs" not in ran.summary


def test_a_github_that_fails_is_a_notice_and_changes_no_verdict(site):
    record(site)
    head = site.push({"a.py": "2\n"})
    site.hub.fail("GET", "/actions/runs", status=403, times=100)
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 3, ran.told
    assert "Earlier runs could not be looked up" in site.comments()[0]


@pytest.mark.parametrize("token", ["", "read"])
def test_without_a_record_or_a_token_nothing_is_said(site, token):
    head = site.push({"a.py": "2\n"})
    for run in range(60, 100):
        site.hub.add_run(run, head_sha=site.base)
    ran = site.act("gate", event=site.event(head), token=site.hub.read_token if token else None)
    assert ran.returncode == 3, ran.told
    assert "arlier runs" not in ran.summary
    assert len(site.hub.sent("GET", "/artifacts$")) == (20 if token else 0)


def test_a_lane_without_budgets_asks_for_nothing(site):
    record(site)
    site.base = commit(site.work, {".github/lanemark.yml": CONFIG})
    site.hub.add_history(site.base)
    site.hub.add_text(site.base, ".github/lanemark.yml", CONFIG)
    head = site.push({"a.py": "2\n"})
    before = len(site.hub.sent("GET", "/actions/runs$"))
    assert site.act("gate", event=site.event(head), token=site.hub.read_token).returncode == 0
    assert len(site.hub.sent("GET", "/actions/runs$")) == before


def test_a_forged_record_is_passed_over(site):
    record(site, forge=lambda data: data.replace(b'"lane": "standard"', b'"lane": "docs"'))
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.read_token)
    assert ran.returncode == 3, ran.told
    assert "Earlier runs" not in ran.summary
