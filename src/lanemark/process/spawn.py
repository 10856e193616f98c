"""Run one command to its end: its time by the kernel's own account, and nothing of it left behind."""

import os
import signal
import time
import weakref
from dataclasses import dataclass

from lanemark.metric import Usage
from lanemark.ports import Command, Exit
from lanemark.process.child import Child
from lanemark.process.ending import Step, count_living, end_members
from lanemark.process.family import Family
from lanemark.process.listing import Relative
from lanemark.process.memory import TreeSampler, transferred_bytes
from lanemark.process.starting import maxrss_unit, prepare_start, start_apart, start_root

INTERRUPTED = 128 + signal.SIGINT
KILLED = 128 + signal.SIGKILL
NOT_EXECUTABLE = 126
NOT_THERE = 127
NOBODY = -1
"""No process: where the root of a run was not known yet."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A command that runs. `floor_bytes` is what its `ru_maxrss` must exceed to mean anything."""

    child: Child
    started: float
    floor_bytes: int
    sampler: TreeSampler | None


class Spawner:
    """Implements `ports.Processes`; several threads may run commands at a time.

    A tree that must end gets SIGINT, after `interrupt_grace_s` SIGTERM, after `terminate_grace_s` SIGKILL. The runner gives a
    cancelled job 7.5 s before it asks again, so the defaults leave time to write down what happened.
    """

    def __init__(self, *, interrupt_grace_s: float = 2.0, terminate_grace_s: float = 1.0) -> None:
        """Adopt the orphans of what will run, and set how patient ending is."""
        self._family = Family()
        self._interrupt: Step = (signal.SIGINT, interrupt_grace_s)
        self._terminate: Step = (signal.SIGTERM, terminate_grace_s)
        self._cancelled = False
        # The reading end of a pipe whose writing end is closed wakes every poll, those of now and those to come.
        self._wake, writer = os.pipe()
        self._call = weakref.finalize(self, os.close, writer)
        weakref.finalize(self, os.close, self._wake)

    def cancel(self) -> None:
        """End what runs and refuse what comes; safe from a signal handler and from any thread, and more than once."""
        self._cancelled = True
        self._call()

    def run(self, command: Command) -> Exit:
        """Run `command` to its end and account it; whatever is left of its tree is ended and counted in `survivors`.

        With `account="memory"` the tree is looked at while it runs: memory and I/O are told, and times are disturbed. What
        cannot be started gives status 127 (not there) or 126 (not executable, no log) and says why in `error`.
        """
        if self._cancelled:
            return Exit(status=INTERRUPTED, usage=_account_nothing(0.0), cancelled=True)
        begun: list[int] = []
        try:
            try:
                run = self._start(command, begun)
            except (OSError, ValueError) as fault:
                return _refuse(command, fault)
            ended = self._await_end(run, command.timeout_s)
        except BaseException:  # Ctrl-C, say, and be it between the start and our knowing of it: nothing may outlive us
            self._abandon(begun[0] if begun else NOBODY)
            raise
        return self._finish(run) if ended else self._break_off(run)

    def _start(self, command: Command, begun: list[int]) -> _Run:
        """Start the command; `begun` gets its process id as soon as there is one."""
        family = self._family
        with prepare_start(command) as prepared, family.lock:
            started, floor = time.perf_counter(), 0
            if command.account == "memory":
                pid, floor = start_apart(prepared, family)
            else:
                pid = start_root(prepared)
            begun.append(pid)
            family.enter(pid)
        sampler = TreeSampler(lambda: family.members(pid)) if command.account == "memory" else None
        return _Run(Child(pid), started, floor, sampler)

    def _await_end(self, run: _Run, timeout_s: float | None) -> bool:
        """Return whether the command ended by itself; False when its time ran out or we were cancelled."""
        deadline = None if timeout_s is None else run.started + timeout_s
        while True:
            pause_s = run.sampler.sample() if run.sampler else None
            if deadline is not None:
                left_s = deadline - time.perf_counter()
                pause_s = left_s if pause_s is None else min(left_s, pause_s)
            if run.child.wait(wake=self._wake, timeout_s=pause_s):
                return True
            if self._cancelled or (deadline is not None and time.perf_counter() >= deadline):
                return False

    def _finish(self, run: _Run) -> Exit:
        """Account a command that ended by itself, and end what it left behind."""
        wall_s, pid = time.perf_counter() - run.started, run.child.pid
        if not run.sampler:
            status, usage = _account(run, wall_s, None)
            if not self._family.may_be_left(pid):
                self._family.forget(pid)
                return Exit(status=status, usage=usage)
        survivors = count_living(self._family.members(pid))
        if survivors:
            end_members(lambda: self._family.members(pid), pid, (self._terminate,))
        if run.sampler:
            status, usage = _account(run, wall_s, self._family.members(pid))
        self._family.leave(pid)
        return Exit(status=status, usage=usage, survivors=survivors)

    def _break_off(self, run: _Run) -> Exit:
        """End a command whose time ran out, or that was cancelled, with its whole tree."""
        cancelled, pid = self._cancelled, run.child.pid
        survivors = end_members(lambda: self._family.members(pid), pid, (self._interrupt, self._terminate))
        wall_s = time.perf_counter() - run.started
        status, usage, error = KILLED, _account_nothing(wall_s), ""
        if run.child.wait(wake=-1, timeout_s=1.0):
            status, usage = _account(run, wall_s, self._family.members(pid) if run.sampler else None)
        else:
            error = f"process {pid} could not be ended; it hangs in the kernel or runs as another user"
        self._family.leave(pid)
        return Exit(status=status, usage=usage, timed_out=not cancelled, cancelled=cancelled, survivors=survivors, error=error)

    def _abandon(self, root: int) -> None:
        """End a run at once, without an account; also one whose root is not known yet."""
        end_members(lambda: self._family.members(root), root, ())
        self._family.leave(root)


def _account(run: _Run, wall_s: float, members: list[Relative] | None) -> tuple[int, Usage]:
    """Reap the root and return its status and what its tree used; `members` are the ended processes to ask for their I/O."""
    asked = members and any(member.pid == run.child.pid for member in members)
    moved = transferred_bytes(members) if members and asked else None
    status, used = run.child.reap()
    own = used.ru_maxrss * maxrss_unit()
    sampled = run.sampler.peak_bytes if run.sampler else None
    known = [peak for peak in (sampled, own if own > run.floor_bytes else None) if peak is not None]
    return status, Usage(
        wall_s=wall_s,
        user_s=used.ru_utime,
        system_s=used.ru_stime,
        rss_peak_bytes=max(known, default=None) if run.sampler else None,
        io_read_bytes=moved[0] if moved else None,
        io_write_bytes=moved[1] if moved else None,
        ctx_switches=used.ru_nvcsw + used.ru_nivcsw,
        page_faults=used.ru_minflt + used.ru_majflt,
    )


def _account_nothing(wall_s: float) -> Usage:
    """Return the account of what was never reaped."""
    return Usage(wall_s=wall_s, user_s=0.0, system_s=0.0)


def _refuse(command: Command, fault: OSError | ValueError) -> Exit:
    """Return the end of a command that could not be started."""
    name = command.argv[0] if command.argv else ""
    missing = isinstance(fault, FileNotFoundError | NotADirectoryError)
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    where = "" if not isinstance(fault, OSError) or fault.filename in (None, name) else f" ({fault.filename!s})"
    return Exit(
        status=NOT_THERE if missing else NOT_EXECUTABLE,
        usage=_account_nothing(0.0),
        error=f"{name!r} could not be started: {reason}{where}",
    )
