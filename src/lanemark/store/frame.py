"""The frame of a pack: a zip file that any tool can list, of which only the one form is read that is written here.

Everything is stored as it is. Whoever carries a pack (the Actions cache, an artifact) compresses it already, so the bytes depend
on no version of zlib, and there is nothing that could unpack to more than it is. Deflate at level 1 makes 113 MB of 337 MB of
installed Python packages, at 93 MB/s; storing takes a fiftieth of that time, and zstd follows anyway.

A frame is accepted when every byte of it that is no content is the byte that writing it would give: no second entry of one name,
no names but ours, no links, no comments, no extra fields, no encryption, no zip64, nothing before, between or behind, and a
directory that says what the headers said.
"""

import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from lanemark.errors import DataError

HEAD = "pack.json"
MAX_BYTES = 2 << 30
"""The most bytes of a pack; zip counts in 32 bits, and some readers take them for signed."""

MAX_OBJECTS = 60_000
"""The most objects of a pack; zip counts them in 16 bits."""

PIECE = 1 << 18

_NAME = re.compile(r"pack\.json|cas/[0-9a-f]{64}|ac/[0-9a-f]{64}\.json")
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 10
_DAY = 0x21
"""1 January 1980, as zip writes it: a pack says nothing of when it was written."""

_FILE = 0o100444 << 16
_RANK = {"p": 0, "c": 1, "a": 2}
"""What stands first: the head, then contents, then entries."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One object in a pack: its name, where its bytes begin, how many there are, and their CRC-32."""

    name: str
    at: int
    size: int
    crc: int


def header_size(name: str) -> int:
    """Return how many bytes of a pack an object takes besides its content."""
    return _LOCAL.size + _CENTRAL.size + 2 * len(name)


class FrameWriter:
    """Writes objects one after the other; sums are known at the end of each, so its header is written last."""

    def __init__(self, target: BinaryIO) -> None:
        """Write to `target`, which is empty and can be sought in."""
        self._target = target
        self.objects: list[Packed] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one object; where `pieces` raises, it is as if nothing had been written."""
        start = self._target.tell()
        at, size, crc = start + _LOCAL.size + len(name), 0, 0
        try:
            self._target.seek(at)
            for piece in pieces:
                self._target.write(piece)
                size, crc = size + len(piece), zlib.crc32(piece, crc)
        except BaseException:
            self._target.seek(start)
            self._target.truncate()
            raise
        made = Packed(name, at, size, crc)
        self._target.seek(start)
        self._target.write(_local(made))
        self._target.seek(at + size)
        self.objects.append(made)

    def finish(self) -> None:
        """Write the directory."""
        self._target.write(_directory(self.objects, self._target.tell()))


def read_frame(source: int, path: str, *, most: int = MAX_OBJECTS) -> tuple[Packed, ...]:
    """Return the objects of the open pack `source`, head first; raise DataError for anything that is not as written here."""
    size = os.fstat(source).st_size
    if size > MAX_BYTES:
        raise _refusal(path, f"{size} bytes, at most {MAX_BYTES} are read")
    objects: list[Packed] = []
    at = 0
    while os.pread(source, 4, at) == b"PK\x03\x04":
        found = _read_local(source, at, path)
        if found.at + found.size > size:
            raise _refusal(path, "cut short")
        if not objects and found.name != HEAD:
            raise _refusal(path, f"{HEAD} does not stand first")
        if objects and _order(found) <= _order(objects[-1]):
            raise _refusal(path, f"{found.name} stands twice, or not where it belongs")
        objects.append(found)
        if len(objects) > most:
            raise _refusal(path, f"more than {most} objects")
        at = found.at + found.size
    if not objects:
        raise _refusal(path, "not a pack")
    wanted = _directory(objects, at)
    if size - at != len(wanted) or os.pread(source, len(wanted) + 1, at) != wanted:
        raise _refusal(path, "its directory does not say what stands before it, or it is cut short")
    return tuple(objects)


def read_object(source: int, packed: Packed) -> Iterator[bytes]:
    """Yield the content of one object in pieces; a file that became shorter meanwhile gives less."""
    at, left = packed.at, packed.size
    while left and (piece := os.pread(source, min(PIECE, left), at)):
        at, left = at + len(piece), left - len(piece)
        yield piece


def _read_local(source: int, at: int, path: str) -> Packed:
    """Return the object whose header stands at `at`."""
    data = os.pread(source, _LOCAL.size + 100, at)
    if len(data) < _LOCAL.size:
        raise _refusal(path, "cut short")
    *_, crc, _, size, length, _ = _LOCAL.unpack_from(data)
    name = data[_LOCAL.size : _LOCAL.size + length].decode("ascii", "replace")
    if not _NAME.fullmatch(name):
        raise _refusal(path, "an object with a name that no pack has")
    found = Packed(name, at + _LOCAL.size + length, size, crc)
    if data[: _LOCAL.size + length] != _local(found):
        raise _refusal(path, f"the header of {name} says something that no pack says")
    return found


def _order(packed: Packed) -> tuple[int, str]:
    return _RANK[packed.name[0]], packed.name


def _local(packed: Packed) -> bytes:
    """Return the header of an object."""
    name = packed.name.encode("ascii")
    return _LOCAL.pack(b"PK\x03\x04", _VERSION, 0, 0, 0, _DAY, packed.crc, packed.size, packed.size, len(name), 0) + name


def _directory(objects: Sequence[Packed], at: int) -> bytes:
    """Return the directory that begins at `at`, with the end of the file."""
    rows = b"".join(_central(packed) for packed in objects)
    count = len(objects)
    return rows + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(rows), at, 0)


def _central(packed: Packed) -> bytes:
    name = packed.name.encode("ascii")
    made_by = 3 << 8 | _VERSION
    at = packed.at - _LOCAL.size - len(name)
    fields = (made_by, _VERSION, 0, 0, 0, _DAY, packed.crc, packed.size, packed.size, len(name), 0, 0, 0, 0, _FILE, at)
    return _CENTRAL.pack(b"PK\x01\x02", *fields) + name


def _refusal(path: str, what: str) -> DataError:
    return DataError(f"the pack {path}: {what}", help="Nothing of it is used. It can be deleted.")
