"""What a process tree holds while it runs: peak memory of all its processes together, and the bytes it read and wrote.

`wait4` cannot tell the peak of a tree: it knows the largest *single* process, and for a small child started by vfork it reports
the memory of the parent. So the tree is looked at every 20 ms, in a pass of its own because looking costs time.
"""

import os
import time
from collections.abc import Callable

from lanemark.process.listing import Relative

PAGE = os.sysconf("SC_PAGE_SIZE")
INTERVAL_S = 0.02
WIDEST_S = 0.25
SHARE = 0.01
"""The part of one core that looking may take; past it the looks come less often."""


class TreeSampler:
    """Looks at a tree again and again and remembers the most it held."""

    def __init__(self, find: Callable[[], list[Relative]]) -> None:
        """Look at what `find` gives."""
        self._find = find
        self._pause_s = 0.001  # short-lived commands get looks early
        self.peak_bytes: int | None = None

    def sample(self) -> float:
        """Look once, and return after how many seconds to look again."""
        started = time.thread_time()
        held = resident_bytes(self._find())
        if held:
            self.peak_bytes = max(held, self.peak_bytes or 0)
        cost_s = time.thread_time() - started
        self._pause_s = min(self._pause_s * 2, INTERVAL_S)
        return min(max(self._pause_s, cost_s / SHARE if self._pause_s == INTERVAL_S else 0.0), WIDEST_S)


def resident_bytes(members: list[Relative]) -> int | None:
    """Return the resident memory of the living members together, None where none could be seen.

    A child between vfork and exec runs in its parent's memory. It is told by figures that equal its parent's to the page, and
    counted once: otherwise a look at such a moment doubles the tree.
    """
    seen: dict[int, bytes] = {}
    total = None
    for member in members:  # parents come before their children
        statm = _read_statm(member.pid) if member.alive else b""
        if not statm or seen.get(member.parent) == statm:
            continue
        seen[member.pid] = statm
        total = (total or 0) + int(statm.split()[1]) * PAGE
    return total


def _read_statm(pid: int) -> bytes:
    """Return the kernel's line of page counts, made up from psutil where there is no /proc, b"" for a process that is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb", buffering=0) as statm:
            return statm.read()
    except OSError:
        return b"" if os.path.exists("/proc/self/statm") else statm_by_psutil(pid)


def statm_by_psutil(pid: int) -> bytes:
    """Return virtual and resident pages where there is no /proc."""
    import psutil

    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return b""
    return b"%d %d" % (memory.vms // PAGE, memory.rss // PAGE)


def transferred_bytes(members: list[Relative]) -> tuple[int, int] | None:
    """Return the bytes that ended processes read and wrote through system calls, None where one of them does not tell.

    Ask between the end and the reaping. The kernel adds a process's figures to its parent's when the parent waits for it, so the
    root has those of its whole tree, exactly, and only orphans come on top. What counts is what programs asked for (`rchar`,
    `wchar`: also from the page cache, pipes and files in memory), which repeats from run to run as traffic to the disk does not.
    """
    read = written = 0
    for member in members:
        try:
            with open(f"/proc/{member.pid}/io", "rb", buffering=0) as figures:
                found = dict(line.split(b": ") for line in figures.read().splitlines())
        except OSError:
            return None
        read += int(found[b"rchar"])
        written += int(found[b"wchar"])
    return read, written
