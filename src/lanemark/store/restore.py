"""Change folders without ever following a link: remove, write and link by open folder and name."""

import contextlib
import os
import secrets
import stat

from lanemark.errors import DataError
from lanemark.store.blobs import PIECE, write_all
from lanemark.store.walk import DEEPEST, open_folder

_TEMPORARY = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(name: str, folder: int, *, depth: int = 0) -> None:
    """Remove a file, a link (never what it points to) or a folder with all that is in it."""
    if depth > DEEPEST:
        raise DataError(f"{name[:200]!r}: folders are nested more than {DEEPEST} deep")
    try:
        inner = open_folder(name, folder)
    except NotADirectoryError:
        os.unlink(name, dir_fd=folder)
        return
    except PermissionError:  # a folder, or it would not have been asked; its maker locked it
        os.chmod(name, 0o700, dir_fd=folder)
        inner = open_folder(name, folder)
    try:
        make_writable(inner)
        for entry in os.listdir(inner):
            remove(entry, inner, depth=depth + 1)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)


def write_file(name: str, folder: int, *, source: int, mode: int, mtime_ns: int | None) -> os.stat_result:
    """Put a copy of the open file `source` under `name`, replacing what stands there as a whole; return the new file's stat."""
    temporary = f".lanemark-{secrets.token_hex(8)}"
    target = os.open(temporary, _TEMPORARY, 0o600, dir_fd=folder)
    try:
        while piece := os.read(source, PIECE):
            write_all(target, piece)
        os.fchmod(target, mode)
        if mtime_ns is not None:
            os.utime(target, ns=(mtime_ns, mtime_ns))
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return os.fstat(target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    finally:
        os.close(target)


def write_link(name: str, folder: int, *, points_to: bytes) -> None:
    """Put a symbolic link under `name`, verbatim, wherever it points."""
    temporary = f".lanemark-{secrets.token_hex(8)}"
    os.symlink(points_to, os.fsencode(temporary), dir_fd=folder)
    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def make_writable(folder: int) -> None:
    """Let us add and remove names in an open folder that its maker locked (as Go does with its modules)."""
    mode = stat.S_IMODE(os.fstat(folder).st_mode)
    if mode & 0o700 != 0o700:
        os.fchmod(folder, mode | 0o700)
