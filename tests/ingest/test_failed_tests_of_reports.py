"""Which tests failed, by hostile JUnit XML."""

import pytest

from lanemark.errors import DataError
from lanemark.ingest.failed import MOST_NAMES, read_failed


def read(text):
    return read_failed((text.encode(),))


def test_failures_and_errors_count_and_skips_did_not_run():
    found = read(
        "<testsuites><testsuite><testcase classname='a' name='t1'><failure>x</failure></testcase>"
        "<testcase classname='a' name='t2' file='a.py'><error/></testcase><testcase name='t3'><skipped/></testcase>"
        "<testcase name='t4'/></testsuite></testsuites>"
    )
    assert (found.failed, found.ran) == (2, 3)
    assert found.names == (("a", "t1", ""), ("a", "t2", "a.py"))


def test_a_case_with_a_failure_and_an_error_failed_once():
    assert read("<testsuite><testcase name='t'><failure/><error/></testcase></testsuite>").failed == 1


def test_names_are_bounded_and_the_count_is_not():
    found = read("<testsuite>" + f"<testcase name='{'n' * 9999}'><failure/></testcase>" * 60 + "</testsuite>")
    assert found.failed == 60
    assert len(found.names) == MOST_NAMES
    assert max(len(name) for _, name, _ in found.names) == 300


def test_other_xml_is_no_report():
    assert read("<coverage/>") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<testsuite><testcase",
        "<!DOCTYPE t [<!ENTITY a 'b'>]><testsuite>&a;</testsuite>",
        "<testsuite>" + "<a>" * 100 + "</a>" * 100 + "</testsuite>",
    ],
)
def test_what_is_no_whole_document_is_refused(text):
    with pytest.raises(DataError):
        read(text)
