"""google-benchmark's JSON (`--benchmark_format=json`): iterations, never mixed with the aggregates of the same benchmark.

Where a benchmark has aggregates alone (`--benchmark_report_aggregates_only`), its median is its one value. Rows that failed or
were skipped have no figure.
"""

from collections.abc import Iterator

from lanemark.ingest.cursor import Cursor
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Better, Content, Reading

_AGGREGATES = ("_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS")

_OURS = frozenset({
    "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
    "real_time", "cpu_time", "cpu_coefficient", "real_coefficient", "rms",
})  # fmt: skip
"""Numbers of a row that are no counters of the user."""

_RATES: dict[str, tuple[str, Better]] = {"bytes_per_second": ("B/s", "higher"), "items_per_second": ("1/s", "higher")}

_Figure = tuple[str, Better | None]
"""Unit and direction."""


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    return isinstance(content, dict) and "benchmarks" in content and "context" in content


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return a reading for each benchmark and figure: `NAME: real_time`, `NAME: cpu_time`, rates and counters.

    Rows of one name are repetitions. A counter's unit and direction are unknown: the file does not say whether it is a rate.
    """
    gathered = Gathered(source)
    rows = [row for row in Cursor(content, source).at("benchmarks").items() if not _failed(row)]
    names = {row.at("name").text() for row in rows}
    single = [(row.at("name").text(), row) for row in rows if not _is_aggregate(row, names)]
    sampled = {name for name, _ in single}
    _gather(single, gathered, summary=False)
    _gather([(name, row) for name, row in _medians(rows) if name not in sampled], gathered, summary=True)
    return gathered.readings(otherwise="no benchmark of it worked")


def _failed(row: Cursor) -> bool:
    """Tell whether a benchmark says that it failed or was skipped; its times are zero then, or missing."""
    return any(row.has(flag) and row.at(flag).value is not False for flag in ("error_occurred", "skipped"))


def _medians(rows: list[Cursor]) -> list[tuple[str, Cursor]]:
    """Return the aggregates that are medians, under the name of their benchmark."""
    medians = [row for row in rows if row.has("aggregate_name") and row.at("aggregate_name").value == "median"]
    return [(row.at("run_name" if row.has("run_name") else "name").text(), row) for row in medians]


def _is_aggregate(row: Cursor, names: set[str]) -> bool:
    """Tell a summary of rows from a row; versions before 1.5 say it by the name alone."""
    if row.has("run_type"):
        return row.at("run_type").value == "aggregate"
    name = row.at("name").text()
    return any(name.endswith(end) and name.removesuffix(end) in names for end in _AGGREGATES)


def _gather(rows: list[tuple[str, Cursor]], gathered: Gathered, *, summary: bool) -> None:
    """Add the figures of all rows, those of one name together."""
    values: dict[tuple[str, str], list[float]] = {}
    figures: dict[tuple[str, str], tuple[_Figure, str]] = {}
    for name, row in rows:
        for what, figure, value in _figures(row):
            key = (name, what)
            before = figures.setdefault(key, (figure, row.path))[0]
            if before != figure:
                row.refuse(f"{what} changes its unit between the repetitions")
            if summary and key in values:
                row.refuse("this benchmark has two medians")
            values.setdefault(key, []).append(value)
    for (name, what), found in values.items():
        (unit, better), where = figures[name, what]
        gathered.add(f"{name}: {what}", unit, tuple(found), where=f"{where}.{what}", better=better, summary=summary)


def _figures(row: Cursor) -> Iterator[tuple[str, _Figure, float]]:
    """Yield name, unit, direction and value of every figure of a row."""
    unit = row.at("time_unit").text()
    for what in ("real_time", "cpu_time"):
        yield what, (unit, None), row.at(what).number()
    if isinstance(row.value, dict):
        for what, value in row.value.items():
            if what not in _OURS and isinstance(value, int | float) and not isinstance(value, bool):
                yield what, _RATES.get(what, ("", None)), float(value)
