"""Run one command to its end: its time by the kernel's own account, and nothing of it left behind."""

import contextlib
import os
import resource
import signal
import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from lanemark.metric import Usage
from lanemark.ports import Command, Exit
from lanemark.process.child import Child, has_ended
from lanemark.process.ending import Step, count_living, end_members
from lanemark.process.family import Family
from lanemark.process.listing import Relative
from lanemark.process.logs import LIMIT, Logs
from lanemark.process.memory import FIRST_S, TreeSampler, transferred_bytes
from lanemark.process.starting import Prepared, maxrss_unit, prepare_start, start_apart, start_root

INTERRUPTED = 128 + signal.SIGINT
KILLED = 128 + signal.SIGKILL
NOT_EXECUTABLE = 126
NOT_THERE = 127
NOBODY = -1
"""No process: where the root of a run was not known yet."""

_Why = Literal["ended", "timed-out", "cancelled", "flooded"]
"""Why the waiting for a command is over; all but the first mean that it still runs."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A command that runs. `floor_bytes` is what its `ru_maxrss` must exceed to mean anything.

    `ended` is set for a quick command that was over when its start came back to us, as it is where both get the same core: what
    we do then, before we wait for it, is not its time.
    """

    child: Child
    started: float
    ended: float | None
    floor_bytes: int
    logs: Logs
    sampler: TreeSampler | None


class Spawner:
    """Implements `ports.Processes`; several threads may run commands at a time.

    A tree that must end gets SIGINT, after `interrupt_grace_s` SIGTERM, after `terminate_grace_s` SIGKILL. The runner gives a
    cancelled job 7.5 s before it asks again, so the defaults leave time to write down what happened.
    """

    def __init__(self, *, interrupt_grace_s: float = 2.0, terminate_grace_s: float = 1.0, log_limit: int = LIMIT) -> None:
        """Adopt the orphans of what will run; set how patient ending is, and how many bytes a command may print into files."""
        self._family = Family()
        self._interrupt: Step = (signal.SIGINT, interrupt_grace_s)
        self._terminate: Step = (signal.SIGTERM, terminate_grace_s)
        self._log_limit = log_limit
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
        with contextlib.ExitStack() as stack:
            try:
                try:
                    run = self._start(stack.enter_context(prepare_start(command)), begun)
                except (OSError, ValueError) as fault:
                    return _refuse(command, fault)
                why = self._await_end(run, command.timeout_s)
            except BaseException:  # Ctrl-C, say, and be it between the start and our knowing of it: nothing may outlive us
                self._abandon(begun[0] if begun else NOBODY)
                raise
            return self._finish(run) if why == "ended" else self._break_off(run, why)

    def _start(self, prepared: Prepared, begun: list[int]) -> _Run:
        """Start the command; `begun` gets its process id as soon as there is one."""
        family, memory = self._family, prepared.command.account == "memory"
        with family.lock:
            started, floor = time.perf_counter(), 0
            if memory:
                pid, floor = start_apart(prepared, family)
            else:
                pid = start_root(prepared)
            begun.append(pid)
            ended = time.perf_counter() if has_ended(pid) else None
            family.enter(pid)
        sampler = TreeSampler(lambda: family.glance(pid)) if memory else None
        return _Run(Child(pid), started, ended, floor, Logs(prepared.written, self._log_limit), sampler)

    def _await_end(self, run: _Run, timeout_s: float | None) -> _Why:
        """Wait until the command ends by itself, or has to."""
        deadline = None if timeout_s is None else run.started + timeout_s
        pause_s = FIRST_S if run.sampler else run.logs.look_s
        while True:
            if deadline is not None:
                left_s = deadline - time.perf_counter()
                pause_s = left_s if pause_s is None else min(left_s, pause_s)
            if run.child.wait(wake=self._wake, timeout_s=pause_s):
                return "ended"
            if self._cancelled:
                return "cancelled"
            if deadline is not None and time.perf_counter() >= deadline:
                return "timed-out"
            if run.logs.overflow():
                return "flooded"
            pause_s = run.sampler.sample() if run.sampler else run.logs.look_s

    def _finish(self, run: _Run) -> Exit:
        """Account a command that ended by itself, and end what it left behind."""
        wall_s, pid = (run.ended or time.perf_counter()) - run.started, run.child.pid
        if not run.sampler:
            status, usage = _account(run, wall_s, None)
            if not self._family.may_be_left(pid):
                self._family.forget(pid)
                return self._tell(run, status, usage)
        survivors = count_living(self._family.members(pid))
        if survivors:
            end_members(lambda: self._family.members(pid), pid, (self._terminate,))
        if run.sampler:
            status, usage = _account(run, wall_s, self._family.members(pid))
        return self._tell(run, status, _add_accounts(usage, self._family.leave(pid)), survivors=survivors)

    def _break_off(self, run: _Run, why: _Why) -> Exit:
        """End a command that has to end, with its whole tree."""
        pid = run.child.pid
        # No time to tidy up for one that floods the disk.
        steps = () if why == "flooded" else (self._interrupt, self._terminate)
        survivors = end_members(lambda: self._family.members(pid), pid, steps)
        wall_s = time.perf_counter() - run.started
        status, usage, error = KILLED, _account_nothing(wall_s), ""
        if run.child.wait(wake=-1, timeout_s=1.0):
            status, usage = _account(run, wall_s, self._family.members(pid) if run.sampler else None)
        else:
            error = f"process {pid} could not be ended; it hangs in the kernel or runs as another user"
        usage = _add_accounts(usage, self._family.leave(pid))
        return self._tell(run, status, usage, why=why, survivors=survivors, error=error)

    def _tell(self, run: _Run, status: int, usage: Usage, *, why: _Why = "ended", survivors: int = 0, error: str = "") -> Exit:
        """Return the end of a command; a quick one may have printed too much before anybody looked."""
        flooded = why == "flooded" or run.logs.overflow()
        if flooded:
            run.logs.cut()
            status, error = status or KILLED, error or run.logs.reason
        return Exit(
            status=status,
            usage=usage,
            timed_out=why == "timed-out",
            cancelled=why == "cancelled",
            error=error,
            flooded=flooded,
            survivors=survivors,
            sampler_s=run.sampler.cost_s if run.sampler else None,
            peak_bytes=run.child.peak_units * maxrss_unit(),
        )

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


def _add_accounts(usage: Usage, orphans: Iterable[resource.struct_rusage]) -> Usage:
    """Return what a tree used with what its orphans used: a command whose daemon does the work is not a quick one."""
    for used in orphans:
        usage = msgspec.structs.replace(
            usage,
            user_s=usage.user_s + used.ru_utime,
            system_s=usage.system_s + used.ru_stime,
            ctx_switches=(usage.ctx_switches or 0) + used.ru_nvcsw + used.ru_nivcsw,
            page_faults=(usage.page_faults or 0) + used.ru_minflt + used.ru_majflt,
        )
    return usage


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
