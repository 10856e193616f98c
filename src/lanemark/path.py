"""A path inside the repository, exactly as git has it."""

from typing import NewType

RepoPath = NewType("RepoPath", str)
"""Slash-separated, relative to the repository's root, hostile, and not always UTF-8.

Bytes that are not UTF-8 stand as lone surrogates (`surrogateescape`), so that a path survives a trip through JSON. Only `escape`
makes it text for people.
"""


def from_bytes(raw: bytes) -> RepoPath:
    """Return the path that git printed as `raw` (with `-z`, so never quoted)."""
    return RepoPath(raw.decode("utf-8", "surrogateescape"))


def to_bytes(path: RepoPath) -> bytes:
    """Return the bytes git and the file system know `path` by."""
    return path.encode("utf-8", "surrogateescape")
