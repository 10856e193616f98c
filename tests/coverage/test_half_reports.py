"""Half a report is no report: cut off at any byte it is refused, or it says no more than whole records of it did.

LCOV and Go's profiles have no mark at their end. Cut exactly after a record (LCOV) or a line (Go) they cannot be told from a shorter
report; the docs say so. Nothing is ever read from a record or a line that is not whole.
"""

from pathlib import Path

import pytest

from lanemark.coverage.detect import FORMATS
from lanemark.errors import DataError

FIXTURES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "fixtures").glob("*.*"))}
SMALLEST = {
    known.name: min((data for data in FIXTURES.values() if known.claims(data)), key=len)
    for known in FORMATS
}  # fmt: skip
WITHOUT_END = ("lcov", "go")


def cuts(known):
    """Each cut that is not refused, with what it says."""
    data = SMALLEST[known.name]
    for at in range(len(data)):
        try:
            found = dict(known.parse(iter([data[:at]])).files)
        except DataError:
            continue
        yield at, found


@pytest.mark.parametrize("known", [known for known in FORMATS if known.name not in WITHOUT_END], ids=lambda known: known.name)
def test_a_report_with_an_end_is_whole_or_refused_wherever_it_is_cut(known):
    data = SMALLEST[known.name]
    whole = dict(known.parse(iter([data])).files)
    assert whole
    for at, found in cuts(known):
        assert found == whole, data[at - 20 : at]
        assert not data[at:].strip(), "only white space may be missing"


@pytest.mark.parametrize("known", [known for known in FORMATS if known.name in WITHOUT_END], ids=lambda known: known.name)
def test_a_report_without_an_end_says_what_its_whole_records_say(known):
    data = SMALLEST[known.name]
    mark = b"end_of_record" if known.name == "lcov" else b"\n"
    for at, found in cuts(known):
        line = data[:at].rpartition(b"\n")[2]
        records = data[: data[:at].rfind(mark) + len(mark)] if mark in data[:at] else b""
        whole = data[data.rfind(b"\n", 0, at) + 1 :].partition(b"\n")[0]
        if known.name == "go" and line == whole:
            records = data[:at]  # a last line without its end, but with all that it says
        expected = dict(known.parse(iter([records])).files) if records.strip() else {}
        assert found == expected, (line, whole)
