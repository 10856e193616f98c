"""Signs of life of a run: what it takes and what is left, so that who finds it dead can tell of what."""

import os
from typing import NamedTuple

from lanemark.process.listing import Relative, children_of, read_relative, read_whole
from lanemark.process.memory import resident_bytes

MOST_PROCESSES = 2000


class Vitals(NamedTuple):
    """All in bytes, None where the platform does not tell: memory of us and all below us, memory and disk that can be had."""

    rss: int | None
    available: int | None
    disk_free: int | None


def read_vitals(folder: str) -> Vitals:
    """Return the vitals of this process and all below it, with the disk of `folder`; never fails."""
    return Vitals(resident_bytes(_family()), _read_available(), _read_free(folder))


def _family() -> list[Relative]:
    found: list[Relative] = []
    waiting = [os.getpid()]
    while waiting and len(found) < MOST_PROCESSES:
        one = read_relative(waiting.pop())
        if one is not None:
            found.append(one)
            waiting += children_of(one.pid, threads=one.threads)
    return found


def _read_available() -> int | None:
    try:
        lines = read_whole("/proc/meminfo").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(b"MemAvailable:")), None)


def _read_free(folder: str) -> int | None:
    try:
        state = os.statvfs(folder)
    except OSError:
        return None
    return state.f_bavail * state.f_frsize
