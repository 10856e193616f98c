"""Members of a hostile zip, read in memory: never extracted, every size counted while it is read."""

import io
import stat
import zipfile
import zlib
from collections.abc import Collection

from lanemark.errors import DataError
from lanemark.escape import visible

MOST_ENTRIES = 2000
TOTAL_LIMIT = 48 << 20
MEMBER_LIMIT = 24 << 20
RATIO = 200
FREE = 1 << 20
"""Below this many bytes the ratio does not matter."""


def read_archive(data: bytes, wanted: Collection[str], *, source: str) -> dict[str, bytes]:
    """Return the `wanted` members of a zip that are there; raise DataError for an archive that tries anything.

    Other members are never decompressed, but their names have to be honest too: duplicates, absolute names, `..`, backslashes,
    links and encryption are refused wherever they stand.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise DataError(f"{source}: {len(entries)} entries, at most {MOST_ENTRIES} are read")
            names = [_honest_name(entry, source) for entry in entries]
            if len(set(names)) != len(names):
                raise DataError(f"{source}: a name stands twice in it")
            found: dict[str, bytes] = {}
            for entry in entries:
                if entry.filename in wanted:
                    left = TOTAL_LIMIT - sum(map(len, found.values()))
                    found[entry.filename] = _read_member(archive, entry, min(MEMBER_LIMIT, left), source)
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as fault:
        raise DataError(f"{source}: not a zip that can be read ({visible(str(fault))[:100]})") from None


def _honest_name(entry: zipfile.ZipInfo, source: str) -> str:
    """Return an entry's name, or raise where the entry is not a plain file or folder of its own archive."""
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or "\\" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        raise DataError(f"{source}: the name {visible(name)[:100]!r} leaves the archive")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(f"{source}: {visible(name)[:100]} is not a regular file")
    if entry.flag_bits & 1:
        raise DataError(f"{source}: {visible(name)[:100]} is encrypted")
    return name


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, source: str) -> bytes:
    """Return one member's bytes, believing no size but the counted one."""
    most = min(limit, max(FREE, RATIO * max(entry.compress_size, 1)))
    data = io.BytesIO()
    with archive.open(entry) as file:
        while piece := file.read(1 << 16):
            data.write(piece)
            if data.tell() > most:
                raise DataError(
                    f"{source}: {visible(entry.filename)[:100]} is larger than its {entry.compress_size} bytes may be"
                )
    return data.getvalue()
