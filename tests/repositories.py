"""Builders of real git repositories."""

import os
import subprocess
from pathlib import Path


def git(folder: Path, *words: str | bytes, data: bytes | None = None) -> str:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.invalid",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.invalid",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }
    done = subprocess.run(["git", *words], cwd=folder, env=environment, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def make_repository(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    return folder


def commit(folder: Path, files: dict[str | bytes, str | bytes | None], message: str = "change") -> str:
    """Write files (None deletes one), commit, and return the commit."""
    for name, content in files.items():
        raw = os.path.join(os.fsencode(folder), name.encode() if isinstance(name, str) else name)
        if content is None:
            os.unlink(raw)
            continue
        os.makedirs(os.path.dirname(raw), exist_ok=True)
        if os.path.islink(raw):
            os.unlink(raw)
        with open(raw, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def merge_commit(folder: Path, base: str, head: str) -> str:
    """Make the test-merge commit that GitHub makes, check it out, and return it."""
    git(folder, "checkout", "--quiet", "--detach", base)
    git(folder, "merge", "--quiet", "--no-ff", "-m", "merge", head)
    return git(folder, "rev-parse", "HEAD")
