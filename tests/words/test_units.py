from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark import units


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("5%", "ratio", 0.05),
        ("7 %", "ratio", 0.07),
        ("57%", "ratio", 0.57),
        ("0.5pp", "points", 0.005),
        ("90s", "seconds", 90.0),
        ("1m30s", "seconds", 90.0),
        ("500ms", "seconds", 0.5),
        ("2h", "seconds", 7200.0),
        ("7d", "seconds", 604800.0),
        ("1.5GiB", "bytes", 1.5 * 2**30),
        ("1kB", "bytes", 1000.0),
        ("12", "count", 12.0),
        (" 12 ", "count", 12.0),
    ],
)
def test_value_is_read_with_its_unit(text, quantity, value):
    assert units.parse(text) == (quantity, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "%",
        "five",
        "-5%",
        "+5%",
        "1e3s",
        ".5s",
        "5.s",
        "nan",
        "inf",
        "infs",
        "5 parrots",
        "5%5%",
        "1s5%",
        "1GiB2",
        "5s x",
        "٣s",
        "1_000s",
        "9" * 400 + "s",
    ],
)
def test_what_is_no_value_is_none(text):
    assert units.parse(text) is None


def test_percentage_for_floors_is_exact():
    assert units.exact_ratio("80%") == Fraction(4, 5)
    assert units.exact_ratio("79.999 %") == Fraction(79999, 100000)
    assert units.exact_ratio("80") is None
    assert units.exact_ratio("80pp") is None
    assert units.exact_ratio("-1%") is None


def test_number_of_a_value_is_what_was_written():
    assert units.number_of("0.50pp") == "0.50"
    assert units.number_of("pp") == ""


@given(
    st.sampled_from(["ratio", "points", "seconds", "bytes", "count"]),
    st.floats(0, 1e15).filter(lambda value: value == 0 or value > 1e-9),
)
def test_written_value_reads_back_as_the_same_float(quantity, value):
    text = units.written(value, quantity)
    if len(text) <= 40:
        assert units.parse(text) == (quantity, value)


@given(st.text(max_size=60))
def test_any_text_is_a_finite_value_or_none(text):
    parsed = units.parse(text)
    assert parsed is None or 0 <= parsed[1] < float("inf")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 s"),
        (8.7e-4, "870 µs"),
        (0.0042, "4.2 ms"),
        (0.9999, "1 s"),
        (0.00099999, "1 ms"),
        (3.15, "3.15 s"),
        (99.6, "1 min 40 s"),
        (252, "4 min 12 s"),
        (3599.7, "1 h 00 min"),
        (3725, "1 h 02 min"),
        (-0.0042, "-4.2 ms"),
    ],
)
def test_time_for_people(value, shown):
    assert units.seconds(value) == shown


@given(st.floats(-1e7, 1e7))
def test_time_for_people_has_no_exponent_and_no_sixty(value):
    shown = units.seconds(value)
    assert "e+" not in shown
    assert " 60 " not in shown.replace("min 60", " 60 ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (2**20 - 1, "1 MiB"),
        (612 * 2**20, "612 MiB"),
        (1.5 * 2**30, "1.5 GiB"),
        (99.97 * 1024, "100 KiB"),
        (-2048, "-2 KiB"),
    ],
)
def test_size_for_people(value, shown):
    assert units.size(value) == shown


def test_share_is_never_rounded_up_and_nothing_of_nothing_is_not_all():
    assert units.percent(79_999, 100_000) == "79.99 %"
    assert units.percent(99_999, 100_000) == "99.99 %"
    assert units.percent(4, 5) == "80 %"
    assert units.percent(1, 1) == "100 %"
    assert units.percent(0, 0) == "n/a"


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_share_shows_100_only_when_all_is_covered(covered, total):
    covered = min(covered, total)
    assert (units.percent(covered, total) == "100 %") == (covered == total)


def test_relative_change_has_a_sign_and_a_limit_has_none():
    assert units.change(0.091) == "+9.1 %"
    assert units.change(-0.003) == "-0.3 %"
    assert units.limit(0.1) == "10 %"
    assert units.limit(0.075) == "7.5 %"


def test_metric_value_for_people_depends_on_its_unit():
    assert units.quantity(0.5, "s") == "500 ms"
    assert units.quantity(2048, "B") == "2 KiB"
    assert units.quantity(1_234_567, "1") == "1,234,567"
    assert units.quantity(3, "1") == "3"


def test_sizes_share_a_unit_with_their_bounds_where_they_can():
    assert units.size_between(1.3 * 2**20, 1.1 * 2**20, 1.5 * 2**20) == "1.3 MiB (1.1 to 1.5)"
    assert units.size_between(1.1 * 2**20, 900 * 2**10, 1.5 * 2**20) == "1.1 MiB (900 KiB to 1.5 MiB)"
    assert units.size_between(2.0**20, None, 1.5 * 2**20) == "1 MiB"


def test_a_change_by_more_than_a_factor_of_a_hundred_is_told_as_a_factor():
    assert (units.change(98.9), units.change(99.0), units.change(3914.0)) == ("+9890.0 %", "x 100", "x 3,915")
