"""What comparing gives: differences as ratios with intervals, or the reason why there is none."""

from typing import Literal

from lanemark.codec import Record
from lanemark.ingest.types import Better
from lanemark.metric import Metric
from lanemark.result import Result, Temperature

State = Literal["compared", "unchanged", "new", "missing", "failed", "unmeasured", "incomparable"]
"""`unchanged`: equal identities, not measured, never +0 %. `incomparable`: another machine, or no baseline."""


class Effect(Record, frozen=True, kw_only=True):
    """A relative change with its interval, as ratios minus one (0.05 is +5 %), from `pairs` pairs (artifact: the smaller n).

    `low` and `high` are None where the pairs are too few for any bound. `noise` is the standard deviation of one log-ratio.
    `chance` is the one-sided p-value of head being no larger than base, None where it cannot be told. `bimodal` says that the
    log-ratios fall into two groups, so that one figure describes neither.
    """

    value: float
    low: float | None
    high: float | None
    pairs: int
    noise: float = 0.0
    chance: float | None = None
    bimodal: bool = False


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
    temperature: Temperature = "warm"


class Surrounding(Record, frozen=True, kw_only=True):
    """What surrounded the samples of one stage: the control load beside head against the one beside base, and the machine.

    `control_wall` and `control_cpu` would be zero on a machine that treats both sides alike. `pressure` and `steal` are medians
    over pairs of head minus base, as shares; `worse` is the share of pairs in which head had the more pressure or steal.
    """

    stage: str
    control_wall: Effect | None = None
    control_cpu: Effect | None = None
    pressure: float | None = None
    steal: float | None = None
    worse: float | None = None


class FigureDifference(Record, frozen=True, kw_only=True):
    """One figure that a stage measured itself, on both sides. `effect` is None where there is nothing to compare with.

    `effect.value` is head against base as it stands, whichever direction is the better one. `paired` says that its values were
    read after each sample of a pair; otherwise they come from one run of each side, and their interval knows nothing of drift.
    """

    stage: str
    name: str
    unit: str
    better: Better
    base: float | None = None
    head: float | None = None
    effect: Effect | None = None
    paired: bool = False


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
    surroundings: tuple[Surrounding, ...] = ()
    figures: tuple[FigureDifference, ...] = ()

    def surrounding(self, stage: str) -> Surrounding | None:
        """Return what surrounded the samples of `stage`."""
        return next((one for one in self.surroundings if one.stage == stage), None)

    def find(self, stage: str, metric: Metric) -> Difference | None:
        """Return the warm difference of one stage and metric."""
        for difference in self.differences:
            if difference.stage == stage and difference.metric == metric and difference.temperature == "warm":
                return difference
        return None
