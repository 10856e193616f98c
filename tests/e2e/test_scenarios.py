"""What a repository lives through: the real action and the real templates, run by act against the emulated GitHub."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from e2e.bed import ROOT
from e2e.shop import ARTIFACT, BROKEN, FIXED, SHOP, SLOWER
from emulator.state import Repo

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

GATE = Path(__file__).parent / "workflows" / "gate.yml"
TEMPLATES = ROOT / "workflow-templates"
PATH = ".github/workflows/lane-gate-pr.yml"
MARKER = "<!-- lanemark:v1 id=default -->"
HOSTILE_TITLE = 'docs"; echo PWNED; # $(echo PWNED) ${{ github.token }}'
HOSTILE_BRANCH = 'zzz";echo${IFS}PWNED;#'


def comments(bed, number):
    return [comment for comment in bed.hub.comments.values() if comment.number == number]


def checks(bed, sha):
    """The newest check run of each name on a commit."""
    return {posted["name"]: posted for _, posted in sorted(bed.hub.checks.items()) if posted["head_sha"] == sha}


def artifact(bed, name):
    """The files of an artifact."""
    (found,) = [each for each in bed.hub.artifacts.values() if each.name == name]
    with zipfile.ZipFile(io.BytesIO(bed.hub.blobs[found.id])) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def names(bed, run):
    return sorted(each.name for each in bed.hub.artifacts.values() if each.run == str(run.id))


def gate(bed, pull, action="opened", *, run_id, **more):
    return bed.run(GATE, "pull_request", bed.repository.pull_event(pull, action), run_id=run_id, **more)


def split_gate(bed, pull, *, run_id, conclusion="failure", **more):
    """Run the template of the gate, and let the emulator know how the run ended."""
    event = bed.repository.pull_event(pull, "opened")
    ran = bed.run(TEMPLATES / "lane-gate-pr.yml", "pull_request", event, run_id=run_id, token=bed.hub.read_token, **more)
    run = bed.hub.add_run(
        run_id,
        head_sha=pull.head_sha,
        event="pull_request",
        head_branch=pull.head_ref,
        head_repo=pull.head_repo,
        conclusion=conclusion,
        path=PATH,
    )
    return ran, run


def publish(bed, run, *, run_id):
    return bed.run(TEMPLATES / "lane-publish.yml", "workflow_run", bed.repository.run_event(run), run_id=run_id)


def test_a_slower_and_less_covered_pull_request_is_red_and_the_fix_edits_the_same_comment(bed):
    bed.repository.commit(SHOP)
    bed.repository.commit(SLOWER, branch="feature")
    pull = bed.repository.open_pull(1, "feature", title=HOSTILE_TITLE)
    first = gate(bed, pull, run_id=11)
    assert first.jobs == {"lane-gate": "failure"}, first.log
    assert (first.outputs["lane"], first.outputs["verdict"]) == ("standard", "fail")
    (comment,) = comments(bed, 1)
    assert comment.body.startswith(MARKER)
    assert "price" in comment.body
    assert "PWNED" not in comment.body
    told = checks(bed, pull.head_sha)
    assert {name: posted["conclusion"] for name, posted in told.items()} == {
        "Lanemark SLA": "failure",
        "Lanemark coverage": "failure",
    }
    annotated = [each["path"] for rows in bed.hub.annotations.values() for each in rows]
    assert set(annotated) == {"shop/prices.py"}
    text = comment.body

    bed.repository.commit(FIXED, branch="feature")
    pull = bed.repository.open_pull(1, "feature")
    second = gate(bed, pull, "synchronize", run_id=12)
    assert second.jobs == {"lane-gate": "success"}, second.log
    assert second.outputs["verdict"] in {"pass", "warn", "unknown"}
    (edited,) = comments(bed, 1)
    assert edited.id == comment.id
    assert edited.body != text
    assert "failure" not in {posted["conclusion"] for posted in checks(bed, pull.head_sha).values()}
    assert checks(bed, pull.head_sha)["Lanemark coverage"]["conclusion"] == "success"


def test_a_read_only_token_changes_no_verdict(bed):
    bed.repository.commit(SHOP)
    bed.repository.commit({"shop/prices.py": SHOP["shop/prices.py"] + "\n\ndef unused():\n    return 1\n"}, branch="feature")
    pull = bed.repository.open_pull(2, "feature", fork=Repo("mallory/shop", 999))
    ran = gate(bed, pull, run_id=21, token=bed.hub.read_token)
    assert ran.jobs == {"lane-gate": "failure"}, ran.log
    assert ran.outputs["verdict"] == "fail"
    assert comments(bed, 2) == []
    assert "Resource not accessible" in ran.log or "403" in ran.log


@pytest.mark.parametrize("fork", [None, Repo("mallory/shop", 999)], ids=["same-repository", "fork"])
def test_the_split_gate_judges_and_a_trusted_run_publishes(bed, fork):
    bed.repository.commit(SHOP)
    bed.repository.commit(SLOWER, branch=HOSTILE_BRANCH)
    pull = bed.repository.open_pull(3, HOSTILE_BRANCH, fork=fork, title=HOSTILE_TITLE)
    ran, run = split_gate(bed, pull, run_id=31)
    assert ran.jobs == {"measure": "success", "lane-gate": "failure"}, ran.log
    assert names(bed, run) == ["lanemark-measure-standard-0-1", "lanemark-verdict-fail-1"]
    assert {"head/result.json", "base/result.json"} <= artifact(bed, "lanemark-measure-standard-0-1").keys()
    assert {"verdict.json", "summary.md", "report.html"} <= artifact(bed, "lanemark-verdict-fail-1").keys()
    assert comments(bed, 3) == []
    assert bed.hub.sent("POST") == []

    told = publish(bed, run, run_id=32)
    assert told.jobs == {"publish": "success"}, told.log
    (comment,) = comments(bed, 3)
    assert comment.body.startswith(MARKER)
    assert {name: each["conclusion"] for name, each in checks(bed, pull.head_sha).items()} == {
        "Lanemark SLA": "failure",
        "Lanemark coverage": "failure",
    }


def test_nothing_is_published_when_the_pull_request_has_moved_on(bed):
    bed.repository.commit(SHOP)
    bed.repository.commit({"docs/usage.md": "# Other\n"}, branch="feature")
    pull = bed.repository.open_pull(4, "feature")
    _, run = split_gate(bed, pull, run_id=41, conclusion="success")
    bed.repository.commit({"docs/usage.md": "# Newer\n"}, branch="feature")
    bed.repository.open_pull(4, "feature")
    told = publish(bed, run, run_id=42)
    assert told.jobs == {"publish": "success"}, told.log
    assert "No open pull request" in told.log, told.log
    assert comments(bed, 4) == []
    assert bed.hub.checks == {}


def test_a_documentation_change_takes_the_docs_lane_and_is_green(bed):
    bed.repository.commit(SHOP)
    bed.repository.commit({"docs/usage.md": "# Usage\n\nMore.\n", "README.md": "# The shop\n"}, branch="docs")
    pull = bed.repository.open_pull(5, "docs")
    ran, run = split_gate(bed, pull, run_id=51, conclusion="success")
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert (ran.outputs["lane"], ran.outputs["verdict"]) == ("docs", "pass")
    result = json.loads(artifact(bed, "lanemark-measure-docs-0-1")["head/result.json"])
    assert (result["choice"]["lane"], result["outcomes"], result["samples"]) == ("docs", [], [])
    assert names(bed, run) == ["lanemark-measure-docs-0-1", "lanemark-verdict-pass-1"]


def record(bed, *, run_id):
    """Push main: run the template of the baseline, and let the emulator know of the run."""
    sha = bed.repository.git("rev-parse", "main")
    before = bed.repository.git("rev-parse", "main~1")
    ran = bed.run(TEMPLATES / "lane-baseline.yml", "push", bed.repository.push_event(before, sha), run_id=run_id)
    bed.hub.add_run(run_id, head_sha=sha, event="push", head_branch="main", conclusion="success")
    return ran, sha


def test_a_recorded_baseline_is_compared_with_and_named_and_a_forks_is_not(bed):
    bed.repository.commit(ARTIFACT)
    bed.repository.commit({"shop/__init__.py": '"""Shop."""\n'})
    ran, sha = record(bed, run_id=61)
    assert ran.jobs == {"baseline": "success"}, ran.log
    name = f"lanemark-baseline-standard-{sha}-1"
    forged = artifact(bed, name)
    fork = Repo("mallory/shop", 999)
    for run_id, event in ((62, "pull_request"), (63, "push")):
        bed.hub.add_run(run_id, head_sha=sha, event=event, head_branch="main", head_repo=fork, conclusion="success")
        bed.hub.add_artifact(run_id, name, forged)
    bed.repository.commit(SLOWER, branch="feature")
    pull = bed.repository.open_pull(6, "feature")
    judged, _ = split_gate(bed, pull, run_id=64)
    assert judged.jobs == {"measure": "success", "lane-gate": "failure"}, judged.log
    comment = artifact(bed, "lanemark-verdict-fail-1")["comment.md"].decode()
    assert sha[:7] in comment
    fetched = {exchange.path.split("/")[-2] for exchange in bed.hub.sent("GET", r"artifacts/\d+/zip")}
    trusted = {str(each.id) for each in bed.hub.artifacts.values() if each.run == "61" and each.name == name}
    assert fetched == trusted, "only the artifact of our own push may be downloaded"


def test_without_a_baseline_the_verdict_is_unknown_and_says_so(bed):
    bed.repository.commit(ARTIFACT)
    bed.repository.commit(FIXED, branch="feature")
    pull = bed.repository.open_pull(7, "feature")
    ran, _ = split_gate(bed, pull, run_id=71, conclusion="success")
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert ran.outputs["verdict"] == "unknown"
    assert "no trusted run recorded" in artifact(bed, "lanemark-verdict-unknown-1")["comment.md"].decode()


def test_a_broken_configuration_is_annotated_and_nothing_else_runs(bed):
    bed.repository.commit(BROKEN)
    bed.repository.commit(SLOWER, branch="feature")
    pull = bed.repository.open_pull(8, "feature")
    ran = gate(bed, pull, run_id=81)
    assert ran.jobs == {"lane-gate": "failure"}, ran.log
    assert ran.outputs["verdict"] == "error"
    assert "::error file=.github/lanemark.yml,line=8,col=" in ran.log
    assert "prize" in ran.log
    assert "Traceback" not in ran.log
    assert comments(bed, 8) == []


def test_the_kill_switch_runs_nothing(bed):
    bed.variables["LANEMARK_MODE"] = "disabled"
    bed.repository.commit(SHOP)
    bed.repository.commit(SLOWER, branch="feature")
    pull = bed.repository.open_pull(9, "feature")
    ran, run = split_gate(bed, pull, run_id=91, conclusion="success")
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert "disabled" in ran.log
    assert not any(name.startswith("lanemark-measure") for name in names(bed, run))


def test_the_environment_is_made_from_nothing_and_used_again(bed, tmp_path):
    """The one scenario that installs: everything else uses the environment of the tests."""
    bed.repository.commit(SHOP)
    bed.repository.commit({"README.md": "# The shop\n"}, branch="docs")
    pull = bed.repository.open_pull(10, "docs")
    machine = ("PIP_", "UV_", "SSL_", "HTTP", "NO_PROXY")
    index = {name: value for name, value in os.environ.items() if name.upper().startswith(machine)}
    environment = {**index, "LANEMARK_PYTHON": "", "LANEMARK_CACHE": str(tmp_path / "cache")}
    ran, _ = split_gate(bed, pull, run_id=101, conclusion="success", environment=environment)
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert ran.log.count("making the environment") == 1


def test_this_repository_gates_itself(bed):
    """Our own workflow and configuration, with the action of the commit under test, on a change of documentation."""
    kept = [
        *(ROOT / "src").rglob("*"),
        *(ROOT / "requirements").iterdir(),
        ROOT / "action.yml",
        ROOT / ".github" / "lanemark.yml",
    ]
    texts = [path for path in kept if path.is_file() and "__pycache__" not in path.parts]
    bed.repository.commit({path.relative_to(ROOT).as_posix(): path.read_text() for path in texts} | {"README.md": "# Lanemark\n"})
    bed.repository.commit({"README.md": "# Lanemark, newer\n"}, branch="docs")
    pull = bed.repository.open_pull(11, "docs")
    workflow = ROOT / ".github" / "workflows" / "lane-gate.yml"
    ran = bed.run(workflow, "pull_request", bed.repository.pull_event(pull, "opened"), run_id=111, token=bed.hub.read_token)
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert (ran.outputs["lane"], ran.outputs["verdict"]) == ("docs", "pass")
