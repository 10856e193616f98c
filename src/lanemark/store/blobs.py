"""Contents by their SHA-256: written once, never changed, checked before they are used."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator

Sign = tuple[int, int, int, int, int]
"""What changes when a file changes: size, modification and change time in ns, inode, permissions."""

PIECE = 1 << 18
SETTLED_NS = 20_000_000
COARSE_NS = 2_000_000_000
"""A file that changed less than this before it was read is read again: a second change could leave the same stat behind. The
kernel's clock ticks every 1 to 10 ms; where times have no more than milliseconds, the file system may count in steps of 2 s."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def sign_of(state: os.stat_result) -> Sign:
    """Return the sign of a file as its stat has it."""
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_mode & 0o777


def is_settled(state: os.stat_result, now_ns: int) -> bool:
    """Return whether a file was old enough when it was read at `now_ns` that every later change shows in its stat."""
    coarse = state.st_ctime_ns % 1_000_000 == 0
    return now_ns - max(state.st_mtime_ns, state.st_ctime_ns) > (COARSE_NS if coarse else SETTLED_NS)


def hash_file(source: int) -> str:
    """Return the SHA-256 of what the open file `source` holds from here to its end."""
    summed = hashlib.sha256()
    while piece := os.read(source, PIECE):
        summed.update(piece)
    return summed.hexdigest()


class Blobs:
    """Read-only copies in a folder outside the workspace; never linked into it, or a stage could change them in place."""

    def __init__(self, folder: str, quarantine: str | None = None) -> None:
        """Keep contents below `folder`, which is made when the first comes; damaged ones go to `quarantine`, or away.

        `written` counts the bytes that were new here.
        """
        self._folder = folder
        self._quarantine = quarantine
        self._intact: dict[str, Sign] = {}
        self.written = 0

    def add_file(self, source: int) -> str:
        """Keep what the open file `source` holds, and return its digest."""
        with open(source, "rb", closefd=False) as opened:
            piece = opened.read(PIECE)
            if len(piece) < PIECE:  # most files: their digest is known before anything is written
                return self.add_bytes(piece)
            summed = hashlib.sha256()
            with self._temporary() as (target, temporary):
                while piece:
                    summed.update(piece)
                    write_all(target, piece)
                    piece = opened.read(PIECE)
                self._enter(temporary, digest := summed.hexdigest())
        return digest

    def add_bytes(self, data: bytes) -> str:
        """Keep `data` and return its digest."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.holds(digest):
            with self._temporary() as (target, temporary):
                write_all(target, data)
                self._enter(temporary, digest)
        return digest

    def add_pieces(self, pieces: Iterable[bytes], digest: str) -> bool:
        """Keep what claims to be `digest`; False, and nothing is kept, where it is something else."""
        summed = hashlib.sha256()
        with self._temporary() as (target, temporary):
            for piece in pieces:
                summed.update(piece)
                write_all(target, piece)
            if summed.hexdigest() == digest:
                self._enter(temporary, digest)
                return True
            os.unlink(temporary)
        return False

    def holds(self, digest: str) -> bool:
        """Return whether the content is there and is what its name says; a damaged one is put out of the way, it is a miss.

        It is read once in the life of this object; after that its stat is enough.
        """
        try:
            path = self._path(digest)
            sign = sign_of(os.stat(path, follow_symlinks=False))
            if self._intact.get(digest) == sign:
                return True
            source = self.open(digest)
        except OSError:
            return False
        try:
            intact = hash_file(source) == digest
        finally:
            os.close(source)
        if intact:
            self._intact[digest] = sign
        else:
            put_away(path, self._quarantine)
        return intact

    def has(self, digest: str, size: int) -> bool:
        """Return whether there is a content of that name and length; a stat, nothing is read."""
        try:
            return os.stat(self._path(digest), follow_symlinks=False).st_size == size
        except OSError:
            return False

    def flush(self, digests: Iterable[str]) -> None:
        """Force contents to the disk, so that they outlast a power cut."""
        for digest in digests:
            source = self.open(digest)
            try:
                os.fsync(source)
            finally:
                os.close(source)

    def open(self, digest: str) -> int:
        """Return a descriptor to read the content from; FileNotFoundError where it is not there."""
        return os.open(self._path(digest), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def reject(self, digest: str) -> None:
        """Put a damaged content out of the way."""
        self._intact.pop(digest, None)
        with contextlib.suppress(FileNotFoundError):
            put_away(self._path(digest), self._quarantine)

    def size(self, digest: str) -> int:
        """Return how many bytes the content has, 0 where it is not there."""
        try:
            return os.stat(self._path(digest), follow_symlinks=False).st_size
        except OSError:
            return 0

    def _path(self, digest: str) -> str:
        """Return where a content lies; FileNotFoundError for what is no digest.

        It may come from an entry that somebody else wrote, and damaged contents are moved away: that must never be another file.
        """
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError(errno.ENOENT, "no content has such a name", digest[:100])
        return os.path.join(self._folder, digest[:2], digest[2:])

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[tuple[int, str]]:
        """Yield a new file, open, and its path; removed where it got no other name."""
        os.makedirs(self._folder, exist_ok=True)
        path = os.path.join(self._folder, f".{secrets.token_hex(8)}.tmp")
        target = os.open(path, _TEMPORARY, 0o444)
        try:
            yield target, path
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        finally:
            os.close(target)

    def _enter(self, temporary: str, digest: str) -> None:
        """Give a complete temporary file its name; whoever gives it a second time changes nothing."""
        path = self._path(digest)
        new = not os.path.exists(path)
        try:
            os.replace(temporary, path)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.replace(temporary, path)
        sign = self._intact[digest] = sign_of(os.stat(path, follow_symlinks=False))
        self.written += sign[0] * new


def put_away(path: str, quarantine: str | None) -> None:
    """Move a damaged file into the folder `quarantine`, where somebody may look at it; remove it where that cannot be done."""
    if quarantine is not None:
        try:
            os.makedirs(quarantine, exist_ok=True)
            os.replace(path, os.path.join(quarantine, f"{os.path.basename(path)}-{secrets.token_hex(4)}"))
        except OSError:
            pass
        else:
            return
    with contextlib.suppress(OSError):
        os.unlink(path)


def write_all(target: int, data: bytes) -> None:
    """Write all of `data`; one `os.write` may take less."""
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
