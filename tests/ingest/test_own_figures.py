"""Our own format, and the rules that hold for every figure whatever the format."""

import json
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.errors import DataError
from lanemark.ingest.gather import LONGEST_NAME, MOST_EACH, MOST_READINGS, MOST_TOGETHER
from lanemark.ingest.read import LIMIT, read_metrics
from lanemark.ingest.types import Reading
from lanemark.ingest.units import SCALES, scale_of


def read(plain, kind=None):
    data = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    return read_metrics(data, format=kind, source="m.json")


def refused(plain, kind=None):
    with pytest.raises(DataError) as caught:
        read(plain, kind)
    assert caught.value.message.startswith("m.json: ")
    assert caught.value.help
    return caught.value.message.removeprefix("m.json: ")


def one(**fields):
    return {"metrics": [{"name": "total", "unit": "ms", "value": 3} | fields]}


def test_a_file_of_ours_gives_its_figures_in_si():
    plain = {
        "metrics": [
            {"name": "start", "unit": "ms", "values": [12.5, 250]},
            {"name": "image", "unit": "KiB", "value": 2},
            {"name": "speed", "unit": "orders", "value": -7, "better": "higher"},
            {"name": "bare", "value": 0},
        ]
    }
    assert read(plain) == (
        Reading(name="start", unit="s", better="lower", values=(0.0125, 0.25)),
        Reading(name="image", unit="B", better="lower", values=(2048.0,)),
        Reading(name="speed", unit="orders", better="higher", values=(-7.0,)),
        Reading(name="bare", unit="", better="unknown", values=(0.0,)),
    )


@pytest.mark.parametrize(
    ("plain", "why"),
    [
        (one(value="3"), '$.metrics[0].value: a number is expected, this is "3"'),
        (one(value=True), "$.metrics[0].value: a number is expected, this is true"),
        (one(value=None), "$.metrics[0]: it needs a value or values, and not both"),
        (one(values=[1]), "$.metrics[0]: it needs a value or values, and not both"),
        (one(value=-1), "$.metrics[0]: -0.001 s is below zero, which no time, size or rate can be"),
        (one(value=1e22), "$.metrics[0]: 1e+19 is not a number that can be a measurement"),
        (one(name=" "), "$.metrics[0].name: the text is empty"),
        (one(name=7), "$.metrics[0].name: text is expected, this is 7"),
        (one(better="up"), '$.metrics[0].better: write "lower" or "higher", or leave it out'),
        (one(bettr="lower"), "$.metrics[0]: only better, name, unit, value, values are known, not 'bettr'"),
        ({"metrics": []}, "$.metrics: the list is empty"),
        ({"metrics": {}}, "$.metrics: a list is expected, this is an object"),
        ({"metrics": [3]}, "$.metrics[0]: an object is expected, this is 3"),
        (
            {"metrics": one()["metrics"] * 2},
            '$.metrics[1]: the name "total" stands twice, so nobody can tell which figure is meant',
        ),
        ({"metrics": [{"name": "a", "values": [1, None]}]}, "$.metrics[0].values[1]: a number is expected, this is null"),
        ({"metrics": [{"name": "a", "values": []}]}, "$.metrics[0].values: the list is empty"),
        (b'{"metrics": [{"name": "a", "value": NaN}]}', "NaN is not a number that can be compared"),
        (b'{"metrics": [{"name": "a", "value": -Infinity}]}', "-Infinity is not a number that can be compared"),
        (b'{"metrics": [{"name": "a", "value": 1e999}]}', "the number 1e999 is out of range"),
        (b'{"metrics": [{"name": "a", "name": "b", "value": 1}]}', 'the key "name" stands twice in one object'),
        (b'{"metrics": [', "not JSON, line 1 column 14: Expecting value"),
        (b'{"metrics": ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_mistake_is_told_with_its_place(plain, why):
    assert refused(plain) == why


def test_a_key_beside_metrics_is_refused():
    assert "not 'context'" in refused(one() | {"context": {}}, "lanemark")


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(data):
    assert refused(data) == "the file is empty"


@pytest.mark.parametrize(
    "data", [b"3", b"hello", b"[]", b"{}", b'{"a": 1}', b"<html></html>", b"<", b"\x00\xff", b"Benchmarking is fun 3 s"]
)
def test_unknown_content_lists_the_formats(data):
    said = refused(data)
    assert all(name in said for name in ("lanemark", "pytest-benchmark", "hyperfine", "gobench", "junit"))


def test_content_of_two_formats_is_not_guessed():
    assert (
        refused({"benchmarks": [], "machine_info": {}, "context": {}})
        == "its content could be pytest-benchmark and google-benchmark"
    )


def test_an_unknown_format_lists_the_formats():
    assert refused(one(), "hyprfine").startswith("the format 'hyprfine' is none of lanemark, ")


def test_a_byte_order_mark_is_no_content():
    assert read(b"\xef\xbb\xbf" + json.dumps(one()).encode()) == read(one())


def test_a_huge_file_is_refused_before_it_is_read():
    assert "are read" in refused(b" " * (LIMIT + 1))


def test_many_figures_are_refused_and_not_cut():
    figures = [{"name": str(number), "value": 1} for number in range(MOST_READINGS + 1)]
    assert len(read({"metrics": figures[:-1]})) == MOST_READINGS
    assert f"more than {MOST_READINGS:,} figures" in refused({"metrics": figures})


def test_many_values_are_thinned_evenly_in_order():
    values = [float(number) for number in range(10_001)]
    found = read({"metrics": [{"name": "a", "values": values}]})[0].values
    assert len(found) == MOST_EACH
    assert list(found) == sorted(found)
    assert abs(statistics.median(found) - statistics.median(values)) <= len(values) / MOST_EACH
    assert min(found) < 50
    assert max(found) > 9950


def test_many_values_of_many_figures_stay_few_together():
    figures = [{"name": str(number), "values": [1.0] * 60} for number in range(1500)]
    assert sum(len(one.values) for one in read({"metrics": figures})) <= MOST_TOGETHER


def test_long_names_are_cut_and_stay_apart():
    names = ["x" * 1000 + end for end in "ab"]
    found = read({"metrics": [{"name": name, "value": 1} for name in names]})
    assert len({one.name for one in found}) == 2
    assert all(len(one.name) <= LONGEST_NAME for one in found)


def test_units_that_mean_several_things_keep_their_text():
    assert [(scale_of(unit).unit, scale_of(unit).better) for unit in ("KB", "m", "%", "errors/s", "")] == [
        ("KB", "unknown"),
        ("m", "unknown"),
        ("%", "unknown"),
        ("errors/s", "unknown"),
        ("", "unknown"),
    ]


@given(st.sampled_from(sorted(SCALES)), st.floats(min_value=0, max_value=1e5))
def test_a_known_unit_comes_in_si(unit, value):
    found = read({"metrics": [{"name": "a", "unit": unit, "value": value}]})[0]
    assert found.unit in ("s", "B", "B/s", "1/s")
    assert found.values == (value * SCALES[unit].factor,)
    assert found.better == ("unknown" if unit == "1/s" else "higher" if "/" in unit else "lower")
