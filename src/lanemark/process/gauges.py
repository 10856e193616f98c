"""What the rest of the machine does, by the kernel's counters: read before and after a sample, they say what surrounded it.

The files are opened once and read from their start each time, which costs about 0.02 ms a look (`benchmarks/sampler.py`).
"""

import contextlib
import os
import re
import time
import weakref

from lanemark.ports import Counters

CLOCK = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"
SLOW_S = 0.002
"""Some older kernels sleep 10 ms over the clock of a core. A source this slow, three times in a row, is not asked again."""

_MHZ = re.compile(rb"^cpu MHz\s*:\s*([0-9.]+)", re.MULTILINE)


class SystemGauges:
    """Implements `ports.Gauges` with `/proc` and `/sys`. What a container, an old kernel or macOS does not have is None.

    The counters are those of the machine, whatever control group we run in: a neighbour in another container is what they are to
    show. `/proc/stat` counts in ticks of 10 ms, so over a short sample its figures are coarse; the pressure counts microseconds.
    `iowait_s` may go back a little, as the kernel's own documentation says.
    """

    def __init__(self, *, root: str = "/") -> None:
        """Open what there is below `root`."""
        self._cores = os.cpu_count() or 1
        self._tick_s = 1 / os.sysconf("SC_CLK_TCK")
        self._stat = _open(self, f"{root}proc/stat")
        self._pressure = _open(self, f"{root}proc/pressure/cpu")
        self._clock = _open(self, root + CLOCK[1:])
        self._cpuinfo = _open(self, f"{root}proc/cpuinfo") if self._clock is None else None
        self._slow = 0

    def read(self) -> Counters:
        """Return the counters as they are now; `at_s` is on the clock that never goes back."""
        at_s = time.monotonic()
        busy_s, idle_s, iowait_s, steal_s = self._read_stat()
        return Counters(
            at_s=at_s,
            cores=self._cores,
            busy_s=busy_s,
            idle_s=idle_s,
            iowait_s=iowait_s,
            steal_s=steal_s,
            pressure_s=self._read_pressure(),
            load=_read_load(),
            mhz=self._read_mhz(),
        )

    def _read_stat(self) -> tuple[float | None, float | None, float | None, float | None]:
        """Return busy, idle, waiting for I/O and stolen seconds; time of guests is part of `user` and `nice` already."""
        fields = _read(self._stat, 256).partition(b"\n")[0].split()
        try:
            if fields[0] != b"cpu":
                return None, None, None, None
            user, nice, system, idle, iowait, irq, softirq, steal = (int(field) * self._tick_s for field in fields[1:9])
        except (IndexError, ValueError):
            return None, None, None, None
        return user + nice + system + irq + softirq, idle, iowait, steal

    def _read_pressure(self) -> float | None:
        """Return the seconds in which at least one task waited for a core."""
        fields = _read(self._pressure, 256).partition(b"\n")[0].split()
        try:
            return int(fields[-1].removeprefix(b"total=")) / 1e6 if fields[0] == b"some" else None
        except (IndexError, ValueError):
            return None

    def _read_mhz(self) -> float | None:
        """Return the clock of the first core: what the driver says, else what the first kilobyte of `/proc/cpuinfo` says."""
        if self._slow >= 3:
            return None
        started = time.perf_counter()
        if self._clock is not None:
            text, unit = _read(self._clock, 64), 1000.0
        else:
            found = _MHZ.search(_read(self._cpuinfo, 512))
            text, unit = found[1] if found else b"", 1.0
        self._slow = self._slow + 1 if time.perf_counter() - started > SLOW_S else 0
        try:
            return float(text) / unit or None  # some virtual machines say 0
        except ValueError:
            return None


def _open(owner: object, path: str) -> int | None:
    """Return a descriptor that is closed with its owner, None where the file may not be had."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    weakref.finalize(owner, os.close, opened)
    return opened


def _read(opened: int | None, size: int) -> bytes:
    """Return the start of an open file, b"" where there is none."""
    if opened is not None:
        with contextlib.suppress(OSError):  # a kernel without pressure accounting lets it be opened and refuses the read
            return os.pread(opened, size, 0)
    return b""


def _read_load() -> float | None:
    """Return the load average of the last minute."""
    try:
        return os.getloadavg()[0]
    except OSError:
        return None
