"""A zip from somewhere we do not trust, read in memory: only the files that were asked for, and nothing is ever extracted.

An artifact is written by a job that ran a pull request's code. So everything in the archive may lie: names, sizes, counts, kinds.
"""

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection

from lanemark.errors import DataError
from lanemark.escape import visible

MAX_ENTRIES = 2_000
MAX_ARCHIVE = 64 << 20
"""The most bytes of an archive, as downloaded."""

MAX_DIRECTORY = 2 << 20
"""The most bytes of the central directory: `zipfile` reads all of it before anything can be counted."""

MAX_RATIO = 200
"""No JSON of ours is packed so tightly; a bomb is. Counted from 1 MiB on, as small texts of one letter pack well too."""

_END = struct.Struct("<4s4H2LH")
_STORED_OR_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 1 << 16


def read_archive(data: bytes, names: Collection[str], *, limit: int, source: str) -> dict[str, bytes]:
    """Return the files called `names` that are there, each at most `limit` bytes; entries with other names are not unpacked.

    Raises DataError, beginning with `source`, when anything in the archive is not as an honest upload writes it: no zip, too
    many entries, two of one name, absolute names, `..`, links and devices, encryption, bombs, sizes or sums that lie.
    """
    _check_end(data, source)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            wanted = _check_entries(archive.infolist(), names, source)
            return {entry.filename: _read_entry(archive, entry, limit, source) for entry in wanted}
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as fault:
        raise _refusal(source, f"broken: {fault}") from None


def _check_end(data: bytes, source: str) -> None:
    """Look at the end record before `zipfile` does, because it allocates what the archive claims."""
    if len(data) > MAX_ARCHIVE:
        raise _refusal(source, f"{len(data)} bytes, at most {MAX_ARCHIVE} are read")
    if not data.startswith(b"PK\x03\x04") or len(data) < _END.size:
        raise _refusal(source, "not a zip archive")
    signature, *_, entries, directory, _offset, comment = _END.unpack_from(data, len(data) - _END.size)
    if signature != b"PK\x05\x06" or comment != 0:
        raise _refusal(source, "cut short, or something follows its end")
    if data[-_END.size - 20 :][:4] == b"PK\x06\x07":
        raise _refusal(source, "in the format for archives beyond 4 GiB")
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise _refusal(source, f"{entries} entries, at most {MAX_ENTRIES} are read")


def _check_entries(entries: list[zipfile.ZipInfo], names: Collection[str], source: str) -> list[zipfile.ZipInfo]:
    if len(entries) > MAX_ENTRIES:
        raise _refusal(source, f"{len(entries)} entries, at most {MAX_ENTRIES} are read")
    seen: set[str] = set()
    for entry in entries:
        shown = visible(entry.orig_filename[:200])
        if entry.filename in seen:
            raise _refusal(source, f"two entries called {shown}")
        seen.add(entry.filename)
        if not _is_plain_name(entry):
            raise _refusal(source, f"an entry with the name {shown}, which leads elsewhere")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refusal(source, f"{shown} is neither a file nor a folder")
        if entry.flag_bits & 0x41:
            raise _refusal(source, f"{shown} is encrypted")
    return [entry for entry in entries if entry.filename in names]


def _is_plain_name(entry: zipfile.ZipInfo) -> bool:
    """Relative, without steps up or sideways. The original name, because `zipfile` cuts the other one at a NUL."""
    name = entry.orig_filename
    if not name.isprintable() or "\\" in name or ":" in name:
        return False
    return all(part not in ("", ".", "..") for part in name.removesuffix("/").split("/"))


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, source: str) -> bytes:
    if entry.compress_type not in _STORED_OR_DEFLATED:
        raise _refusal(source, f"{entry.filename} is packed in an unusual way")
    if entry.file_size > limit:
        raise _refusal(source, f"{entry.filename} is {entry.file_size} bytes, at most {limit} are read")
    most = min(limit, max(1 << 20, entry.compress_size * MAX_RATIO))
    parts: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > most:
                raise _refusal(source, f"{entry.filename} unpacks to more than {most} bytes")
            parts.append(piece)
    if size != entry.file_size:
        raise _refusal(source, f"{entry.filename} is {size} bytes but claims {entry.file_size}")
    return b"".join(parts)


def _refusal(source: str, what: str) -> DataError:
    return DataError(f"{source}: {what}", help="Nothing of this artifact is used. Run the job that made it again.")
