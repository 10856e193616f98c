"""The lists of checkpoints' parts among the contents of a store; the last few that were made or read are not read again."""

import os

from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import LIST_LIMIT, Item, Part, decode_items, encode_items, identify_items
from lanemark.recover.rollback import check_items
from lanemark.store.blobs import PIECE, Blobs, hash_file

MOST = 8
"""So many lists are remembered: a rollback needs three or four, each several times."""


class Lists:
    """The lists in `blobs`."""

    def __init__(self, blobs: Blobs) -> None:
        """Read and keep lists there."""
        self._blobs = blobs
        self._known: dict[str, tuple[Part, tuple[Item, ...]]] = {}

    def items(self, part: Part) -> tuple[Item, ...]:
        """Return the list of a part as `read` does; one that was read or made here just now is not read again."""
        known = self._known.get(part.items)
        if known is not None and known[0].path == part.path:
            return known[1]
        return self._note(part, self.read(part))

    def read(self, part: Part) -> tuple[Item, ...]:
        """Return the list of a part as it lies there; raise DataError where it is missing, damaged, or leads elsewhere."""
        return check_items(read_list(self._blobs, part), part.path)

    def add(self, path: str, items: tuple[Item, ...], absent: tuple[RepoPath, ...]) -> Part:
        """Keep what stands at a declared path, and return the part that names it."""
        digest = self._blobs.add_bytes(encode_items(items))
        known = self._known.get(digest)
        if known is not None and (known[0].path, known[0].absent) == (path, absent):
            return known[0]
        part = Part(
            path=path,
            items=digest,
            identity=identify_items(items),
            files=sum(item.kind != "dir" for item in items),
            bytes=sum(item.size for item in items if item.kind == "file"),
            absent=absent,
        )
        self._note(part, items)
        return part

    def _note(self, part: Part, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Remember the last few lists."""
        self._known[part.items] = part, items
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return items


def read_list(blobs: Blobs, part: Part) -> tuple[Item, ...]:
    """Return the list of a part; raise DataError where it is missing or damaged."""
    where = f"the list of {part.path!r} ({part.items[:12]})"
    try:
        source = blobs.open(part.items)
    except OSError:
        raise DataError(f"{where} is missing from the store") from None
    try:
        if os.fstat(source).st_size > LIST_LIMIT:
            raise DataError(f"{where} is too long")
        data = b"".join(iter(lambda: os.read(source, PIECE), b""))
        os.lseek(source, 0, os.SEEK_SET)
        if hash_file(source) != part.items:
            blobs.reject(part.items)
            raise DataError(f"{where} is damaged")
    finally:
        os.close(source)
    return decode_items(data, where)
