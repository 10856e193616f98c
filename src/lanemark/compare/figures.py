"""What stages measured themselves, on both sides: by pairs where the samples carry their figures, else by one run each."""

import math
from collections.abc import Iterable, Sequence

from lanemark.compare.paired import MEASURING, as_effect
from lanemark.compare.types import Effect, FigureDifference
from lanemark.errors import DataError
from lanemark.ingest.types import Reading
from lanemark.result import Result
from lanemark.stats.effect import LEAST_PAIRS, LEAST_SAMPLES, paired_effect, unpaired_effect
from lanemark.stats.order import MOST, median_of

MOST_FIGURES = 20_000
"""The most figures of one result that are compared; no run of ours writes more, and a forged one must not keep us busy."""

RESOLUTION = 1e-15
"""Figures may be fractions of a nanosecond; zeros, which no ratio has room for, never come as far as this."""

_Columns = dict[tuple[str, str], dict[int, float]]
"""By stage and figure, the value of each pair."""


def compare_figures(base: Result, head: Result) -> tuple[FigureDifference, ...]:
    """Return every figure of both sides in head's order, then those that only base has.

    At least `LEAST_PAIRS` pairs of one experiment that carry the figure give a paired effect. Otherwise the values of the two
    deciding runs give an unpaired one (a summary has only one value, and so no interval), with few values the plain ratio.
    There is no effect where a figure is on one side only, has two units, is below zero, is zero on base, or where the machines
    differ. Unchanged stages are left out: only noise could differ. Raises DataError for a result that has more than
    `MOST_FIGURES` figures, or one that no measurement can be.
    """
    same = _unchanged(base, head)
    heads, bases = _by_name(head, without=same), _by_name(base, without=same)
    paired = base.experiment == head.experiment
    ours, theirs = (_columns(head), _columns(base)) if paired else ({}, {})
    found = []
    for key, reading in heads.items():
        other = bases.get(key)
        if other is None or other.unit != reading.unit:
            found.append(_one_sided(key[0], reading, head=True))
            continue
        comparable = base.machine_of(key[0]).fingerprint == head.machine_of(key[0]).fingerprint
        pairs = _pairs(theirs.get(key, {}), ours.get(key, {})) if comparable else []
        found.append(_difference(key[0], other, reading, pairs, comparable=comparable))
    gone = ((key, one) for key, one in bases.items() if key not in heads or heads[key].unit != one.unit)
    return (*found, *(_one_sided(key[0], one, head=False) for key, one in gone))


def _unchanged(base: Result, head: Result) -> frozenset[str]:
    """Return the stages whose identities are equal, and which cannot differ therefore."""
    known = {step.stage: step.forecast.identity for step in base.plan.steps}
    return frozenset(step.stage for step in head.plan.steps if known.get(step.stage) == step.forecast.identity is not None)


def _by_name(side: Result, *, without: frozenset[str]) -> dict[tuple[str, str], Reading]:
    """Return the figures of one side by stage and name, as far as they have values."""
    found = {
        (one.stage, reading.name): reading
        for one in side.measured
        if one.stage not in without
        for reading in one.readings
        if reading.values
    }
    _refuse_wild((value for reading in found.values() for value in reading.values), side)
    if len(found) > MOST_FIGURES:
        raise DataError(f"the {side.side} result has {len(found):,} figures, at most {MOST_FIGURES:,} are read")
    return found


def _refuse_wild(values: Iterable[float], side: Result) -> None:
    """Raise DataError for a value that no measurement has and a forged result may: sums of them would be infinite."""
    if any(abs(value) > MOST for value in values):
        raise DataError(f"the {side.side} result has a figure beyond {MOST:g}", help="Measure again.")


def _columns(side: Result) -> _Columns:
    """Return the figures of the warm timing samples of the measuring batch, by pair."""
    found: _Columns = {}
    for sample in side.samples:
        if sample.account == "time" and sample.temperature == "warm" and sample.turn.batch == MEASURING:
            _refuse_wild(sample.figures.values(), side)
            for name, value in sample.figures.items():
                found.setdefault((sample.stage, name), {})[sample.turn.pair] = value
    return found


def _pairs(base: dict[int, float], head: dict[int, float]) -> list[tuple[float, float]]:
    """Return the values of the pairs in which both sides have the figure, base first."""
    return [(base[pair], head[pair]) for pair in sorted(base.keys() & head.keys())]


def _one_sided(stage: str, reading: Reading, *, head: bool) -> FigureDifference:
    """Return a figure that the other side does not have."""
    value = median_of(reading.values)
    return FigureDifference(
        stage=stage,
        name=reading.name,
        unit=reading.unit,
        better=reading.better,
        base=None if head else value,
        head=value if head else None,
    )


def _difference(
    stage: str, base: Reading, head: Reading, pairs: Sequence[tuple[float, float]], *, comparable: bool
) -> FigureDifference:
    """Return one figure of both sides."""
    enough = len(pairs) >= LEAST_PAIRS
    left = [one for one, _ in pairs] if enough else list(base.values)
    right = [one for _, one in pairs] if enough else list(head.values)
    summary = not enough and (base.summary or head.summary)
    return FigureDifference(
        stage=stage,
        name=head.name,
        unit=head.unit,
        better=head.better if head.better == base.better else "unknown",
        base=median_of(left),
        head=median_of(right),
        effect=_effect(left, right, paired=enough, summary=summary) if comparable else None,
        paired=enough,
    )


def _effect(base: list[float], head: list[float], *, paired: bool, summary: bool) -> Effect | None:
    """Return how much head differs, with bounds where the values give them; None where there is no ratio."""
    if min(*base, *head) > 0:
        if paired:
            return as_effect(paired_effect(base, head, resolution=RESOLUTION))
        if not summary and min(len(base), len(head)) >= LEAST_SAMPLES:
            return as_effect(unpaired_effect(base, head, resolution=RESOLUTION))
    left, right = median_of(base), median_of(head)
    if left == right:
        return Effect(value=0.0, low=None, high=None, pairs=min(len(base), len(head)))
    if left <= 0 or right < 0 or not math.isfinite(ratio := right / left):
        return None
    return Effect(value=ratio - 1, low=None, high=None, pairs=min(len(base), len(head)))
