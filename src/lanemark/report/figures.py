"""The figures that stages measured themselves, as rows: evidence in words, never a gate."""

import math
from dataclasses import dataclass

from lanemark.compare.types import Effect, FigureDifference
from lanemark.report.gates import NONE, moved
from lanemark.report.size import Shown, first
from lanemark.report.stages import base_side
from lanemark.report.types import Model
from lanemark.units import quantity

CLEAR = ("worse", "better")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure: raw `stage`, `name` and (where it is not a time, size or rate) `unit`; the rest are our words and numbers."""

    stage: str
    name: str
    unit: str
    base: str
    head: str
    change: str
    word: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureProblem:
    """What could not be read of one stage on one side; `stage` and `problem` are raw."""

    side: str
    stage: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """The section: its rows, clear changes first and the biggest first of each kind, and what could not be read."""

    rows: Shown[FigureRow]
    problems: Shown[FigureProblem]


def figure_view(model: Model, most: int) -> FigureView:
    """Return at most `most` figures and as many problems, with the numbers of what is left out."""
    rows = [(_row(one), _size(one.effect)) for one in model.comparison.figures]
    rows.sort(key=lambda each: (each[0].word not in CLEAR, -each[1]))
    sides = (("base", base_side(model)), ("head", model.measured.head))
    problems = [
        FigureProblem(side=name, stage=one.stage, problem=one.problem)
        for name, side in sides
        if side is not None
        for one in side.measured
        if one.problem
    ]
    return FigureView(rows=first([row for row, _ in rows], most), problems=first(problems, most))


def figure_word(one: FigureDifference) -> str:
    """Return what one figure says: a clear change needs pairs and an interval without zero; one run each is `perhaps`."""
    effect = one.effect
    if one.base is None or one.head is None:
        return "only on head" if one.base is None else "only on base"
    if effect is None:
        return "cannot be compared"
    if one.base == one.head and effect.value == 0 and effect.low in (None, 0.0) and effect.high in (None, 0.0):
        return "equal"
    if one.better == "unknown":
        return "direction unknown"
    if effect.low is None or effect.high is None:
        return "too few values to tell"
    if effect.low <= 0 <= effect.high:
        return "no clear change"
    word = "better" if (effect.value < 0) == (one.better == "lower") else "worse"
    return word if one.paired else f"perhaps {word}"


def _row(one: FigureDifference) -> FigureRow:
    """Return one figure as cells."""
    effect = one.effect
    return FigureRow(
        stage=one.stage,
        name=one.name,
        unit="" if one.unit in _KNOWN else one.unit,
        base=NONE if one.base is None else figure_amount(one.base, one.unit),
        head=NONE if one.head is None else figure_amount(one.head, one.unit),
        change=moved(effect.value, effect.low, effect.high) if effect else NONE,
        word=figure_word(one),
        evidence=_evidence(one),
    )


def _evidence(one: FigureDifference) -> str:
    """Return what the change rests on."""
    if one.effect is None:
        return NONE
    return f"{one.effect.pairs} pairs" if one.paired else "one run each"


def _size(effect: Effect | None) -> float:
    """Return how big a change is, so that half is as much as double; a figure without one comes last."""
    return -1.0 if effect is None else abs(math.log(max(1 + effect.value, 1e-300)))


_KNOWN = ("s", "B", "B/s", "1/s", "")
"""Units that are written with the number."""


def figure_amount(value: float, unit: str) -> str:
    """Return a value for people; of a unit that is not ours, the bare number."""
    if unit == "s" and 0 < abs(value) < 0.9995e-6:
        return f"{value * 1e9:.3g} ns"
    if unit in ("B/s", "1/s"):
        return f"{quantity(value, unit.removesuffix('/s'))}/s"
    return quantity(value, unit)
