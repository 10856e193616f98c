"""A lane dealt out to three jobs: the template for large repositories, run by act against the emulated GitHub."""

import io
import json
import zipfile

import pytest

from e2e.bed import ROOT
from e2e.shop import SHOP, SLOWER

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TEMPLATES = ROOT / "workflow-templates"
PATH = ".github/workflows/lane-gate-monorepo.yml"

CONFIG = """\
version: 1
lanes:
  docs:
    paths: ["docs/**", "*.md"]
    stages: []
  standard:
    default: true
    stages: [unit, price, load]
    timeout: 5m
    budgets: {total.wall.median: 60s}
    regression:
      price.cpu: {warn: 25%, fail: 50%, floor: 2ms}
stages:
  setup:
    run: python3 -c "open('ready.txt', 'w').write('ready')"
    outputs: [ready.txt]
    measure: false
  unit:
    run: python3 tools/check.py
    needs: [setup]
    inputs: ["shop/**", "tests/**", "tools/**"]
    outputs: [coverage.xml]
    measure: false
  price:
    run: python3 -m shop.bench
    needs: [setup]
    inputs: ["shop/**"]
  load:
    run: python3 -c "import shop.prices"
    inputs: ["shop/__init__.py"]
measure: {baseline: paired, max_time: 20s, pairs: {min: 10, max: 10}}
coverage:
  reports: [coverage.xml]
  patch: {lines: {fail: 80%}}
  exclude: ["shop/bench.py"]
"""

LARGE = {**SHOP, ".github/lanemark.yml": CONFIG}

KILLER = """\
import os, signal
pid = os.getppid()
while pid > 1:
    words = open(f"/proc/{pid}/cmdline").read()
    if "lanemark.cli" in words:
        os.kill(pid, signal.SIGKILL)
        break
    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
"""
"""A pull request's code that ends the program which measures it."""


def artifact(bed, name):
    (found,) = [each for each in bed.hub.artifacts.values() if each.name == name]
    with zipfile.ZipFile(io.BytesIO(bed.hub.blobs[found.id])) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def names(bed, run_id):
    return sorted(each.name for each in bed.hub.artifacts.values() if each.run == str(run_id))


def gate(bed, pull, *, run_id):
    """Run the template, and let the emulator know of the run."""
    event = bed.repository.pull_event(pull, "opened")
    ran = bed.run(TEMPLATES / "lane-gate-monorepo.yml", "pull_request", event, run_id=run_id, token=bed.hub.read_token)
    run = bed.hub.add_run(
        run_id, head_sha=pull.head_sha, event="pull_request", head_branch=pull.head_ref, conclusion="failure", path=PATH
    )
    return ran, run


def test_three_shards_are_measured_joined_judged_and_published(bed):
    bed.repository.commit(LARGE)
    bed.repository.commit(SLOWER, branch="feature")
    pull = bed.repository.open_pull(1, "feature")
    ran, run = gate(bed, pull, run_id=11)
    assert (ran.jobs["plan"], ran.jobs["measure"], ran.jobs["lane-gate"]) == ("success", "success", "failure"), ran.log
    assert names(bed, 11) == [*(f"lanemark-measure-standard-{number}-1" for number in (1, 2, 3)), "lanemark-verdict-fail-1"]
    judged = artifact(bed, "lanemark-verdict-fail-1")
    gates = {each["gate"]: each["verdict"] for each in json.loads(judged["verdict.json"])["gates"]}
    assert gates["standard/price.cpu"] == "fail"
    assert gates["coverage.patch.lines"] == "fail"
    assert gates["standard/total.wall.median"] == "pass"
    joined = json.loads(judged["head/result.json"])
    assert joined["flaws"] == []
    assert [shard["number"] for shard in joined["shards"]] == [1, 2, 3]
    assert sorted(outcome["stage"] for outcome in joined["outcomes"]) == ["load", "price", "setup", "unit"]

    told = bed.run(TEMPLATES / "lane-publish.yml", "workflow_run", bed.repository.run_event(run), run_id=12)
    assert told.jobs == {"publish": "success"}, told.log
    (comment,) = bed.hub.comments.values()
    assert "price" in comment.body
    assert "left no result" not in comment.body


def test_a_shard_that_left_nothing_is_unknown_and_red(bed):
    bed.repository.commit(LARGE)
    bed.repository.commit({"shop/bench.py": KILLER}, branch="feature")
    pull = bed.repository.open_pull(2, "feature")
    ran, run = gate(bed, pull, run_id=21)
    assert ran.jobs["lane-gate"] == "failure", ran.log
    assert ran.outputs["verdict"] == "unknown", ran.log
    measured = [name for name in names(bed, 21) if name.startswith("lanemark-measure-")]
    assert len(measured) == 2
    summary = artifact(bed, "lanemark-verdict-unknown-1")["summary.md"].decode()
    assert "of 3 left no result" in summary
    assert "price" in summary

    told = bed.run(TEMPLATES / "lane-publish.yml", "workflow_run", bed.repository.run_event(run), run_id=22)
    assert told.jobs == {"publish": "success"}, told.log
    (comment,) = bed.hub.comments.values()
    assert "of 3 left no result" in comment.body
    assert {posted["conclusion"] for posted in bed.hub.checks.values()} == {"neutral"}


def test_a_lane_without_stages_is_one_green_job(bed):
    bed.repository.commit(LARGE)
    bed.repository.commit({"docs/usage.md": "# Usage\n\nMore.\n"}, branch="docs")
    pull = bed.repository.open_pull(3, "docs")
    ran, _ = gate(bed, pull, run_id=31)
    assert ran.jobs == {"plan": "success", "measure": "success", "lane-gate": "success"}, ran.log
    assert names(bed, 31) == ["lanemark-measure-docs-1-1", "lanemark-verdict-pass-1"]
