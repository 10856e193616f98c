"""A changed line in the middle of a statement counts for the statement, and for nothing around it."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.change import AddedLines, AddedRange
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.model import Branches, FileData
from lanemark.coverage.patch import patch_coverage
from lanemark.coverage.read import Changed, ReportInput, measure_reports, sum_coverage
from lanemark.coverage.spans import MOST_SOURCE, continued_lines, own_ends, python_reaches, report_reaches
from lanemark.coverage.types import Count, Partial, Uncovered

SOURCE = dedent(
    '''\
    """A text
    over two lines."""
    total = sum(
        [1,
         2],
    )


    @decorate(
        1,
    )
    def name(
        one,
        two,
    ):
        # a remark
        if (
            one
            and two
        ):

            return call(
                one,
            )
        with open(
            one
        ) as file, \\
                other:
            pass
        match one:
            case [
                1,
                2,
            ] if (
                two
            ):
                pass
        try:
            pass
        except (
            ValueError,
        ):
            pass
    '''
)


def at(text):
    """The number of the line that has this text alone."""
    return [line.strip() for line in SOURCE.split("\n")].index(text) + 1


def ranges(*lines):
    return [AddedRange(start=line, end=line, head_start=line + 100) for line in lines]


def test_statements_reach_to_their_end_and_heads_to_the_end_of_their_condition():
    reaches = dict(python_reaches(SOURCE))
    assert reaches[at("total = sum(")] == at(")")
    assert reaches[at("@decorate(")] == at("@decorate(") + 2
    assert reaches[at("def name(")] == at("two,")
    assert reaches[at("if (")] == at("and two")
    assert reaches[at("return call(")] == at("return call(") + 2
    assert reaches[at("with open(")] == at("other:")
    assert reaches[at("case [")] == at("] if (") + 1
    assert reaches[at("except (")] == at("except (") + 2
    assert at("match one:") not in reaches
    assert at("# a remark") not in {line for start, end in reaches.items() for line in range(start, end + 1)}


def test_a_line_counts_once_for_the_statement_it_continues():
    lines = {3: 0, 12: 1}
    reaches = python_reaches(SOURCE)
    assert continued_lines(reaches, ranges(4, 5), lines) == {4: 3}
    assert continued_lines(reaches, ranges(3, 4), lines) == {}
    assert continued_lines(reaches, ranges(at("# a remark")), lines) == {}
    assert continued_lines(reaches, ranges(4), {12: 1}) == {}
    assert continued_lines(reaches, ranges(4, 5), {3: 0, 4: 1}) == {5: 3}


HOSTILE = [
    "(" * 300,
    "-" * 100_000 + "1",
    "x" + ".a" * 50_000,
    "1\0",
    "\ud800",
    "x = [\n" * 5000,
    "a" * (MOST_SOURCE + 1),
    "if",
    "\x0c\n  x",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_source_has_no_statements(source):
    assert python_reaches(source) == []


def test_odd_escapes_in_source_warn_nobody():
    assert python_reaches('x = "\\d"\ny = (\n1\nis 1)\n') == [(2, 4)]


def measured(files, text):
    rule = ReportRules(path="c.xml", line=1)
    inner = "".join(f"<line number='{line}' hits='{hits}'/>" for line, hits in files["a.py"].items())
    xml = f"<coverage><packages><package><classes><class filename='a.py'><lines>{inner}</lines></class></classes></package></packages></coverage>"
    rules = CoverageRules(reports=(rule,))
    one = ReportInput(rule=rule, path="c.xml", chunks=lambda: iter([xml.encode()]))
    found = measure_reports([one], rules, root="/ws", tracked=["a.py"])
    change = Changed(added=[AddedLines(path="a.py", ranges=tuple(ranges(4, 5)))], text=text)
    return sum_coverage(found, change)


def test_the_patch_has_the_statement_at_its_first_changed_line():
    found = measured({"a.py": {3: 0, 12: 1}}, lambda path: SOURCE)
    assert found.patch.counts.lines == Count(covered=0, total=1)
    assert found.patch.files[0].uncovered == (Uncovered(start=4, end=4, head_start=104),)


@pytest.mark.parametrize("text", [None, lambda path: None, lambda path: "def ("])
def test_without_readable_source_only_measured_lines_count(text):
    assert measured({"a.py": {3: 0, 12: 1}}, text).patch.counts.lines == Count(covered=0, total=0)


def istanbul(*spans, **more):
    return FileData(lines={span[0]: 1 for span in spans}, statements=dict.fromkeys(spans, 1), **more)


def test_a_report_s_own_statements_count_from_any_of_their_own_lines():
    outer, inner, call = (1, 0, 9, 1), (3, 2, 5, 3), (20, 0, 22, 1)
    file = istanbul(outer, inner, call)
    assert sorted(report_reaches(file)) == [(1, 2), (3, 5), (20, 22)]
    assert own_ends([outer, inner, call]) == [2, 5, 22]

    def changed(*lines):
        found = patch_coverage({"a.js": file}, [AddedLines(path="a.js", ranges=tuple(ranges(*lines)))])
        return found.counts.lines.total, found.counts.statements.total

    assert changed(21) == (1, 1)
    assert changed(4) == (1, 1)
    assert changed(2) == (1, 1)
    assert changed(7) == (0, 0)
    assert changed(1, 3, 21, 22) == (3, 3)


def test_partly_covered_lines_are_told_and_stay_covered():
    file = FileData(lines={1: 1, 3: 1, 5: 0, 7: 1}, branches=Branches(counted={1: (2, 4), 3: (2, 2), 5: (0, 2), 7: (1, 2)}))
    change = AddedLines(path="a.py", ranges=(AddedRange(start=1, end=5, head_start=0), AddedRange(start=6, end=6, head_start=8)))
    found = patch_coverage({"a.py": file}, [change], continued={"a.py": {6: 7}})
    assert found.files[0].partial == (
        Partial(line=1, head_line=0, taken=2, total=4),
        Partial(line=6, head_line=8, taken=1, total=2),
    )
    assert found.counts.lines == Count(covered=3, total=4)
    assert found.counts.branches == Count(covered=5, total=10)


@given(st.lists(st.sampled_from(["x = 1", "y = (1,\n2)", "if y:\n    z = [\n3]", "# no", "def f(\na): pass"]), max_size=8))
def test_reaches_never_overlap_and_lie_in_the_file(parts):
    source = "\n".join(parts)
    last = 0
    for start, end in sorted(python_reaches(source)):
        assert last < start < end <= source.count("\n") + 1
        last = end
