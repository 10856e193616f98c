"""One process of ours: its end as a file descriptor to poll, and the kernel's account when it is reaped."""

import os
import resource
import select
import sys
import threading
import weakref
from collections.abc import Callable

Reaped = tuple[int, resource.struct_rusage]
"""Exit status (128 + n for signal n) and what the process and its waited-for descendants used."""


class Child:
    """A direct or adopted child process. `subprocess` waits by trying again and again, 15 to 40 ms too long; a poll does not."""

    def __init__(self, pid: int) -> None:
        """Watch the process `pid`, which nobody else may wait for."""
        self.pid = pid
        self._reaped: Reaped | None = None
        self._ended, self._reap = _watch(pid)
        self._close = weakref.finalize(self, os.close, self._ended)

    @property
    def peak_units(self) -> int:
        """The `ru_maxrss` of the process and its waited-for descendants, 0 before it was reaped."""
        return 0 if self._reaped is None else self._reaped[1].ru_maxrss

    def wait(self, *, wake: int, timeout_s: float | None) -> bool:
        """Return whether the process ended before `timeout_s` passed or `wake` became readable (-1: nothing wakes)."""
        poll = select.poll()
        poll.register(self._ended, select.POLLIN)
        if wake >= 0:
            poll.register(wake, select.POLLIN)
        # Up, never down: a poll that ends early would spin, and above 2**31 ms it is refused.
        milliseconds = None if timeout_s is None else min(max(int(timeout_s * 1000) + 1, 0), 2**31 - 1)
        return any(found == self._ended for found, _ in poll.poll(milliseconds))

    def reap(self) -> Reaped:
        """Wait for the end, take the account, and let the process id go."""
        if self._reaped is None:
            status, rusage = self._reap()
            self._reaped = (exit_status(status), rusage)
            self._close()
        return self._reaped


def has_ended(pid: int) -> bool:
    """Return whether a child of ours is known to be over, and leave it to be reaped; only Linux tells."""
    if sys.platform != "linux":
        return False
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def exit_status(wait_status: int) -> int:
    """Return the status of a shell: the exit status, or 128 + n for signal n."""
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code


def _watch(pid: int) -> tuple[int, Callable[[], Reaped]]:
    """Return a descriptor that is readable once the process ended, and what reaps it."""
    if sys.platform == "linux":
        try:
            return os.pidfd_open(pid), lambda: os.wait4(pid, 0)[1:]
        except OSError:  # a kernel or sandbox without pidfd
            pass
    return watch_by_thread(pid)


def watch_by_thread(pid: int) -> tuple[int, Callable[[], Reaped]]:
    """Do the same where there is no pidfd: a thread waits, and closing its end of a pipe makes the other readable."""
    reader, writer = os.pipe()
    found: list[Reaped] = []

    def wait() -> None:
        try:
            found.append(os.wait4(pid, 0)[1:])
        finally:
            os.close(writer)

    thread = threading.Thread(target=wait, name=f"wait-{pid}", daemon=True)
    thread.start()

    def reap() -> Reaped:
        thread.join()
        return found[0]

    return reader, reap
