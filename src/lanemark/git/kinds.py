"""What git's list of changed files does not say: generated files, links that lead outside, Git LFS pointers.

Only asked where a changed file needs it: one process for a change of plain files in a repository without `.gitattributes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from lanemark.change import ChangedFile
from lanemark.change.links import leaves_repository
from lanemark.change.pointer import POINTER_LIMIT, read_pointer
from lanemark.git.attributes import find_generated, list_places
from lanemark.git.blobs import find_blobs, read_blobs
from lanemark.git.call import Call
from lanemark.path import RepoPath, from_bytes, to_bytes

LINK = "120000"
REGULAR = ("100644", "100755")

POINTER_LINES = 16
"""No pointer has more lines: three, and one for each extension."""

PATH_LIMIT = 4096
"""The longest target of a link that a system takes."""

MOST_LINKS = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A changed file with the id of its new content, zeros where it has none."""

    file: ChangedFile
    new_id: str


def tell_kinds(call: Call, base: str, tested: str, entries: Sequence[Entry]) -> tuple[ChangedFile, ...]:
    """Return the files with `generated` (by the attributes of `base`), `escapes` and `lfs_bytes`."""
    escaping = _find_escaping(call, tested, [entry for entry in entries if entry.file.new_mode == LINK])
    texts = [entry for entry in entries if _has_lines(entry.file)]
    generated, sizes = _read_attributes(call, base, tested, texts) if texts else (frozenset(), {})
    if not (escaping or generated or sizes):
        return tuple(entry.file for entry in entries)
    return tuple(
        replace(
            entry.file,
            generated=entry.file.path in generated,
            escapes=entry.file.path in escaping,
            lfs_bytes=sizes.get(entry.file.path),
        )
        for entry in entries
    )


def _has_lines(file: ChangedFile) -> bool:
    """Whether lines of a regular file were counted."""
    return bool(file.added or file.deleted) and (file.new_mode in REGULAR or file.old_mode in REGULAR)


def _may_be_pointer(file: ChangedFile) -> bool:
    """Whether the new content could be a Git LFS pointer, by its count of lines."""
    return file.new_mode in REGULAR and 1 <= (file.added or 0) <= POINTER_LINES


def _read_attributes(
    call: Call, base: str, tested: str, texts: Sequence[Entry]
) -> tuple[frozenset[RepoPath], dict[RepoPath, int]]:
    """Return which files the base side calls generated, and the sizes that Git LFS pointers tell.

    The base side alone may call a file generated; that a file is a pointer is harmless, so either side's attributes may say that
    there are some.
    """
    places = list_places(entry.file.path for entry in texts)
    candidates = [entry for entry in texts if _may_be_pointer(entry.file)]
    sides = [f"{side}:".encode() + to_bytes(place) for side in (base, tested) for place in places]
    found = find_blobs(call, [*sides, *(entry.new_id.encode() for entry in candidates)])
    lists, pointers = found[: len(sides)], found[len(sides) :]
    if not any(lists):
        return frozenset(), {}
    small = [blob for blob in pointers if blob is not None and blob.size < POINTER_LIMIT]
    contents = read_blobs(call, [*(blob for blob in lists if blob is not None), *small])
    if contents is None:
        return frozenset(), {}
    of_base = {place: blob.id for place, blob in zip(places, lists, strict=False) if blob is not None}
    generated: frozenset[RepoPath] = frozenset()
    if any(b"linguist-" in contents[name] for name in of_base.values()):
        generated = find_generated(call, of_base, [entry.file.path for entry in texts])
    sizes = {}
    if any(b"lfs" in contents[blob.id] for blob in lists if blob is not None):
        told = ((entry.file.path, read_pointer(contents.get(entry.new_id, b""))) for entry in candidates)
        sizes = {path: size for path, size in told if size is not None}
    return generated, sizes


def _find_escaping(call: Call, tested: str, entries: Sequence[Entry]) -> frozenset[RepoPath]:
    """Return the links among `entries` that lead out of the repository; one that cannot be read counts as such."""
    if not entries:
        return frozenset()
    listed = call.run("ls-tree", "-r", "-z", "--full-tree", tested)
    ids = {
        from_bytes(line.partition(b"\t")[2]): line.partition(b"\t")[0].split(b" ")[2]
        for line in listed.split(b"\0")
        if line.startswith(b"120000 ")
    }
    targets = _read_targets(call, ids) if len(ids) <= MOST_LINKS else None
    if targets is None:
        return frozenset(entry.file.path for entry in entries)
    changed = [entry.file.path for entry in entries]
    return frozenset(path for path in changed if path not in targets or leaves_repository(path, targets[path], targets))


def _read_targets(call: Call, ids: dict[RepoPath, bytes]) -> dict[str, str] | None:
    """Return what each link says, without those too long to be a path; None where they are too many to read."""
    found = find_blobs(call, list(ids.values()))
    readable = {path: blob for path, blob in zip(ids, found, strict=True) if blob is not None and blob.size <= PATH_LIMIT}
    contents = read_blobs(call, readable.values())
    if contents is None:
        return None
    return {path: from_bytes(contents[blob.id]) for path, blob in readable.items()}
