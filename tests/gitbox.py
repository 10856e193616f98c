"""Real git repositories for tests, made by the real git with a configuration of their own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.invalid", "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.invalid",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C",
}  # fmt: skip

HOSTILE = {
    "core.quotePath": "true", "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "color.ui": "always", "color.diff": "always", "diff.context": "9",
    "diff.interHunkContext": "9", "diff.renames": "copies", "diff.submodule": "log", "diff.ignoreSubmodules": "all", "diff.relative": "true",
    "diff.algorithm": "patience", "core.abbrev": "4", "diff.wordRegex": ".", "diff.colorMoved": "zebra", "diff.statGraphWidth": "1", "core.pager": "false",
}  # fmt: skip
"""A configuration that changes as much of git's output as it can."""


class Box:
    """One repository in a folder."""

    def __init__(self, root: Path, *, bare: bool = False) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *(["--bare"] if bare else []))

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        environment = {**{name: value for name, value in os.environ.items() if not name.startswith("GIT_")}, **IDENTITY}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.root,
            input=stdin,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: Mapping[str | bytes, str | bytes | None]) -> None:
        for name, content in files.items():
            path = self.root / os.fsdecode(name)
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: Mapping[str | bytes, str | bytes | None] | None = None) -> str:
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.head()

    def head(self, ref: str = "HEAD") -> str:
        return self.git("rev-parse", ref)

    def switch(self, branch: str, start: str | None = None) -> None:
        self.git("checkout", "-q", *(["-B", branch, start] if start else [branch]))

    def github_merge(self, base: str, head: str) -> str:
        """What GitHub checks out for a pull request: a merge of the head into the base, in this order."""
        self.git("checkout", "-q", "--detach", base)
        self.git("merge", "-q", "--no-ff", "-m", "merge", head)
        return self.head()

    def configure(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            self.git("config", name, value)

    def serve(self) -> str:
        """Allow what GitHub allows to who fetches from here, and return the address."""
        self.configure({"uploadpack.allowAnySHA1InWant": "true"})
        return f"file://{self.root}"

    def clone(self, to: Path, ref: str = "main", *options: str) -> "Box":
        """Fetch one ref the way actions/checkout does and check it out."""
        box = Box(to)
        box.git("remote", "add", "origin", self.serve())
        box.git("fetch", "-q", "--no-tags", *options, "origin", f"+{self.head(ref)}:refs/remotes/pull/7/merge")
        box.git("checkout", "-q", "--detach", "refs/remotes/pull/7/merge")
        return box
