"""What a reader must know before believing a timing: too short, too cold, too noisy, too few, or not all of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lanemark.metric import Metric
from lanemark.result import Conditions, Sample
from lanemark.result.timing import Timing, status_words
from lanemark.stats.summary import LEAST, summarise
from lanemark.units import limit, seconds

NOISY = 0.05
"""A spread of wall time beyond this, as a share of the median, is worth a word."""

NORMAL = 1.4826
"""Median absolute deviation times this is the standard deviation, for a normal distribution."""

FAR = 10.0
"""So many deviations from the median a sample is an outlier; hyperfine takes the same."""

SLOWER, SLOWER_S = 1.5, 0.0005
"""A first run is called cold when it took so many times the median, and so much longer."""

STOLEN, WAITED = 0.01, 0.10
"""Shares of stolen time and of time with a task waiting for a core, from which the machine is called busy."""

LEAST_INTERVAL = 6
"""The samples that an interval for the median needs."""


class Weight(StrEnum):
    """How much a note matters."""

    NOTE = "note"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know: a word for machines, its weight, a sentence and what to do."""

    kind: str
    weight: Weight
    text: str


def find_notes(timing: Timing) -> tuple[Note, ...]:
    """Return what to know about a timing, what was cut short first."""
    return (*_completeness(timing), *_failures(timing), *_shortness(timing), *_coldness(timing), *_noise(timing))


def _completeness(timing: Timing) -> Iterator[Note]:
    taken = len(timing.of("time"))
    if timing.failure is not None and taken:
        of = f" of {timing.wanted}" if timing.wanted else ""
        yield Note("partial", Weight.WARNING, f"this is only a part, {taken}{of} samples: {timing.failure.evidence}.")
    if timing.time_up and taken:
        yield Note("time-up", Weight.WARNING, f"--max-time was used up after {_count(taken, 'sample')}.")
    if 0 < taken < LEAST_INTERVAL:
        text = f"{_count(taken, 'sample')} cannot bound a median; {LEAST_INTERVAL} can, and p90 needs {LEAST['p90']}."
        yield Note("few-samples", Weight.NOTE, text)


def _failures(timing: Timing) -> Iterator[Note]:
    if timing.failures:
        which = ", ".join(f"{status_words(status)}: {count}" for status, count in sorted(timing.failures.items()))
        failed = sum(timing.failures.values())
        text = f"{failed} of {_count(timing.runs, 'run')} failed ({which}). Their times are in these figures."
        yield Note("failures", Weight.WARNING, text)
    if timing.survivors:
        text = (
            f"{_count(timing.survivors, 'process', 'processes')} went on after the command had returned, and were ended by us. "
            "What they did after it is not in these figures."
        )
        yield Note("survivors", Weight.WARNING, text)


def _shortness(timing: Timing) -> Iterator[Note]:
    wall = _values(timing, "wall")
    if timing.loops == 1 or not wall:
        return
    median = summarise(wall).median
    text = f"one run takes {seconds(median)}, too short to be timed alone, so each sample is the mean of {timing.loops_words}."
    if timing.empty_s is not None:
        what = "A shell that does nothing" if timing.shell else "A command that does nothing"
        text += f" {what} takes {seconds(timing.empty_s)} here."
    yield Note("batched", Weight.NOTE, text)


def _coldness(timing: Timing) -> Iterator[Note]:
    wall = _values(timing, "wall")
    first_s = timing.first_s
    if first_s is None or len(wall) < LEAST_INTERVAL:
        return
    summary = summarise(wall)
    far = first_s - summary.median > FAR * NORMAL * (summary.mad or 0.0)
    if not far or first_s < SLOWER * summary.median or first_s - summary.median < SLOWER_S:
        return
    text = f"the very first run took {seconds(first_s)}, a run after that {seconds(summary.median)}: caches were cold."
    if timing.warmups:
        yield Note("cold-start", Weight.NOTE, f"{text} It was a warm-up and is not in these figures.")
    else:
        advice = "It is in these figures. Use --warmup 1, or --prepare with a command that empties the caches before each run."
        yield Note("cold-start", Weight.WARNING, f"{text} {advice}")


def _noise(timing: Timing) -> Iterator[Note]:
    wall = _values(timing, "wall")
    if len(wall) < LEAST_INTERVAL:
        return
    summary = summarise(wall)
    mad = summary.mad or 0.0
    strays = [value for value in wall if abs(value - summary.median) > FAR * NORMAL * mad] if mad else []
    if strays and len(strays) < len(wall) / 4:
        worst = max(strays, key=lambda value: abs(value - summary.median)) / summary.median
        text = (
            f"{_count(len(strays), 'sample')} of {len(wall)} far from the others (up to {worst:.2g} times the median): "
            "something else ran meanwhile. The median does not mind; mean and maximum do."
        )
        yield Note("outliers", Weight.NOTE, text)
    spread = NORMAL * mad / summary.median if summary.median else 0.0
    if spread > NOISY:
        yield Note("noisy", Weight.WARNING, _say_noise(timing, spread))
    elif busy := busy_words(timing.of("time")):
        yield Note("busy-machine", Weight.NOTE, f"the machine had other work meanwhile: {busy}.")


def _say_noise(timing: Timing, spread: float) -> str:
    """Return why wall time spreads, as far as CPU time and the machine tell, and what helps."""
    cpu = summarise(_values(timing, "cpu"))
    calm = cpu.median > 0 and NORMAL * (cpu.mad or 0.0) / cpu.median < spread / 2
    why = "while CPU time is calm: it waits, for a core, a disk, or the network" if calm else "and so does CPU time"
    busy = busy_words(timing.of("time"))
    cause = f" The machine had other work meanwhile: {busy}." if busy else ""
    trust = "Trust CPU time, or close other programs." if calm else "Close other programs, or take more samples with -n."
    return (
        f"wall time spreads by {limit(round(spread, 2))} {why}.{cause} {trust} "
        "To see whether a change made it slower, use `lanemark compare`, which measures both side by side."
    )


def busy_words(samples: Sequence[Sample]) -> str:
    """Return how the machine around the samples was busy, in words; empty where it was not, or nobody can tell."""
    seen = [sample.conditions for sample in samples if sample.conditions is not None]
    found = []
    steal, waited = _median(seen, "steal"), _median(seen, "pressure")
    if steal is not None and steal > STOLEN:
        found.append(f"its host took {limit(round(steal, 2))} of its time away")
    if waited is not None and waited > WAITED:
        found.append(f"programs waited for a core in {limit(round(waited, 2))} of the time")
    return " and ".join(found)


def _median(seen: Sequence[Conditions], share: str) -> float | None:
    values = [value for one in seen if (value := getattr(one, share)) is not None]
    return summarise(values).median if values else None


def _values(timing: Timing, metric: Metric) -> list[float]:
    """Return one metric of the timing samples."""
    return [value for sample in timing.of("time") if (value := sample.value(metric)) is not None]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
