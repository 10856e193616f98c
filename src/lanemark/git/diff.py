"""Which files differ between two commits: paths and modes by the byte, with line counts, in one process.

What that process cannot say of a file (`git.kinds`) is asked after.
"""

from collections.abc import Iterator

from lanemark.change import ChangedFile
from lanemark.errors import DataError
from lanemark.git.call import Call
from lanemark.git.kinds import Entry, tell_kinds
from lanemark.path import from_bytes

PINNED = (
    "diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative",
    "--diff-algorithm=myers", "--indent-heuristic", "--submodule=short",
)  # fmt: skip
"""Plumbing, which reads less configuration than `git diff`, with the rest of it overridden."""


def list_changed_files(call: Call, base: str, tested: str) -> tuple[ChangedFile, ...]:
    """Return the files that differ, a rename as its two paths; submodules count whatever `.gitmodules` says.

    What is binary is told by the content (a NUL early on), never by attributes.
    """
    words = (*PINNED, "--numstat", "--no-renames", "--ignore-submodules=none", base, tested, "--")
    output = call.run(*words, objects_only=True)
    return tell_kinds(call, base, tested, parse_entries(output))


def parse_entries(output: bytes) -> tuple[Entry, ...]:
    """Read `--raw --numstat -z`: all raw entries, then the counts of the same paths; raise DataError on anything else."""
    fields = iter(output.split(b"\0")[:-1])
    entries: dict[bytes, list[bytes]] = {}
    counts: dict[bytes, list[bytes]] = {}
    for word in fields:
        if word.startswith(b":"):
            meta = word[1:].split(b" ")
            _expect(len(meta) == 5)
            entries[_next(fields)] = meta
        else:
            numbers = word.split(b"\t", 2)
            _expect(len(numbers) == 3)
            counts[numbers[2]] = numbers
    _expect(counts.keys() <= entries.keys())
    try:
        return tuple(_read_entry(path, meta, counts.get(path)) for path, meta in entries.items())
    except ValueError:  # a count that is no number, or a mode that is no text
        raise _unreadable() from None


def _read_entry(path: bytes, meta: list[bytes], numbers: list[bytes] | None) -> Entry:
    """Return one file from its raw entry (old mode, new mode, two ids, status) and its counts (`-` for a binary)."""
    added, deleted = (None if number == b"-" else int(number) for number in (numbers or [b"0", b"0"])[:2])
    file = ChangedFile(
        path=from_bytes(path),
        status=meta[4][:1].decode("ascii"),
        old_mode=meta[0].decode("ascii"),
        new_mode=meta[1].decode("ascii"),
        added=added,
        deleted=deleted,
    )
    return Entry(file, meta[3].decode("ascii"))


def _next(fields: Iterator[bytes]) -> bytes:
    """Return the next field."""
    field = next(fields, None)
    _expect(field is not None)
    return field or b""


def _expect(true: bool) -> None:  # noqa: FBT001 -- reads as an assertion
    """Raise DataError unless git's output is what it must be."""
    if not true:
        raise _unreadable()


def _unreadable() -> DataError:
    """Return the error for output of git that is not what it must be."""
    return DataError(
        "git printed a list of changed files that cannot be read", help="report this with the output of `git version`"
    )
