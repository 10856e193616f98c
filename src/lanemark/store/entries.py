"""Entries of the store: readable JSON, sealed with its own digest, under the key it answers."""

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from lanemark.cache.types import SCHEMA, Found, Manifest
from lanemark.codec import decode, encode
from lanemark.errors import DataError
from lanemark.store.blobs import put_away, write_all

LIMIT = 64 << 20
"""The most bytes of an entry; one with 100,000 outputs has about 15 MB."""

BLANK = "sha256:" + "0" * 64
"""Stands where the seal comes, while it is computed."""

USED_S = 3600.0
"""An entry's last use is written down at most so often."""

_KEY = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


class Entries:
    """Files `ac/ab/cdef….json` by key, and for each stage which one came last."""

    def __init__(self, folder: str) -> None:
        """Keep entries below `folder`."""
        self._folder = folder

    def find(self, key: str) -> Found:
        """Return the entry under `key`; one that is damaged is put into quarantine, one of a newer version stays where it is."""
        path = self.path(key)
        try:
            data = read_whole(path, LIMIT)
        except OSError:
            return Found()
        try:
            manifest = read_entry(data, path)
        except NewerError:
            return Found(reason="newer")
        except DataError as fault:
            self.reject(key)
            return Found(reason=f"corrupt: {fault.message}")
        if manifest.key != key:
            self.reject(key)
            return Found(reason="corrupt: it stands under another key")
        return Found(manifest=manifest)

    def newest(self, scope: str, stage: str) -> Manifest | None:
        """Return the entry of a stage that came last, None where there is none or it cannot be read."""
        try:
            with open(self._pointer(scope, stage), encoding="ascii") as opened:
                key = opened.read(100).strip()
        except (OSError, ValueError):
            return None
        return self.find(key).manifest if _KEY.fullmatch(key) else None

    def add(self, manifest: Manifest) -> None:
        """Write an entry, and then that it is the newest; raise OSError where that cannot be done."""
        write_whole(self.path(manifest.key), seal_entry(manifest))
        write_whole(self._pointer(manifest.scope, manifest.stage), manifest.key.encode("ascii"))

    def check_names(self, manifest: Manifest) -> None:
        """Raise DataError for an entry of somebody else's with names that no place here can have."""
        self.path(manifest.key)
        self._pointer(manifest.scope, manifest.stage)

    def note_use(self, key: str) -> None:
        """Write down that an entry was used now, unless that was done lately or the store cannot be written to."""
        with contextlib.suppress(OSError):
            path = self.path(key)
            if time.time() - os.stat(path).st_mtime > USED_S:
                os.utime(path)

    def reject(self, key: str) -> None:
        """Put an entry into quarantine."""
        put_away(self.path(key), os.path.join(self._folder, "quarantine"))

    def remove(self, key: str) -> None:
        """Delete an entry."""
        with contextlib.suppress(OSError):
            os.unlink(self.path(key))

    def list_keys(self) -> Iterator[str]:
        """Yield the keys of all entries."""
        top = os.path.join(self._folder, "ac")
        for part in _names(top):
            for name in _names(os.path.join(top, part)):
                key = f"sha256:{part}{name.removesuffix('.json')}"
                if _KEY.fullmatch(key):
                    yield key

    def path(self, key: str) -> str:
        """Return where the entry under `key` lies."""
        if not _KEY.fullmatch(key):
            raise DataError(f"{key[:100]!r} is no key")
        digest = key.removeprefix("sha256:")
        return os.path.join(self._folder, "ac", digest[:2], f"{digest[2:]}.json")

    def _pointer(self, scope: str, stage: str) -> str:
        family, bracket, _ = stage.partition("[")
        if not (_NAME.fullmatch(scope) and _NAME.fullmatch(family)):
            raise DataError(f"{stage[:100]!r} is no name of a stage")
        # An instance such as `unit[packages/a]` has a path in its name.
        name = f"{family}-{sha256(stage.encode('utf-8', 'surrogateescape')).hexdigest()}" if bracket else stage
        return os.path.join(self._folder, "newest", scope, name)


class NewerError(DataError):
    """The entry has a schema that this version does not know."""


def seal_entry(manifest: Manifest) -> bytes:
    """Return the bytes of an entry with its seal: the digest of the same bytes with a blank in its place."""
    data = encode(msgspec.structs.replace(manifest, seal=BLANK))
    return _replace_seal(data, BLANK, f"sha256:{sha256(data).hexdigest()}")


def read_entry(data: bytes, source: str) -> Manifest:
    """Return the entry in `data`; raise NewerError for a newer schema, DataError for anything that is not whole."""
    if len(data) > LIMIT:
        raise DataError(f"{source}: longer than {LIMIT} bytes")
    try:
        # The seal is checked below: what it covers came from our own writer, so the quick reader is enough.
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        manifest = _read_odd(data, source)
    if manifest.schema != SCHEMA:
        raise NewerError(f"{source}: schema {manifest.schema}, {SCHEMA} is read")
    if sha256(_replace_seal(data, manifest.seal, BLANK)).hexdigest() != manifest.seal.removeprefix("sha256:"):
        raise DataError("its seal does not fit what it says")
    return manifest


def _read_odd(data: bytes, source: str) -> Manifest:
    """Return an entry that msgspec does not take: names that are not UTF-8, or a schema of later days."""
    try:
        schema = json.loads(data).get("schema")
    except (ValueError, AttributeError, RecursionError):
        raise DataError("it is not JSON") from None
    if isinstance(schema, int) and schema > SCHEMA:
        raise NewerError(f"{source}: schema {schema}, {SCHEMA} is read")
    return decode(data, Manifest, limit=LIMIT, source="it")


def _replace_seal(data: bytes, old: str, new: str) -> bytes:
    """Return `data` with another seal; its line is the only one that begins so on the first level."""
    return data.replace(f'\n  "seal": "{old}"'.encode(), f'\n  "seal": "{new}"'.encode(), 1)


def read_whole(path: str, limit: int) -> bytes:
    """Return a file, at most one byte more than `limit`.

    It is asked for its size first: `read(limit)` would get as much memory as the limit says, which costs more than the file.
    """
    with open(path, "rb") as opened:
        return opened.read(min(os.fstat(opened.fileno()).st_size, limit) + 1)


def write_whole(path: str, data: bytes) -> None:
    """Replace a file as a whole. It is not forced to the disk: after a power cut what is not whole is a miss."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{secrets.token_hex(8)}.tmp")
    target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        write_all(target, data)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    finally:
        os.close(target)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
