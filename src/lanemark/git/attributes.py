"""Which files the attributes of one commit call generated or vendored, whatever stands in the index and the working tree.

`git check-attr --source=COMMIT` would say it, but only since git 2.40. An index of its own that holds nothing but the commit's
`.gitattributes` gives the same answer with every git, and a pull request cannot mark its own files by it.
"""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from lanemark.errors import DataError
from lanemark.git.blobs import find_blobs, read_blobs
from lanemark.git.call import Call
from lanemark.path import RepoPath, from_bytes, to_bytes

NAME = ".gitattributes"

MARKS = ("linguist-generated", "linguist-vendored")
"""What makes a file's lines not count, as GitHub's own diffs and statistics have it."""

MOST_PLACES = 50_000
"""Beyond this many folders no attributes are looked for, and every line counts."""


def list_places(paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return where attributes of these paths may stand: beside each, and in every folder above; none where they are too many."""
    folders = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
        if len(folders) > MOST_PLACES:
            return ()
    return tuple(RepoPath(f"{folder}/{NAME}" if folder else NAME) for folder in sorted(folders) if "\n" not in folder)


def list_generated(call: Call, commit: str, paths: Sequence[RepoPath]) -> frozenset[RepoPath]:
    """Return which of `paths`, of whatever commit, the attributes of `commit` call generated or vendored."""
    listed = call.run("ls-tree", "-r", "-z", "--full-tree", commit)
    entries = (line.partition(b"\t") for line in listed.split(b"\0")[:-1])
    lists = {
        from_bytes(name): found.split(b" ")[2].decode()
        for found, _, name in entries
        if name.rpartition(b"/")[2] == NAME.encode() and found.startswith(b"100")
    }
    blobs = [blob for blob in find_blobs(call, [blob.encode() for blob in lists.values()]) if blob is not None]
    contents = read_blobs(call, blobs) or {}
    if not paths or not any(b"linguist-" in text for text in contents.values()):
        return frozenset()
    return find_generated(call, lists, paths)


def find_generated(call: Call, lists: Mapping[RepoPath, str], paths: Sequence[RepoPath]) -> frozenset[RepoPath]:
    """Return which of `paths` are generated or vendored by `lists`, the blobs of `.gitattributes` by their paths.

    A file in a folder whose name has a line break is none: its folder's own list was not looked for.
    """
    asked = [path for path in paths if "\n" not in path.rpartition("/")[0]]
    with tempfile.TemporaryDirectory(prefix="lanemark-") as folder:
        index = os.path.join(folder, "index")
        entries = b"".join(f"100644 {blob} 0\t".encode() + to_bytes(place) + b"\0" for place, blob in lists.items())
        call.run("update-index", "-z", "--index-info", stdin=entries, index=index)
        names = b"".join(to_bytes(path) + b"\0" for path in asked)
        output = call.run("check-attr", "--cached", "-z", "--stdin", *MARKS, stdin=names, index=index, objects_only=True)
    fields = output.split(b"\0")[:-1]
    if len(fields) != 3 * len(MARKS) * len(asked):
        raise DataError("git answered another number of questions than it was asked", help="run `git fsck`")
    told = zip(fields[::3], fields[2::3], strict=True)
    return frozenset(from_bytes(path) for path, value in told if value in (b"set", b"true"))
