from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from lanemark.change import AddedLines, AddedRange, FileHunks, Hunk
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.detail import join_coverage
from lanemark.coverage.read import ReportInput, read_coverage
from lanemark.coverage.types import Count, Excerpt, SourceView
from lanemark.errors import DataError

TRACKED = ("a.py", "b.py", "c.py", "d.py")
RULES = tuple(
    ReportRules(path=f"{name}.xml", line=1, flag=flag) for name, flag in (("one", ""), ("two", "web"), ("three", "web"))
)
ADDED = (AddedLines(path="a.py", ranges=(AddedRange(start=1, end=9, head_start=1),)), AddedLines(path="c.py", ranges=(AddedRange(start=2, end=2, head_start=2),)), AddedLines(path="d.py", ranges=(AddedRange(start=2, end=2, head_start=2),)))  # fmt: skip

line = st.integers(1, 12)
report = st.dictionaries(
    st.sampled_from(["a.py", "b.py", "d.py"]), st.dictionaries(line, st.integers(0, 2), min_size=1), min_size=1
)


def xml(files):
    """A Cobertura report; odd lines branch."""
    classes = "".join(
        f'<class filename="{path}"><lines>'
        + "".join(
            f'<line number="{at}" hits="{hits}"'
            + (f' branch="true" condition-coverage="50% ({min(hits, 2)}/2)"/>' if at % 2 else "/>")
            for at, hits in lines.items()
        )
        + "</lines></class>"
        for path, lines in files.items()
    )
    return f"<coverage><packages><package><classes>{classes}</classes></package></packages></coverage>".encode()


def written(files):
    return iter([xml(files)])


def read(files_by_rule, *, detailed, rules=RULES, added=ADDED):
    given_rules = tuple(rule for rule in rules if rule in files_by_rule)
    inputs = [ReportInput(rule=rule, path=rule.path, chunks=partial(written, files_by_rule[rule])) for rule in given_rules]
    kept = CoverageRules(reports=given_rules, exclude=("d.py",))
    return read_coverage(inputs, kept, root="/r", tracked=TRACKED, added=added, detailed=detailed)


def plain(coverage):
    """What can be compared: the order of reports and their words are not the same."""
    return replace(coverage, reports=(), detail=None)


@settings(deadline=None)
@given(st.lists(report, min_size=3, max_size=3), st.permutations(range(3)))
def test_reports_of_several_jobs_say_what_one_job_would_have_said(reports, order):
    whole = dict(zip(RULES, reports, strict=True))
    parts = [read({rule: whole[rule]}, detailed=True) for rule in RULES]
    joined = join_coverage([parts[place] for place in order])
    assert plain(joined) == plain(read(whole, detailed=False))
    assert {state.path: state.state for state in joined.reports} == {rule.path: "read" for rule in RULES}
    assert joined.detail is None


def test_one_job_alone_says_the_same_without_its_lines():
    alone = read({RULES[0]: {"a.py": {1: 1}}}, detailed=True)
    assert join_coverage([alone]) == replace(alone, detail=None)
    assert join_coverage([]) is None


def test_a_report_that_one_job_lacks_is_anothers_and_a_broken_one_stays_broken():
    rule = RULES[0]
    there = read({rule: {"a.py": {1: 1}}}, detailed=True)
    absent = read_coverage(
        [], CoverageRules(reports=(rule,), exclude=("d.py",)), root="/r", tracked=TRACKED, added=ADDED, detailed=True
    )
    assert [state.state for state in join_coverage([there, absent]).reports] == ["read"]
    assert [state.state for state in join_coverage([absent, absent]).reports] == ["missing"]
    bad = ReportInput(rule=rule, path=rule.path, chunks=lambda: iter([b"<nothing"]))
    broken = read_coverage(
        [bad], CoverageRules(reports=(rule,), exclude=("d.py",)), root="/r", tracked=TRACKED, added=ADDED, detailed=True
    )
    assert [state.state for state in join_coverage([there, broken]).reports] == ["unreadable"]


def test_files_of_one_glob_are_counted_over_all_jobs():
    rule = ReportRules(path="cov-*.xml", line=1, expect=2)
    rules = CoverageRules(reports=(rule,))

    def job(*names):
        inputs = [ReportInput(rule=rule, path=name, chunks=partial(written, {"a.py": {1: 1}})) for name in names]
        return read_coverage(inputs, rules, root="/r", tracked=TRACKED, added=ADDED, detailed=True)

    def states(*parts):
        return [(state.path, state.state, state.reason) for state in join_coverage(parts).reports]

    assert [state.state for state in job("cov-1.xml").reports] == ["read"]
    assert states(job("cov-1.xml"), job("cov-2.xml"), job()) == [("cov-1.xml", "read", ""), ("cov-2.xml", "read", "")]
    assert states(job("cov-1.xml"), job()) == [("cov-1.xml", "incomplete", "1 of 2 expected reports were there")]
    assert states(job("cov-1.xml")) == [("cov-1.xml", "incomplete", "1 of 2 expected reports were there")]
    assert [each[1] for each in states(job(), job())] == ["missing"]
    three = states(job("cov-1.xml", "cov-2.xml"), job("cov-3.xml"))
    assert {each[1:] for each in three} == {("read", "3 reports were there, 2 were expected")}


@given(st.lists(report, min_size=3, max_size=3))
def test_what_stays_of_the_base_is_the_same_over_several_jobs(reports):
    whole = dict(zip(RULES, reports, strict=True))
    hunks = (FileHunks(old_path="a.py", path="a.py", hunks=(Hunk(old_start=2, old=4, new_start=1, new=0),)),)

    def with_hunks(part):
        return replace(part, detail=replace(part.detail, hunks=hunks))

    parts = [with_hunks(read({rule: whole[rule]}, detailed=True)) for rule in RULES]
    together = with_hunks(read(whole, detailed=True))
    assert join_coverage(parts).kept == join_coverage([together]).kept
    assert (join_coverage([together]).kept.counts.lines or Count(covered=0, total=0)) == Count(
        covered=sum(any(hits for hits in each) for each in lines_left(whole).values()), total=len(lines_left(whole))
    )


def lines_left(whole):
    """The hits of every line that stays, from all reports."""
    found = {}
    for files in whole.values():
        for path, lines in files.items():
            for at, hits in lines.items():
                if path != "d.py" and (path != "a.py" or not 2 <= at <= 5):
                    found.setdefault((path, at), []).append(hits)
    return found


def test_a_file_shown_by_two_jobs_has_the_marks_of_both():
    parts = [
        read({rule: {"a.py": lines}}, detailed=True) for rule, lines in zip(RULES[:2], ({2: 1, 4: 0}, {2: 0, 10: 0}), strict=True)
    ]
    view = SourceView(
        path="a.py", excerpts=(Excerpt(start=2, text="b\nc\nd", marks="..."), Excerpt(start=9, text="i\nj", marks=".."))
    )
    hostile = SourceView(path="gone.py", excerpts=(Excerpt(start=-3, text="", marks="hhh"),))
    joined = join_coverage([replace(parts[0], sources=(view,)), replace(parts[1], sources=(hostile,))])
    assert [(one.start, one.marks) for one in joined.sources[0].excerpts] == [(2, "H+M"), (9, "+m")]
    assert len(joined.sources) == 1


def test_two_jobs_that_reach_the_same_line_do_not_reach_two():
    parts = [read({rule: {"a.py": {1: 1, 2: 0}}}, detailed=True) for rule in RULES[:2]]
    assert join_coverage(parts).counts.lines == Count(covered=1, total=2)


def changed(coverage, **more):
    (file,) = coverage.detail.files
    return replace(coverage, detail=replace(coverage.detail, files=(replace(file, **more),)))


@pytest.mark.parametrize(
    "more",
    [{"hit": (1,)}, {"hit": (0, 4)}, {"missed": (5, 4)}, {"hit": (1, 10_000_001)}, {"hit": (1, 10_000_000, 1, 10_000_000)}],
)
def test_lines_that_no_file_has_are_refused(more):
    parts = [read({rule: {"a.py": {1: 1}}}, detailed=True) for rule in RULES[:2]]
    with pytest.raises(DataError, match="coverage"):
        join_coverage([parts[0], changed(parts[1], **more)])


def test_jobs_that_disagree_about_the_change_are_refused():
    parts = [
        read({rule: {"a.py": {1: 1}}}, detailed=True, added=added) for rule, added in zip(RULES[:2], (ADDED, None), strict=True)
    ]
    with pytest.raises(DataError, match="agree"):
        join_coverage(parts)


def test_a_part_without_its_lines_is_refused():
    parts = [read({rule: {"a.py": {1: 1}}}, detailed=detailed) for rule, detailed in zip(RULES[:2], (True, False), strict=True)]
    with pytest.raises(DataError, match="no lines"):
        join_coverage(parts)
