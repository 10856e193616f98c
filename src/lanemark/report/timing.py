"""One command's figures as a terminal shows them."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from lanemark import escape
from lanemark.metric import METRICS, Metric, unit_of
from lanemark.ports import Pass
from lanemark.report.bars import draw_bars
from lanemark.report.digits import Scale, find_scale
from lanemark.report.gates import METRIC_WORDS
from lanemark.report.style import Style
from lanemark.report.table import WIDTH, text_table
from lanemark.report.timing_notes import Note, Weight, find_notes
from lanemark.result.timing import Timing
from lanemark.stats.summary import Estimate, Summary, estimate, summarise

NONE = "–"  # noqa: RUF001 -- a dash where there is no figure, as in printed tables
FAR = 8.0
"""The bars end so many median deviations from the median; the few samples beyond are counted, not drawn."""

_MEMORY = frozenset({"rss_peak", "io_read", "io_write"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the samples of one metric say, of one execution each, in its unit."""

    metric: Metric
    values: tuple[float, ...]
    summary: Summary
    median: Estimate
    scale: Scale


def pass_of(metric: Metric) -> Pass:
    """Return from which pass a metric comes; the times of the memory pass are disturbed by its sampler."""
    return "memory" if metric in _MEMORY else "time"


def timing_rows(timing: Timing) -> tuple[Row, ...]:
    """Return a row for each metric that was measured; a metric that this platform cannot tell has none."""
    rows = []
    for metric in METRICS:
        found = (sample.value(metric) for sample in timing.of(pass_of(metric)))
        values = tuple(value for value in found if value is not None)
        if values:
            summary = summarise(values)
            scale = find_scale(values, summary.median, unit_of(metric))
            rows.append(Row(metric=metric, values=values, summary=summary, median=estimate(values, "median"), scale=scale))
    return tuple(rows)


def write_timing(timing: Timing, style: Style) -> str:
    """Return the command, its figures as columns, the shape of its wall time, and what to know about them."""
    rows = timing_rows(timing)
    parts = [f"Command: {style.strong(command_line(timing))}", style.faint(_how(timing))]
    if rows:
        parts += ["", _table(rows, style)]
        shape = _shape(next(row for row in rows if row.metric == "wall"))
        parts += ["", shape] if shape else []
    notes = find_notes(timing)
    if notes:
        parts += ["", *(write_note(note, style) for note in notes)]
    return "\n".join(parts) + "\n"


def command_line(timing: Timing) -> str:
    """Return the command as it would be typed, safe for a terminal."""
    if timing.shell:
        return " ".join(map(escape.visible, timing.command))
    return " ".join(map(escape.shell, timing.command))


def write_note(note: Note, style: Style) -> str:
    """Return one note as a paragraph that fits the terminal."""
    text = textwrap.fill(
        f"{note.weight.value}: {note.text}", WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return style.warning(text) if note.weight is Weight.WARNING else text


def _how(timing: Timing) -> str:
    """Return how often it ran."""
    timed, watched = timing.of("time"), timing.of("memory")
    said = [f"{len(timed)} samples" if len(timed) != 1 else "1 sample"]
    if timing.loops > 1:
        said[0] += f" of {timing.loops_words} each"
    if timing.warmups:
        said.append(f"{timing.warmups} more to warm up")
    if watched:
        said.append(f"memory and I/O from {len(watched)} run{'s' if len(watched) != 1 else ''} of their own")
    return ", ".join(said)


def _table(rows: Sequence[Row], style: Style) -> str:
    """Return the figures; the row that people came for stands out."""
    wide = [name for name in ("p90", "p95", "p99") if any(getattr(row.summary, name) is not None for row in rows)]
    header = ("", "median", "95 % interval", "mean ± sd", "min … max", *wide)
    cells = [_cells(row, wide) for row in rows]
    lines = text_table(header, cells, right=frozenset(range(1, len(header)))).splitlines()
    marked = [style.strong(line) if row.metric == "wall" else line for line, row in zip(lines[1:], rows, strict=True)]
    return "\n".join(f"  {line}" for line in (style.faint(lines[0]), *marked))


def _cells(row: Row, wide: Sequence[str]) -> tuple[str, ...]:
    """Return one metric's cells; the unit stands once, at the median."""
    number, summary = row.scale.number, row.summary
    interval = NONE if row.median.low is None or row.median.high is None else _between(row, row.median.low, row.median.high)
    spread = NONE if summary.stdev is None else f"{number(summary.mean)} ± {number(summary.stdev)}"
    percentiles = (getattr(summary, name) for name in wide)
    return (
        METRIC_WORDS[row.metric],
        row.scale.quantity(summary.median),
        interval,
        spread,
        _between(row, summary.min, summary.max),
        *(NONE if value is None else number(value) for value in percentiles),
    )


def _between(row: Row, low: float, high: float) -> str:
    return f"{row.scale.number(low)} … {row.scale.number(high)}"


def _shape(row: Row) -> str:
    """Return the bars of a metric between its smallest and largest sample; samples far above are counted beside them."""
    summary = row.summary
    reach = summary.median + FAR * (summary.mad or 0.0)
    high = min(summary.max, reach) if summary.mad else summary.max
    bars = draw_bars(row.values, low=summary.min, high=high)
    if not bars:
        return ""
    beyond = sum(value > high for value in row.values)
    rest = f"   and {beyond} beyond" if beyond else ""
    return f"  {METRIC_WORDS[row.metric]}  {row.scale.quantity(summary.min)} {bars} {row.scale.quantity(high)}{rest}"
