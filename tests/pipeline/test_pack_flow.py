"""A gate with a token takes what trusted runs of the base branch kept, and nothing of anybody else."""

import shutil

import pytest
from pipeline_site import Site

from emulator.server import GitHubEmulator
from emulator.state import Repo

KEEPING = """\
version: 1
lanes:
  docs: {paths: ["docs/**"], stages: []}
  standard: {default: true, stages: [unit]}
  heavy: {paths: ["heavy/**"], stages: [unit]}
stages:
  unit:
    run: echo x >> {count} && sh unit.sh
    inputs: [unit.sh, a.py, hits]
    outputs: [coverage.xml]
    relocatable: true
    measure: false
coverage: {reports: [coverage.xml]}
publish: {comment: always}
"""
PATH = ".github/workflows/lane-baseline.yml"


@pytest.fixture
def counted(tmp_path):
    return tmp_path / "count"


@pytest.fixture
def site(tmp_path, counted):
    with GitHubEmulator() as hub:
        yield Site(tmp_path, hub, config=KEEPING.replace("{count}", str(counted)))


def taken(counted):
    """How often the stage was executed since this was asked last."""
    found = len(counted.read_text().splitlines()) if counted.exists() else 0
    counted.unlink(missing_ok=True)
    return found


def keep_pack(site, *, lane="standard", **run):
    """Record the base branch as the baseline's workflow does, and let GitHub have its pack."""
    pack = site.folder / "pack.zip"
    before, site.base = site.base, site.commit_base({"later": "1\n"})
    event = {
        "repository": {"id": 4242, "full_name": site.hub.own.name, "default_branch": "main"},
        "ref": "refs/heads/main",
        "after": site.base,
        "before": before,
    }
    ran = site.act("record", "--head", "main", "--lane", "standard", f"--pack={pack}", event=event, name="push", run=50)
    assert ran.returncode == 0, ran.told
    site.hub.add_run(50, head_sha=site.base, **{"path": PATH, **run})
    site.hub.add_artifact(50, f"lanemark-pack-{lane}-{site.base}-1", {"pack.zip": pack.read_bytes()})
    shutil.rmtree(site.folder / "cache")


def gate(site, counted, *, token, **more):
    head = site.push({"docs/new": "1\n", "other": "1\n"})
    taken(counted)
    return site.act("gate", event=site.event(head), token=token, **more)


def test_gate_with_a_token_replays_what_the_base_branch_kept(site, counted):
    keep_pack(site)
    ran = gate(site, counted, token=site.hub.read_token)
    assert ran.returncode == 0, ran.told
    assert f"1 result of earlier runs from run 50 on {site.base[:7]}" in ran.told
    assert taken(counted) == 0
    assert "Not run again, because nothing it reads changed: `unit` (head and base, from run 50, 20" in ran.summary


def test_gate_without_a_token_asks_nobody(site, counted):
    keep_pack(site)
    ran = gate(site, counted, token=None)
    assert ran.returncode == 0, ran.told
    assert taken(counted) == 1  # head is replayed from base


@pytest.mark.parametrize(
    "run",
    [{"head_repo": Repo("mallory/shop", 999)}, {"event": "pull_request"}, {"conclusion": "failure"}],
    ids=lambda run: next(iter(run)),
)
def test_pack_of_a_run_that_is_not_trusted_is_not_taken(site, counted, run):
    keep_pack(site, **run)
    ran = gate(site, counted, token=site.hub.read_token)
    assert ran.returncode == 0, ran.told
    assert "no pack of the base branch" in ran.told
    assert taken(counted) == 1


def test_pack_that_is_none_is_a_warning(site, counted):
    site.hub.add_run(51, head_sha=site.base, path=PATH)
    site.hub.add_artifact(51, f"lanemark-pack-standard-{site.base}-1", {"pack.zip": b"PK\x03\x04 and nothing"})
    ran = gate(site, counted, token=site.hub.read_token)
    assert ran.returncode == 0, ran.told
    assert "warning: the pack of the base branch is not used: " in ran.told
    assert taken(counted) == 1


def test_api_that_is_down_costs_time_and_no_verdict(site, counted):
    ran = gate(site, counted, token=site.hub.read_token, api="http://127.0.0.1:9")
    assert taken(counted) == 1, ran.told
    assert "Lanemark: " in ran.summary
