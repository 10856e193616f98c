"""JUnit XML as totals, failures, names and the slowest: from real dialects, and from hostile files."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.errors import DataError
from lanemark.ingest.suites import LONGEST_MESSAGE, MOST_BROKEN, MOST_NAMES, MOST_SLOW, SuiteInput, join_tests, read_suites
from lanemark.ingest.types import BrokenCase


def given_file(text, path="junit.xml"):
    return SuiteInput(path=path, chunks=None if text is None else lambda: iter([text.encode()]))


def read(*texts):
    return read_suites([given_file(text, f"{number}.xml") for number, text in enumerate(texts)])


def suite(*cases):
    return f"<testsuites><testsuite tests='999' failures='7'>{''.join(cases)}</testsuite></testsuites>"


def case(name, inner="", time="0.5", classname="m.C"):
    return f"<testcase classname='{classname}' name='{name}' time='{time}'>{inner}</testcase>"


def test_totals_are_counted_and_never_taken_from_the_file():
    found = read(
        suite(
            case("a"),
            case("b", "<failure message='no'/>"),
            case("c", "<error>\n boom\n  at m.py:3\n</error>"),
            case("d", "<skipped/>"),
        )
    )
    assert (found.total, found.failures, found.errors, found.skipped, found.time_s) == (4, 1, 1, 1, 2.0)
    assert found.broken == (
        BrokenCase(name="m.C.b", state="failure", message="no"),
        BrokenCase(name="m.C.c", state="error", message="boom at m.py:3"),
    )
    assert found.names == ("m.C.a", "m.C.b", "m.C.c", "m.C.d")
    assert found.whole


def test_the_worst_of_a_test_counts_and_output_is_no_message():
    inner = "<system-out>noise</system-out><failure message=''>one <b>two</b></failure><error message='teardown'/><failure/>"
    found = read(f"<testsuite>{case('a', inner)}<failure/><error/></testsuite>")
    assert (found.total, found.failures, found.errors) == (1, 0, 1)
    assert found.broken == (BrokenCase(name="m.C.a", state="error", message="teardown"),)


def test_nested_suites_and_names_that_are_missing_are_fine():
    found = read(f"<testsuite><testsuite>{case('', classname='')}</testsuite><testcase/></testsuite>")
    assert (found.total, found.names) == (2, ("(no name)",))


def test_the_slowest_come_first_and_only_ten_are_kept():
    found = read(suite(*(case(f"t{number:02}", time=str(number)) for number in range(30))))
    assert [one.name for one in found.slowest] == [f"m.C.t{number:02}" for number in range(29, 19, -1)]
    assert len(found.slowest) == MOST_SLOW


@pytest.mark.parametrize(
    ("time", "total"), [("1,234.5", 1234.5), ("nan", 0), ("inf", 0), ("-1", 0), ("x", 0), ("", 0), ("9" * 70, 0)]
)
def test_a_time_that_cannot_be_is_none(time, total):
    found = read(suite(case("a", time=time)))
    assert (found.total, found.time_s, len(found.slowest)) == (1, total, total > 0)


def test_long_texts_are_cut_and_only_the_first_failures_are_kept():
    long = "x" * 10_000
    found = read(suite(*(case(f"{long}{number}", f"<failure>{long}</failure>") for number in range(MOST_BROKEN + 3))))
    assert found.failures == MOST_BROKEN + 3
    assert len(found.broken) == MOST_BROKEN
    assert all(len(one.message) == LONGEST_MESSAGE and len(one.name) <= 300 for one in found.broken)
    assert len(found.names) == MOST_BROKEN + 3


HOSTILE = {
    "not XML": "hello",
    "cut off": "<testsuite><testcase name='a'>",
    "another root": "<html/>",
    "an entity bomb": "<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite>&a;</testsuite>",
    "too deep": "<testsuite>" * 100 + "</testsuite>" * 100,
    "empty": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_said_and_leaves_nothing_behind(name):
    found = read(suite(case("a")), HOSTILE[name])
    assert (found.total, [one.state for one in found.reports]) == (1, ["read", "unreadable"])
    assert found.reports[1].reason
    assert not found.whole


def test_what_breaks_in_the_middle_leaves_nothing_behind():
    assert read(f"<testsuite>{case('a')}{case('b')}<oops").total == 0


def test_a_missing_file_and_one_that_cannot_be_opened_are_said():
    def refuse():
        raise DataError("it is a folder")

    found = read_suites([given_file(None, "a.xml"), SuiteInput(path="b.xml", chunks=refuse)])
    assert [(one.path, one.state) for one in found.reports] == [("a.xml", "missing"), ("b.xml", "unreadable")]


def test_a_file_beyond_the_limit_is_refused():
    def endless():
        yield b"<testsuite>"
        while True:
            yield b" " * (1 << 20)

    found = read_suites([SuiteInput(path="a.xml", chunks=endless)])
    assert [(one.state, one.reason) for one in found.reports] == [
        ("unreadable", "it is longer than 100 MiB; write one file for each part of the tests")
    ]


def test_names_beyond_what_is_kept_are_not_known():
    names = [f"t{number:05}" for number in range(MOST_NAMES)]
    full = read(suite(*map(case, names)))
    assert full.names == tuple(f"m.C.{name}" for name in names)
    more = read(suite(*map(case, [*names, "one"])))
    assert (more.total, more.names) == (MOST_NAMES + 1, None)
    assert join_tests([full, read(suite(case("other")))]).names is None


cases = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "<failure/>", "<error/>", "<skipped/>"])), max_size=6)


@given(st.lists(cases, min_size=1, max_size=4))
def test_jobs_together_say_what_one_reading_says(files):
    texts = [suite(*(case(name, inner) for name, inner in each)) for each in files]
    apart = [read_suites([given_file(text, f"{number}.xml")]) for number, text in enumerate(texts)]
    joined, whole = join_tests(apart), read(*texts)
    assert joined == whole
    assert math.isclose(joined.time_s, 0.5 * whole.total)


def test_a_report_that_one_job_lacks_is_another_s():
    there, absent = read_suites([given_file(suite(case("a")))]), read_suites([given_file(None)])
    assert [one.state for one in join_tests([absent, there]).reports] == ["read"]
    assert [one.state for one in join_tests([absent, absent]).reports] == ["missing"]
    assert join_tests([]) is None
