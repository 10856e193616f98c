"""Which samples pair, and which effect do the pairs show?"""

from collections.abc import Iterable, Mapping, Sequence

from lanemark.compare.types import Difference, Effect
from lanemark.errors import DataError
from lanemark.metric import METRICS, Metric, Unit, Usage, unit_of
from lanemark.ports import Pass
from lanemark.result import Sample, Temperature
from lanemark.stats import effect as numbers
from lanemark.stats.order import median_of

ACCOUNT: Mapping[Metric, Pass] = {
    "wall": "time", "cpu": "time", "user": "time", "system": "time", "ctx_switches": "time", "page_faults": "time",
    "rss_peak": "memory", "io_read": "memory", "io_write": "memory",
}  # fmt: skip
"""From which pass each metric comes. Times of a memory pass are disturbed by its sampler."""

RESOLUTION: Mapping[Unit, float] = {"s": 1e-6, "B": 1.0, "1": 0.5}
"""What is smaller counts as this much: the kernel accounts microseconds, and half a count tells one from none."""

BUSY = 0.5
"""A stage that spends more than this share of its time computing is judged by CPU time, any other by wall time."""

TEMPERATURES: tuple[Temperature, ...] = ("warm", "cold")

MEASURING, CONFIRMING = 0, 1
"""The batches of samples."""

SamplePair = tuple[Sample, Sample]
"""Base and head of one turn."""

_PairKey = tuple[str, Temperature, Pass, int, int]


def compare_samples(base: Sequence[Sample], head: Sequence[Sample]) -> tuple[Difference, ...]:
    """Return what the paired samples of one experiment show, by stage as head ran them and by metric; asked at every look.

    Two samples pair when stage, temperature, pass, batch and pair number agree; a sample without its partner is left out. Cold
    pairs give differences of their own, after the warm ones. Batch 0 gives the effect, batch 1 its confirmation. Metrics of the
    timing pass need `LEAST_PAIRS` pairs for bounds. The memory pass has few pairs of figures that hardly vary, so there fewer
    pairs are bounded by their extremes. Raises DataError for a turn that stands twice and for figures that cannot be
    measurements.
    """
    found: list[Difference] = []
    for temperature in TEMPERATURES:
        for stage, pairs in pair_samples(base, head, temperature).items():
            found += _stage_differences(stage, pairs, temperature)
    return tuple(found)


def pair_samples(
    base: Sequence[Sample], head: Sequence[Sample], temperature: Temperature = "warm"
) -> dict[str, list[SamplePair]]:
    """Return the pairs of one temperature by stage, in the order head took them; raise DataError for a turn that stands twice."""
    bases, heads = _by_turn(base, "base", temperature), _by_turn(head, "head", temperature)
    pairs: dict[str, list[SamplePair]] = {}
    for key, sample in heads.items():
        if key in bases:
            pairs.setdefault(sample.stage, []).append((bases[key], sample))
    return pairs


def primary_metric(usages: Iterable[Usage]) -> Metric:
    """Return the stage's witness: CPU where CPU/wall is above one half in any sample, else wall.

    A busy machine makes a stage wait and never makes it compute, so the largest share is that of the sample it disturbed least.
    The median would call a computing stage a waiting one whenever its runner is crowded, and judge it by the noisier witness.
    """
    shares = (usage.cpu_s / usage.wall_s for usage in usages if usage.wall_s > 0)
    return "cpu" if max(shares, default=0.0) > BUSY else "wall"


def warm_values(samples: Iterable[Sample], metric: Metric, *, batch: int | None = None) -> list[float]:
    """Return `metric` of the warm samples of its pass, of one batch or of all; what could not be told is left out."""
    found = (
        sample.value(metric)
        for sample in samples
        if sample.account == ACCOUNT[metric] and sample.temperature == "warm" and batch in (None, sample.turn.batch)
    )
    return [value for value in found if value is not None]


def as_effect(found: numbers.Effect) -> Effect:
    """Return the numbers as the record."""
    return Effect(**found._asdict())


def _by_turn(samples: Sequence[Sample], side: str, temperature: Temperature) -> dict[_PairKey, Sample]:
    turns: dict[_PairKey, Sample] = {}
    for sample in samples:
        if sample.temperature != temperature:
            continue
        if sample.loops < 1:
            raise DataError(f"{side} result: a sample of stage {sample.stage} says that it ran {sample.loops} times")
        key = (sample.stage, temperature, sample.account, sample.turn.batch, sample.turn.pair)
        if key in turns:
            raise DataError(
                f"{side} result: stage {sample.stage} has two samples for batch {sample.turn.batch}, pair {sample.turn.pair}",
                help="Measure again; a pair has one sample on each side.",
            )
        turns[key] = sample
    return turns


def _stage_differences(stage: str, pairs: Sequence[SamplePair], temperature: Temperature) -> list[Difference]:
    timed = [side.usage for pair in pairs for side in pair if side.account == "time" and side.turn.batch == MEASURING]
    primary = primary_metric(timed) if temperature == "warm" else None
    found = (_difference(stage, metric, pairs, temperature, primary=metric == primary) for metric in METRICS)
    return [difference for difference in found if difference is not None]


def _difference(
    stage: str, metric: Metric, pairs: Sequence[SamplePair], temperature: Temperature, *, primary: bool
) -> Difference | None:
    bases, heads = _values(metric, pairs, MEASURING)
    if not bases:
        return None
    again = _values(metric, pairs, CONFIRMING)
    return Difference(
        stage=stage,
        metric=metric,
        state="compared",
        primary=primary,
        base=median_of(bases),
        head=median_of(heads),
        effect=_effect(stage, metric, bases, heads),
        confirmation=_effect(stage, metric, *again) if again[0] else None,
        temperature=temperature,
    )


def _values(metric: Metric, pairs: Sequence[SamplePair], batch: int) -> tuple[list[float], list[float]]:
    """Return both sides of the pairs in which both could tell `metric`."""
    bases, heads = [], []
    for base, head in pairs:
        if base.turn.batch == batch and base.account == ACCOUNT[metric]:
            left, right = base.value(metric), head.value(metric)
            if left is not None and right is not None:
                bases.append(left)
                heads.append(right)
    return bases, heads


def _effect(stage: str, metric: Metric, bases: Sequence[float], heads: Sequence[float]) -> Effect:
    few: numbers.Few = "range" if ACCOUNT[metric] == "memory" else "unknown"
    try:
        return as_effect(numbers.paired_effect(bases, heads, resolution=RESOLUTION[unit_of(metric)], few=few))
    except DataError as fault:
        raise DataError(f"stage {stage}, {metric}, {fault.message}", help=fault.help) from None
