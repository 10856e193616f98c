"""A repository, an emulated GitHub that knows it, and the Action's commands run as a workflow would run them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from repositories import commit, git, make_repository, merge_commit

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """\
version: 1
lanes:
  docs: {paths: ["docs/**"], stages: []}
  standard:
    default: true
    stages: [unit]
    regression: {default.cpu: {warn: 900%, fail: 990%}, default.wall: {warn: 900%, fail: 990%}}
stages:
  unit:
    run: sh unit.sh
    outputs: [coverage.xml]
    measure: {max_time: 10s}
measure: {pairs: {min: 10, max: 10}}
coverage: {reports: [coverage.xml], patch: {lines: 80%}}
publish: {comment: always}
"""
UNIT = """\
hits=$(cat hits)
i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done
echo "<coverage><packages><package><classes><class filename='a.py'><lines>" > coverage.xml
echo "<line number='1' hits='$hits'/></lines></class></classes></package></packages></coverage>" >> coverage.xml
"""


class Site:
    """A repository, the emulated GitHub that knows it, and a way to run the Action's commands as a workflow would."""

    def __init__(self, folder, hub, *, config=CONFIG):
        self.folder, self.hub = folder, hub
        self.work = make_repository(folder / "r")
        self.base = self.commit_base(
            {".github/lanemark.yml": config, "unit.sh": UNIT, "a.py": "1\n", "hits": "1\n", "docs/x": "1\n"}
        )

    def commit_base(self, files):
        """Add a commit to the base branch, and tell GitHub of it."""
        made = commit(self.work, files)
        self.hub.add_history(made)
        for name in (".github/lanemark.yml", ".gitattributes"):
            if (self.work / name).exists():
                self.hub.add_text(made, name, (self.work / name).read_text())
        return made

    def push(self, files, *, number=7, repo=None):
        """Add a commit to the pull request, tell GitHub, and check out the test-merge commit."""
        git(self.work, "checkout", "-q", "-B", "pr", "pr" if git(self.work, "branch", "--list", "pr") else self.base)
        head = commit(self.work, files)
        self.hub.add_pull(number, head_sha=head, base_sha=self.base, files=list(files), head_repo=repo)
        self.hub.add_text(head, ".github/lanemark.yml", (self.work / ".github/lanemark.yml").read_text())
        merge_commit(self.work, self.base, head)
        return head

    def event(self, head, *, number=7, repository_id=4242):
        own = {"id": 4242, "full_name": self.hub.own.name, "default_branch": "main"}
        pull = {
            "number": number,
            "base": {"sha": self.base, "ref": "main", "repo": own},
            "head": {"sha": head, "ref": "feature", "repo": {"id": repository_id}},
            "labels": [],
        }
        return {"action": "synchronize", "repository": own, "pull_request": pull}

    def run_event(self, head, run_id, *, repository_id=4242, owner="octo-org"):
        own = {"id": 4242, "full_name": self.hub.own.name, "default_branch": "main"}
        source = {"id": repository_id, "owner": {"login": owner}}
        run = {
            "id": run_id, "run_attempt": 1, "run_number": run_id, "event": "pull_request", "conclusion": "success", "head_sha": head,
            "path": ".github/workflows/lane-gate-pr.yml", "head_branch": "feature", "head_repository": source,
        }  # fmt: skip
        return {"action": "completed", "repository": own, "workflow_run": run}

    def act(self, *words, event, name="pull_request", token=None, run=100, results="", api=None, workspace=None):
        payload = self.folder / f"event-{run}.json"
        payload.write_text(json.dumps(event))
        output, summary = self.folder / f"output-{run}", self.folder / f"summary-{run}.md"
        kept = {variable: os.environ[variable] for variable in ("PATH", "HOME") if variable in os.environ}
        environment = {
            **kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(self.folder / "cache"), "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(payload), "GITHUB_API_URL": api or self.hub.url,
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": self.hub.own.name, "GITHUB_RUN_ID": str(run),
            "GITHUB_RUN_NUMBER": str(run), "GITHUB_RUN_ATTEMPT": "1", "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary),
            **({"LANEMARK_INPUT_GITHUB_TOKEN": token} if token else {}),
        }  # fmt: skip
        ran = subprocess.run(
            [sys.executable, "-m", "lanemark.cli", *words],
            cwd=workspace or self.work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in ran.stderr, ran.stderr
        ran.told = ran.stdout + ran.stderr
        ran.output = output.read_text() if output.exists() else ""
        ran.summary = summary.read_text() if summary.exists() else ""
        return ran

    def comments(self, number=7):
        return [comment.body for comment in self.hub.comments.values() if comment.number == number]

    def checks(self, head):
        return {check["name"]: check["conclusion"] for check in self.hub.checks.values() if check["head_sha"] == head}
