"""Commits and files by name: what refs mean, what a commit's parents are, what a file held, which files there were."""

import re

from lanemark.errors import DataError
from lanemark.git.call import Call
from lanemark.path import RepoPath, from_bytes, to_bytes

NAME = re.compile(r"[^-\x00-\x20\x7f:^~?*\[\\][^\x00-\x20\x7f:^~?*\[\\]*")
"""A branch's or tag's short name, as it can stand behind `refs/remotes/origin/`."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_commits(call: Call, refs: tuple[str, ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the commit that each ref means with its parents, by ref, without those that mean none; in one process.

    A name that only a branch of the remote has means that branch. The names go over stdin, where none of them is an option.
    The parents are those the commit names itself, so a shallow history has them too.
    """
    asked = [(ref, name) for ref in refs for name in _candidates(ref)]
    stdin = "".join(f"{name}^{{commit}}\n" for _, name in asked).encode("utf-8", "surrogateescape")
    output = call.run("cat-file", "--batch", stdin=stdin)
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    at = 0
    for ref, _ in asked:
        end = output.index(b"\n", at)
        header = output[at:end].split(b" ")
        at = end + 1
        if header[-1] in (b"missing", b"ambiguous"):
            continue
        size = int(header[-1])
        text = output[at : at + size]
        at += size + 1
        parents = [
            line.removeprefix(b"parent ") for line in text.partition(b"\n\n")[0].split(b"\n") if line.startswith(b"parent ")
        ]
        found.setdefault(ref, (header[0].decode(), tuple(parent.decode() for parent in parents)))
    return found


def _candidates(ref: str) -> tuple[str, ...]:
    """Return the names to look `ref` up by, the best first."""
    if not ref or CONTROL.search(ref):
        return ()
    return (ref, f"refs/remotes/origin/{ref}") if ref != "HEAD" and NAME.fullmatch(ref) else (ref,)


def has_tree(call: Call, commit: str) -> bool:
    """Whether the commit and the list of its files are here."""
    return not call.run("cat-file", "--batch-check", stdin=f"{commit}^{{tree}}\n".encode()).rstrip().endswith(b" missing")


def read_text(call: Call, commit: str, path: RepoPath, limit: int) -> str | None:
    """Return a file of a commit as text, None where the commit has none of this name.

    Raises DataError where it is longer than `limit` bytes, not a file, or not UTF-8.
    """
    if "\n" in path:
        raise DataError("a file whose name has a line break cannot be read from git", help="rename it")
    with call.stream("cat-file", "--batch", stdin=f"{commit}:".encode() + to_bytes(path) + b"\n") as output:
        header = output.readline().rstrip(b"\n")
        if header.endswith(b" missing"):
            return None
        kind, size = header.split(b" ")[-2:]
        where = f"{path} at commit {commit[:10]}"
        if kind != b"blob":
            raise DataError(f"{where} is not a file")
        if int(size) > limit:
            raise DataError(f"{where}: {int(size)} bytes, at most {limit} are read")
        raw = output.read(int(size))
        output.read()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise DataError(f"{where} is not UTF-8: byte {fault.start}") from None


def list_tracked(call: Call, commit: str) -> tuple[RepoPath, ...]:
    """Return the paths of all files of a commit; a submodule is one path."""
    output = call.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    return tuple(from_bytes(raw) for raw in output.split(b"\0")[:-1])
