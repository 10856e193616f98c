"""One git process: pinned configuration, no hooks, no prompts, no pager, and refs that can never be options."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from lanemark.errors import LanemarkError, NotARepositoryError, UsageError

PINNED = (
    "core.quotePath=false", "core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.attributesFile=", "core.pager=cat",
    "diff.external=", "diff.mnemonicPrefix=false", "diff.noprefix=false", f"diff.orderFile={os.devnull}", "diff.renames=true",
    "diff.submodule=short", "color.ui=false", "protocol.ext.allow=never", "submodule.recurse=false", "gc.auto=0",
    "maintenance.auto=false", "advice.detachedHead=false", "filter.lfs.required=false",
)  # fmt: skip
FETCH_TIMEOUT_S = 120.0


class GitError(LanemarkError):
    """A git command failed that should not have."""

    code = "LG017"


def git_environment() -> dict[str, str]:
    """Return an environment in which only the repository's own configuration is read, and that is overruled by `PINNED`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def ask_git(
    root: str,
    words: Sequence[str],
    *,
    standard_input: bytes | None = None,
    timeout_s: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in `root` and return how it went; only a missing git and an overrun time are raised."""
    pinned = [word for setting in PINNED for word in ("-c", setting)]
    try:
        return subprocess.run(
            ["git", "--no-pager", *pinned, *words],
            cwd=root,
            env=dict(environment or git_environment()),
            input=standard_input,
            stdin=subprocess.DEVNULL if standard_input is None else None,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("git was not found", help="install git, version 2.30 or later") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {words[0]} took longer than {timeout_s:.0f} s") from None


def need_git(root: str, words: Sequence[str], *, standard_input: bytes | None = None) -> bytes:
    """Run git in `root` and return what it printed; raise NotARepositoryError or GitError where it failed."""
    done = ask_git(root, words, standard_input=standard_input)
    if done.returncode == 0:
        return done.stdout
    told = done.stderr.decode("utf-8", "replace").strip()
    if "not a git repository" in told:
        raise NotARepositoryError(f"{root} is not inside a git repository", help="cd into one, or clone it first")
    if "dubious ownership" in told:
        raise NotARepositoryError(
            f"git refuses {root}, because another user owns it", help=f"git config --global --add safe.directory {root}"
        )
    raise GitError(f"git {words[0]} failed: {told[:400]}")
