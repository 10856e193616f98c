"""One command's figures for other programs: our JSON, hyperfine's JSON, Markdown, CSV."""

import csv
import io
from typing import Any

from lanemark import escape
from lanemark.metric import METRICS, unit_of
from lanemark.report.csv import metric_column, number_cell
from lanemark.report.gates import METRIC_WORDS
from lanemark.report.timing import Row, command_line, pass_of, timing_rows
from lanemark.report.timing_notes import find_notes
from lanemark.result.timing import Timing
from lanemark.stats.summary import Summary

NONE = "n/a"


def timing_view(timing: Timing) -> dict[str, Any]:
    """Return what `lanemark time --json` prints: every sample and its summary by metric, of one execution each.

    A statistic that the samples are too few for is null. `stopped` says why there are fewer samples than wanted, null else.
    """
    return {
        "command": list(timing.command),
        "shell": timing.shell,
        "runs": timing.runs,
        "loops": timing.loops,
        "warmup": timing.warmups,
        "first_run_s": timing.first_s,
        "empty_command_s": timing.empty_s,
        "failures": {str(status): count for status, count in sorted(timing.failures.items())},
        "survivors": timing.survivors,
        "stopped": timing.failure.evidence if timing.failure else "--max-time was used up" if timing.time_up else None,
        "metrics": {row.metric: _metric_view(row) for row in timing_rows(timing)},
        "notes": [{"kind": note.kind, "weight": note.weight.value, "text": note.text} for note in find_notes(timing)],
    }


def _metric_view(row: Row) -> dict[str, Any]:
    summary: Summary = row.summary
    return {
        "unit": unit_of(row.metric),
        "pass": pass_of(row.metric),
        **summary._asdict(),
        "low": row.median.low,
        "high": row.median.high,
        "samples": list(row.values),
    }


def hyperfine_view(timing: Timing) -> dict[str, Any]:
    """Return the timing as `hyperfine --export-json` writes it, so that its scripts and readers take it.

    Each of `times` is the mean of one sample where a sample is several runs. `exit_codes` stands only where all were 0: which
    sample a failing run was in is not kept.
    """
    rows = {row.metric: row for row in timing_rows(timing)}
    wall = rows["wall"]
    found: dict[str, Any] = {
        "command": " ".join(timing.command) if timing.shell else command_line(timing),
        "mean": wall.summary.mean,
        "stddev": wall.summary.stdev,
        "median": wall.summary.median,
        "user": rows["user"].summary.mean,
        "system": rows["system"].summary.mean,
        "min": wall.summary.min,
        "max": wall.summary.max,
        "times": list(wall.values),
    }
    if not timing.failures:
        found["exit_codes"] = [0] * len(wall.values)
    return {"results": [found]}


def write_timing_markdown(timing: Timing) -> str:
    """Return the figures as a table for an issue or a pull request, and the notes below it."""
    shown = escape.markdown(command_line(timing), limit=1000)
    lines = [
        f"{shown}: {len(timing.of('time'))} samples" + (f" of {timing.loops_words} each" if timing.loops > 1 else ""),
        "",
        "| | median | 95 % interval | mean ± sd | min … max |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(_markdown_row(row) for row in timing_rows(timing)),
    ]
    notes = [f"- {note.weight.value}: {escape.prose(note.text)}" for note in find_notes(timing)]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _markdown_row(row: Row) -> str:
    """Return one metric; every cell is a number of ours."""
    quantity, summary, median = row.scale.quantity, row.summary, row.median
    interval = NONE if median.low is None or median.high is None else f"{quantity(median.low)} … {quantity(median.high)}"
    spread = NONE if summary.stdev is None else f"{quantity(summary.mean)} ± {quantity(summary.stdev)}"
    ends = f"{quantity(summary.min)} … {quantity(summary.max)}"
    return f"| {METRIC_WORDS[row.metric]} | {quantity(summary.median)} | {interval} | {spread} | {ends} |"


def write_timing_csv(timing: Timing) -> str:
    """Return one line a sample, figures of one execution; what a pass cannot tell is an empty cell, never a zero."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("command", "pass", "sample", "loops", *(metric_column(metric) for metric in METRICS)))
    name = escape.cell(command_line(timing))
    for sample in timing.samples:
        figures = (number_cell(sample.value(metric)) for metric in METRICS)
        writer.writerow((name, sample.account, sample.turn.pair, sample.loops, *figures))
    return out.getvalue()
