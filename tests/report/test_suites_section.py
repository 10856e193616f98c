"""Tests in comment, summary and page, and the badge."""

from hypothesis import given
from hypothesis import strategies as st
from report_builders import model, result

from lanemark.coverage.types import Count, Counts, Coverage, ReportState
from lanemark.ingest import types as ingest
from lanemark.report.badge import badge_of
from lanemark.report.comment import write_comment
from lanemark.report.page import write_page
from lanemark.report.suites import suites_view
from lanemark.report.summary import write_summary

READ = (ingest.SuiteState(path="junit.xml", state="read"),)


def suites(**more):
    return ingest.Tests(**({"reports": READ, "total": 2, "names": ("t.a", "t.b")} | more))


def shown(head, base=None):
    return model(head=result(tests=head), base=result("base", tests=base))


def test_nothing_is_said_where_no_tests_were_read():
    for write in (write_comment, write_summary, write_page):
        text = write(model(head=result(), base=result("base", tests=suites())))
        assert "Tests:" not in text
        assert "Tests: 2" in write(shown(suites()))


def test_both_sides_stand_beside_each_other_and_what_moved_is_named():
    broken = (ingest.BrokenCase(name="t.c", state="failure", message="1 is not 2"),)
    head = suites(total=1234, failures=1, skipped=3, time_s=12.0, names=("t.a", "t.c"), broken=broken)
    text = write_comment(shown(head, suites(skipped=1, time_s=1.5)))
    assert "<details open><summary>Tests: 1,234, 1 failed, 1 new, 1 removed</summary>" in text
    for line in (
        "| All | 2 | 1,234 |",
        "| Failed | 0 | 1 |",
        "| Skipped | 1 | 3 |",
        "| Time of all | 1.5 s | 12 s |",
        "- New: `t.c`",
        "- Removed: `t.b`",
    ):
        assert line in text
    assert "- Failed: `t.c`: 1 is not 2" in text
    assert "Broke off" not in text


def test_what_moved_is_not_told_where_a_side_is_not_whole():
    part = suites(reports=(ingest.SuiteState(path="x.xml", state="missing", reason="no such file"),))
    reasons = {
        "the base's tests are not known": shown(suites()),
        "not every report of both sides could be read": shown(part, suites(names=())),
        "there are more tests than names are kept": shown(suites(names=None), suites()),
    }
    for reason, facts in reasons.items():
        view = suites_view(facts, 10)
        assert (view.why, view.added.items, view.removed.items) == (reason, (), ())
        assert f"New and removed tests are not told: {reason}." in write_summary(facts)
        assert reason.replace("'", "&#39;") in write_page(facts)


def test_long_lists_are_cut_and_counted():
    names = tuple(f"t.{number:04}" for number in range(900))
    broken = tuple(ingest.BrokenCase(name=name, state="error") for name in names[:50])
    text = write_comment(shown(suites(total=900, errors=400, names=names, broken=broken), suites(names=())))
    assert text.count("- New: ") == 20
    assert "And 880 more new tests." in text
    assert "And 380 more failed tests." in text
    page = write_page(shown(suites(total=900, names=names), suites(names=())))
    assert "New: 900" in page
    assert "And 700 more tests." in page


def coverage(covered, total, state="read"):
    counts = Counts(lines=Count(covered=covered, total=total))
    return Coverage(reports=(ReportState(path="c.xml", state=state),), counts=counts)


def test_a_badge_is_rounded_down_and_grey_where_nothing_is_sure():
    assert badge_of(coverage(99_996, 100_000)) == {
        "schemaVersion": 1,
        "label": "coverage",
        "message": "99.99 %",
        "color": "brightgreen",
    }
    assert badge_of(coverage(5, 5), label="lines")["message"] == "100 %"
    assert badge_of(coverage(59, 100))["color"] == "orange"
    unknown = {"schemaVersion": 1, "label": "coverage", "message": "unknown", "color": "lightgrey"}
    for found in (None, coverage(0, 0), coverage(7, 5), coverage(-1, 5), coverage(5, 5, state="incomplete")):
        assert badge_of(found) == unknown
    assert badge_of(coverage(5, 5), "branches") == unknown


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_a_badge_has_a_colour_for_every_share(covered, more):
    badge = badge_of(coverage(covered, covered + more - 1 or 1))
    assert badge["color"] != "lightgrey"
    assert (badge["message"] == "100 %") == (more == 1 and covered > 0)
