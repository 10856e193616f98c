"""Small files by the hundred: sizes first, then only what is small enough, each in one process."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lanemark.errors import DataError
from lanemark.git.call import Call

TOTAL = 16 << 20
"""The most bytes that are read in one go."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content by its id, with its size in bytes."""

    id: str
    size: int


def find_blobs(call: Call, names: Sequence[bytes]) -> list[Blob | None]:
    """Return which blob each name (an id, or `commit:path`, without a newline) means, None where it means none."""
    if not names:
        return []
    output = call.run("cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)", stdin=b"\n".join(names) + b"\n")
    lines = output.split(b"\n")[:-1]
    if len(lines) != len(names):
        raise DataError("git answered another number of questions than it was asked", help="run `git fsck`")
    return [_blob(line) for line in lines]


def _blob(line: bytes) -> Blob | None:
    """Read one line of the answer; a missing object's is its name and the word for it."""
    kind, _, rest = line.partition(b" ")
    name, _, size = rest.partition(b" ")
    if kind != b"blob" or not size.isdigit():
        return None
    return Blob(name.decode("ascii"), int(size))


def read_blobs(call: Call, blobs: Iterable[Blob]) -> dict[str, bytes] | None:
    """Return the contents by id; None where they are more than `TOTAL` bytes together."""
    wanted = {blob.id: blob.size for blob in blobs}
    if sum(wanted.values()) > TOTAL:
        return None
    if not wanted:
        return {}
    output = call.run("cat-file", "--batch", stdin="".join(f"{name}\n" for name in wanted).encode("ascii"))
    contents, at = {}, 0
    for name, size in wanted.items():
        at = output.index(b"\n", at) + 1
        contents[name] = output[at : at + size]
        at += size + 1
    return contents
