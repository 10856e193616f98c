"""All samples of one stage in the order they were taken, as one SVG: drift, outliers and the gap between the sides in sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from lanemark.metric import Metric, unit_of
from lanemark.report.csv import in_run_order
from lanemark.report.gates import METRIC_WORDS
from lanemark.report.stages import base_side, witness
from lanemark.report.types import Model
from lanemark.result import Sample, Side
from lanemark.units import quantity

MOST_CHARTS = 24
"""How many stages are drawn; the CSV has them all."""

MOST_POINTS = 6000
"""How many points the whole page draws."""

WIDTH, HEIGHT = 540, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 10, 12, 24

Point = tuple[int, float]
"""Place in the run order, and value in the metric's unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRow:
    """One side's samples in seven figures, as text."""

    side: str
    count: int
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """One stage's chart with its table: raw `stage`, our words for the rest, `svg` safe as it is."""

    stage: str
    metric: str
    svg: str
    drawn: int
    taken: int
    rows: tuple[SideRow, ...]


def scatters(model: Model) -> tuple[Scatter, ...]:
    """Return the charts of all stages with timing samples, in the order of the plan, MOST_CHARTS at most."""
    base = base_side(model)
    by_stage: dict[str, list[tuple[Side, Sample]]] = {}
    for side, samples in (("head", model.measured.head.samples), ("base", base.samples if base else ())):
        for sample in samples:
            if sample.account == "time":
                by_stage.setdefault(sample.stage, []).append(("head" if side == "head" else "base", sample))
    shown = list(by_stage.items())[:MOST_CHARTS]
    most = MOST_POINTS // max(1, len(shown))
    return tuple(_scatter(model, stage, rows, most) for stage, rows in shown)


def _scatter(model: Model, stage: str, taken: list[tuple[Side, Sample]], most: int) -> Scatter:
    """Return one stage's chart, drawn with at most `most` points."""
    difference = witness(model, stage)
    metric: Metric = difference.metric if difference and difference.metric not in ("rss_peak", "io_read", "io_write") else "wall"
    taken.sort(key=lambda row: in_run_order(row[1]))
    points: dict[Side, list[Point]] = {"base": [], "head": []}
    for place, (side, sample) in enumerate(taken):
        value = sample.usage.value(metric)
        if value is not None:
            points[side].append((place, value))
    split = next((place for place, (_, sample) in enumerate(taken) if sample.turn.batch > 0), None)
    drawn = {side: thinned(found, most // 2) for side, found in points.items()}
    return Scatter(
        stage=stage,
        metric=METRIC_WORDS[metric],
        svg=_draw(points, drawn, metric, len(taken), split),
        drawn=sum(len(found) for found in drawn.values()),
        taken=sum(len(found) for found in points.values()),
        rows=tuple(_side_row(side, points[side], metric) for side in ("base", "head") if points[side]),
    )


def thinned(points: list[Point], most: int) -> list[Point]:
    """Return at most `most` points: the lowest and the highest of each of `most // 2` groups of neighbours, so no outlier is lost."""
    if len(points) <= most:
        return points
    groups = max(1, most // 2)
    kept: list[Point] = []
    for group in range(groups):
        near = points[group * len(points) // groups : (group + 1) * len(points) // groups]
        kept += sorted({min(near, key=lambda point: point[1]), max(near, key=lambda point: point[1])})
    return kept


def _side_row(side: str, points: Sequence[Point], metric: Metric) -> SideRow:
    """Return lowest, quartiles, highest of one side."""
    values = sorted(value for _, value in points)
    quarter, _, three = quantiles(values, method="inclusive") if len(values) > 1 else values * 3
    figures = (values[0], quarter, median(values), three, values[-1])
    return SideRow(side=side, count=len(values), figures=tuple(quantity(value, unit_of(metric)) for value in figures))


def _draw(points: dict[Side, list[Point]], drawn: dict[Side, list[Point]], metric: Metric, places: int, split: int | None) -> str:
    """Return the SVG: a frame with three ticks, the medians as lines, base as open diamonds, head as dots."""
    values = [value for found in points.values() for _, value in found]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    low, high = max(0.0, low - room), high + room

    def x(place: float) -> str:
        return f"{round(_LEFT + (place + 0.5) / max(1, places) * (WIDTH - _LEFT - _RIGHT), 1):g}"

    def y(value: float) -> str:
        return f"{round(_TOP + (high - value) / (high - low) * (HEIGHT - _TOP - _BOTTOM), 1):g}"

    parts = [
        f'<path class="grid" d="M{_LEFT} {y(tick)}H{WIDTH - _RIGHT}"/><text x="{_LEFT - 8}" y="{y(tick)}" dy=".35em" class="end">'
        f"{quantity(tick, unit_of(metric))}</text>"
        for tick in (low, (low + high) / 2, high)
    ]
    if split is not None:
        parts.append(f'<path class="split" d="M{x(split - 0.5)} {_TOP}V{HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{x(split - 0.5)}" y="{HEIGHT - 7}" dx="5">second batch, to confirm</text>')
    for side, shape in (("base", "l3 3-3 3-3-3z"), ("head", "h0")):
        found = points["base" if side == "base" else "head"]
        if found:
            lift = 3 if side == "base" else 0
            marks = "".join(
                f"M{x(place)} {float(y(value)) - lift:g}{shape}" for place, value in drawn["base" if side == "base" else "head"]
            )
            middle = y(median(value for _, value in found))
            parts.append(
                f'<path class="median {side}" d="M{_LEFT} {middle}H{WIDTH - _RIGHT}"/><path class="marks {side}" d="{marks}"/>'
            )
    parts.append(
        f'<text x="{_LEFT}" y="{HEIGHT - 7}">first sample</text><text x="{WIDTH - _RIGHT}" y="{HEIGHT - 7}" class="end">last</text>'
    )
    return f'<svg class="scatter" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{"".join(parts)}</svg>'
