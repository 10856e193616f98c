"""The docs lane without stages, from the start of the action to its exit status: environment present, and from nothing.

    python benchmarks/startup.py

Runs what `action.yml` runs (`python3 -I src/bootstrap.py`), as `gate`, on a pull request that changes documentation only.
From nothing, the download is told apart from the rest by doing it twice: the first run fills the installer's own cache of
downloaded files, the second makes the environment again from that cache.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 9
CONFIG = """\
version: 1
lanes:
  docs: {paths: ["docs/**", "*.md"], stages: []}
  standard: {default: true, stages: [test]}
stages:
  test: {run: "true"}
"""


def git(folder: Path, *words: str) -> str:
    identity = {
        f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ada"), ("EMAIL", "a@b.c"))
    }
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def make_workspace(folder: Path) -> tuple[Path, Path]:
    """A test-merge commit of a pull request that changes one line of documentation, and the event that tells of it."""
    workspace = folder / "workspace"
    (workspace / ".github").mkdir(parents=True)
    (workspace / ".github" / "lanemark.yml").write_text(CONFIG)
    (workspace / "README.md").write_text("# Shop\n")
    git(workspace, "init", "--quiet", "--initial-branch=main")
    git(workspace, "add", "--all")
    git(workspace, "commit", "--quiet", "-m", "base")
    base = git(workspace, "rev-parse", "HEAD")
    git(workspace, "checkout", "--quiet", "-b", "docs")
    (workspace / "README.md").write_text("# The shop\n")
    git(workspace, "commit", "--quiet", "--all", "-m", "head")
    head = git(workspace, "rev-parse", "HEAD")
    git(workspace, "checkout", "--quiet", "--detach", "main")
    git(workspace, "merge", "--quiet", "--no-ff", "-m", "merge", "docs")
    own = {"id": 1, "full_name": "octo-org/shop", "fork": False, "default_branch": "main"}
    pull = {
        "number": 1,
        "head": {"sha": head, "ref": "docs", "repo": own},
        "base": {"sha": base, "ref": "main", "repo": own},
        "labels": [],
        "title": "Docs",
    }
    event = folder / "event.json"
    event.write_text(json.dumps({"action": "opened", "number": 1, "pull_request": pull, "repository": own}))
    return workspace, event


def start_action(folder: Path, workspace: Path, event: Path, *, uv: bool) -> float:
    """Run the action once and return its seconds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "LANEMARK_", "RUNNER_"))}
    if not uv:
        folders = environment["PATH"].split(os.pathsep)
        environment["PATH"] = os.pathsep.join(place for place in folders if not Path(place, "uv").exists())
    environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "octo-org/shop",
        "GITHUB_SHA": git(workspace, "rev-parse", "HEAD"),
        "GITHUB_REF": "refs/pull/1/merge",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_RUN_ID": "1",
        "LANEMARK_CACHE": str(folder / "cache"),
        "LANEMARK_INPUT_COMMAND": "gate",
        "PIP_CACHE_DIR": str(folder / "pip-cache"),
        "UV_CACHE_DIR": str(folder / "uv-cache"),
    }
    python = Path(sys.base_prefix, "bin", "python3")
    began = time.perf_counter()
    done = subprocess.run(
        [python, "-I", ROOT / "src" / "bootstrap.py"], cwd=workspace, env=environment, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass" in (folder / "output").read_text(), done.stderr
    return took


def main() -> None:
    installers = ["pip", *(["uv"] if shutil.which("uv") else [])]
    print("docs lane without stages, action start to exit status, seconds of wall time")
    for installer in installers:
        with tempfile.TemporaryDirectory(prefix="lanemark-startup-") as name:
            folder = Path(name)
            workspace, event = make_workspace(folder)
            first = start_action(folder, workspace, event, uv=installer == "uv")
            shutil.rmtree(folder / "cache")
            again = start_action(folder, workspace, event, uv=installer == "uv")
            print(
                f"  from nothing, {installer}: {again:5.2f} without download, {first:5.2f} with it   (reach: 10 without download)"
            )
            if installer == installers[-1]:
                present = [start_action(folder, workspace, event, uv=True) for _ in range(RUNS)]
                middle, most = statistics.median(present), max(present)
                print(f"  environment present: {middle:5.2f} median of {RUNS}, {most:.2f} at most                (reach: 2)")


if __name__ == "__main__":
    main()
