"""What comparing gives: differences as ratios with intervals, or the reason why there is none."""

from typing import Literal

from lanemark.codec import Record
from lanemark.metric import Metric
from lanemark.result import Result

State = Literal["compared", "unchanged", "new", "missing", "failed", "unmeasured", "incomparable"]
"""`unchanged`: equal identities, not measured, never +0 %. `incomparable`: another machine, or no baseline."""


class Effect(Record, frozen=True, kw_only=True):
    """A relative change with its interval, as ratios minus one (0.05 is +5 %), from `pairs` pairs (artifact: the smaller n).

    `low` and `high` are None where the pairs are too few for any bound. `noise` is the standard deviation of one log-ratio.
    """

    value: float
    low: float | None
    high: float | None
    pairs: int
    noise: float = 0.0


class Difference(Record, frozen=True, kw_only=True):
    """One stage and metric on both sides.

    `base` and `head` are medians in the metric's unit. `confirmation` is the effect of the independent second batch, None where
    nobody asked for one. `primary` marks the stage's witness: CPU where CPU/wall is above one half, else wall.
    """

    stage: str
    metric: Metric
    state: State
    primary: bool = False
    base: float | None = None
    head: float | None = None
    effect: Effect | None = None
    confirmation: Effect | None = None
    too_long: bool = False
    reason: str = ""


class Baseline(Record, frozen=True, kw_only=True):
    """The base side that head is compared with, and where it came from.

    `behind` counts the commits between it and the merge base, `age_s` the seconds since it was measured; both None for paired.
    """

    kind: Literal["paired", "artifact"]
    result: Result
    age_s: float | None = None
    behind: int | None = None
    run_id: int | None = None


class Comparison(Record, frozen=True, kw_only=True):
    """All differences, and why there is no baseline where there is none."""

    differences: tuple[Difference, ...] = ()
    baseline: Baseline | None = None
    reason: str = ""

    def find(self, stage: str, metric: Metric) -> Difference | None:
        """Return the difference of one stage and metric."""
        for difference in self.differences:
            if difference.stage == stage and difference.metric == metric:
                return difference
        return None
