"""Whatever bytes come: readings that can be recorded, or a DataError. Never another exception, never a number that is none."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lanemark.codec import decode, encode
from lanemark.config.types import MetricFormat
from lanemark.errors import DataError
from lanemark.ingest.gather import LARGEST, MOST_READINGS
from lanemark.ingest.read import FORMATS, read_metrics
from lanemark.result import Measured

FIXTURES = sorted(path for path in (Path(__file__).parent / "fixtures").iterdir() if "printed" not in path.name)
NAMES = [None, *(known.name for known in FORMATS)]


def check(data, kind):
    try:
        found = read_metrics(data, format=kind, source="m")
    except DataError as caught:
        said = caught.message
    else:
        check_readings(found)
        return
    assert said.startswith("m: ")
    assert len(said) < 1000


def check_readings(found):
    assert 0 < len(found) <= MOST_READINGS
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.values
        assert all(math.isfinite(value) and abs(value) <= LARGEST for value in one.values)
        assert one.unit not in ("s", "B") or min(one.values) >= 0
    record = Measured(stage="a", readings=found)
    assert decode(encode(record), Measured, limit=1 << 24, source="m") == record


numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([0, -1, 1e19, 0.5, 3]))
words = st.sampled_from(
    ["name", "unit", "value", "values", "better", "metrics", "benchmarks", "context", "machine_info", "results", "command", "times",
     "stats", "data", "median", "fullname", "run_type", "aggregate", "aggregate_name", "time_unit", "ns", "ms", "real_time", "cpu_time",
     "exit_codes", "parameters", "error_occurred", "lower", "a_mean", "a", ""]
)  # fmt: skip
plains = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, words, st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(words, st.text(max_size=3)), inner, max_size=6)
    ),
    max_leaves=25,
)


@st.composite
def spoiled(draw):
    """A real file with one value, one piece or one byte of it changed."""
    data = draw(st.sampled_from(FIXTURES)).read_bytes()
    at = draw(st.integers(0, len(data) - 1))
    way = draw(st.sampled_from(["cut", "byte", "drop", "double"]))
    if way == "cut":
        return data[:at]
    if way == "byte":
        return data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at + 1 :]
    end = min(len(data), at + draw(st.integers(1, 200)))
    return data[:at] + data[end:] if way == "drop" else data[:end] + data[at:]


@settings(max_examples=400, deadline=None)
@given(spoiled(), st.sampled_from(NAMES))
def test_a_spoiled_file_gives_readings_or_a_fault(data, kind):
    check(data, kind)


@settings(max_examples=300, deadline=None)
@given(plains, st.sampled_from(NAMES))
@example([{"name": "a", "value": 1, "unit": "KB"}], "github-action-benchmark")
@example(
    {"results": [{"command": "a", "times": [1], "parameters": {"x": [[[[]]]]}}, {"command": "a", "times": [1]}]}, "hyperfine"
)
def test_any_json_gives_readings_or_a_fault(plain, kind):
    check(json.dumps(plain).encode(), kind)


@settings(max_examples=300, deadline=None)
@given(st.lists(plains, max_size=3), st.sampled_from(["metrics", "benchmarks", "results"]), st.sampled_from(NAMES))
def test_json_of_about_the_right_shape_gives_readings_or_a_fault(items, key, kind):
    check(json.dumps({key: items, "context": {}} if key == "benchmarks" else {key: items}).encode(), kind)


go_words = st.sampled_from(
    [
        "Benchmark",
        "BenchmarkA-8",
        "Benchmarking",
        "10",
        "0.5",
        "-3",
        "1e400",
        "NaN",
        "ns/op",
        "B/op",
        "MB/s",
        "pkg:",
        "Unit",
        "better=higher",
        "\x00",
        "x",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(go_words, max_size=7).map(" ".join), max_size=5).map("\n".join), st.sampled_from([None, "gobench"]))
def test_any_lines_give_readings_or_a_fault(text, kind):
    check(text.encode(), kind)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(NAMES))
def test_any_bytes_give_readings_or_a_fault(data, kind):
    check(data, kind)


ENTITIES = b'<!DOCTYPE a [<!ENTITY b "c">]><testsuite><testcase name="&b;" time="1"/></testsuite>'
CASE = b'<testcase classname="c" name="n" time="%s"/>'


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (ENTITIES, "XML entity"),
        (b"<testsuite><testcase", "it ends in the middle"),
        (b"<testsuite>" + CASE % b"1,234" + b"</testsuite>", "line 1: the time '1,234' is not a number of seconds"),
        (b"<testsuite>" + CASE % b"nan" + b"</testsuite>", "line 1: the time 'nan' is not a number of seconds"),
        (b"<testsuite>\n" + CASE % b"-1" + b"</testsuite>", "line 2: -1 s is below zero"),
        (b"<testsuite>" + CASE % b"1" + b"\n" + CASE % b"2" + b"</testsuite>", 'line 2: the name "c.n" stands twice'),
        (b"<testsuite>" + b'<testcase time="1"/>' + b"</testsuite>", "neither a name nor a class"),
        (b"<testsuite></testsuite>", "no test case that passed"),
        (b"<testsuite>" + b"<a>" * 100 + b"</a>" * 100 + b"</testsuite>", "nested deeper than"),
    ],
)
def test_xml_that_is_no_sound_report_is_refused(xml, why):
    with pytest.raises(DataError) as caught:
        read_metrics(xml, format="junit", source="m")
    assert caught.value.message.startswith("m: ")
    assert caught.value.message.count("line ") <= 1
    assert why in caught.value.message


def test_thousands_with_commas_as_surefire_writes_them_are_read():
    found = read_metrics(b"<testsuite>" + CASE % b"1,234.5" + b"</testsuite>", format=None, source="m")
    assert found[0].values == (1234.5,)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("BenchmarkA 10 5", "a value has no unit"),
        ("BenchmarkA 10 5 ns/op 7", "a value has no unit"),
        ("BenchmarkA 10 NaN ns/op", "'NaN' is not a number"),
        ("BenchmarkA 10 1e400 ns/op", "inf is not a number"),
        ("BenchmarkA 10 -5 ns/op", "below zero"),
        ("BenchmarkA 10 5 ns/op 6 ns/op", "the unit 'ns/op' stands twice"),
        ("BenchmarkA 10 " + "5 ns/op " * 5000, "longer than"),
    ],
)
def test_go_lines_that_are_broken_are_refused_with_their_number(line, why):
    with pytest.raises(DataError) as caught:
        read_metrics(f"goos: linux\n{line}\n".encode(), format="gobench", source="m")
    assert caught.value.message.startswith("m: line 2: ")
    assert why in caught.value.message


def test_the_formats_are_words_of_the_configuration():
    assert all(name in MetricFormat.__args__ for name in NAMES if name)


@pytest.mark.parametrize("name", ["real_time", "time_unit"])
def test_google_rows_without_their_figures_are_refused(name):
    row = {"name": "a", "run_type": "iteration", "real_time": 1, "cpu_time": 1, "time_unit": "ns"}
    del row[name]
    with pytest.raises(DataError, match=f'there is no "{name}"'):
        read_metrics(json.dumps({"context": {}, "benchmarks": [row]}).encode(), format=None, source="m")


def test_google_aggregates_of_old_versions_are_told_by_their_names():
    row = {"real_time": 1, "cpu_time": 1, "time_unit": "ns"}
    rows = [{"name": name} | row for name in ("a", "a_mean", "a_stddev", "b_mean")]
    found = read_metrics(json.dumps({"context": {}, "benchmarks": rows}).encode(), format=None, source="m")
    assert [one.name for one in found] == ["a: real_time", "a: cpu_time", "b_mean: real_time", "b_mean: cpu_time"]
