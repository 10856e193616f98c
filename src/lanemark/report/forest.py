"""Small charts inside table rows, as SVG made of numbers alone: intervals against limits, values against budgets, durations.

The row around a chart has the same figures as text, so the chart itself is hidden from screen readers.
"""

from collections.abc import Iterable

from lanemark.judge.types import GateVerdict

WIDTH, HEIGHT = 220, 22
_MIDDLE = HEIGHT / 2
_EDGE = 6.0


def forest_reach(gates: Iterable[GateVerdict]) -> float:
    """Return the ratio at both ends of the common axis of all relative gates: what they need, from 2 % to 100 %."""
    needed = [0.02]
    for gate in gates:
        if gate.unit == "ratio":
            bounds = (gate.value, gate.low, gate.high, gate.limit.warn, gate.limit.fail)
            needed += [abs(bound) for bound in bounds if bound is not None]
    return min(1.0, max(needed) * 1.08)


def gate_chart(gate: GateVerdict, reach: float) -> str:
    """Return the chart of one gate, empty where it has nothing to draw."""
    if gate.value is None:
        return ""
    if gate.unit == "ratio":
        return _interval_chart(gate, reach)
    if gate.unit == "points" or (gate.kind == "check" and gate.unit == "1"):
        return ""
    most = 1.0 if gate.unit == "share" else 1.15 * max(gate.value, gate.limit.warn or 0.0, gate.limit.fail or 0.0)
    return _meter(gate, most) if most > 0 else ""


def duration_chart(base_s: float | None, head_s: float | None, longest_s: float) -> str:
    """Return two bars, base above head, on a scale that ends at `longest_s`."""
    if longest_s <= 0 or (base_s is None and head_s is None):
        return ""
    bars = [
        _rect(kind, 0, top, _number(max(1.0, WIDTH * value / longest_s)), 7)
        for kind, top, value in (("base", 3, base_s), ("head", 12, head_s))
        if value is not None
    ]
    return _svg("".join(bars))


def _interval_chart(gate: GateVerdict, reach: float) -> str:
    """Return zero, limits, interval and value on the axis from -reach to +reach; what lies beyond ends in an arrow."""
    value = gate.value or 0.0
    low = value if gate.low is None else gate.low
    high = value if gate.high is None else gate.high
    left, middle, right = (_at(bound, reach) for bound in (low, value, high))
    parts = [
        f'<path class="axis" d="M0 {_MIDDLE:g}H{WIDTH}"/>',
        f'<path class="zero" d="M{_at(0, reach)} 1V{HEIGHT - 1}"/>',
        _tick("warn", gate.limit.warn, reach),
        _tick("fail", gate.limit.fail, reach),
        f'<path class="interval {gate.verdict.value}" d="M{left} {_MIDDLE:g}H{right}M{left} 7v8M{right} 7v8"/>',
        f'<path class="point {gate.verdict.value}" d="M{middle} 6l5 5-5 5-5-5z"/>',
    ]
    if high > reach:
        parts.append(f'<path class="point {gate.verdict.value}" d="M{WIDTH} {_MIDDLE:g}l-6-4v8z"/>')
    if low < -reach:
        parts.append(f'<path class="point {gate.verdict.value}" d="M0 {_MIDDLE:g}l6-4v8z"/>')
    return _svg("".join(parts))


def _meter(gate: GateVerdict, most: float) -> str:
    """Return a bar from zero to the value, with its limits as lines, on a scale that ends at `most`."""
    value = min(max(gate.value or 0.0, 0.0), most)
    parts = [_rect("track", 0, 7, str(WIDTH), 8), _rect(f"meter {gate.verdict.value}", 0, 7, _number(WIDTH * value / most), 8)]
    for kind, bound in (("warn", gate.limit.warn), ("fail", gate.limit.fail)):
        if bound is not None:
            parts.append(f'<path class="limit {kind}" d="M{_number(WIDTH * min(bound / most, 1.0))} 2V{HEIGHT - 2}"/>')
    return _svg("".join(parts))


def _tick(kind: str, bound: float | None, reach: float) -> str:
    """Return a limit's line."""
    return "" if bound is None else f'<path class="limit {kind}" d="M{_at(bound, reach)} 2V{HEIGHT - 2}"/>'


def _at(ratio: float, reach: float) -> str:
    """Return the place of a ratio on the axis, kept inside the chart."""
    share = (min(max(ratio, -reach), reach) / reach + 1) / 2
    return _number(_EDGE + share * (WIDTH - 2 * _EDGE))


def _rect(kind: str, x: int, y: int, width: str, height: int) -> str:
    """Return a bar."""
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="1.5"/>'


def _number(value: float) -> str:
    """Return a coordinate with one decimal, always written the same way."""
    return f"{round(value, 1):g}"


def _svg(inside: str) -> str:
    """Return the element; it says nothing that its row does not say."""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg class="row-chart" {size} aria-hidden="true">{inside}</svg>'
