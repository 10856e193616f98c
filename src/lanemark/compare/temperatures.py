"""Cold against warm: what a stage costs more when its inputs are not in the page cache, and whether that changed."""

from collections.abc import Sequence
from statistics import median

from lanemark.codec import Record
from lanemark.compare.profile import LEAST_S, TimeMetric, believed_seconds
from lanemark.compare.types import Comparison, Difference
from lanemark.result import Result, Sample, Temperature


class ColdStage(Record, frozen=True, kw_only=True):
    """One metric of one stage with cold samples on head: medians in seconds of one execution, from so many samples of each.

    `more` is cold over warm minus one, None where there are no warm samples or they are shorter than the clock tells. It has no
    interval: cold and warm samples are two series and do not pair. `difference` is head against base among cold samples alone.
    """

    stage: str
    metric: TimeMetric
    cold_s: float
    cold_samples: int
    warm_s: float | None = None
    warm_samples: int = 0
    more: float | None = None
    difference: Difference | None = None


def cold_against_warm(head: Result, comparison: Comparison) -> tuple[ColdStage, ...]:
    """Return wall and CPU of every stage of `head` that has cold samples, in the order they were taken; only the first batch."""
    taken: dict[str, dict[Temperature, list[Sample]]] = {}
    for sample in head.samples:
        if sample.account == "time" and sample.turn.batch == 0 and sample.loops > 0:
            taken.setdefault(sample.stage, {"cold": [], "warm": []})[sample.temperature].append(sample)
    metrics: tuple[TimeMetric, ...] = ("wall", "cpu")
    found = (_cold_stage(stage, metric, sides, comparison) for stage, sides in taken.items() for metric in metrics)
    return tuple(one for one in found if one is not None)


def _cold_stage(
    stage: str, metric: TimeMetric, taken: dict[Temperature, list[Sample]], comparison: Comparison
) -> ColdStage | None:
    """Return one metric of one stage, None where it has no cold samples, or figures that cannot be times."""
    cold, warm = _median(taken["cold"], metric), _median(taken["warm"], metric)
    if cold is None:
        return None
    return ColdStage(
        stage=stage,
        metric=metric,
        cold_s=cold,
        cold_samples=len(taken["cold"]),
        warm_s=warm,
        warm_samples=len(taken["warm"]) if warm is not None else 0,
        more=None if warm is None or warm < LEAST_S else cold / warm - 1,
        difference=next((one for one in comparison.differences if _is_cold(one, stage, metric)), None),
    )


def _median(samples: Sequence[Sample], metric: TimeMetric) -> float | None:
    """Return the median of one execution, None where there is none."""
    values = [value for sample in samples if (value := sample.value(metric)) is not None]
    return believed_seconds(median(values)) if values else None


def _is_cold(one: Difference, stage: str, metric: TimeMetric) -> bool:
    """Tell whether a difference is of this stage's cold series."""
    return one.temperature == "cold" and (one.stage, one.metric, one.state) == (stage, metric, "compared")
