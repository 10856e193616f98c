"""A real git repository as GitHub would hold it, and what the emulated GitHub is told of it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.server import GitHubEmulator
from emulator.shapes import Shapes
from emulator.state import Pull, Repo, Run

QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_TERMINAL_PROMPT": "0",
}


class Repository:
    """Commits, branches and pull requests: in git at `path`, and in the emulator's lists."""

    def __init__(self, path: Path, hub: GitHubEmulator) -> None:
        self.path = path
        self.hub = hub
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main", "--template=")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")

    def git(self, *words: str, stdin: str | None = None) -> str:
        """Run git there and return its output."""
        done = subprocess.run(
            ["git", *words], cwd=self.path, env={**os.environ, **QUIET}, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"git {words}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], *, branch: str = "main", message: str = "A change") -> str:
        """Commit `files` (None deletes) on `branch`, which begins at main where it is new; return the commit."""
        self._switch(branch)
        for name, text in files.items():
            place = self.path / name
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        sha = self.git("rev-parse", "HEAD")
        for row in self.git("rev-list", "--parents", f"refs/heads/{branch}").splitlines():
            known, *parents = row.split()
            self.hub.parents[known] = parents[0] if parents else None
        self.hub.branches[branch] = sha
        self.tell_contents(sha)
        return sha

    def _switch(self, branch: str) -> None:
        """Check out `branch`; a new one begins at main. Before the first commit main is there already, without one."""
        if not self.git("for-each-ref"):
            return
        known = self.git("branch", "--list", branch)
        self.git("checkout", "--quiet", *([branch] if known else ["-b", branch, "main"]))

    def tell_contents(self, sha: str) -> None:
        """Let the emulator serve the configuration of a commit, when it has one."""
        names = self.git("ls-tree", "-r", "--name-only", sha, ".github/").splitlines()
        for name in names:
            text = subprocess.run(["git", "show", f"{sha}:{name}"], cwd=self.path, capture_output=True, check=True).stdout
            self.hub.add_text(sha, name, text)

    def open_pull(self, number: int, branch: str, *, fork: Repo | None = None, title: str = "A change") -> Pull:
        """Open a pull request from `branch` to main, or tell the emulator that its branch moved."""
        base, head = self.git("rev-parse", "main"), self.git("rev-parse", f"refs/heads/{branch}")
        files = self.changed_files(base, head)
        pull = self.hub.add_pull(number, head_sha=head, base_sha=base, head_ref=branch, files=files, title=title, head_repo=fork)
        tree = self.git("merge-tree", "--write-tree", base, head)
        merge = self.git("commit-tree", tree, "-p", base, "-p", head, "-m", f"Merge {head} into {base}")
        self.git("update-ref", f"refs/pull/{number}/merge", merge)
        self.git("update-ref", f"refs/pull/{number}/head", head)
        return pull

    def changed_files(self, base: str, head: str) -> list[dict[str, Any]]:
        """Return the changed files as GitHub lists them."""
        start = self.git("merge-base", base, head)
        rows = []
        listed = self.git("diff", "--no-renames", "--name-status", "-z", start, head).split("\0")[:-1]
        for letter, name in zip(listed[::2], listed[1::2], strict=True):
            this = ("--", f":(literal){name}")
            plus, minus, _ = self.git("diff", "--no-renames", "--numstat", "-z", start, head, *this).split("\t", 2)
            diff = self.git("diff", "--no-renames", start, head, *this)
            patch = diff[diff.index("@@") :] if "@@" in diff else None
            status = {"A": "added", "D": "removed", "M": "modified"}[letter]
            counts = {"additions": int(plus), "deletions": int(minus), "changes": int(plus) + int(minus)}
            rows.append({"filename": name, "status": status, "patch": patch, **counts})
        return rows

    def pull_event(self, pull: Pull, action: str) -> dict[str, Any]:
        """Return the payload of a pull_request event."""
        shapes = Shapes(self.hub, self.hub.url)
        return {"action": action, "number": pull.number, "pull_request": shapes.pull(pull), **self._common(shapes)}

    def queue(self, pull: Pull) -> dict[str, Any]:
        """Put a pull request into the merge queue, and return the payload of its merge_group event."""
        base = self.git("rev-parse", "main")
        head = self.git("rev-parse", f"refs/pull/{pull.number}/merge")
        ref = f"refs/heads/gh-readonly-queue/main/pr-{pull.number}-{base}"
        self.git("update-ref", ref, head)
        self.hub.parents[head] = base
        self.tell_contents(head)
        shapes = Shapes(self.hub, self.hub.url)
        group = {"head_sha": head, "head_ref": ref, "base_sha": base, "base_ref": "refs/heads/main"}
        return {"action": "checks_requested", "merge_group": group, **self._common(shapes)}

    def push_event(self, before: str, after: str) -> dict[str, Any]:
        """Return the payload of a push to main."""
        shapes = Shapes(self.hub, self.hub.url)
        return {
            "ref": "refs/heads/main",
            "before": before,
            "after": after,
            "created": False,
            "forced": False,
            **self._common(shapes),
        }

    def run_event(self, run: Run) -> dict[str, Any]:
        """Return the payload of a workflow_run event for a run that ended."""
        shapes = Shapes(self.hub, self.hub.url)
        workflow = {"id": 1, "name": "Lane gate", "path": run.path, "state": "active"}
        return {"action": "completed", "workflow_run": shapes.run(run), "workflow": workflow, **self._common(shapes)}

    def _common(self, shapes: Shapes) -> dict[str, Any]:
        return {"repository": shapes.full_repository(), "sender": shapes.user("ada", "User")}
