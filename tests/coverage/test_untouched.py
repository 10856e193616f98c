"""Untouched lines against an earlier run, and over several jobs: the same answer as from both sides in one run, or why there is none."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lanemark.change import FileHunks, Hunk
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.detail import join_coverage, join_indirect
from lanemark.coverage.merge import add_counts
from lanemark.coverage.model import FileData, counts_of
from lanemark.coverage.moves import Moves, indirect_changes, kept_counts
from lanemark.coverage.read import ReportInput, read_coverage
from lanemark.coverage.types import Count, Counts, Coverage, FileLines, IndirectFile, Lines, ReportState
from lanemark.coverage.untouched import MOST_NUMBERS, compare_recorded, keep_lines, keep_recorded

HUNKS = (FileHunks(old_path="a.py", path="a.py", hunks=(Hunk(old_start=3, old=2, new_start=3, new=5),)),)
READ = (ReportState(path="c.xml", state="read"),)

files = st.dictionaries(
    st.sampled_from(["a.py", "b.py"]), st.dictionaries(st.integers(1, 15), st.integers(0, 2), min_size=1), min_size=1
)


def data(lines):
    return {path: FileData(lines=found) for path, found in lines.items()}


def side(lines=None, *, reports=READ, hunks=HUNKS):
    return Coverage(reports=reports, counts=Counts(), lines=keep_lines(data(lines or {}), hunks))


@given(files, files)
def test_an_earlier_run_says_the_same_as_one_beside_the_head(base, head):
    found = compare_recorded(side(base, hunks=None), "c1", side(head), "c1")
    assert found == indirect_changes(data(base), data(head), Moves(HUNKS))


@pytest.mark.parametrize(
    ("base", "head", "commit", "why"),
    [
        (None, side(), "c1", "the baseline has no coverage"),
        (side(reports=()), side(), "c1", "not every coverage report of both sides was read"),
        (side(), side(reports=(ReportState(path="c.xml", state="missing"),)), "c1", "not every coverage report of both sides was read"),
        (side(), side(), "c2", "the baseline is of an older commit than the one that this change is compared with"),
        (side(), side(hunks=None), "c1", "a result does not tell its lines"),
        (replace(side(), lines=None), side(), "c1", "a result does not tell its lines"),
        (replace(side(), lines=Lines(too_many=True)), side(), "c1", "a result has too many lines to keep them"),
    ],
)  # fmt: skip
def test_where_nobody_can_tell_the_reason_is_told(base, head, commit, why):
    found = compare_recorded(base, commit, head, "c1")
    assert (found.unknown, found.lost, found.gained, found.files) == (why, 0, 0, ())


@pytest.mark.parametrize("ranges", [(1,), (0, 2), (5, 4), (1, 10**8), (-3, 2)])
def test_lines_that_no_file_has_tell_nothing(ranges):
    forged = replace(side(), lines=Lines(files=(FileLines(path="a.py", hit=ranges),), hunks=HUNKS))
    assert "coverage of a.py" in compare_recorded(side({"a.py": {1: 1}}), "c", forged, "c").unknown


def test_a_few_ranges_that_unfold_to_more_than_anybody_has_are_not_unfolded():
    forged = Lines(files=tuple(FileLines(path=f"{n}.py", hit=(1, 10_000_000)) for n in range(3)), hunks=())
    assert "20,000,000 lines" in compare_recorded(side(), "c", replace(side(), lines=forged), "c").unknown


def test_forged_hunks_cost_nothing():
    wide = FileHunks(old_path="a.py", path="a.py", hunks=(Hunk(old_start=1, old=10**15, new_start=1, new=0),) * 3)
    assert compare_recorded(side({"a.py": {1: 1}}), "c", replace(side({"a.py": {1: 0}}, hunks=(wide,))), "c").lost == 0
    assert Moves([wide]).deleted("a.py", [1, 7]) == {1, 7}


def test_more_lines_than_a_result_can_hold_are_not_kept():
    alternate = FileData(lines={line: line % 2 for line in range(1, MOST_NUMBERS // 2 + 2)})
    assert keep_lines({"a.py": alternate}, None) == Lines(too_many=True)
    fitting = FileData(lines={line: line % 2 for line in range(1, MOST_NUMBERS // 2 + 1)})
    assert len(keep_lines({"a.py": fitting}, None).files) == 1


RULES = tuple(ReportRules(path=f"{name}.xml", line=1, flag=flag) for name, flag in (("one", ""), ("two", "web")))


def xml(lines):
    classes = "".join(
        f'<class filename="{path}"><lines>{"".join(f"<line number={at!r} hits={hits!r}/>" for at, hits in found)}</lines></class>'
        for path, found in ((path, [(str(at), str(hits)) for at, hits in one.items()]) for path, one in lines.items())
    )
    return f"<coverage><packages><package><classes>{classes}</classes></package></packages></coverage>".encode()


def job(rule, lines, hunks):
    """One job's part of one side."""
    given_one = ReportInput(rule=rule, path=rule.path, chunks=partial(iter, [xml(lines)]))
    rules = CoverageRules(reports=(rule,))
    found = read_coverage([given_one], rules, root="/r", tracked=["a.py", "b.py"], added=(), detailed=True)
    return replace(found, detail=replace(found.detail, hunks=hunks))


def united(reports):
    found = {}
    for lines in reports:
        for path, one in lines.items():
            for at, hits in one.items():
                found.setdefault(path, {})[at] = found.get(path, {}).get(at, 0) + hits
    return data(found)


two = st.lists(files, min_size=2, max_size=2)


@given(two, two)
def test_several_jobs_say_together_what_one_job_would_have_said(base, head):
    parts = [[job(rule, lines, hunks) for rule, lines in zip(RULES, each, strict=True)] for each, hunks in ((base, HUNKS), (head, None))]  # fmt: skip
    assert join_indirect(*parts) == indirect_changes(united(base), united(head), Moves(HUNKS))


def test_jobs_without_hunks_or_with_a_missing_report_tell_nothing():
    here, there = job(RULES[0], {"a.py": {1: 1}}, HUNKS), job(RULES[0], {"a.py": {1: 0}}, None)
    assert join_indirect([here], [there]).files == (IndirectFile(path="a.py", lost=(1, 1)),)
    assert join_indirect([replace(here, detail=replace(here.detail, hunks=None))], [there]) is None
    assert join_indirect([here], []) is None
    broken = replace(there, reports=(replace(there.reports[0], state="unreadable"),))
    assert join_indirect([here], [broken]).unknown == "not every coverage report of both sides was read"


def test_jobs_without_a_base_beside_them_keep_their_lines_together():
    parts = [replace(job(rule, {"a.py": {at: 1, 9: 0}}, None), lines=Lines(hunks=HUNKS)) for at, rule in enumerate(RULES, 1)]
    expected = Lines(files=(FileLines(path="a.py", hit=(1, 2), missed=(9, 9)),), hunks=HUNKS)
    assert join_coverage(parts).lines == expected
    assert join_coverage(parts[:1]).lines == replace(expected, files=(FileLines(path="a.py", hit=(1, 1), missed=(9, 9)),))
    assert join_coverage([parts[0], replace(parts[1], lines=None)]).lines is None
    assert join_coverage([parts[0], replace(parts[1], lines=Lines(hunks=()))]).lines.hunks is None


def recorded(lines):
    found = keep_lines(data(lines), None)
    counts = add_counts(counts_of(file) for file in data(lines).values())
    return Coverage(reports=READ, counts=counts, lines=found)


DELETES = (FileHunks(old_path="a.py", path="a.py", hunks=(Hunk(old_start=3, old=2, new_start=2, new=0),)),)


@given(files)
def test_what_a_change_leaves_of_an_earlier_run_is_what_it_leaves_of_one_beside_it(base):
    found = keep_recorded(recorded(base), "c", side({}, hunks=DELETES), "c")
    assert found.counts.lines == kept_counts(data(base), {}, Moves(DELETES)).counts.lines


def test_nothing_is_left_out_where_nobody_can_tell():
    there = recorded({"a.py": {3: 1, 9: 0}})
    assert keep_recorded(there, "c", side(hunks=DELETES), "c").counts == Counts(lines=Count(covered=0, total=1))
    assert keep_recorded(there, "c", side(hunks=DELETES), "d") is None
    assert keep_recorded(None, "c", side(hunks=DELETES), "c") is None
    more = replace(there, counts=Counts(lines=Count(covered=1, total=9)))
    assert keep_recorded(more, "c", side(hunks=DELETES), "c") is None, "some files have totals and no lines"
