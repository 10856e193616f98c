"""The exact lines a change added, from one `git diff --raw --patch -z`.

Paths come only from the NUL-separated raw part, which is never quoted; the k-th `diff --git` section belongs to the k-th raw
entry, and a type change owns two sections. Hunks are read by their counts, so that text which looks like a header is never taken
for one, and lines end at LF alone. `--text` keeps a pull request from hiding its lines by `*.py -diff` in `.gitattributes`.
"""

import re
from dataclasses import dataclass, field

from lanemark.change import AddedLines, AddedRange
from lanemark.git.ask import GitError
from lanemark.path import RepoPath, from_bytes

LINES = (
    "--raw", "--patch", "-z", "--unified=0", "--no-color", "--text", "--no-ext-diff", "--no-textconv", "--inter-hunk-context=0",
    "--src-prefix=a/", "--dst-prefix=b/", "--find-renames", "--ignore-submodules=all", "--diff-algorithm=myers", "--full-index",
    "--no-relative",
)  # fmt: skip
HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
LINKS = (b"120000", b"160000")


@dataclass(slots=True)
class _File:
    """One path's hunks as (old start, old count, new start, new count)."""

    path: RepoPath
    is_text: bool
    hunks: list[tuple[int, int, int, int]] = field(default_factory=list)


def parse_added(printed: bytes) -> tuple[AddedLines, ...]:
    """Return the added lines of each path; without another head their numbers there are the same."""
    found = []
    for file in _parse(printed):
        ranges = [AddedRange(start=start, end=start + count - 1, head_start=start) for _, _, start, count in file.hunks if count]
        if ranges and file.is_text:
            found.append(AddedLines(path=file.path, ranges=tuple(ranges)))
    return tuple(found)


def map_to_head(added: tuple[AddedLines, ...], head_to_tested: bytes) -> tuple[AddedLines, ...]:
    """Return `added` with the numbers of its lines in another commit, given what git printed from that commit to the tested one.

    A line that the other commit lacks gets 0; a range is split where the numbers jump.
    """
    hunks = {file.path: file.hunks for file in _parse(head_to_tested)}
    return tuple(
        AddedLines(path=one.path, ranges=tuple(part for whole in one.ranges for part in _split(whole, hunks.get(one.path, []))))
        for one in added
    )


def _split(whole: AddedRange, hunks: list[tuple[int, int, int, int]]) -> list[AddedRange]:
    """Return one range in parts whose head numbers run without a jump."""
    parts: list[AddedRange] = []
    for line in range(whole.start, whole.end + 1):
        head = _head_line(line, hunks)
        last = parts[-1] if parts else None
        follows = last is not None and (
            head == last.head_start + (line - last.start) if head and last.head_start else head == last.head_start == 0
        )
        if last is not None and follows:
            parts[-1] = AddedRange(start=last.start, end=line, head_start=last.head_start)
        else:
            parts.append(AddedRange(start=line, end=line, head_start=head))
    return parts


def _head_line(line: int, hunks: list[tuple[int, int, int, int]]) -> int:
    """Return the number in the old commit of a line of the new one, 0 where the old one lacks it."""
    shift = 0
    for _, old_count, new_start, new_count in hunks:
        # A pure deletion says after which new line it stood: it shifts the lines below that one.
        first_after = new_start + new_count if new_count else new_start + 1
        if line >= first_after:
            shift += new_count - old_count
        elif new_count and line >= new_start:
            return 0
    return line - shift


def _parse(printed: bytes) -> list[_File]:
    """Return the files of a raw-and-patch diff with their hunks."""
    files: list[_File] = []
    owners: list[_File] = []
    at = 0
    while printed[at : at + 1] == b":":
        end = printed.index(b"\0", at)
        meta = printed[at + 1 : end].split(b" ")
        status, at = meta[4][:1], end + 1
        names = []
        for _ in range(2 if status in (b"R", b"C") else 1):
            end = printed.index(b"\0", at)
            names.append(printed[at:end])
            at = end + 1
        file = _File(from_bytes(names[-1]), meta[1] not in LINKS)
        files.append(file)
        owners += [file, file] if status == b"T" else [file]
    _read_hunks(printed[at:].lstrip(b"\0"), owners)
    return files


def _read_hunks(body: bytes, owners: list[_File]) -> None:
    """Read the patch part, section by section."""
    section, old_left, new_left = -1, 0, 0
    for line in body.split(b"\n"):
        if old_left or new_left:
            if line.startswith(b"+"):
                new_left -= 1
            elif line.startswith(b"-"):
                old_left -= 1
            elif not line.startswith(b"\\"):
                raise GitError(f"a line inside a hunk is neither added nor removed: {line[:60]!r}")
        elif line.startswith(b"diff --git "):
            section += 1
        elif found := HUNK.match(line):
            old_start, old_left, new_start, new_left = (int(found[n]) if found[n] is not None else 1 for n in (1, 2, 3, 4))
            owners[section].hunks.append((old_start, old_left, new_start, new_left))
    if section + 1 != len(owners):
        raise GitError(f"{section + 1} sections of a patch for {len(owners)} changed files")
