"""Processes that a killed run left behind: they still write its logs, and would write outputs beside the run that goes on."""

import contextlib
import os
import signal
import time

from lanemark.process.listing import children_of

PATIENCE_S = 5.0
POLL_S = 0.02


def end_orphans(folder: str) -> int:
    """End every process that prints into a file below `folder`, with all below it; return how many were found.

    Only Linux tells which file a process prints into; elsewhere none is found. Whoever does not end within a few seconds hangs in
    the kernel.
    """
    ended: set[int] = set()
    until = time.monotonic() + PATIENCE_S
    while (found := _find_writers(folder)) and time.monotonic() < until:
        for pid in found:
            _end(pid, folder)
        ended.update(found)
        time.sleep(POLL_S)
    return len(ended)


def _find_writers(folder: str) -> list[int]:
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    return [pid for pid in pids if pid != os.getpid() and _prints_into(pid, folder)]


def _prints_into(pid: int, folder: str) -> bool:
    for number in (1, 2):
        try:
            if os.readlink(f"/proc/{pid}/fd/{number}").startswith(f"{folder}/"):
                return True
        except OSError:  # it ended, has none, or is somebody else's
            continue
    return False


def _end(pid: int, folder: str) -> None:
    """Kill a process and its descendants, unless its number was given away since."""
    with contextlib.suppress(OSError):
        held = os.pidfd_open(pid)
        try:
            if _prints_into(pid, folder):
                below = children_of(pid)
                signal.pidfd_send_signal(held, signal.SIGKILL)
                for child in below:
                    _end_child(child)
        finally:
            os.close(held)


def _end_child(pid: int) -> None:
    below = children_of(pid)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    for child in below:
        _end_child(child)
