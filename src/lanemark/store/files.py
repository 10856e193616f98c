"""Bytes on disk: limited and in pieces in, atomic out."""

import os
import secrets
import stat
from collections.abc import Iterator

from lanemark.errors import DataError

PIECE = 1 << 20


class DiskFiles:
    """Is a ports.Files."""

    def chunks(self, path: str, *, limit: int) -> Iterator[bytes]:
        """Yield the file's bytes in pieces; raise DataError when it is missing, not a regular file, or longer than `limit`."""
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError as fault:
            why = "it is a symbolic link" if os.path.islink(path) else (fault.strerror or "it cannot be read").lower()
            raise DataError(f"{path}: {why}") from None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DataError(f"{path}: it is not a regular file")
            seen = 0
            while piece := file.read(PIECE):
                seen += len(piece)
                if seen > limit:
                    raise DataError(f"{path}: longer than {limit} bytes")
                yield piece

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file, under the same rules as `chunks`."""
        return b"".join(self.chunks(path, limit=limit))

    def write(self, path: str, data: bytes) -> None:
        """Replace the file as a whole, making its folders; a reader sees the old or the new bytes, never a mixture."""
        folder = os.path.dirname(path) or "."
        temporary = f"{path}.{secrets.token_hex(4)}.tmp"
        try:
            os.makedirs(folder, exist_ok=True)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as fault:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise DataError(f"{path} cannot be written: {fault.strerror}") from None

    def tail(self, path: str, *, limit: int) -> bytes:
        """Return the last `limit` bytes of a log, empty where there is none."""
        try:
            with open(path, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - limit, 0))
                return file.read(limit)
        except OSError:
            return b""
