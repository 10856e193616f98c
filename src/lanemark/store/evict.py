"""Make files cold: drop their contents from the page cache, without root and without touching what they hold."""

import contextlib
import ctypes
import functools
import mmap
import os
import stat
from collections.abc import Callable, Iterator

from lanemark.store.walk import Found

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def evict_files(claimed: Callable[[], Iterator[Found]]) -> int:
    """Drop the files that `claimed` yields from the page cache; return of how many nothing is there now.

    Only what is on the disk already can be dropped. Where something is left, everything is written once and dropped again: to ask
    for each file by itself takes 4 ms a file. What the kernel knows of names and permissions stays: dropping that takes root.
    """
    if not hasattr(os, "posix_fadvise"):
        return 0
    dropped = [_drop(found) for found in claimed()]
    if not all(dropped):
        os.sync()
        dropped = [_drop(found) for found in claimed()]
    return sum(dropped)


def _drop(found: Found) -> bool:
    """Drop what is clean of one file; return whether nothing of it is in the cache now.

    False where the file lives in memory (tmpfs), where another process has it mapped, and where it may not be read or just went
    away: such a file is not called cold.
    """
    try:
        opened = os.open(found.name, _READ, dir_fd=found.folder)
    except OSError:
        return False
    try:
        state = os.fstat(opened)
        if not stat.S_ISREG(state.st_mode):
            return False
        os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
        return not resident_pages(opened, state.st_size)
    except (OSError, ValueError):  # ValueError: it became shorter meanwhile
        return False
    finally:
        os.close(opened)


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
