"""A pull request that was measured once, put before as many emulated GitHubs as a test likes, and the real `lanemark publish`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline_site import CONFIG, ROOT, Site

from emulator.server import GitHubEmulator

NUMBER = 7
MEASURE_RUN, BASELINE_RUN = 200, 150
GATE, BASELINE = ".github/workflows/lane-gate-pr.yml", ".github/workflows/lane-baseline.yml"
ARTIFACT_CONFIG = CONFIG.replace("measure: {pairs", "measure: {baseline: artifact, pairs")
MARKER = "<!-- lanemark:v1"


@dataclass(frozen=True)
class Measured:
    """What one measurement left: commits, the policy, and the bytes of the artifacts. Coverage of the change fails."""

    base: str
    head: str
    recorded: dict[str, bytes]
    measured: dict[str, bytes]


def measure_once(folder: Path) -> Measured:
    """Measure base and head with the real commands."""
    with GitHubEmulator() as hub:
        site = Site(folder, hub, config=ARTIFACT_CONFIG)
        out = site.work / ".lanemark/out"
        push = {
            "ref": "refs/heads/main", "before": "0" * 40, "after": site.base,
            "repository": {"id": 4242, "full_name": hub.own.name, "default_branch": "main"},
        }  # fmt: skip
        done = site.act("record", event=push, name="push", run=BASELINE_RUN)
        assert done.returncode == 0, done.told
        recorded = {"head/result.json": (out / "head/result.json").read_bytes()}
        head = site.push({"a.py": "2\n", "hits": "0\n"})
        done = site.act("measure", event=site.event(head), run=MEASURE_RUN)
        assert done.returncode == 0, done.told
        return Measured(site.base, head, recorded, {"head/result.json": (out / "head/result.json").read_bytes()})


class World:
    """One emulated GitHub on which the measured pull request stands, asked for a lane by a label."""

    def __init__(self, folder: Path, measured: Measured) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.facts = measured
        self.hub = hub = GitHubEmulator()
        hub.add_history(measured.base)
        hub.add_pull(NUMBER, head_sha=measured.head, base_sha=measured.base, files=["a.py", "hits"])
        for commit in (measured.base, measured.head):
            hub.add_text(commit, ".github/lanemark.yml", ARTIFACT_CONFIG)
        hub.roles = {"ada": "maintain"}
        hub.add_label(NUMBER, "lane:docs", "ada")
        hub.add_run(BASELINE_RUN, head_sha=measured.base, path=BASELINE)
        hub.add_artifact(BASELINE_RUN, f"lanemark-baseline-standard-{measured.base}-1", measured.recorded)
        hub.add_run(MEASURE_RUN, head_sha=measured.head, event="pull_request", head_branch="feature", path=GATE)
        hub.add_artifact(MEASURE_RUN, "lanemark-measure-standard-0-1", measured.measured)
        self.claim = hub.add_artifact(MEASURE_RUN, "lanemark-verdict-fail-1", {"verdict.json": "{}"})
        self.conclusion = "failure"

    def event(self):
        own = {"id": 4242, "full_name": self.hub.own.name, "default_branch": "main"}
        run = {
            "id": MEASURE_RUN, "run_attempt": 1, "run_number": 5, "event": "pull_request", "conclusion": self.conclusion,
            "head_sha": self.facts.head, "path": GATE, "head_branch": "feature",
            "head_repository": {"id": 4242, "owner": {"login": "octo-org"}},
        }  # fmt: skip
        return {"action": "completed", "repository": own, "workflow_run": run}

    def start(
        self, *, run: int = 201, attempt: int = 1, words: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start `lanemark publish` as the step of run `run` does."""
        payload = self.folder / f"event-{run}-{attempt}.json"
        payload.write_text(json.dumps(self.event()))
        kept = {variable: os.environ[variable] for variable in ("PATH", "HOME") if variable in os.environ}
        variables = {
            **kept, "PYTHONPATH": str(ROOT / "src"), "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(payload), "GITHUB_API_URL": self.hub.url, "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": self.hub.own.name, "GITHUB_RUN_ID": str(run), "GITHUB_RUN_NUMBER": str(run),
            "GITHUB_RUN_ATTEMPT": str(attempt), "LANEMARK_INPUT_GITHUB_TOKEN": self.hub.token,
            "GITHUB_STEP_SUMMARY": str(self.folder / f"summary-{run}-{attempt}.md"), **(environment or {}),
        }  # fmt: skip
        command = [sys.executable, "-m", "lanemark.cli", "publish", f"--expect={GATE}\n{BASELINE}", *words]
        return subprocess.Popen(
            command, cwd=self.folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip

    def publish(self, **more) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return end(self.start(**more))

    def publish_and_kill(self, number: int, kill: signal.Signals, *, applied: bool) -> int:
        """Start it, send it `kill` while its request `number` is under way, and return its status."""
        held = self.hub.hold(number, applied=applied)
        process = self.start()
        deadline = time.monotonic() + 200
        while not held.reached.wait(0.02):
            assert process.poll() is None, f"it ended before request {number}: {process.communicate()[0]}"
            assert time.monotonic() < deadline, "it never came so far"
        process.send_signal(kill)
        status = process.wait(60)
        process.communicate()
        held.released.set()
        self.hub.held = None
        return status

    # What stands there ---------------------------------------------------------------------------------------------------------

    def comments(self) -> list[str]:
        return [comment.body for comment in self.hub.comments.values() if comment.number == NUMBER]

    def checks(self) -> list[tuple[str, str, str]]:
        """Name, status and conclusion of every check run on the head, sorted."""
        return sorted((each["name"], each["status"], each["conclusion"]) for each in self.hub.checks.values())

    def assert_told_once(self, *, runs: int = 1) -> None:
        """Exactly one whole comment, and from each of `runs` runs its two completed check runs with the remark on the line."""
        (comment,) = self.comments()
        assert comment.startswith(MARKER)
        assert "### Lanemark: failed." in comment
        assert comment.rstrip().endswith("-->")
        assert "lanemark-state:v1" in comment.splitlines()[-1]
        assert set(self.checks()) == {
            ("Lanemark SLA", "completed", self.checks()[0][2]),
            ("Lanemark coverage", "completed", "failure"),
        }
        assert {each["head_sha"] for each in self.hub.checks.values()} == {self.facts.head}
        remarks = [note for notes in self.hub.annotations.values() for note in notes]
        assert {(note["path"], note["start_line"], note["end_line"]) for note in remarks} == {("a.py", 1, 1)}
        externals = sorted(each["external_id"] for each in self.hub.checks.values())
        assert len(externals) == len(set(externals)) == 2 * runs, externals
        assert self.hub.violations == []


def end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a process, and return its status with everything it said; a traceback is a fault of ours."""
    told, _ = process.communicate(timeout=200)
    assert "Traceback" not in told, told
    return subprocess.CompletedProcess(process.args, process.returncode, told)
