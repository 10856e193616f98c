"""What the machine says about memory and disk, and when files were written: implements `recover.types.Scene`."""

import os
from contextlib import suppress

from lanemark.recover.types import Look, Mark, Room


class SystemScene:
    """The kernel's own counters. What a platform does not tell is None.

    Our control group counts what was killed in it, whether its own limit or the machine's was reached; without one the machine's
    counter is taken, which other jobs on it may move too.
    """

    def __init__(self, *, root: str = "/") -> None:
        """Find the counters below `root`."""
        self._root = root
        self._group = _find_group(root)

    def look(self, paths: tuple[str, ...]) -> Look:
        """Return what is told now; one file system that several `paths` lie on is told of once."""
        return Look(oom_kills=self._count_kills(), memory_bytes=self._memory() if paths else None, rooms=tuple(_rooms(paths)))

    def mark(self, paths: tuple[str, ...]) -> Mark:
        """Return how the files `paths` stand now; no clock is asked, which may jump."""
        return {path: _stand(path) for path in paths}

    def is_newer(self, path: str, mark: Mark) -> bool:
        """Tell whether there is a file at `path` that was written since `mark`."""
        now = _stand(path)
        return now is not None and now != mark.get(path)

    def _count_kills(self) -> int | None:
        names = ("memory.events", "memory.oom_control")
        sources = (*(f"{self._group}/{name}" for name in names if self._group), f"{self._root}proc/vmstat")
        return next((found for source in sources if (found := _read_count(source, "oom_kill")) is not None), None)

    def _memory(self) -> int | None:
        """Return what we may use: the machine's memory, or the limit of our group where that is less."""
        whole = _read_count(f"{self._root}proc/meminfo", "MemTotal:")
        found = [] if whole is None else [whole << 10]
        for name in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError), open(f"{self._group}/{name}", encoding="ascii") as opened:
                found.append(int(opened.read()))
        return min(found, default=None)


def _stand(path: str) -> tuple[int, ...] | None:
    """Return what of a file's stat changes when it is written, None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _find_group(root: str) -> str:
    """Return the folder of our control group for memory, empty where there is none we can see."""
    try:
        with open(f"{root}proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as opened:
            lines = [line.rstrip("\n").split(":", 2) for line in opened]
    except OSError:
        return ""
    for _, kinds, path in (line for line in lines if len(line) == 3):
        where = "memory" if "memory" in kinds.split(",") else "" if not kinds else None
        if where is None:
            continue
        for place in (path, ""):  # in a container its own group stands at the root
            folder = os.path.normpath(f"{root}sys/fs/cgroup/{where}/{place}")
            if any(os.path.exists(f"{folder}/{name}") for name in ("memory.events", "memory.oom_control")):
                return folder
    return ""


def _read_count(path: str, name: str) -> int | None:
    """Return the number after `name` at the start of a line, None where the file does not have it."""
    try:
        with open(path, "rb") as opened:
            data = b"\n" + opened.read(1 << 16)
    except OSError:
        return None
    found = data.partition(f"\n{name} ".encode())[2].split(None, 1)
    return int(found[0]) if found and found[0].isdigit() else None


def _rooms(paths: tuple[str, ...]) -> list[Room]:
    """Return what is free where `paths` lie."""
    seen: set[int] = set()
    found = []
    for path in paths:
        try:
            device, state = os.stat(path).st_dev, os.statvfs(path)
        except OSError:
            continue
        if device in seen or not state.f_blocks:
            continue
        seen.add(device)
        share = state.f_bavail / state.f_blocks
        inodes = state.f_favail / state.f_files if state.f_files else None
        found.append(Room(path=path, free_bytes=state.f_bavail * state.f_frsize, free_share=share, inodes_share=inodes))
    return found
