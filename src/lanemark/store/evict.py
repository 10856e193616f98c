"""Make files cold: drop their contents from the page cache, without root and without touching what they hold."""

import contextlib
import ctypes
import functools
import mmap
import os
import stat
from collections.abc import Callable

from lanemark.store.walk import Found

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def evict_file(found: Found) -> bool:
    """Drop the contents of one file from the page cache; return whether nothing of them is there now.

    What the kernel knows of names and permissions stays: dropping that takes root. False where the platform has no such call
    (macOS), where the file lives in memory (tmpfs), where another process has it mapped, and where it may not be read or just
    went away.
    """
    if not hasattr(os, "posix_fadvise"):
        return False
    try:
        opened = os.open(found.name, _READ, dir_fd=found.folder)
    except OSError:
        return False
    try:
        state = os.fstat(opened)
        return stat.S_ISREG(state.st_mode) and _drop(opened, state.st_size)
    except (OSError, ValueError):  # ValueError: it became shorter meanwhile
        return False
    finally:
        os.close(opened)


def _drop(opened: int, size: int) -> bool:
    """Drop an open file. Only clean pages go, but to write a clean one again costs up to 10 ms, so what is dirty comes second."""
    os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
    if not resident_pages(opened, size):
        return True
    os.fdatasync(opened)
    os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
    return not resident_pages(opened, size)


def resident_pages(opened: int, size: int) -> int:
    """Return how many pages of an open file are in the page cache; all of them where the system does not say."""
    pages = -(-size // mmap.PAGESIZE)
    mincore = _find_mincore()
    if not size or mincore is None:
        return pages
    present = bytearray(pages)
    # Mapped privately: ctypes wants memory that could be written, and the file is open for reading. No page of it is touched.
    with contextlib.closing(mmap.mmap(opened, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)) as mapped:
        start, flags = ctypes.c_char.from_buffer(mapped), ctypes.c_char.from_buffer(present)
        failed = mincore(ctypes.addressof(start), size, ctypes.addressof(flags))
        del start, flags  # or neither could be closed
    return pages if failed else pages - present.count(0)


@functools.cache
def _find_mincore() -> Callable[[int, int, int], int] | None:
    """Return the C library's `mincore`, which Python has no function for; its last argument is an array of a byte a page."""
    try:
        mincore = ctypes.CDLL(None).mincore
    except (OSError, AttributeError):
        return None
    mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)

    def call(start: int, size: int, flags: int) -> int:
        return int(mincore(start, size, flags))

    return call
