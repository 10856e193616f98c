"""The stat index: what files held when their stat was what it is now, kept between runs for one checkout."""

import os
import time
from hashlib import sha1, sha256

import msgspec

from lanemark.path import RepoPath
from lanemark.store.blobs import PIECE, Sign, is_settled, sign_of
from lanemark.store.entries import read_whole, write_whole

VERSION = 2
MOST_FILES = 500_000
LIMIT = 256 << 20


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """The file: what it is about, then the two tables."""

    version: int
    root: str
    device: int
    files: dict[str, tuple[Sign, str]]
    recalled: dict[str, tuple[str, str]]


class Objects:
    """The digests of git's objects (SHA-1) by their id: true in every checkout, so they spare a fresh one the reading."""

    def __init__(self, path: str) -> None:
        """Look at `path` when somebody asks; most runs do not."""
        self._path = path
        self._kept: dict[str, str] | None = None
        self._new: dict[str, str] = {}

    def get(self, oid: str) -> str | None:
        """Return the digest of an object that was read here once."""
        return self._new.get(oid) or self._load().get(oid)

    def add(self, oid: str, digest: str) -> None:
        """Note that an object has this digest."""
        self._new[oid] = digest

    def save(self) -> None:
        """Keep what is new; raise OSError where that cannot be done."""
        if self._new and not self._new.keys() <= self._load().keys():
            newest = list({**self._load(), **self._new}.items())[-MOST_FILES:]
            write_sealed(self._path, msgspec.json.encode(dict(newest)))

    def _load(self) -> dict[str, str]:
        if self._kept is None:
            data = read_sealed(self._path)
            try:
                self._kept = {} if data is None else msgspec.json.decode(data, type=dict[str, str])
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self._kept = {}
        return self._kept


class StatIndex:
    """Digests of the files below `root` by path and sign; a false one would be a wrong hit.

    `recalled` has the digest of what patterns claimed, beside one of all they could have claimed.

    So an entry is only believed as long as size, times, inode and permissions are as they were, and not even then where the file
    was too young when it was read. The file it is kept in is sealed with its digest.
    """

    def __init__(self, root: str, path: str, objects: Objects) -> None:
        """Read what an earlier run left at `path`; what is not whole or about another place is nothing."""
        self._root, self._path = root, path
        self.objects = objects
        self.files: dict[RepoPath, tuple[Sign, str]] = {}
        self.reads = 0
        self.recalled: dict[str, tuple[str, str]] = {}
        self._before = ""
        kept = self._load()
        if kept is not None:
            self.files = {RepoPath(name): value for name, value in kept.files.items()}
            self.recalled = kept.recalled

    def known(self, path: RepoPath, state: os.stat_result) -> str | None:
        """Return the digest of the regular file whose stat is `state`, None where it must be read."""
        found = self.files.get(path)
        return found[1] if found is not None and found[0] == sign_of(state) else None

    def read(self, path: RepoPath) -> str:
        """Return the digest of a file below the root by reading it, and know it from now on."""
        digest, sign, settled = self._read(f"{self._root}/{path}", time.time_ns())
        if settled:
            self.files[path] = (sign, digest)
        else:
            self.files.pop(path, None)
        return digest

    def read_elsewhere(self, path: str) -> str:
        """Return the digest of a file anywhere, by reading it."""
        return self._read(path, time.time_ns())[0]

    def learn(self, path: RepoPath, sign: Sign, oid: str) -> str | None:
        """Return the digest of a file of which git says that it is the object `oid`, and know it from now on.

        None where that object was never read here.
        """
        digest = self.objects.get(oid)
        if digest is not None:
            self.files[path] = (sign, digest)
        return digest

    def save(self) -> None:
        """Keep for the next run what is new; raise OSError where that cannot be done."""
        if len(self.files) > MOST_FILES:
            return
        kept = _Kept(VERSION, self._root, self._device(), self._plain(), self.recalled)
        data = msgspec.json.encode(kept)
        if digest_of(data) != self._before:
            write_sealed(self._path, data)
        self.objects.save()

    def _read(self, path: str, now: int) -> tuple[str, Sign, bool]:
        """Return a file's digest, its sign, and whether the sign may be trusted later."""
        self.reads += 1
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(source)
            summed, named = sha256(), sha1(b"blob %d\0" % before.st_size, usedforsecurity=False)
            read = 0
            while piece := os.read(source, PIECE):
                summed.update(piece)
                named.update(piece)
                read += len(piece)
            after = os.fstat(source)
        finally:
            os.close(source)
        digest = summed.hexdigest()
        if read == before.st_size:  # else it grew meanwhile, and git would name it otherwise
            self.objects.add(named.hexdigest(), digest)
        return digest, sign_of(before), is_settled(before, now) and sign_of(before) == sign_of(after)

    def _plain(self) -> dict[str, tuple[Sign, str]]:
        """Return the entries whose names JSON can hold."""
        return {str(name): value for name, value in self.files.items() if name.isascii() or _is_text(name)}

    def _load(self) -> _Kept | None:
        data = read_sealed(self._path)
        try:
            kept = None if data is None else msgspec.json.decode(data, type=_Kept)
            if kept is None or (kept.version, kept.root, kept.device) != (VERSION, self._root, self._device()):
                return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        self._before = digest_of(data or b"")
        return kept

    def _device(self) -> int:
        return os.stat(self._root).st_dev


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def digest_of(data: bytes) -> str:
    """Return the seal of a table."""
    return sha256(data).hexdigest()


def write_sealed(path: str, data: bytes) -> None:
    """Write a table with its digest before it; raise OSError where that cannot be done."""
    write_whole(path, digest_of(data).encode("ascii") + b"\n" + data)


def read_sealed(path: str) -> bytes | None:
    """Return a table, None where there is none or it is not what was written."""
    try:
        seal, _, data = read_whole(path, LIMIT).partition(b"\n")
    except OSError:
        return None
    return data if digest_of(data).encode("ascii") == seal else None
