"""What two snapshots of the same outputs do not have in common, path by path, and where a content first differs."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lanemark.escape import visible
from lanemark.path import RepoPath
from lanemark.tree import Tree, TreeEntry

Read = Callable[[str], Iterator[bytes]]
"""A digest in, the content in pieces out."""

MOST_COMPARED = 64 << 20
"""Bytes of one content that are searched for the first difference."""

_EXCERPT, _BEFORE = 40, 20
"""Bytes of an excerpt from the difference on, and before it."""

_CONTINUED = bytes(range(0x80, 0xC0))
_KINDS = {"link": "a link", "dir": "an empty folder", "644": "a file", "755": "a file"}


class _Place(NamedTuple):
    """The first byte (from 0) in which two contents differ, its line (from 1), what both have before it, and what each has."""

    offset: int
    line: int
    before: bytes
    left: bytes
    right: bytes


def differing_paths(first: Tree, other: Tree) -> list[RepoPath]:
    """Return the paths whose entries are not equal, or that only one of the trees has, sorted.

    A folder that is empty in one tree and not in the other is left out: what is in it says the same.
    """
    left = {entry.path: entry for entry in first.entries}
    right = {entry.path: entry for entry in other.entries}
    filled = {parent for path in left.keys() | right.keys() for parent in _folders(path)}
    return sorted(path for path in left.keys() | right.keys() if left.get(path) != right.get(path) and path not in filled)


def describe_divergence(path: RepoPath, first: Tree, other: Tree, run: int, read: Read) -> str:
    """Say of `path`, which differs between the trees of run 1 and of `run`, how: `differs from byte 120, line 4: …`.

    Excerpts are short, visible, in quotes, and hostile all the same.
    """
    left, right = _entry(first, path), _entry(other, path)
    if left is None or right is None:
        return f"is missing in run {run}" if right is None else f"is new in run {run}"
    if _KINDS[left.mode] != _KINDS[right.mode]:
        return f"is {_KINDS[left.mode]} in run 1, {_KINDS[right.mode]} in run {run}"
    modes = "" if left.mode == right.mode else f"mode {left.mode} in run 1, {right.mode} in run {run}"
    if left.digest == right.digest:
        return f"has {modes}"
    if left.mode == "link":
        return f"points to {_target(left, read)} in run 1, {_target(right, read)} in run {run}"
    where = _content(read(left.digest), read(right.digest), run)
    return f"{where}; {modes}" if modes else where


def _folders(path: RepoPath) -> Iterator[str]:
    """Yield the folders on the way to `path`."""
    return (path[:at] for at, char in enumerate(path) if char == "/")


def _entry(tree: Tree, path: RepoPath) -> TreeEntry | None:
    return next((entry for entry in tree.entries if entry.path == path), None)


def _target(entry: TreeEntry, read: Read) -> str:
    raw = b"".join(read(entry.digest))
    return f'"{visible(raw[: 2 * _EXCERPT].decode("utf-8", "surrogateescape"))}"'


def _content(left: Iterator[bytes], right: Iterator[bytes], run: int) -> str:
    """Return where two contents part, with the line for text and the byte for anything else."""
    place = _first_difference(left, right)
    if place is None:
        return f"differs somewhere after {MOST_COMPARED >> 20} MiB in run {run}"
    if not place.left or not place.right:
        return f"ends at byte {place.offset} in run {run if place.left else 1}, but not in run {1 if place.left else run}"
    ours, theirs = _line_of(place.before, place.left), _line_of(place.before, place.right)
    if ours is None or theirs is None:
        return f"differs from byte {place.offset}: hex {place.left[:1].hex()} in run 1, {place.right[:1].hex()} in run {run}"
    return f'differs from byte {place.offset}, line {place.line}: "{ours}" in run 1, "{theirs}" in run {run}'


def _first_difference(left: Iterator[bytes], right: Iterator[bytes]) -> _Place | None:
    """Return the first place where the contents differ, None where that lies beyond `MOST_COMPARED`."""
    offset, line = 0, 1
    ours = theirs = before = b""
    while offset < MOST_COMPARED:
        ours, theirs = ours or next(left, b""), theirs or next(right, b"")
        common = min(len(ours), len(theirs))
        if ours[:common] != theirs[:common]:
            common = _common_length(ours, theirs, common)
        elif common:
            offset, line = offset + common, line + ours.count(b"\n", 0, common)
            before = (before + ours[max(common - _BEFORE, 0) : common])[-_BEFORE:]
            ours, theirs = ours[common:], theirs[common:]
            continue
        line += ours.count(b"\n", 0, common)
        before = (before + ours[max(common - _BEFORE, 0) : common])[-_BEFORE:]
        return _Place(offset + common, line, before, ours[common : common + _EXCERPT], theirs[common : common + _EXCERPT])
    return None


def _common_length(left: bytes, right: bytes, most: int) -> int:
    """Return how many bytes, fewer than `most`, both begin with, by halving."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _line_of(before: bytes, after: bytes) -> str | None:
    """Return what an excerpt shows of the line in which two contents part, None where that is no text."""
    start, rest = before.rpartition(b"\n")[2], after.partition(b"\n")[0]
    more = ("…" if len(start) == _BEFORE else "", "…" if len(rest) == _EXCERPT else "")
    raw = start.lstrip(_CONTINUED) + rest
    for cut in range(4):  # the excerpt may end within a character
        try:
            text = raw[: len(raw) - cut].decode()
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else f"{more[0]}{visible(text)}{more[1]}"
    return None
