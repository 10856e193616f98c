"""Where two commits parted, in a history that may be cut off (`fetch-depth: 1`), and how to get more of it."""

import os

from lanemark.git.call import Call

FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")


def read_shallow(call: Call) -> frozenset[str]:
    """Return the commits at which the history is cut off: git has them without their parents. Empty for a whole history."""
    answer = call.run("rev-parse", "--is-shallow-repository", "--git-path", "shallow").decode("utf-8", "surrogateescape")
    shallow, _, path = answer.removesuffix("\n").partition("\n")
    if shallow != "true":
        return frozenset()
    with open(os.path.join(call.root, path), "rb") as file:
        return frozenset(file.read().decode("ascii").split())


def find_merge_base(call: Call, one: str, other: str) -> str | None:
    """Return the best common ancestor, None where there is none or where a cut history may hide a better one.

    One of the two being the ancestor of the other is certain in any history. Else no commit that only one of them has may stand
    at the cut: its hidden parents could lead to a younger common ancestor.
    """
    found = call.run("merge-base", one, other, fine=(0, 1)).decode("ascii").strip() or None
    if found is None or found in (one, other):
        return found
    cut = read_shallow(call)
    if cut and not cut.isdisjoint(call.run("rev-list", f"{one}...{other}", "--").decode("ascii").split()):
        return None
    return found


def fetch_commit(call: Call, commit: str) -> bool:
    """Fetch one commit and its files; never `--depth` into a whole history, which would cut it off."""
    depth = ("--depth=1",) if read_shallow(call) else ()
    return call.ask_remote(*FETCH, *depth, "--end-of-options", "origin", commit) is not None


def deepen_history(call: Call, count: int, commits: tuple[str, ...]) -> bool:
    """Fetch `count` more generations behind `commits`; False where that fails."""
    return call.ask_remote(*FETCH, f"--deepen={count}", "--end-of-options", "origin", *commits) is not None


def find_remote_tip(call: Call, branch: str) -> str | None:
    """Return the tip of the remote's branch as it is now, None where it has none or does not answer."""
    ref = f"refs/heads/{branch}"
    answer = call.ask_remote("ls-remote", "--quiet", "--end-of-options", "origin", ref)
    for line in (answer or b"").split(b"\n"):
        commit, _, name = line.partition(b"\t")
        if name == ref.encode("utf-8", "surrogateescape"):
            return commit.decode("ascii")
    return None
