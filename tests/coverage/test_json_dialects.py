"""Istanbul's and SimpleCov's JSON in forms that are not among the fixtures."""

import json

import pytest

from lanemark.coverage.formats import istanbul, istanbul_summary, simplecov
from lanemark.coverage.model import counts_of
from lanemark.coverage.types import Count, Counts
from lanemark.errors import DataError


def read(module, value):
    return module.parse(iter([json.dumps(value).encode()]))


def place(first, column, last, end):
    return {"start": {"line": first, "column": column}, "end": {"line": last, "column": end}}


def istanbul_file(**more):
    return {"path": "/ws/a.js", "statementMap": {}, "s": {}, "fnMap": {}, "f": {}, "branchMap": {}, "b": {}, **more}


def test_a_line_is_as_reached_as_its_most_reached_statement():
    statements = {"0": place(1, 0, 1, 5), "1": place(1, 6, 3, None), "2": place(2, 0, 2, 9)}
    file = read(istanbul, {"/ws/a.js": istanbul_file(statementMap=statements, s={"0": 0, "1": 4, "2": 0})}).files["/ws/a.js"]
    assert file.lines == {1: 4, 2: 0}
    assert file.statements == {(1, 0, 1, 5): 0, (1, 6, 3, 0): 4, (2, 0, 2, 9): 0}


def test_arms_belong_to_the_line_on_which_their_branch_begins():
    branches = {"0": {"loc": place(4, 0, 6, 1), "type": "if"}, "1": {"line": 7, "type": "switch"}, "2": {"loc": {"start": {}}}}
    file = read(istanbul, {"k": istanbul_file(branchMap=branches, b={"0": [1, 0], "1": [0, 0, 3], "2": [1]})}).files["/ws/a.js"]
    assert file.branches.arms == {4: {"0,0": True, "0,1": False}, 7: {"1,0": False, "1,1": False, "1,2": True}, 0: {"2,0": True}}


def test_functions_of_one_name_and_line_stay_apart():
    functions = {
        "0": {"name": "get", "decl": place(3, 0, 3, 3)},
        "1": {"name": "get", "line": 3},
        "2": {"loc": place(9, 0, 9, 1)},
    }
    file = read(istanbul, {"k": istanbul_file(fnMap=functions, f={"0": 1, "1": 0, "2": 5})}).files["/ws/a.js"]
    assert file.functions == {("get", 3): 1, ("get 1", 3): 0, ("", 9): 5}


def test_statements_without_a_line_count_and_measure_no_line():
    data = read(istanbul, {"k": istanbul_file(statementMap={"0": place(None, None, None, None)}, s={"0": 1})})
    assert data.files["/ws/a.js"].lines == {}
    assert counts_of(data.files["/ws/a.js"]).statements == Count(covered=1, total=1)
    assert data.skipped == 1


def test_a_file_that_no_test_loaded_is_0_of_0():
    assert counts_of(read(istanbul, {"k": istanbul_file()}).files["/ws/a.js"]) == Counts(
        **dict.fromkeys(("lines", "branches", "functions", "statements"), Count(covered=0, total=0))
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": 1}, "a is not a JSON object"),
        ({"a": {"statementMap": {}}}, "a: s is not a JSON object"),
        ({"a": istanbul_file(statementMap={"0": 1}, s={"0": 1})}, "a: statementMap is not a JSON object"),
        ({"a": istanbul_file(statementMap={"0": place(1, 0, 1, 1)}, s={"0": "1"})}, "a: s is not a number"),
        ({"a": istanbul_file(statementMap={"0": place(1.5, 0, 1, 1)}, s={"0": 1})}, "is not a line number"),
        ({"a": istanbul_file(branchMap={"0": {}}, b={"0": 1})}, "a: b is not a list"),
    ],
)
def test_what_is_no_istanbul_report_is_refused_with_the_place(value, why):
    with pytest.raises(DataError, match=why):
        read(istanbul, value)


def test_a_summary_has_totals_by_kind_and_no_percentage_is_read():
    total = {"total": 9, "covered": 3, "skipped": 0, "pct": 100}
    data = read(istanbul_summary, {"total": {}, "/ws/a.js": {"lines": total, "branches": {**total, "pct": "Unknown"}}})
    assert list(data.files) == ["/ws/a.js"]
    assert data.files.counts("/ws/a.js") == Counts(lines=Count(covered=3, total=9), branches=Count(covered=3, total=9))
    assert data.files.blind("/ws/a.js")


@pytest.mark.parametrize("count", [{"total": 1, "covered": 2}, {"total": 1}, {"total": -1, "covered": -2}, {"total": True, "covered": 1}, {"total": 10**12, "covered": 1}])  # fmt: skip
def test_totals_that_cannot_be_are_refused(count):
    with pytest.raises(DataError, match=r"a: lines: .* cannot be"):
        read(istanbul_summary, {"a": {"lines": count}})


def test_simplecov_lines_are_by_place_and_null_and_ignored_are_not_measured():
    data = read(simplecov, {"RSpec": {"coverage": {"/ws/a.rb": {"lines": [None, 0, 3, "ignored", 1]}}, "timestamp": 1.5}})
    assert data.files["/ws/a.rb"].lines == {2: 0, 3: 3, 5: 1}
    assert data.files["/ws/a.rb"].branches is None


def test_simplecov_before_0_18_has_plain_lists():
    assert read(simplecov, {"Unit": {"coverage": {"/ws/a.rb": [None, 1]}}}).files["/ws/a.rb"].lines == {2: 1}


def test_simplecov_commands_are_one_picture():
    branches = {"[:if, 0, 3, 4, 7, 7]": {"[:then, 1, 4, 6, 4, 10]": 5, "[:else, 2, 6, 6, 6, 9]": 0}}
    other = {"[:if, 0, 3, 4, 7, 7]": {"[:then, 1, 4, 6, 4, 10]": 0, "[:else, 2, 6, 6, 6, 9]": 1}}
    both = {
        name: {"coverage": {"a.rb": {"lines": lines, "branches": arms}}}
        for name, lines, arms in (("A", [1, 0], branches), ("B", [0, 0], other))
    }
    file = read(simplecov, both).files["a.rb"]
    assert file.lines == {1: 1, 2: 0}
    assert list(file.branches.arms) == [3]
    assert counts_of(file).branches == Count(covered=2, total=2)


def test_simplecov_methods_are_named_by_ruby():
    methods = {'["Cart", :total, 2, 2, 9, 5]': 3, '["#<Class:Cart, 0x0>", :[], 11, 2, 12, 5]': 0}
    file = read(simplecov, {"A": {"coverage": {"a.rb": {"lines": [], "methods": methods}}}}).files["a.rb"]
    assert sorted(line for _, line in file.functions) == [2, 11]
    assert counts_of(file).functions == Count(covered=1, total=2)


def test_the_json_formatter_has_lists_of_branches_and_methods():
    entry = {
        "lines": [1, None, 0],
        "branches": [{"type": "then", "start_line": 3, "end_line": 3, "coverage": 1, "inline": True}, {"type": "else", "start_line": 3, "coverage": 0}, {"type": "then", "start_line": 9, "coverage": "ignored"}],
        "methods": [{"name": "total", "start_line": 2, "coverage": 1}],
    }  # fmt: skip
    file = read(simplecov, {"meta": {"simplecov_version": "0.22.0"}, "coverage": {"lib/a.rb": entry}, "groups": {}}).files[
        "lib/a.rb"
    ]
    assert counts_of(file) == Counts(
        lines=Count(covered=1, total=2), branches=Count(covered=1, total=2), functions=Count(covered=1, total=1)
    )


def test_simplecov_kinds_that_one_file_has_are_0_of_0_in_the_others():
    files = {"a.rb": {"lines": [1], "branches": {}}, "b.rb": {"lines": [1]}}
    assert read(simplecov, {"A": {"coverage": files}}).files.counts("b.rb").branches == Count(covered=0, total=0)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"A": 1}, "A is not a JSON object"),
        ({"A": {}}, "A: coverage is not a JSON object"),
        ({"A": {"coverage": {"a.rb": {"lines": {}}}}}, "a.rb: lines is not a list"),
        ({"A": {"coverage": {"a.rb": [1, "x"]}}}, "a.rb: line 2 is not a number"),
        ({"A": {"coverage": {"a.rb": {"lines": [], "branches": {"system('x')": {"y": 1}}}}}}, "names no place"),
        ({"meta": {"simplecov_version": "1"}}, "coverage is not a JSON object"),
    ],
)
def test_what_is_no_simplecov_report_is_refused_with_the_place(value, why):
    with pytest.raises(DataError, match=why):
        read(simplecov, value)
