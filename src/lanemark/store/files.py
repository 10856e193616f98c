"""Single files: read with a limit, written as a whole."""

import contextlib
import os
import stat
from collections.abc import Iterator

from lanemark.errors import DataError

PIECE = 1 << 18

# Never through a link, never waiting for somebody to open the other end of a pipe. Windows has neither.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class DiskFiles:
    """Implements `ports.Files`."""

    def chunks(self, path: str, *, limit: int) -> Iterator[bytes]:
        """Yield the file's bytes in pieces; raise DataError when it is missing, not a regular file, or longer than `limit`.

        The limit holds for what is read, so a file that grows meanwhile is refused too.
        """
        left = limit
        try:
            with os.fdopen(_open_regular(path), "rb", buffering=0) as opened:
                while piece := opened.read(min(PIECE, left + 1)):
                    left -= len(piece)
                    if left < 0:
                        raise DataError(f"{path!r}: longer than the {limit} bytes that are read")
                    yield piece
        except (OSError, ValueError) as fault:
            raise DataError(f"{path!r}: {_reason(fault)}", help="Check that the file is written, and where.") from None

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file, under the same rules as `chunks`."""
        return b"".join(self.chunks(path, limit=limit))

    def write(self, path: str, data: bytes) -> None:
        """Replace the file as a whole, making its folders; raise DataError where that cannot be done.

        A pipe, a terminal and /dev/null are written to instead.

        The bytes are on the disk before the name points to them: after a power cut there is the old file or the new one.
        """
        import secrets

        if _is_stream(path):
            self._write_stream(path, data)
            return
        folder = os.path.dirname(path) or "."
        temporary = os.path.join(folder, f".{secrets.token_hex(8)}.tmp")
        try:
            os.makedirs(folder, exist_ok=True)
            with os.fdopen(os.open(temporary, _CREATE, 0o644), "wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
            os.replace(temporary, path)
        except (OSError, ValueError) as fault:
            with contextlib.suppress(OSError, ValueError):
                os.unlink(temporary)
            raise DataError(
                f"{path!r} cannot be written: {_reason(fault)}", help="Check the folder and the free space."
            ) from None

    def _write_stream(self, path: str, data: bytes) -> None:
        """Write to a terminal, a pipe or /dev/null, which must never be replaced by a file."""
        try:
            with open(path, "wb", buffering=0) as opened:
                opened.write(data)
        except OSError as fault:
            raise DataError(f"{path!r} cannot be written: {_reason(fault)}") from None

    def tail(self, path: str, *, limit: int) -> bytes:
        """Return the last `limit` bytes of a log, empty where there is no regular file."""
        try:
            opened = _open_regular(path)
        except (OSError, ValueError, DataError):
            return b""
        with os.fdopen(opened, "rb", buffering=0) as log:
            log.seek(max(0, os.fstat(opened).st_size - limit))
            return log.read(limit) if limit > 0 else b""


def _is_stream(path: str) -> bool:
    """Return whether a path is a device or a pipe; links are only followed below /dev, where people write /dev/stdout."""
    try:
        state = os.stat(path) if path.startswith("/dev/") else os.lstat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(state.st_mode) or stat.S_ISFIFO(state.st_mode)


def _open_regular(path: str) -> int:
    """Return a descriptor of a regular file; raise DataError for anything else, OSError where it cannot be opened."""
    if os.path.islink(path):
        raise DataError(f"{path!r}: a link, not a regular file")
    opened = os.open(path, _READ)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise DataError(f"{path!r}: not a regular file")
    return opened


def _reason(fault: OSError | ValueError) -> str:
    """Return what the system says, without the path that the message names already."""
    return (isinstance(fault, OSError) and fault.strerror) or str(fault)
