"""What git's index knows of files that lie in the checkout as it has them: their object ids, without reading one of them."""

import os

from lanemark.errors import DataError, LanemarkError
from lanemark.git.call import Call
from lanemark.path import RepoPath, from_bytes

STRICT = (
    "core.checkStat=default",
    "core.trustctime=true",
    "core.fileMode=true",
    "core.symlinks=true",
    "core.autocrlf=false",
    "core.ignoreStat=false",
)
"""Settings that would make git overlook a change; a repository may have set them the other way."""

CONVERTING = ("filter", "ident", "text", "eol", "crlf", "working-tree-encoding")
"""Attributes with which a file in the checkout has other bytes than its object."""


def list_clean_files(root: str) -> dict[RepoPath, str]:
    """Return the object ids of the regular files below the checkout `root` that are as the index has them.

    Left out is every file of which git would not notice or not tell: assumed unchanged, outside of a sparse checkout, converted
    by attributes (so everything of Git LFS), unmerged. Nothing at all where `root` is not the top of a repository, or git fails.
    """
    if not os.path.lexists(os.path.join(root, ".git")):
        return {}
    call = Call(root)
    pins = [word for pin in STRICT for word in ("-c", pin)]
    try:
        listed = call.run(*pins, "ls-files", "-s", "-v", "-z")
        found = dict(_parse_entry(line) for line in listed.split(b"\0") if line.startswith((b"H 100644 ", b"H 100755 ")))
        for path in _read_changed(call.run(*pins, "diff-files", "--raw", "-z", "--no-renames")):
            found.pop(path, None)
        for path in _find_converted(call, found):
            found.pop(path, None)
    except (LanemarkError, ValueError):
        return {}
    return found


def _parse_entry(line: bytes) -> tuple[RepoPath, str]:
    """Return path and object id of one line of `git ls-files -s -v`: `H 100644 4f96… 0<tab>path`."""
    meta, _, path = line.partition(b"\t")
    _, _, oid, stage = meta.split(b" ")
    if stage != b"0":
        raise DataError("an unmerged file")
    return from_bytes(path), oid.decode("ascii")


def _read_changed(output: bytes) -> list[RepoPath]:
    """Return the paths of `git diff-files --raw -z`, which stand after each `:100644 100644 … M`."""
    return [from_bytes(field) for field in output.split(b"\0")[1::2]]


def _find_converted(call: Call, paths: dict[RepoPath, str]) -> list[RepoPath]:
    """Return the files that attributes convert."""
    if not paths:
        return []
    asked = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    fields = call.run("check-attr", "-z", "--stdin", *CONVERTING, stdin=asked).split(b"\0")
    triples = zip(fields[0::3], fields[2::3], strict=False)
    return [from_bytes(path) for path, value in triples if value not in (b"unspecified", b"unset")]
