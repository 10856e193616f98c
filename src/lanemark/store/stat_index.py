"""The stat index: what files held when their stat was what it is now, kept between runs for one checkout."""

import os
import time
from hashlib import sha1, sha256

import msgspec

from lanemark.path import RepoPath
from lanemark.store.blobs import PIECE, Sign, sign_of
from lanemark.store.entries import write_whole

VERSION = 1
MOST_FILES = 500_000
LIMIT = 256 << 20

SETTLED_NS = 20_000_000
COARSE_NS = 2_000_000_000
"""A file that changed less than this before it was read is read again: a second change could leave the same stat behind. The
kernel's clock ticks every 1 to 10 ms; where times have no more than milliseconds, the file system may count in steps of 2 s."""


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """The file: what it is about, then the two tables."""

    version: int
    root: str
    device: int
    files: dict[str, tuple[Sign, str]]
    objects: dict[str, str]


class StatIndex:
    """Digests of the files below `root` by path and sign, and of git's objects by id; a false one would be a wrong hit.

    So an entry is only believed as long as size, times, inode and permissions are as they were, and not even then where the file
    was too young when it was read. The file it is kept in is sealed with its digest.
    """

    def __init__(self, root: str, path: str) -> None:
        """Read what an earlier run left at `path`; what is not whole or about another place is nothing."""
        self._root, self._path = root, path
        self.files: dict[RepoPath, tuple[Sign, str]] = {}
        self.objects: dict[str, str] = {}
        self.reads = 0
        self._before = ""
        kept = self._load()
        if kept is not None:
            self.files = {RepoPath(name): value for name, value in kept.files.items()}
            self.objects = kept.objects

    def digest(self, path: RepoPath, state: os.stat_result, *, oid: bool) -> str:
        """Return the digest of the regular file whose stat is `state`; `oid` notes git's id of the same bytes with it."""
        known = self.files.get(path)
        if known is not None and known[0] == sign_of(state):
            return known[1]
        now = time.time_ns()
        digest, sign, settled = self._read(f"{self._root}/{path}", now, oid=oid)
        if settled:
            self.files[path] = (sign, digest)
        else:
            self.files.pop(path, None)
        return digest

    def read(self, path: str) -> str:
        """Return the digest of a file anywhere, by reading it."""
        return self._read(path, time.time_ns(), oid=False)[0]

    def save(self) -> None:
        """Keep for the next run what is new; raise OSError where that cannot be done."""
        if len(self.files) > MOST_FILES:
            return
        kept = _Kept(VERSION, self._root, self._device(), self._plain(), self.objects)
        data = msgspec.json.encode(kept)
        seal = sha256(data).hexdigest()
        if seal != self._before:
            write_whole(self._path, seal.encode("ascii") + b"\n" + data)

    def _read(self, path: str, now: int, *, oid: bool) -> tuple[str, Sign, bool]:
        """Return a file's digest, its sign, and whether the sign may be trusted later."""
        self.reads += 1
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(source)
            summed, named = sha256(), sha1(f"blob {before.st_size}\0".encode(), usedforsecurity=False)
            read = 0
            while piece := os.read(source, PIECE):
                summed.update(piece)
                read += len(piece)
                if oid:
                    named.update(piece)
            after = os.fstat(source)
        finally:
            os.close(source)
        digest = summed.hexdigest()
        if oid and read == before.st_size:
            self.objects[named.hexdigest()] = digest
        return digest, sign_of(before), is_settled(before, now) and sign_of(before) == sign_of(after)

    def _plain(self) -> dict[str, tuple[Sign, str]]:
        """Return the entries whose names JSON can hold."""
        return {str(name): value for name, value in self.files.items() if name.isascii() or _is_text(name)}

    def _load(self) -> _Kept | None:
        try:
            with open(self._path, "rb") as opened:
                seal, _, data = opened.read(LIMIT).partition(b"\n")
            if sha256(data).hexdigest().encode("ascii") != seal:
                return None
            kept = msgspec.json.decode(data, type=_Kept)
            if (kept.version, kept.root, kept.device) != (VERSION, self._root, self._device()):
                return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        self._before = seal.decode("ascii")
        return kept

    def _device(self) -> int:
        return os.stat(self._root).st_dev


def is_settled(state: os.stat_result, now_ns: int) -> bool:
    """Return whether a file was old enough when it was read at `now_ns` that every later change shows in its stat."""
    coarse = state.st_ctime_ns % 1_000_000 == 0
    return now_ns - max(state.st_mtime_ns, state.st_ctime_ns) > (COARSE_NS if coarse else SETTLED_NS)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
