"""A process tree as the system knows it: who descends from whom, and how much memory all of them hold."""

import ctypes
import os
import signal
import sys

LINUX = sys.platform == "linux"
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Make orphans among our descendants our own children, so that nothing a stage leaves behind is lost from sight."""
    if LINUX:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(pid: int) -> list[int]:
    """Return the direct children of a process, empty when it is gone."""
    if not LINUX:
        import psutil

        try:
            return [child.pid for child in psutil.Process(pid).children()]
        except psutil.Error:
            return []
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def own_children() -> frozenset[int]:
    """Return our own children now, those adopted as orphans included; one read of one file on the hot path."""
    if not LINUX:
        return frozenset(children_of(os.getpid()))
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:
            return frozenset(map(int, file.read().split()))
    except OSError:
        return frozenset()


def descendants(roots: frozenset[int]) -> set[int]:
    """Return `roots` and everything that descends from them."""
    found: set[int] = set()
    queue = list(roots)
    while queue:
        pid = queue.pop()
        if pid not in found:
            found.add(pid)
            queue += children_of(pid)
    return found


def signal_all(pids: set[int], group: int, number: int) -> None:
    """Send a signal to a process group and to every process of a tree; who is gone is gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def resident_bytes(pids: set[int]) -> int:
    """Return the memory that processes hold in RAM, pages that they share counted for each."""
    total = 0
    for pid in pids:
        try:
            if LINUX:
                with open(f"/proc/{pid}/statm", "rb") as file:
                    total += int(file.read().split()[1]) * PAGE
            else:
                import psutil

                total += int(psutil.Process(pid).memory_info().rss)
        except (OSError, IndexError, ValueError):
            continue
        except Exception as fault:
            if type(fault).__module__.startswith("psutil"):
                continue
            raise
    return total


def read_io(pid: int) -> tuple[int, int] | None:
    """Return the bytes a process, its threads and its reaped descendants asked to read and write; None where nobody can tell.

    A zombie still answers, with everything that its reaped children did added to its own.
    """
    try:
        with open(f"/proc/{pid}/io", "rb") as file:
            fields = dict(line.split(b": ") for line in file.read().splitlines())
        return int(fields[b"rchar"]), int(fields[b"wchar"])
    except (OSError, KeyError, ValueError):
        return None


STEPS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM))
"""How a tree is asked to end, politely first."""
