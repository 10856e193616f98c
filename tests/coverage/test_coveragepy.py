import json

import pytest

from lanemark.coverage.formats import coveragepy
from lanemark.coverage.model import counts_of
from lanemark.coverage.types import Count
from lanemark.errors import DataError


def parse(value):
    return coveragepy.parse(iter([json.dumps(value).encode()]))


def report(entry, **meta):
    return {
        "meta": {"format": 3, "version": "7.6", **meta},
        "files": {"a.py": {"executed_lines": [], "missing_lines": [], **entry}},
    }


def test_lines_are_hit_or_missed():
    file = parse(report({"executed_lines": [1, 2], "missing_lines": [5], "excluded_lines": [9]})).files["a.py"]
    assert file.lines == {1: 1, 2: 1, 5: 0}
    assert counts_of(file).statements is None


def test_branches_are_arms_with_a_name():
    arms = {"executed_branches": [[1, 2]], "missing_branches": [[1, -1], [4, 5], [4, 6]]}
    file = parse(report({"executed_lines": [1, 4], **arms}, branch_coverage=True)).files["a.py"]
    assert counts_of(file).branches == Count(covered=1, total=4)


def test_branches_not_measured_are_absent():
    assert counts_of(parse(report({}, branch_coverage=False)).files["a.py"]).branches is None


def test_functions_are_regions_with_a_name_and_lines():
    regions = {
        "": {"executed_lines": [1], "missing_lines": []},
        "f": {"executed_lines": [3], "missing_lines": [4], "start_line": 2},
        "C.g": {"executed_lines": [], "missing_lines": [8]},
        "empty": {"executed_lines": [], "missing_lines": []},
    }
    assert parse(report({"functions": regions})).files["a.py"].functions == {("f", 2): 1, ("C.g", 8): 0}


def test_the_older_format_without_regions_has_no_functions():
    assert parse(report({}, format=2)).files["a.py"].functions is None


def test_unknown_keys_are_tolerated():
    value = report({"contexts": {"1": ["a"]}, "new": [1.5]}, future=True)
    assert parse({**value, "more": None}).files["a.py"].lines == {}


def test_lines_no_file_has_are_left_out_and_counted():
    data = parse(report({"executed_lines": [0, -1, 3], "missing_lines": [10**9]}))
    assert data.files["a.py"].lines == {3: 1}
    assert data.skipped == 3


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([], "the report is not a JSON object"),
        ({}, 'no "files"'),
        ({"files": []}, "files is not a JSON object"),
        ({"files": {"a.py": 1}}, "a.py is not a JSON object"),
        ({"files": {"a.py": {"executed_lines": [1]}}}, "a.py: missing_lines is not a list"),
        (report({"executed_lines": [1.5]}), "executed_lines is not a list of whole numbers"),
        (report({"executed_lines": [True]}), "executed_lines is not a list of whole numbers"),
        (report({"executed_branches": 7}, branch_coverage=True), "executed_branches is not a list"),
        (report({"executed_branches": [[1]]}, branch_coverage=True), "not a pair"),
        (report({"functions": []}), "functions is not a JSON object"),
    ],
)
def test_what_is_no_coverage_py_report_is_refused(value, why):
    with pytest.raises(DataError, match=why):
        parse(value)


@pytest.mark.parametrize("data", [b'{"files": {"a.py"', b'{"files": {}, "files": {}}', b'{"files": NaN}', b"[" * 100000, b"\xff"])
def test_broken_json_is_refused(data):
    with pytest.raises(DataError, match=r"^the report: "):
        coveragepy.parse(iter([data]))
