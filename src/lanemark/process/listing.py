"""What the system says about single processes: from /proc, and through psutil where there is none."""

import functools
import os
from dataclasses import dataclass

_ENDED = frozenset((b"Z", b"X", b"x"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """One process; `alive` is False for one that ended and waits to be reaped. `started` is in ticks, for its order only."""

    pid: int
    parent: int
    group: int
    session: int
    alive: bool
    started: float


def children_of(pid: int) -> list[int]:
    """Return the children of one process, ended ones too; [] where the process is gone."""
    if not _kernel_lists_children():
        return children_by_psutil(pid)
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found += _children_of_task(pid, task)
    except OSError:  # it ended while we looked
        return found
    return found


def _children_of_task(pid: int, task: str) -> list[int]:
    """Return the children of one thread, [] where it just ended (then another thread has them)."""
    try:
        with open(f"/proc/{pid}/task/{task}/children", "rb", buffering=0) as listed:
            return [int(child) for child in listed.read().split()]
    except OSError:
        return []


@functools.cache
def _kernel_lists_children() -> bool:
    """Return whether `/proc/PID/task/TID/children` exists; some sandboxes and all other systems lack it."""
    return os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


def children_by_psutil(pid: int) -> list[int]:
    """Return the same by looking at every process of the machine."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def read_relative(pid: int) -> Relative | None:
    """Return what the system knows of one process, None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as stat:
            # The name stands in parentheses and may hold anything, so what counts comes after the last one.
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return None if os.path.exists("/proc/self/stat") else relative_by_psutil(pid)
    parent, group, session = (int(field) for field in fields[1:4])
    alive = fields[0] not in _ENDED
    return Relative(pid=pid, parent=parent, group=group, session=session, alive=alive, started=float(fields[19]))


def relative_by_psutil(pid: int) -> Relative | None:
    """Return the same where there is no /proc."""
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            return Relative(
                pid=pid,
                parent=process.ppid(),
                group=os.getpgid(pid),
                session=os.getsid(pid),
                alive=process.status() != psutil.STATUS_ZOMBIE,
                started=process.create_time(),
            )
    except (psutil.Error, OSError):
        return None


def pids_in_session(session: int) -> list[int]:
    """Return the processes of one session, by looking at every process of the machine."""
    import psutil

    found: list[int] = []
    for pid in psutil.pids():
        try:
            belongs = os.getsid(pid) == session
        except OSError:
            continue
        if belongs:
            found.append(pid)
    return found
