import json
from pathlib import Path

import pytest

from lanemark import codec
from lanemark.change import AddedLines, AddedRange
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage import read
from lanemark.coverage.read import Changed, ReportInput, measure_reports, read_coverage, sum_coverage
from lanemark.coverage.types import Count, Coverage, LeftOut
from lanemark.errors import DataError

FIXTURES = Path(__file__).parent / "fixtures"
TRACKED = ["sample/__init__.py", "sample/pricing.py", "sample/unused.py", "run.py"]


def xml(**files):
    classes = "".join(
        f'<class filename="{name}.py"><lines>{"".join(f"<line number={n!r} hits={h!r}/>" for n, h in lines.items())}</lines></class>'
        for name, lines in ((name, {str(n): str(h) for n, h in lines.items()}) for name, lines in files.items())
    )
    return f"<coverage><packages>{classes}</packages></coverage>".encode()


def given(data, rule=None, path="coverage.xml"):
    rule = rule or ReportRules(path=path, line=1)
    return ReportInput(rule=rule, path=path, chunks=None if data is None else lambda: iter([data]))


def fixture(name):
    return given((FIXTURES / name).read_bytes(), path=name)


def coverage(*reports, rules=None, tracked=("a.py", "b.py", "tests/t.py"), added=None, root="/ws"):
    return read_coverage(reports, rules or CoverageRules(), root=root, tracked=tracked, added=added)


def test_one_report_gives_totals_files_and_state():
    found = coverage(given(xml(a={1: 1, 2: 0}, b={1: 3})))
    assert found.counts.lines == Count(covered=2, total=3)
    assert [(file.path, file.counts.lines) for file in found.files] == [
        ("a.py", Count(covered=1, total=2)),
        ("b.py", Count(covered=1, total=1)),
    ]
    assert (found.reports[0].state, found.reports[0].format, found.reports[0].files) == ("read", "cobertura", 2)
    assert found.whole
    assert found.patch is None


def test_several_reports_are_one_picture():
    found = coverage(given(xml(a={1: 0, 2: 1})), given(xml(a={2: 0, 3: 1}), path="two.xml"))
    assert found.counts.lines == Count(covered=2, total=3)


def test_formats_mix():
    found = coverage(fixture("python-one.xml"), fixture("python-two.json"), tracked=TRACKED, root="/builds/sample")
    assert [report.format for report in found.reports] == ["cobertura", "coveragepy"]
    assert found.counts.lines == Count(covered=16, total=25)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"hello", "its content is none of Cobertura"),
        (xml(a={1: 1})[:-20], "ends in the middle"),
        (b'<!DOCTYPE coverage [<!ENTITY x "y">]><coverage>&x;</coverage>', "its content is none of Cobertura"),
        (b'{"meta": {"branch_coverage": false}, "files": ', "not JSON"),
    ],
)
def test_a_bad_report_is_unreadable_and_the_others_are_read(data, why):
    found = coverage(given(data, path="bad.xml"), given(xml(a={1: 1})))
    assert [report.state for report in found.reports] == ["unreadable", "read"]
    assert why in found.reports[0].reason
    assert found.counts.lines == Count(covered=1, total=1)
    assert not found.whole


def test_a_report_cut_off_leaves_none_of_its_lines_behind():
    found = coverage(given(xml(a={1: 1}, b={1: 1})[:-20]))
    assert found.files == ()
    assert found.counts.lines is None


def test_a_missing_report_is_named():
    found = coverage(given(None, path="gone.xml"))
    assert (found.reports[0].path, found.reports[0].state) == ("gone.xml", "missing")
    assert "gone.xml" in found.reports[0].reason
    assert not found.whole


def test_a_declared_report_that_nobody_looked_for_is_missing():
    rules = CoverageRules(reports=(ReportRules(path="x/*.xml", line=3, flag="x"),))
    found = coverage(rules=rules)
    assert [(report.path, report.state) for report in found.reports] == [("x/*.xml", "missing")]
    assert found.flags["x"].lines is None


def test_fewer_files_than_expected_are_incomplete():
    rule = ReportRules(path="*.xml", line=1, expect=3)
    found = coverage(given(xml(a={1: 1}), rule, "1.xml"), given(xml(b={1: 1}), rule, "2.xml"))
    assert [report.state for report in found.reports] == ["incomplete", "incomplete"]
    assert found.reports[0].reason == "2 of 3 expected reports were there"
    assert not found.whole


def test_as_many_files_as_expected_are_read():
    rule = ReportRules(path="*.xml", line=1, expect=2)
    assert coverage(given(xml(a={1: 1}), rule, "1.xml"), given(xml(b={1: 1}), rule, "2.xml")).whole


def test_a_report_that_measured_nothing_is_not_whole():
    for data in (b"<coverage/>", xml(a={})):
        found = coverage(given(data))
        assert (found.reports[0].state, found.reports[0].reason) == ("incomplete", "it names no measured line")


def test_a_report_of_another_repository_is_not_whole():
    found = coverage(given(xml(x={1: 1}, y={1: 1})))
    assert found.reports[0].state == "incomplete"
    assert found.reports[0].reason == "none of its 2 paths is a file of the repository, the first is x.py"
    assert found.unmatched == ("x.py", "y.py")
    assert found.counts.lines is None


def test_some_unmatched_paths_are_counted_and_listed():
    found = coverage(given(xml(a={1: 1}, y={1: 1})))
    assert (found.reports[0].state, found.reports[0].files) == ("read", 1)
    assert found.reports[0].reason == "1 of its 2 paths are no file of the repository"
    assert found.unmatched == ("y.py",)


def test_a_flood_of_unmatched_paths_is_cut():
    found = coverage(given(xml(**{f"{'x' * 400}{n}": {1: 1} for n in range(1500)})))
    assert len(found.unmatched) == read.MAX_UNMATCHED
    assert max(map(len, found.unmatched)) == 300
    assert "1500 paths" in found.reports[0].reason


def test_excluded_files_leave_totals_flags_and_change():
    rule = ReportRules(path="coverage.xml", line=1, flag="all")
    rules = CoverageRules(reports=(rule,), exclude=("tests/**",))
    added = [
        AddedLines(path=path, ranges=(AddedRange(start=1, end=9, head_start=1),)) for path in ("a.py", "tests/t.py", "tests/u.py")
    ]
    data = xml(a={1: 1}).replace(b"</packages>", b'<class filename="tests/t.py"><line number="1" hits="0"/></class></packages>')
    found = coverage(given(data, rule), rules=rules, added=added)
    assert found.whole
    assert [file.path for file in found.files] == ["a.py"]
    assert found.counts.lines == found.flags["all"].lines == Count(covered=1, total=1)
    assert found.patch.counts.lines == Count(covered=1, total=1)
    assert found.patch.unknown == ()


def test_flags_have_totals_of_their_own():
    web, api = ReportRules(path="w.xml", line=1, flag="web"), ReportRules(path="a.xml", line=2, flag="api")
    found = coverage(given(xml(a={1: 0}), web), given(xml(a={1: 1}, b={1: 1}), api))
    assert found.flags["web"].lines == Count(covered=0, total=1)
    assert found.flags["api"].lines == Count(covered=2, total=2)
    assert found.counts.lines == Count(covered=2, total=2)


def test_a_forced_format_is_not_guessed():
    rule = ReportRules(path="x", line=1, format="coveragepy")
    found = coverage(given(xml(a={1: 1}), rule))
    assert (found.reports[0].state, found.reports[0].format) == ("unreadable", "coveragepy")


def test_a_file_that_cannot_be_opened_or_read_on_is_unreadable():
    def at_once():
        raise DataError("coverage.xml: not a regular file")

    def later():
        yield xml(a={1: 1})[:-9]
        raise DataError("coverage.xml: changed while it was read")

    rule = ReportRules(path="coverage.xml", line=1)
    for chunks in (at_once, later):
        found = coverage(ReportInput(rule=rule, path="coverage.xml", chunks=chunks))
        assert found.reports[0].state == "unreadable"
        assert found.reports[0].reason.startswith("coverage.xml: ")


def test_a_report_that_is_too_long_is_unreadable():
    piece = b" " * (8 << 20)
    given_out = 0

    def endless():
        nonlocal given_out
        yield b"<coverage>"
        while given_out < 2 * read.LIMIT:
            given_out += len(piece)
            yield piece

    found = coverage(ReportInput(rule=ReportRules(path="x", line=1), path="x", chunks=endless))
    assert found.reports[0].reason == "it is longer than 512 MiB; split the report"
    assert given_out <= read.LIMIT


def test_impossible_line_numbers_are_mentioned():
    assert coverage(given(xml(a={0: 1, 1: 1}))).reports[0].reason == "1 lines with impossible numbers were left out"


def test_the_same_file_under_two_names_in_one_report_is_one_file():
    data = b'<coverage><class filename="./a.py"><line number="1" hits="0"/></class><class filename="/ws/a.py"><line number="1" hits="2"/></class></coverage>'
    assert coverage(given(data)).counts.lines == Count(covered=1, total=1)


def test_what_is_read_survives_a_file():
    added = [AddedLines(path="sample/pricing.py", ranges=(AddedRange(start=1, end=40, head_start=1),))]
    found = coverage(fixture("python-one.json"), tracked=TRACKED, added=added)
    assert found.patch.files[0].uncovered
    assert codec.decode(codec.encode(found), Coverage, limit=1 << 20, source="test") == found


def test_a_lone_surrogate_in_a_path_is_unmatched_not_a_crash():
    data = json.dumps({"meta": {"branch_coverage": False}, "files": {"\ud800.py": {"executed_lines": [1], "missing_lines": []}}})
    found = coverage(given(data.encode()))
    assert found.unmatched == ("\ud800.py",)
    assert codec.decode(codec.encode(found), Coverage, limit=1 << 20, source="test") == found


def test_more_files_than_expected_count_and_are_said():
    rule = ReportRules(path="*.xml", line=1, expect=1)
    found = coverage(
        given(xml(a={1: 1}), rule, "1.xml"), given(xml(b={1: 1}), rule, "2.xml"), rules=CoverageRules(reports=(rule,))
    )
    assert [(report.state, report.reason) for report in found.reports] == [("read", "2 reports were there, 1 were expected")] * 2
    assert found.whole


def test_any_number_of_files_will_do_where_nobody_said_how_many():
    rule = ReportRules(path="*.xml", line=1)
    found = coverage(
        given(xml(a={1: 1}), rule, "1.xml"), given(xml(b={1: 1}), rule, "2.xml"), rules=CoverageRules(reports=(rule,))
    )
    assert [(report.state, report.reason) for report in found.reports] == [("read", ""), ("read", "")]


def test_generated_and_excluded_files_leave_the_whole_the_flags_the_files_and_the_change():
    rule = ReportRules(path="coverage.xml", line=1, flag="web")
    rules = CoverageRules(reports=(rule,), exclude=("tests/**", "!tests/kept.py", "c.*"))
    report = given(xml(a={1: 0}, b={1: 0}, c={1: 0}, **{"tests/t": {1: 1}, "tests/kept": {1: 1}}), rule)
    tracked = ["a.py", "b.py", "c.py", "tests/t.py", "tests/kept.py"]
    measured = measure_reports([report], rules, root="/ws", tracked=tracked, generated=frozenset(["a.py", "gone.py"]))
    names = ("a.py", "b.py", "tests/t.py", "tests/new.py")
    added = [AddedLines(path=name, ranges=(AddedRange(start=1, end=1, head_start=1),)) for name in names]
    found = sum_coverage(measured, Changed(added=added))
    assert [file.path for file in found.patch.files] == ["b.py"]
    assert found.patch.unknown == ()
    assert [file.path for file in found.files] == ["b.py", "tests/kept.py"]
    assert found.counts.lines == found.flags["web"].lines == Count(covered=1, total=2)
    assert found.left_out == (
        LeftOut(pattern="c.*", files=1, changed=0),
        LeftOut(pattern="tests/**", files=2, changed=2),
        LeftOut(pattern="", files=1, changed=1),
    )
