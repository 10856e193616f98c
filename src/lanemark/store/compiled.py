"""Configurations that were read before, by what they were read from, so that nobody reads the YAML again."""

import contextlib
import os
from hashlib import sha256

from lanemark.store.stat_index import read_sealed, write_sealed

MOST_KEPT = 50
"""So many of them stay; each edit of a configuration makes one of up to some hundred kilobytes."""


def find_compiled(folder: str, sources: tuple[str, ...]) -> bytes | None:
    """Return what was kept for exactly these texts, None where there is nothing or it is damaged."""
    return read_sealed(_path(folder, sources))


def keep_compiled(folder: str, sources: tuple[str, ...], data: bytes) -> None:
    """Keep what the texts came to; a folder that cannot be written to keeps nothing."""
    with contextlib.suppress(OSError):
        write_sealed(_path(folder, sources), data)
        kept = sorted(os.scandir(folder), key=lambda entry: -entry.stat().st_mtime)
        for entry in kept[MOST_KEPT:]:
            os.unlink(entry.path)


def _path(folder: str, sources: tuple[str, ...]) -> str:
    """Return where it lies: the digest of all texts, each with its length."""
    joined = "".join(f"{len(text)}:{text}" for text in sources)
    return f"{folder}/{sha256(joined.encode('utf-8', 'surrogateescape')).hexdigest()}.json"
