"""The outside of `demo`: a real repository with two commits."""

import os
import subprocess
from collections.abc import Mapping

from lanemark.adopt.sample import BASE, HEAD
from lanemark.errors import UsageError
from lanemark.store.files import DiskFiles

IDENTITY = ("-c", "user.name=Lanemark demo", "-c", "user.email=demo@lanemark.invalid", "-c", "commit.gpgsign=false")


def make_sample(folder: str) -> None:
    """Make the sample repository in the empty or new `folder`: branch `main`, and `slower`, which is checked out."""
    if os.path.isdir(folder) and os.listdir(folder):
        raise UsageError(f"{folder} is not empty", help="name a folder that does not exist yet")
    os.makedirs(folder, exist_ok=True)
    _git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    _commit(folder, BASE, "A shop")
    _git(folder, "checkout", "--quiet", "-b", "slower")
    _commit(folder, HEAD, "Price every piece, and refunds")


def _commit(folder: str, files: Mapping[str, str], message: str) -> None:
    """Write files and commit them."""
    disk = DiskFiles()
    for path, text in files.items():
        disk.write(f"{folder}/{path}", text.encode())
    _git(folder, "add", "--all")
    _git(folder, *IDENTITY, "commit", "--quiet", "--no-verify", "-m", message)


def _git(folder: str, *words: str) -> None:
    """Run git in `folder`, away from the user's own configuration."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    try:
        subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise UsageError("git was not found", help="install git") from None
    except subprocess.CalledProcessError as fault:
        raise UsageError(f"git {words[0]} failed in {folder}: {fault.stderr.strip()}") from None
