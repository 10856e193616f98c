"""A snapshot of files as a value: stage inputs, stage outputs, and what a sample starts from."""

from collections.abc import Iterable

from lanemark.codec import Record
from lanemark.path import RepoPath


class TreeEntry(Record, frozen=True, kw_only=True):
    """One file, symbolic link or empty directory.

    `mode` is `644`, `755`, `link` or `dir`; `digest` names the content (the link's target for `link`, empty for `dir`).
    """

    path: RepoPath
    mode: str
    digest: str


class Tree(Record, frozen=True, kw_only=True):
    """Entries sorted by path; `digest` is SHA-256 over their length-prefixed fields, so equal digests mean equal trees."""

    digest: str
    entries: tuple[TreeEntry, ...] = ()


def join_field(field: bytes) -> bytes:
    """Return a field with its length before it."""
    count = len(field)
    return (_LENGTHS[count] if count < 256 else _length(count)) + field


def join_fields(fields: Iterable[bytes]) -> bytes:
    """Return fields one after the other, each with its length before it: no two lists of fields come to the same bytes."""
    parts: list[bytes] = []
    for field in fields:
        count = len(field)
        parts += (_LENGTHS[count] if count < 256 else _length(count), field)
    return b"".join(parts)


def _length(count: int) -> bytes:
    return count.to_bytes(8, "big")


_LENGTHS = tuple(map(_length, range(256)))
