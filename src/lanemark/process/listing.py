"""What the system says about single processes: from /proc, and through psutil where there is none."""

import functools
import os
from dataclasses import dataclass

_ENDED = frozenset((b"Z", b"X", b"x"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """One process; `alive` is False for one that ended and waits to be reaped. `started` is in ticks, for its order only.

    `threads` is 1 or less where it surely has no second thread, which spares a look for them.
    """

    pid: int
    parent: int
    group: int
    session: int
    alive: bool
    started: float
    threads: int = 2


def children_of(pid: int, *, threads: int = 2) -> list[int]:
    """Return the children of one process, ended ones too; [] where the process is gone."""
    if not _kernel_lists_children():
        return children_by_psutil(pid)
    if threads <= 1:
        return _children_of_task(pid, str(pid))
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
        return [int(child) for child in read_whole(f"/proc/{pid}/task/{task}/children").split()]
    except OSError:
        return []


def read_whole(path: str) -> bytes:
    """Return what a file of the kernel holds; raise OSError. Fewer system calls than `open`, and looks consist of these."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        text = b""
        while piece := os.read(opened, 4096):  # a list that fills a page comes in pieces that are a little shorter
            text += piece
        return text
    finally:
        os.close(opened)


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
        # The name stands in parentheses and may hold anything, so what counts comes after the last one.
        fields = read_whole(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return None if os.path.exists("/proc/self/stat") else relative_by_psutil(pid)
    parent, group, session = (int(field) for field in fields[1:4])
    return Relative(
        pid=pid,
        parent=parent,
        group=group,
        session=session,
        alive=fields[0] not in _ENDED,
        started=float(fields[19]),
        threads=int(fields[17]),
    )


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
