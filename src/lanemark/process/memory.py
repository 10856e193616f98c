"""What a process tree holds while it runs: peak memory of all its processes together, and the bytes it read and wrote.

`wait4` cannot tell the peak of a tree: it knows the largest *single* process, and for a small child started by vfork it reports
the memory of the parent. So the tree is looked at every 20 ms or less often, in a pass of its own because looking costs time.
"""

import os
import time
from collections.abc import Callable

from lanemark.process.listing import Relative, read_whole

PAGE = os.sysconf("SC_PAGE_SIZE")
FIRST_S = 0.005
INTERVAL_S = 0.02
SHARE = 0.007
"""The part of one core that looking takes at most. Less than the hundredth it may take: a look may be dearer than the last."""


class TreeSampler:
    """Looks at a tree again and again and remembers the most it held.

    The first look comes after `FIRST_S`, whatever it costs. Every other comes when the run has lasted so long that all looks, and
    this one, are no more than their share of it: what is dear to look at is looked at less often, however large it is, and a run
    may end at any time without a look that nothing paid for. Where looks are cheap they come every 5, 10, and then 20 ms.
    """

    def __init__(self, find: Callable[[], list[Relative]]) -> None:
        """Look at what `find` gives."""
        self._find = find
        self._pause_s = FIRST_S
        self._born_s = time.perf_counter()
        self._mark_s = time.thread_time()
        self.cost_s = 0.0
        self.peak_bytes: int | None = None

    def sample(self) -> float:
        """Look once, and return after how many seconds to look again.

        `cost_s` is the processor time of this thread since the sampler was made: the looks, and waking up for them.
        """
        held = resident_bytes(self._find())
        if held:
            self.peak_bytes = max(held, self.peak_bytes or 0)
        now_s = time.thread_time()
        look_s, self._mark_s = now_s - self._mark_s, now_s
        self.cost_s += look_s
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, INTERVAL_S)
        paid_s = (self.cost_s + look_s) / SHARE - (time.perf_counter() - self._born_s)
        return max(pause_s, paid_s)


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
    """Return the kernel's line of page counts, made up from psutil where there is no /proc, b"" for a process that is gone.

    The same figure in `stat`, which is read anyway, is a rough one since Linux 6.2: some hundred pages off for every core.
    """
    try:
        return read_whole(f"/proc/{pid}/statm")
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
            found = dict(line.split(b": ") for line in read_whole(f"/proc/{member.pid}/io").splitlines())
        except OSError:
            return None
        read += int(found[b"rchar"])
        written += int(found[b"wchar"])
    return read, written
