"""All raw samples as CSV: one row a sample, in the order they were taken within each stage."""

import csv
import io

from lanemark import escape
from lanemark.metric import METRICS, Metric, unit_of
from lanemark.report.stages import base_side
from lanemark.report.types import Model
from lanemark.result import Sample, Side

_UNITS = {"s": "_s", "B": "_bytes", "1": ""}


def metric_column(metric: Metric) -> str:
    """Return a metric's column, with its unit in the name."""
    return f"{metric}{_UNITS[unit_of(metric)]}"


CONDITIONS = ("busy", "iowait", "steal", "pressure", "load", "mhz")
"""What is told of the machine during a sample: shares of all cores, the load average, and the clock of the first core."""

COLUMNS = (
    *("stage", "side", "batch", "pair", "order", "pass", "temperature"),
    *(metric_column(metric) for metric in METRICS),
    *("loops", "control_wall_s", "control_cpu_s", "sampler_s", *CONDITIONS),
)
"""The header; what was not measured is an empty cell, never a zero. Metrics are of one of the `loops` executions of a sample."""


def write_csv(model: Model) -> str:
    """Return the samples of both sides, header first, lines ending in a plain newline."""
    base = base_side(model)
    sides: list[tuple[Side, Sample]] = [("head", sample) for sample in model.measured.head.samples]
    sides += [("base", sample) for sample in (base.samples if base else ())]
    places = {name: place for place, name in enumerate(dict.fromkeys(sample.stage for _, sample in sides))}
    sides.sort(key=lambda row: (places[row[1].stage], *in_run_order(row[1])))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(side, sample) for side, sample in sides)
    return out.getvalue()


def in_run_order(sample: Sample) -> tuple[bool, int, int, int]:
    """Return the sort key of one stage's samples: timing before memory, then batch, pair, and place in the pair."""
    return (sample.account != "time", sample.turn.batch, sample.turn.pair, sample.turn.order)


def _row(side: Side, sample: Sample) -> list[str]:
    """Return one sample's cells; numbers with all their digits."""
    turn = sample.turn
    values = [sample.value(metric) for metric in METRICS]
    facts = [side, str(turn.batch), str(turn.pair), str(turn.order), sample.account, sample.temperature]
    control, around = sample.control, sample.conditions
    beside: list[float | None] = [control.wall_s, control.cpu_s] if control else [None, None]
    beside += [sample.sampler_s, *(getattr(around, name, None) for name in CONDITIONS)]
    return [escape.cell(sample.stage), *facts, *map(number_cell, values), str(sample.loops), *map(number_cell, beside)]


def number_cell(value: float | None) -> str:
    """Return a value as it is stored; whole numbers without a fraction."""
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
