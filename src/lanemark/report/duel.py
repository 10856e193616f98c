"""Two commands side by side: a table, one sentence that says which is slower, and what to know about it."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from lanemark import escape
from lanemark.compare.types import Comparison, Difference
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.metric import unit_of
from lanemark.report.duel_sentence import duel_sentence
from lanemark.report.gates import METRIC_WORDS
from lanemark.report.style import Style
from lanemark.report.table import WIDTH, text_table
from lanemark.units import change, quantity

NONE = "–"  # noqa: RUF001 -- a dash where there is no figure, as in printed tables

HEADER = ("", "base", "head", "change", "interval", "pairs", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """What is known of two commands; `notes` are sentences of ours, `loops` the executions in one sample."""

    base: str
    head: str
    comparison: Comparison
    gates: tuple[GateVerdict, ...]
    loops: int
    notes: tuple[str, ...] = ()


def write_duel(duel: Duel, style: Style) -> str:
    """Return the comparison for a terminal; the metric that speaks for the commands stands out."""
    sentence = _wrap(duel_sentence(duel.comparison, duel.gates))
    parts = [
        f"base  {style.strong(escape.visible(duel.base))}",
        f"head  {style.strong(escape.visible(duel.head))}",
        "",
        *_table(duel, style),
        "",
        _toned(sentence, duel.gates, style),
        *(_wrap(f"note: {note}") for note in duel.notes),
    ]
    return "\n".join(parts) + "\n"


def write_duel_markdown(duel: Duel) -> str:
    """Return the comparison for an issue or a pull request."""
    rows = ("| " + " | ".join(_cells(one, duel.gates)) + " |" for one in duel.comparison.differences)
    lines = [
        f"- base: {escape.markdown(duel.base, limit=1000)}",
        f"- head: {escape.markdown(duel.head, limit=1000)}",
        "",
        "| " + " | ".join(HEADER) + " |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
        *rows,
        "",
        escape.prose(duel_sentence(duel.comparison, duel.gates)),
        *(f"\n{escape.prose(note)}" for note in duel.notes),
    ]
    return "\n".join(lines) + "\n"


def _table(duel: Duel, style: Style) -> list[str]:
    """Return the lines of the table."""
    differences = duel.comparison.differences
    rows = [_cells(one, duel.gates) for one in differences]
    header, *lines = text_table(HEADER, rows, right=frozenset({1, 2, 3, 4, 5})).splitlines()
    marked = [style.strong(line) if one.primary else line for line, one in zip(lines, differences, strict=True)]
    return [f"  {line}" for line in (style.faint(header), *marked)]


def _cells(one: Difference, gates: Sequence[GateVerdict]) -> tuple[str, ...]:
    """Return one metric as cells; all of it are words and numbers of ours."""
    unit, effect = unit_of(one.metric), one.effect
    bounds = NONE
    if effect is not None and effect.low is not None and effect.high is not None:
        bounds = f"{change(effect.low)} … {change(effect.high)}"
    said = next((" ".join((gate.verdict.value, *gate.tags)) for gate in gates if one.primary), "")
    return (
        METRIC_WORDS[one.metric] + (" *" if one.primary else ""),
        NONE if one.base is None else quantity(one.base, unit),
        NONE if one.head is None else quantity(one.head, unit),
        change(effect.value) if effect else NONE,
        bounds,
        str(effect.pairs) if effect else NONE,
        said,
    )


def _toned(sentence: str, gates: Sequence[GateVerdict], style: Style) -> str:
    """Return the sentence in the colour of its verdict."""
    for gate in gates:
        if gate.verdict is Verdict.FAIL:
            return style.bad(sentence)
        if gate.verdict is Verdict.PASS:
            return style.good(sentence)
    return style.warning(sentence)


def _wrap(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
