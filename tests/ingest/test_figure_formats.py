"""What the real tools wrote, read, against what the tools printed themselves. `make_fixtures.py` makes the files."""

import re
import statistics
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest

from lanemark.config.types import MetricFormat
from lanemark.errors import DataError
from lanemark.ingest.read import FORMATS, read_metrics

FIXTURES = Path(__file__).parent / "fixtures"
FILES = {
    "pytest-benchmark.json": "pytest-benchmark",
    "pytest-benchmark-summary.json": "pytest-benchmark",
    "hyperfine.json": "hyperfine",
    "gobench.txt": "gobench",
    "google-benchmark.json": "google-benchmark",
    "google-benchmark-aggregates.json": "google-benchmark",
    "github-action-benchmark.json": "github-action-benchmark",
    "junit.xml": "junit",
}


def readings_of(name, kind=None):
    return {one.name: one for one in read_metrics((FIXTURES / name).read_bytes(), format=kind, source=name)}


def printed(name):
    return (FIXTURES / f"{name}.printed.txt").read_text()


@pytest.mark.parametrize(("name", "kind"), FILES.items())
def test_the_content_decides_the_format(name, kind):
    assert readings_of(name) == readings_of(name, kind)


@pytest.mark.parametrize("name", FILES)
def test_every_other_format_refuses_the_file(name):
    for known in FORMATS:
        if not known.name.startswith(FILES[name]) or (known.claims is None and FILES[name] != "github-action-benchmark"):
            with pytest.raises(DataError, match=name):
                readings_of(name, known.name)


def test_the_registry_has_the_formats_of_the_configuration():
    assert tuple(known.name for known in FORMATS) == get_args(MetricFormat)


def test_every_format_has_a_fixture_or_is_ours():
    made = set(FILES.values())
    assert {known.name for known in FORMATS if known.claims is not None} == made | {"lanemark"}


def test_every_format_stands_in_the_document():
    page = (Path(__file__).parents[2] / "docs" / "figures.md").read_text()
    assert [known.name for known in FORMATS if f"| `{known.name}` |" not in page] == []


def test_pytest_benchmark_has_the_rounds_and_medians_of_its_table():
    found = readings_of("pytest-benchmark.json")
    rows = re.findall(
        r"^(test_\S+)\s+([\d,.]+) \([\d.]+\)\s+([\d,.]+) \([\d.]+\)\s+(\d+)", printed("pytest-benchmark"), re.MULTILINE
    )
    assert len(rows) == len(found) == 3
    for name, low, median, rounds in rows:
        one = found[f"test_prices.py::{name}"]
        assert (one.unit, one.better, one.summary, len(one.values)) == ("s", "lower", False, int(rounds))
        assert min(one.values) * 1e9 == pytest.approx(float(low.replace(",", "")), abs=1e-4)
        assert statistics.median(one.values) * 1e9 == pytest.approx(float(median.replace(",", "")), abs=1e-4)


def test_pytest_benchmark_without_rounds_gives_its_median_as_a_summary():
    full, short = readings_of("pytest-benchmark.json"), readings_of("pytest-benchmark-summary.json")
    assert full.keys() == short.keys()
    for name, one in short.items():
        assert one.summary
        assert one.values == (pytest.approx(statistics.median(full[name].values)),)


def test_hyperfine_has_the_means_of_its_table():
    found = readings_of("hyperfine.json")
    rows = re.findall(r"^\| `pause` \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) \| ([\d.]+) ", printed("hyperfine"), re.MULTILINE)
    assert len(rows) == 2
    for (mean, _, low, high), pause in zip(rows, ("0.01", "0.02"), strict=True):
        one = found[f"pause (pause={pause}): wall"]
        assert (one.unit, one.better, one.summary, len(one.values)) == ("s", "lower", False, 12)
        assert statistics.mean(one.values) * 1e3 == pytest.approx(float(mean), abs=0.06)
        assert [min(one.values) * 1e3, max(one.values) * 1e3] == pytest.approx([float(low), float(high)], abs=0.06)
    assert len(found) == 6
    assert all(one.summary for name, one in found.items() if not name.endswith("wall"))


def test_hyperfine_runs_that_did_not_do_the_same_are_refused():
    with pytest.raises(DataError, match=r"hyperfine-mixed.json: \$.results\[0\].exit_codes: .*different exit statuses"):
        readings_of("hyperfine-mixed.json")


def test_go_lines_of_one_name_are_samples_with_the_sums_go_printed():
    found = readings_of("gobench.txt")
    text = (FIXTURES / "gobench.txt").read_text()
    for name in ("BenchmarkTotal/items=100-2", "BenchmarkTotal/items=10000-2", "BenchmarkAlloc-2"):
        nanoseconds = [float(line.split()[2]) for line in text.splitlines() if line.startswith(f"{name} ")]
        one = found[f"example.com/shop.{name}: sec/op"]
        assert len(one.values) == 5
        assert sum(one.values) == pytest.approx(sum(nanoseconds) / 1e9)
        assert (one.unit, one.better, one.summary) == ("s", "lower", False)
    speed = found["example.com/shop.BenchmarkTotal/items=100-2: B/s"]
    assert (speed.unit, speed.better) == ("B/s", "higher")
    assert sum(speed.values) == pytest.approx(1e6 * sum(float(each) for each in re.findall(r"=100-2 .*?([\d.]+) MB/s", text)))
    assert (
        found["example.com/shop.BenchmarkAlloc-2: allocs/op"].unit,
        found["example.com/shop.BenchmarkAlloc-2: B/op"].unit,
    ) == (
        "allocs/op",
        "B",
    )


def test_go_units_of_the_user_have_the_direction_of_a_unit_line_or_none():
    found = readings_of("gobench.txt")
    items = found["example.com/shop.BenchmarkTotal/items=100-2: items/op"]
    widgets = found["example.com/shop.BenchmarkAlloc-2: widgets"]
    assert (items.unit, items.better, set(items.values)) == ("items/op", "higher", {100.0})
    assert (widgets.unit, widgets.better) == ("widgets", "unknown")


def test_go_that_failed_has_no_figures():
    with pytest.raises(DataError, match="no line of a benchmark that worked"):
        readings_of("gobench-failed.txt", "gobench")


def rows_of_google(name):
    return re.findall(r"^(BM_\S+)\s+([\d.]+) (ns|ms)\s+([\d.]+) (?:ns|ms)\s+(\d+)", printed(name), re.MULTILINE)


def test_google_benchmark_iterations_are_those_it_printed_and_no_aggregate():
    found = readings_of("google-benchmark.json")
    rows = [row for row in rows_of_google("google-benchmark") if not re.search("_(mean|median|stddev|cv)$", row[0])]
    assert len(rows) == 20
    for name in {row[0] for row in rows}:
        for what, column in (("real_time", 1), ("cpu_time", 3)):
            one = found[f"{name}: {what}"]
            assert (one.unit, one.better, one.summary, len(one.values)) == ("s", "lower", False, 4)
            factor = {"ns": 1e-9, "ms": 1e-3}[next(row[2] for row in rows if row[0] == name)]
            shown = sum(float(row[column]) for row in rows if row[0] == name) * factor
            assert sum(one.values) == pytest.approx(shown, rel=0.01)
    assert not [name for name in found if re.search("_(mean|median|stddev|cv|BigO|RMS)", name)]


def test_google_benchmark_rates_go_up_and_counters_have_no_direction():
    found = readings_of("google-benchmark.json")
    rate, items, counter = (found[f"BM_Copy/1024: {what}"] for what in ("bytes_per_second", "items_per_second", "pages"))
    assert (rate.unit, rate.better, items.unit, items.better) == ("B/s", "higher", "1/s", "higher")
    shown = re.findall(
        r"^BM_Copy/1024 .*bytes_per_second=([\d.]+)G/s items_per_second=([\d.]+)M/s", printed("google-benchmark"), re.MULTILINE
    )
    assert sum(rate.values) == pytest.approx(sum(float(row[0]) for row in shown) * 2**30, rel=1e-4)
    assert sum(items.values) == pytest.approx(sum(float(row[1]) for row in shown) * 1e6, rel=1e-4)
    assert (counter.unit, counter.better, set(counter.values)) == ("", "unknown", {0.25})


def test_google_benchmark_that_failed_has_no_figure():
    assert "ERROR OCCURRED" in printed("google-benchmark")
    assert not [name for name in readings_of("google-benchmark.json") if name.startswith("BM_Broken")]


def test_google_benchmark_with_aggregates_alone_gives_the_printed_medians_as_summaries():
    found = readings_of("google-benchmark-aggregates.json")
    medians = {
        row[0].removesuffix("_median"): row for row in rows_of_google("google-benchmark-aggregates") if row[0].endswith("_median")
    }
    assert len(medians) == 5
    for name, row in medians.items():
        one = found[f"{name}: real_time"]
        assert one.summary
        assert one.values == (pytest.approx(float(row[1]) * {"ns": 1e-9, "ms": 1e-3}[row[2]], rel=0.03),)


def test_junit_has_the_tests_that_passed_with_the_times_of_the_report():
    found = readings_of("junit.xml")
    passed = re.search(r"(\d+) passed", printed("junit"))
    assert passed is not None
    assert len(found) == int(passed[1])
    total = float(ET.parse(FIXTURES / "junit.xml").getroot()[0].attrib["time"])
    shown = re.findall(r"^([\d.]+)s call +test_cart.py::(?:TestCart::)?(\S+)", printed("junit"), re.MULTILINE)
    for seconds, name in shown:
        if name != "test_fails":
            one = next(one for title, one in found.items() if title.endswith(f".{name}"))
            assert one.values[0] == pytest.approx(float(seconds), abs=0.0101)
            assert (one.unit, one.better) == ("s", "lower")
    assert 0.09 < sum(one.values[0] for one in found.values()) < total


@pytest.mark.parametrize(
    ("kind", "directions"),
    [
        (None, ["lower", "higher", "unknown"]),
        ("github-action-benchmark-smaller", ["lower"] * 3),
        ("github-action-benchmark-bigger", ["higher"] * 3),
    ],
)
def test_custom_json_takes_its_direction_from_the_format_then_the_unit(kind, directions):
    found = readings_of("github-action-benchmark.json", kind)
    assert [one.better for one in found.values()] == directions
    assert [(one.unit, one.values) for one in found.values()] == [("s", (0.0125,)), ("B/s", (88e6,)), ("points", (71.25,))]
    assert all(one.summary for one in found.values())
