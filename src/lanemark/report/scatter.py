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
    """Return the charts of all stages with warm timing samples, in the order of the plan, MOST_CHARTS at most."""
    base = base_side(model)
    taken: list[tuple[Side, Sample]] = [("head", sample) for sample in model.measured.head.samples]
    taken += [("base", sample) for sample in (base.samples if base else ())]
    by_stage: dict[str, list[tuple[Side, Sample]]] = {}
    for side, sample in taken:
        if sample.account == "time" and sample.temperature == "warm":
            by_stage.setdefault(sample.stage, []).append((side, sample))
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
        value = sample.value(metric)
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
    """Return at most `most` points: the lowest and the highest of each group of neighbours, so that no outlier is lost."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where values and places lie in the drawing."""

    low: float
    high: float
    places: int

    def x(self, place: float) -> str:
        """Return the coordinate of a place in the run order."""
        return _number(_LEFT + (place + 0.5) / max(1, self.places) * (WIDTH - _LEFT - _RIGHT))

    def y(self, value: float, lift: float = 0.0) -> str:
        """Return the coordinate of a value, `lift` above it."""
        return _number(_TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - _TOP - _BOTTOM) - lift)


def _draw(points: dict[Side, list[Point]], drawn: dict[Side, list[Point]], metric: Metric, places: int, split: int | None) -> str:
    """Return the SVG: a frame with three ticks, the medians as lines, base as open diamonds, head as dots."""
    values = [value for found in points.values() for _, value in found] or [0.0, 1.0]
    room = (max(values) - min(values)) * 0.08 or max(values) * 0.05 or 1.0
    frame = _Frame(low=max(0.0, min(values) - room), high=max(values) + room, places=places)
    ticks = (frame.low, (frame.low + frame.high) / 2, frame.high)
    parts = [_tick(frame, tick, quantity(tick, unit_of(metric))) for tick in ticks]
    parts += [_text(_number(_LEFT), HEIGHT - 7, "first sample"), _text(_number(WIDTH - _RIGHT), HEIGHT - 7, "last", kind="end")]
    if split is not None:
        middle = frame.x(split - 0.5)
        parts.append(f'<path class="split" d="M{middle} {_TOP}V{HEIGHT - _BOTTOM}"/>')
        parts.append(_text(middle, HEIGHT - 7, "second batch, to confirm"))
    parts += [_marks(frame, "base", points["base"], drawn["base"], lift=3.0, shape="l3 3-3 3-3-3z")]
    parts += [_marks(frame, "head", points["head"], drawn["head"], lift=0.0, shape="h0")]
    return f'<svg class="scatter" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{"".join(parts)}</svg>'


def _tick(frame: _Frame, value: float, words: str) -> str:
    """Return a line across the drawing and the value it stands for."""
    line = f'<path class="grid" d="M{_LEFT} {frame.y(value)}H{WIDTH - _RIGHT}"/>'
    return line + f'<text x="{_LEFT - 8}" y="{frame.y(value)}" dy=".35em" class="end">{words}</text>'


def _marks(frame: _Frame, side: Side, points: list[Point], drawn: list[Point], *, lift: float, shape: str) -> str:
    """Return one side: its median as a line, its samples as one path, a few bytes a sample."""
    if not points:
        return ""
    middle = frame.y(median(value for _, value in points))
    marks = "".join(f"M{frame.x(place)} {frame.y(value, lift)}{shape}" for place, value in drawn)
    line = f'<path class="median {side}" d="M{_LEFT} {middle}H{WIDTH - _RIGHT}"/>'
    return line + f'<path class="marks {side}" d="{marks}"/>'


def _text(x: str, y: int, words: str, *, kind: str = "start") -> str:
    """Return a label of ours, whose start or end is at `x`."""
    return f'<text x="{x}" y="{y}" class="{kind}">{words}</text>'


def _number(value: float) -> str:
    """Return a coordinate with one decimal, always written the same way."""
    return f"{round(value, 1):g}"
