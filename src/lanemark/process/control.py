"""A fixed piece of work that knows nothing of the change: when it takes longer, the machine is to blame."""

import contextlib
import functools
import hashlib
import os
import resource
import shutil
import time

from lanemark.metric import Usage

HASHED = 768 << 10
"""Bytes hashed for a unit: arithmetic in a core's own cache, about 0.6 ms."""

COPIED = 4 << 20
"""Bytes copied three times for a unit, from one buffer to another of the same size: 8 MiB fit in no core's own cache. 0.3 ms."""

UNITS_PER_SPAWN = 4
"""One process is started and awaited for that many units: about 0.5 ms that go through scheduler and page tables."""

_THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)


class ControlLoad:
    """Implements `measure.experiment.ControlLoad`.

    BLAKE2 and not SHA-256, which some processors have in silicon: both sides of a comparison would not care, but the unit would
    be a third as long there. Nothing is written to the disk: of all parts tried, an fsync had the widest spread
    beside a busy neighbour (85 %, `benchmarks/control.py`), takes 0.2 ms on one disk and 10 ms on the next, and says nothing of a
    stage that only computes.
    The buffers are made once, at the first use, so no memory is asked for or given back beside a stage.
    """

    def __init__(self) -> None:
        """Find the program to start."""
        self._program = shutil.which("true", path="/bin:/usr/bin")

    @functools.cached_property
    def _buffers(self) -> tuple[memoryview, memoryview]:
        """What is copied from and to, every page touched."""
        return memoryview(bytearray(b"\xa5") * COPIED), memoryview(bytearray(b"\x5a") * COPIED)

    def run(self, units: int) -> Usage:
        """Do `units` portions of about a millisecond each, and return what they took.

        Processor time is that of this thread and of the processes it starts. The thread's is read from its own clock: the
        account of a thread that runs (`getrusage`) is up to a tick of 10 ms behind, and only good for the user and system parts.
        """
        source, target = self._buffers
        before, worked_s, started = resource.getrusage(_THREAD), time.thread_time(), time.perf_counter()
        spawned_user_s = spawned_system_s = 0.0
        switches = faults = 0
        for unit in range(units):
            hashlib.blake2b(source[:HASHED]).digest()
            for _ in range(3):
                target[:] = source
            if unit % UNITS_PER_SPAWN == 0 and (used := self._start_process()):
                spawned_user_s, spawned_system_s = spawned_user_s + used.ru_utime, spawned_system_s + used.ru_stime
                switches, faults = switches + used.ru_nvcsw + used.ru_nivcsw, faults + used.ru_minflt + used.ru_majflt
        wall_s, worked_s, after = time.perf_counter() - started, time.thread_time() - worked_s, resource.getrusage(_THREAD)
        system_s = min(after.ru_stime - before.ru_stime, worked_s)
        return Usage(
            wall_s=wall_s,
            user_s=worked_s - system_s + spawned_user_s,
            system_s=system_s + spawned_system_s,
            ctx_switches=switches + after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw,
            page_faults=faults + after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt,
        )

    def _start_process(self) -> resource.struct_rusage | None:
        """Start `true`, wait for it, and return its account; None where no process is to be had (then no stage starts either)."""
        if self._program is None:
            return None
        with contextlib.suppress(OSError):
            return os.wait4(os.posix_spawn(self._program, ("true",), {}), 0)[2]
        return None
