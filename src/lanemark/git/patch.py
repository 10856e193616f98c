"""Which lines a change added, exactly: from hunk headers alone, with paths that are never quoted and attributes that cannot hide.

`--text` because a pull request could add `*.py -diff` to `.gitattributes`, or a NUL byte to a source file, and have no changed
lines. Paths come from the NUL-separated entries only; the k-th `diff --git` section belongs to the k-th entry, and a type
change has two. Without context every line of a hunk starts with `+`, `-` or a backslash, so no line of a file can pass for a
header.
"""

import re
from collections.abc import Iterator, Sequence
from typing import IO

from lanemark.change import AddedLines, AddedRange, FileHunks, Hunk
from lanemark.errors import DataError
from lanemark.git.call import Call
from lanemark.git.diff import PINNED
from lanemark.path import RepoPath, from_bytes

PATCH = (
    *PINNED,
    "--patch",
    "--text",
    "--unified=0",
    "--inter-hunk-context=0",
    "--full-index",
    "--find-renames",
    "--ignore-submodules=all",
)

HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")

PIECE = 1 << 16
"""How many bytes of a line are read at once; a binary shown as text can have lines of any length."""

NOT_LINES = (b"120000", b"160000")
"""Modes without lines to test: symbolic links and submodules."""


def list_added_lines(call: Call, base: str, tested: str, head: str) -> tuple[AddedLines, ...]:
    """Return the lines of the tested commit that the base does not have, by path, with their numbers in `head`.

    For a test-merge commit the tested file differs from the pull request's head by what the base branch did meanwhile.
    """
    patch = list_hunks(call, base, tested)
    meanwhile = {file.path: file.hunks for file in list_hunks(call, head, tested)} if head != tested else {}
    files = ((file.path, [hunk for hunk in file.hunks if hunk.new]) for file in patch)
    return tuple(
        AddedLines(path=path, ranges=tuple(span for hunk in hunks for span in _place(hunk, meanwhile.get(path, ()))))
        for path, hunks in files
        if hunks
    )


def _place(added: Hunk, meanwhile: Sequence[Hunk]) -> Iterator[AddedRange]:
    """Split an added hunk where its numbers in the head jump, or where it is not in the head at all.

    `meanwhile` leads from the head to the tested commit, in order.
    """
    line, end = added.new_start, added.new_start + added.new
    shift = 0
    for hunk in meanwhile:
        start = hunk.new_start if hunk.new else hunk.new_start + 1
        if start >= end:
            break
        if line < start:
            yield AddedRange(start=line, end=start - 1, head_start=line - shift)
            line = start
        shift += hunk.new - hunk.old
        if line < start + hunk.new:
            stop = min(start + hunk.new, end)
            yield AddedRange(start=line, end=stop - 1, head_start=0)
            line = stop
    if line < end:
        yield AddedRange(start=line, end=end - 1, head_start=line - shift)


def list_hunks(call: Call, old: str, new: str) -> tuple[FileHunks, ...]:
    """Return the hunks between two commits of every file that is a regular one on each side that has it.

    A file that became a link, or was one, has hunks for its regular side alone.
    """
    with call.stream(*PATCH, old, new, "--") as output:
        owners = list(_read_entries(output))
        hunks: dict[tuple[RepoPath, RepoPath], list[Hunk]] = {paths: [] for paths in owners if paths is not None}
        section = -1
        for line in _lines(output):
            if line.startswith(b"diff --git "):
                section += 1
            elif header := HUNK.match(line):
                numbers = [1 if number is None else int(number) for number in header.group(1, 2, 3, 4)]
                _expect(0 <= section < len(owners), "a hunk without a file")
                owner = owners[section]
                if owner is not None:
                    old_start, old_count, new_start, new_count = numbers
                    hunks[owner].append(Hunk(old_start=old_start, old=old_count, new_start=new_start, new=new_count))
    _expect(section + 1 == len(owners), f"{section + 1} sections for {len(owners)} files")
    return tuple(FileHunks(old_path=paths[0], path=paths[1], hunks=tuple(found)) for paths, found in hunks.items())


def _read_entries(output: IO[bytes]) -> Iterator[tuple[RepoPath, RepoPath] | None]:
    """Yield whose lines each section of the patch shows, as old and new path; None where those are no lines of a file.

    A change of type has two sections: what was there goes, then what is there now comes.
    """
    while (first := _peek(output)[:1]) == b":":
        meta = _read_field(output).split(b" ")
        _expect(len(meta) == 5, "an odd entry")
        names = [_read_field(output) for _ in range(2 if meta[4][:1] in b"RC" else 1)]
        paths = (from_bytes(names[0]), from_bytes(names[-1]))
        old, new = meta[0].removeprefix(b":") not in NOT_LINES, meta[1] not in NOT_LINES
        if meta[4] == b"T":
            yield paths if old else None
            yield paths if new else None
        else:
            yield paths if old and new else None
    if first == b"\0":
        output.read(1)


def _peek(output: IO[bytes]) -> bytes:
    """Return some bytes that stand next, without taking them; empty at the end."""
    peeked: bytes = output.peek()  # type: ignore[attr-defined]
    return peeked


def _read_field(output: IO[bytes]) -> bytes:
    """Return the bytes up to the next NUL, and take it."""
    parts: list[bytes] = []
    while chunk := _peek(output):
        end = chunk.find(b"\0")
        parts.append(output.read(len(chunk) if end < 0 else end))
        if end >= 0:
            output.read(1)
            return b"".join(parts)
    raise DataError("git printed a patch that cannot be read: it ends inside an entry")


def _lines(output: IO[bytes]) -> Iterator[bytes]:
    """Yield the beginning of every line; only a line feed ends one."""
    while piece := output.readline(PIECE):
        start = piece
        while not piece.endswith(b"\n") and (piece := output.readline(PIECE)):
            pass
        yield start


def _expect(true: bool, fault: str) -> None:  # noqa: FBT001 -- reads as an assertion
    """Raise DataError unless the patch is what it must be."""
    if not true:
        raise DataError(f"git printed a patch that cannot be read: {fault}", help="report this with the output of `git version`")
