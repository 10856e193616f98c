"""What earlier runs lead one to expect of a stage, for figures that no band sees because both sides moved together."""

from collections.abc import Sequence

from lanemark.compare.paired import primary_metric, warm_values
from lanemark.errors import DataError
from lanemark.judge.types import Past, Surprise
from lanemark.metric import Metric
from lanemark.result import Result, Sample
from lanemark.stats.order import measured_values, median_of
from lanemark.stats.prediction import LEAST_POINTS, prediction_interval


def surprises(head: Result, past: Past) -> tuple[Surprise, ...]:
    """Return the stages of `head` that the past did not lead to expect, in their order.

    Only medians of samples are held against medians of samples, and only runs of the same kind of machine count. Fewer than
    LEAST_POINTS of those predict nothing.
    """
    like = [run.result for run in past if run.result.machine.fingerprint == head.machine.fingerprint]
    if len(like) < LEAST_POINTS:
        return ()
    histories = [_by_stage(result) for result in like]
    found = []
    for stage, samples in _by_stage(head).items():
        metric = primary_metric(sample.usage for sample in samples if sample.account == "time")
        value = _median(samples, metric)
        earlier = [_median(history.get(stage, ()), metric) for history in histories]
        predicted = prediction_interval([each for each in earlier if each is not None])
        if value is None or predicted is None or predicted.low <= value <= predicted.high:
            continue
        found.append(
            Surprise(stage=stage, metric=metric, value=value, low=predicted.low, high=predicted.high, runs=predicted.points)
        )
    return tuple(found)


def _by_stage(side: Result) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in side.samples:
        found.setdefault(sample.stage, []).append(sample)
    return found


def _median(samples: Sequence[Sample], metric: Metric) -> float | None:
    """Return the median of a stage's samples, None where there are none, or they cannot be."""
    values = warm_values(samples, metric)
    try:
        return median_of(measured_values(values, metric)) if values else None
    except DataError:
        return None
