"""A comparison by itself, as columns for a terminal: what `lanemark compare` prints, where nothing is gated."""

from collections.abc import Sequence

from lanemark import escape
from lanemark.compare.types import Comparison, Difference
from lanemark.judge.types import GateVerdict
from lanemark.metric import unit_of
from lanemark.report.table import text_table
from lanemark.units import change, quantity

HEADER = ("Stage", "Metric", "Base", "Head", "Change", "Interval", "Pairs", "Verdict")
NONE = "n/a"


def write_comparison(comparison: Comparison, gates: Sequence[GateVerdict]) -> str:
    """Return the differences with what `gates` say of them, then a line for every stage that was not compared, and why."""
    said = {gate.gate.rpartition("/")[2]: gate.verdict.value for gate in gates}
    rows = [_row(one, said) for one in comparison.differences if one.state == "compared"]
    table = text_table(HEADER, rows, right=frozenset({2, 3, 4, 5, 6})) if rows else ""
    star = "* the stage's own witness; the other figures are evidence\n" if rows else ""
    rest = (
        f"{escape.visible(one.stage)}: {one.state}" + (f", {escape.visible(one.reason)}" if one.reason else "")
        for one in comparison.differences
        if one.state != "compared"
    )
    return "\n".join(part for part in (table + star, escape.visible(comparison.reason), *dict.fromkeys(rest)) if part) + "\n"


def _row(one: Difference, said: dict[str, str]) -> tuple[str, ...]:
    """Return one difference as cells."""
    unit, effect = unit_of(one.metric), one.effect
    bounds = NONE
    if effect is not None and effect.low is not None and effect.high is not None:
        bounds = f"{change(effect.low)}, {change(effect.high)}"
    return (
        one.stage,
        one.metric + (" *" if one.primary else "") + (" (cold)" if one.temperature == "cold" else ""),
        NONE if one.base is None else quantity(one.base, unit),
        NONE if one.head is None else quantity(one.head, unit),
        change(effect.value) if effect else NONE,
        bounds,
        str(effect.pairs) if effect else NONE,
        said.get(f"{one.stage}.{one.metric}", "") if one.temperature == "warm" else "",
    )
