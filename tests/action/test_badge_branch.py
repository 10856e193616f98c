"""The job that puts the badge on its branch, its script run by bash against real repositories."""

import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from repositories import commit, git, make_repository

TEMPLATE = Path(__file__).parents[2] / "workflow-templates" / "lane-baseline.yml"
JOB = YAML(typ="safe", pure=True).load(TEMPLATE.read_text())["jobs"]["badge"]
BADGE = '{"schemaVersion": 1, "label": "coverage", "message": "87 %", "color": "green"}\n'


@pytest.fixture
def site(tmp_path):
    """A work tree on `main`, the repository it is pushed to, and the folder that the artifact is fetched into."""
    work = make_repository(tmp_path / "work")
    git(tmp_path, "init", "-q", "--bare", "server/octo/shop")
    commit(work, {"a.py": "1\n"})
    git(work, "push", "-q", str(tmp_path / "server/octo/shop"), "HEAD:refs/heads/main")
    (tmp_path / "runner" / "lanemark-baseline").mkdir(parents=True)
    (tmp_path / "runner" / "lanemark-baseline" / "coverage-badge.json").write_text(BADGE)
    return tmp_path


def put_badge(site, sha):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(site),
        "GIT_CONFIG_NOSYSTEM": "1",
        "RUNNER_TEMP": str(site / "runner"),
        "GITHUB_SERVER_URL": f"file://{site}/server",
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": sha,
        "TOKEN": "secret",
    }
    (script,) = [step["run"] for step in JOB["steps"] if "run" in step]
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(words, cwd=site, env=environment, capture_output=True, text=True, check=False)


def server(site, *words):
    return git(site / "server/octo/shop", *words).strip()


def test_the_badge_stands_alone_on_its_branch_and_is_replaced_by_the_next(site):
    sha = server(site, "rev-parse", "main")
    ran = put_badge(site, sha)
    assert ran.returncode == 0, ran.stderr
    assert server(site, "ls-tree", "--name-only", "lanemark-badge") == "coverage-badge.json"
    assert server(site, "show", "lanemark-badge:coverage-badge.json") == BADGE.strip()
    (site / "runner/lanemark-baseline/coverage-badge.json").write_text(BADGE.replace("87", "88"))
    (site / "runner/lanemark-badge").rename(site / "runner/earlier")
    assert put_badge(site, sha).returncode == 0
    assert "88 %" in server(site, "show", "lanemark-badge:coverage-badge.json")
    assert server(site, "rev-list", "--count", "lanemark-badge") == "1"
    assert server(site, "rev-parse", "main") == sha
    secrets = [path for path in (site / "runner").rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert secrets == []


def test_the_run_of_an_older_commit_writes_nothing(site):
    old = server(site, "rev-parse", "main")
    commit(site / "work", {"a.py": "2\n"})
    git(site / "work", "push", "-q", str(site / "server/octo/shop"), "HEAD:refs/heads/main")
    ran = put_badge(site, old)
    assert (ran.returncode, "newer commit" in ran.stdout) == (0, True)
    assert server(site, "branch", "--list", "lanemark-badge") == ""


def test_without_coverage_there_is_no_badge_and_no_failure(site):
    (site / "runner/lanemark-baseline/coverage-badge.json").unlink()
    ran = put_badge(site, server(site, "rev-parse", "main"))
    assert (ran.returncode, "There is no badge" in ran.stdout) == (0, True)
    assert server(site, "branch", "--list", "lanemark-badge") == ""


def test_it_is_asked_for_and_runs_nothing_of_the_repository():
    assert "vars.LANEMARK_BADGE == 'true'" in JOB["if"]
    assert JOB["permissions"] == {"contents": "write"}
    uses = [step["uses"].partition("@")[0] for step in JOB["steps"] if "uses" in step]
    assert uses == ["actions/download-artifact"]
