"""What is asked, and what counts as an answer: written down before anything runs, and never moved afterwards."""

from dataclasses import dataclass
from typing import Literal

Workload = Literal["spin", "sleep", "touch", "write"]
Judged = Literal["cpu", "wall", "rss_peak", "io_write"]

SPIN_S = 0.06
"""How long base spins on a quiet core: above the 50 ms below which samples are batched, so that one run is one sample."""

SIZES: dict[Workload, int] = {"sleep": 100_000, "touch": 100 << 10, "write": 20 << 10}
"""What base does: microseconds of sleep, KiB of memory, KiB written. How many steps `spin` takes is measured on the machine."""

BANDS: dict[Judged, str] = {
    "cpu": "{warn: 3%, fail: 10%, floor: 0ms}",
    "wall": "{warn: 5%, fail: 15%, floor: 0ms}",
    "rss_peak": "{warn: 5%, fail: 20%, floor: 0B}",
    "io_write": "{warn: 5%, fail: 20%, floor: 0B}",
}
"""The bands of the product's defaults, without their absolute floors: those could only hide false alarms of such short runs."""

LOOSE = "{warn: 100%, fail: 200%}"
"""The band of a time that a row is not about: without it, which of both is judged besides would depend on how busy the machine is,
and so would the number of pairs."""

PEER_ALPHA = 0.05
PEER_RATIOS = (1.05, 1.10)
PEER_CPU_RATIO = 1.03
"""Rules people put on hyperfine's numbers: a mean of wall time or of CPU time beyond a ratio, or a two-sided test and a larger
mean, as hyperfine's own script has it."""

MOST_FALSE_ALARMS = 0.005
LEAST_POWER = 0.95
MOST_ERROR = 0.005
"""What is promised: fail-level false alarms, warn or worse at +5 % CPU, and the median error of the CPU estimate at +5 %."""

PEER_TRIALS = 50
"""So many trials of a row ask hyperfine too: its rates are so far from ours that more would only take time."""
LEAST_SHOWN = 20
"""A row with fewer trials is not in the tables: its interval would say nothing, and its figure would be believed."""

SHORT_TRIALS, SHORT_FLAGS, SHORT_HOGS = 60, 3, 1
"""The check of continuous integration: more than three false alarms in sixty have a chance of 0.3 % even at 1 % each."""

REPLAY_RUNS, REPLAY_EXPERIMENTS, REPLAY_HOGS = 4000, 1000, 1
REPLAY_CHANGES = (0.0, 0.02, 0.03, 0.05, 0.10, 0.20)


@dataclass(frozen=True)
class Row:
    """One line of the table: `trials` times, head does `more` of the work of base, beside `hogs` busy processes."""

    name: str
    workload: Workload
    more: float
    hogs: int
    trials: int = 200
    judged: Judged = "cpu"

    @property
    def says(self) -> str:
        """The row in words."""
        work = {"spin": "CPU work", "sleep": "sleep", "touch": "memory", "write": "bytes written"}[self.workload]
        change = f"+{self.more:.0%} {work}".replace("%", " %") if self.more else "no change"
        return f"{change}, {('quiet', 'one hog', 'two hogs')[self.hogs]}"

    @property
    def timed(self) -> bool:
        """Whether hyperfine, which measures time alone, can be asked too."""
        return self.judged in ("cpu", "wall")


ROWS = (
    Row("same-quiet", "spin", 0.0, 0),
    Row("same-hog", "spin", 0.0, 1, trials=600),
    Row("same-hogs", "spin", 0.0, 2),
    Row("cpu2-hog", "spin", 0.02, 1),
    Row("cpu3-hog", "spin", 0.03, 1),
    Row("cpu5-hog", "spin", 0.05, 1),
    Row("cpu10-hog", "spin", 0.10, 1),
    Row("cpu20-hog", "spin", 0.20, 1),
    Row("cpu5-quiet", "spin", 0.05, 0),
    Row("same-wall-hog", "spin", 0.0, 1, trials=20, judged="wall"),
    Row("wall10-hog", "spin", 0.10, 1, trials=20, judged="wall"),
    Row("sleep5-hog", "sleep", 0.05, 1, judged="wall"),
    Row("sleep10-hog", "sleep", 0.10, 1, judged="wall"),
    Row("memory10-hog", "touch", 0.10, 1, judged="rss_peak"),
    Row("write10-hog", "write", 0.10, 1, judged="io_write"),
)
"""A change that is exactly as large as the warning limit (+3 % CPU) is on the edge: seen about half of the time. +5 % sleep is just
below it, because what is judged has to start, too."""
