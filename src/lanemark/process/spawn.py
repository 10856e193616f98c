"""Run one command to its end, account it, and leave nothing of its tree behind.

`Popen` with a session of its own and `wait4` cost what a bare spawn costs. The time-out is a `poll` on the process's own file
descriptor, because waiting with a time-out in `subprocess` sleeps in steps and adds 14 to 49 ms to what is measured.
"""

import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from resource import struct_rusage
from typing import IO

from lanemark.metric import Usage
from lanemark.ports import Command, Exit
from lanemark.process.tree import (
    STEPS,
    become_subreaper,
    children_of,
    descendants,
    own_children,
    read_io,
    resident_bytes,
    signal_all,
)

TICK_S = 0.02
"""How often the memory pass looks; it looks less often when looking is dear."""

NOTHING = Usage(wall_s=0.0, user_s=0.0, system_s=0.0)


class Spawner:
    """Is a ports.Processes."""

    def __init__(self, *, graces_s: tuple[float, float] = (2.0, 1.0)) -> None:
        """Take how long a tree may take after SIGINT and after SIGTERM."""
        self._graces_s = graces_s
        self._cancelled = False
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._fork = shutil.which("setsid") if sys.platform == "linux" else None
        become_subreaper()

    def cancel(self) -> None:
        """End the running command and refuse all later ones; may be called from a signal handler or another thread."""
        self._cancelled = True
        try:
            os.write(self._waker, b"x")
        except BlockingIOError:
            pass

    def run(self, command: Command) -> Exit:
        """Run `command` to its end; nothing of its tree outlives the call."""
        if self._cancelled:
            return Exit(status=130, usage=NOTHING, cancelled=True)
        before = own_children()
        with ExitStack() as files:
            outputs = [_open_log(path, files) for path in (command.stdout, command.stderr)]
            try:
                if command.account == "memory":
                    return self._run_sampled(command, outputs, before)
                return self._run_timed(command, outputs, before)
            except (FileNotFoundError, NotADirectoryError) as fault:
                return Exit(status=127, usage=NOTHING, error=f"{fault.filename or command.argv[0]}: {fault.strerror}")
            except (PermissionError, OSError) as fault:
                return Exit(status=126, usage=NOTHING, error=f"{fault.filename or command.argv[0]}: {fault.strerror}")

    def _run_timed(self, command: Command, outputs: list[int], before: frozenset[int]) -> Exit:
        """Run with nothing but the kernel's accounting."""
        began = time.perf_counter()
        pid = _start(command.argv, command, outputs)
        reason = self._wait(pid, began, command.timeout_s, None)
        return self._finish(pid, began, before, reason, None)

    def _run_sampled(self, command: Command, outputs: list[int], before: frozenset[int]) -> Exit:
        """Run while looking at the memory of the whole tree.

        A child that we start ourselves inherits our own peak memory, because `vfork` shares our pages until it executes. A tiny
        program that forks (`setsid --fork`) stands between, and its child, which we adopt, starts from about 1 MB.
        """
        began = time.perf_counter()
        if self._fork:
            middle = _start((self._fork, "--fork", *command.argv), command, outputs)
            os.waitpid(middle, 0)
            adopted = own_children() - before
            if not adopted:
                raise FileNotFoundError(2, "No such file or directory", command.argv[0])
            pid = min(adopted)
        else:
            pid = _start(command.argv, command, outputs)
        peak = _Peak(pid)
        reason = self._wait(pid, began, command.timeout_s, peak)
        return self._finish(pid, began, before, reason, peak)

    def _wait(self, pid: int, began: float, timeout_s: float | None, peak: "_Peak | None") -> str:
        """Wait until the process has ended, its time is up, or we are cancelled; return which, empty for the first."""
        watch = select.poll()
        handle = _open_process(pid)
        if handle is not None:
            watch.register(handle, select.POLLIN)
        watch.register(self._wake, select.POLLIN)
        try:
            while True:
                left = None if timeout_s is None else began + timeout_s - time.perf_counter()
                if left is not None and left <= 0:
                    return "timeout"
                wait_s = min((value for value in (left, peak.look() if peak else None) if value is not None), default=None)
                if handle is None:
                    wait_s = min(wait_s or 0.005, 0.005)
                ready = watch.poll(None if wait_s is None else max(wait_s, 0.0) * 1000)
                if any(descriptor == self._wake for descriptor, _ in ready):
                    return "cancel"
                if ready or (handle is None and _has_ended(pid)):
                    return ""
        finally:
            if handle is not None:
                os.close(handle)

    def _finish(self, pid: int, began: float, before: frozenset[int], reason: str, peak: "_Peak | None") -> Exit:
        """End what is left of the tree, reap it, and return how it went."""
        if reason:
            self._end_tree(pid, before)
        io = read_io(pid) if peak else None
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - began
        left = own_children() - before
        survivors = 0 if not left else self._end_leftovers(pid, before)
        return Exit(
            status=_status(status),
            usage=_usage(usage, wall, peak, io, trust_peak=self._fork is not None),
            timed_out=reason == "timeout",
            cancelled=reason == "cancel",
            survivors=survivors,
        )

    def _end_tree(self, pid: int, before: frozenset[int]) -> None:
        """Ask the tree to end, then make it; the main process stays a zombie for its accounting."""
        for number, grace_s in zip(STEPS, (*self._graces_s, 2.0), strict=True):
            there = descendants((own_children() - before) | {pid})
            signal_all(there, pid, number)
            ends = time.monotonic() + grace_s
            while time.monotonic() < ends:
                if _has_ended(pid) and not self._living(before, pid):
                    return
                time.sleep(0.01)

    def _living(self, before: frozenset[int], pid: int) -> set[int]:
        """Return what lives of the tree besides the main process; the dead among our adopted children are reaped."""
        for child in own_children() - before - {pid}:
            _reap(child)
        return {one for one in descendants((own_children() - before) | {pid}) if one != pid and not _is_zombie(one)}

    def _end_leftovers(self, pid: int, before: frozenset[int]) -> int:
        """End what a stage left behind after its own end, and return how many processes that were."""
        found = self._living(before, pid)
        for number, grace_s in zip(STEPS[1:], (self._graces_s[1], 2.0), strict=True):
            there = self._living(before, pid)
            if not there:
                break
            signal_all(there, pid, number)
            ends = time.monotonic() + grace_s
            while time.monotonic() < ends and self._living(before, pid):
                time.sleep(0.01)
        return len(found)


class _Peak:
    """The most memory that a tree was seen to hold at once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._tick_s = TICK_S / 4
        self.bytes = 0

    def look(self) -> float:
        """Look once and return the seconds until the next look: at least a hundred times what looking cost."""
        began = time.perf_counter()
        self.bytes = max(self.bytes, resident_bytes(descendants(frozenset({self._pid}))))
        cost_s = time.perf_counter() - began
        self._tick_s = min(self._tick_s * 1.5, TICK_S)
        return max(self._tick_s, cost_s * 100)


def _start(argv: tuple[str, ...], command: Command, outputs: list[int]) -> int:
    """Start a process in a session of its own and return its number."""
    process = subprocess.Popen(
        argv,
        cwd=command.cwd,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=outputs[0],
        stderr=outputs[1],
        start_new_session=True,
    )
    process.returncode = 0  # wait4 below reaps it; Popen must not try, or warn
    return process.pid


def _open_log(path: str | None, files: ExitStack) -> int:
    """Return a descriptor to write a stream to."""
    if path is None:
        return subprocess.DEVNULL
    os.makedirs(os.path.dirname(path), exist_ok=True)
    file: IO[bytes] = files.enter_context(open(path, "wb"))  # noqa: SIM115 -- the stack closes it
    return file.fileno()


def _open_process(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process ends; None where the system has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _has_ended(pid: int) -> bool:
    """Tell whether our child has ended, without reaping it."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _is_zombie(pid: int) -> bool:
    """Tell whether a process is dead and only waits to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] == b"Z"
    except OSError:
        return not children_of(pid)


def _reap(pid: int) -> None:
    """Reap one adopted child where it has ended."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def _status(raw: int) -> int:
    """Return an exit status as shells do: 128 + n for signal n."""
    code = os.waitstatus_to_exitcode(raw)
    return code if code >= 0 else 128 - code


def _usage(used: struct_rusage, wall_s: float, peak: _Peak | None, io: tuple[int, int] | None, *, trust_peak: bool) -> Usage:
    """Return what the kernel accounted, with memory and I/O where somebody looked."""
    unit = 1 if sys.platform == "darwin" else 1024
    memory = None if peak is None else max(peak.bytes, used.ru_maxrss * unit if trust_peak else 0)
    return Usage(
        wall_s=wall_s,
        user_s=used.ru_utime,
        system_s=used.ru_stime,
        rss_peak_bytes=memory or None,
        io_read_bytes=io[0] if io else None,
        io_write_bytes=io[1] if io else None,
        ctx_switches=used.ru_nvcsw + used.ru_nivcsw,
        page_faults=used.ru_minflt + used.ru_majflt,
    )
