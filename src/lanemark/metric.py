"""What can be measured: names, units, and what one process tree used."""

from collections.abc import Callable
from operator import add
from typing import Literal, get_args

from lanemark.codec import Record

Metric = Literal["wall", "cpu", "user", "system", "rss_peak", "io_read", "io_write", "ctx_switches", "page_faults"]
"""Names as users write them in gates and read them in reports. Less is better for every one of them."""

METRICS: tuple[Metric, ...] = get_args(Metric)

Unit = Literal["s", "B", "1"]
"""Seconds, bytes, or a plain count."""

_UNITS: dict[Metric, Unit] = {
    "wall": "s", "cpu": "s", "user": "s", "system": "s",
    "rss_peak": "B", "io_read": "B", "io_write": "B",
    "ctx_switches": "1", "page_faults": "1",
}  # fmt: skip


def unit_of(metric: Metric) -> Unit:
    """Return the unit in which `metric` is stored everywhere."""
    return _UNITS[metric]


class Usage(Record, frozen=True, kw_only=True):
    """What one process tree used from start to end; None where this platform or pass cannot tell.

    Timing passes run without a sampler, so memory and I/O are None there; memory passes have everything, but their times are
    disturbed by the sampler and are never compared.
    """

    wall_s: float
    user_s: float
    system_s: float
    rss_peak_bytes: int | None = None
    io_read_bytes: int | None = None
    io_write_bytes: int | None = None
    ctx_switches: int | None = None
    page_faults: int | None = None

    @property
    def cpu_s(self) -> float:
        """User plus system time; the kernel's sum is exact, its split is tick-scaled."""
        return self.user_s + self.system_s

    def plus(self, other: "Usage") -> "Usage":
        """Return what this and `other`, one after the other, used together; None wherever one of them cannot tell."""
        return Usage(
            wall_s=self.wall_s + other.wall_s,
            user_s=self.user_s + other.user_s,
            system_s=self.system_s + other.system_s,
            rss_peak_bytes=_both(max, self.rss_peak_bytes, other.rss_peak_bytes),
            io_read_bytes=_both(add, self.io_read_bytes, other.io_read_bytes),
            io_write_bytes=_both(add, self.io_write_bytes, other.io_write_bytes),
            ctx_switches=_both(add, self.ctx_switches, other.ctx_switches),
            page_faults=_both(add, self.page_faults, other.page_faults),
        )

    def value(self, metric: Metric) -> float | None:
        """Return `metric` in its unit, None where it was not measured."""
        found: float | int | None
        match metric:
            case "wall":
                found = self.wall_s
            case "cpu":
                found = self.cpu_s
            case "user":
                found = self.user_s
            case "system":
                found = self.system_s
            case "rss_peak":
                found = self.rss_peak_bytes
            case "io_read":
                found = self.io_read_bytes
            case "io_write":
                found = self.io_write_bytes
            case "ctx_switches":
                found = self.ctx_switches
            case "page_faults":
                found = self.page_faults
        return None if found is None else float(found)


def _both(join: Callable[[int, int], int], left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else join(left, right)
