"""Who belongs to a run: also processes that left its session or lost their parents.

A process that calls `setsid` leaves the group we signal, and one whose parent ended hangs below process 1, where nobody finds
it. As *subreaper* we adopt such orphans instead, so everything that a run started stays our descendant until we reap it.
"""

import contextlib
import ctypes
import os
import resource
import sys
import threading
from collections.abc import Iterator
from typing import ClassVar

from lanemark.process.listing import Relative, children_of, pids_in_session, read_relative

PR_SET_CHILD_SUBREAPER = 36


class Family:
    """The runs of this process and their members.

    A child in our own session was started by another part of this process (git, say) and is left alone: the root of a run
    always leads a new session, and nobody comes back from there. An orphan that gave itself a session of its own cannot be told
    from one of a run beside it, so it belongs to the last run that stands.
    """

    _roots: ClassVar[set[int]] = set()
    lock: ClassVar[threading.Lock] = threading.Lock()
    """Held while a root is started and entered, so that nobody takes it for a stray."""

    def __init__(self) -> None:
        """Adopt orphans from now on, where the system has that."""
        self.adopts = _become_subreaper()
        if not self.adopts:
            import psutil  # noqa: F401 -- what looks need then; else the first look at a run would pay for loading it

    def enter(self, root: int) -> None:
        """Note that `root` leads a run; `lock` is held."""
        self._roots.add(root)

    def leave(self, root: int) -> list[resource.struct_rusage]:
        """Note that the run of `root` is over, reap what it left to us, and return the accounts of that.

        The kernel adds a process's account to the parent that waits for it. An orphan has none, so its account comes here.
        """
        accounts = []
        with self.lock:
            for member in self._find_members(root):
                if not member.alive and member.parent == os.getpid():
                    with contextlib.suppress(ChildProcessError):
                        reaped, _, account = os.wait4(member.pid, os.WNOHANG)
                        accounts += [account] if reaped else []
            self._roots.discard(root)
        return accounts

    def forget(self, root: int) -> None:
        """Note that the run of `root` is over and left nothing."""
        self._roots.discard(root)

    def members(self, root: int) -> list[Relative]:
        """Return the processes of the run that `root` leads, ended ones too."""
        with self.lock:
            return self._find_members(root)

    def glance(self, root: int) -> list[Relative]:
        """Return the same cheaply: an orphan may be missing when something else ended at that moment."""
        with self.lock:
            return self._find_members(root, settled=False)

    def strays(self) -> list[Relative]:
        """Return our own children that nobody here started: orphans of runs. `lock` is held."""
        return list(self._find_strays(self._roots))

    def may_be_left(self, root: int) -> bool:
        """Return False when nothing can be left of the run of `root`: one system call, for the path of every sample."""
        if self.adopts and sys.platform == "linux":
            try:
                os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:  # no child, alive or ended, so nothing was adopted
                return False
            return True
        try:
            os.killpg(root, 0)
        except OSError:
            return False
        return True

    def _find_members(self, root: int, *, settled: bool = True) -> list[Relative]:
        others = self._roots - {root}
        if self.adopts:
            adopted = [stray.pid for stray in self._find_strays(others, settled=settled) if stray.session == root or not others]
        else:
            adopted = pids_in_session(root)
        found: dict[int, Relative] = {}
        pending = [root, *adopted]
        for pid in pending:
            relative = None if pid in found else read_relative(pid)
            if relative and (pid != root or relative.parent == os.getpid()):  # else the number was given away again
                found[pid] = relative
                pending += children_of(pid, threads=relative.threads)
        return list(found.values())

    def _find_strays(self, roots: set[int], *, settled: bool = True) -> Iterator[Relative]:
        home = os.getsid(0)
        for pid in _own_children() if settled else children_of(os.getpid()):
            relative = None if pid in roots else read_relative(pid)
            if relative and relative.session != home and relative.session not in roots:
                yield relative


def _own_children() -> list[int]:
    """Return our children, read until the list stays the same: the kernel may skip one when another ends meanwhile."""
    found = children_of(os.getpid())
    while (again := children_of(os.getpid())) != found:
        found = again
    return found


def _become_subreaper() -> bool:
    """Become the one that orphans below us are handed to; return whether this system has that (Linux has)."""
    if sys.platform != "linux":
        return False
    try:
        return int(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0
    except (OSError, AttributeError):
        return False
