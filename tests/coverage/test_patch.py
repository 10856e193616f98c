from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.change import AddedLines, AddedRange
from lanemark.coverage.model import Branches, FileData
from lanemark.coverage.patch import BRIDGE, patch_coverage, uncovered_ranges
from lanemark.coverage.types import Count, Counts, Uncovered


def added(path, *ranges):
    return AddedLines(path=path, ranges=tuple(AddedRange(start=start, end=end, head_start=start) for start, end in ranges))


def patch(files, *changes):
    return patch_coverage(files, changes)


def spans(lines, start, end):
    return [(found.start, found.end) for found in uncovered_ranges(lines, AddedRange(start=start, end=end, head_start=start))]


def test_only_added_lines_that_are_measured_count():
    file = FileData(lines={1: 0, 4: 1, 5: 0, 6: 1, 9: 0})
    found = patch({"a.py": file}, added("a.py", (3, 6)))
    assert found.counts == Counts(lines=Count(covered=2, total=3))
    assert found.files[0].lines == Count(covered=2, total=3)
    assert found.files[0].uncovered == (Uncovered(start=5, end=5, head_start=5),)


def test_nothing_coverable_stays_0_of_0():
    found = patch({"a.py": FileData(lines={1: 1}, branches=Branches())}, added("a.py", (2, 9)))
    assert found.counts == Counts(lines=Count(covered=0, total=0), branches=Count(covered=0, total=0))
    assert found.files[0].uncovered == ()


def test_nothing_changed_stays_0_of_0():
    assert patch({"a.py": FileData(lines={1: 1})}).counts.lines == Count(covered=0, total=0)


def test_without_any_measured_file_there_is_no_count_at_all():
    found = patch({}, added("a.py", (1, 2)))
    assert found.counts == Counts()
    assert found.unknown == ("a.py",)


def test_lines_past_the_end_of_what_a_report_knows_are_fine():
    assert patch({"a.py": FileData(lines={1: 1})}, added("a.py", (1, 10**6))).counts.lines == Count(covered=1, total=1)


def test_uncovered_lines_join_across_what_cannot_be_covered():
    assert spans({2: 0, 3: 0, 4 + BRIDGE: 0}, 1, 99) == [(2, 4 + BRIDGE)]
    assert spans({2: 0, 3: 0, 5 + BRIDGE: 0}, 1, 99) == [(2, 3), (5 + BRIDGE, 5 + BRIDGE)]


def test_uncovered_lines_never_join_across_a_covered_one():
    assert spans({2: 0, 3: 1, 4: 0}, 1, 99) == [(2, 2), (4, 4)]


def test_uncovered_ranges_stay_within_the_added_lines():
    assert spans({1: 0, 2: 0, 3: 0, 4: 0}, 2, 3) == [(2, 3)]


def test_two_added_ranges_give_two_uncovered_ones():
    found = patch({"a.py": FileData(lines={2: 0, 4: 0})}, added("a.py", (2, 2), (4, 4)))
    assert [(one.start, one.end) for one in found.files[0].uncovered] == [(2, 2), (4, 4)]


def test_the_place_in_the_head_is_shifted_and_0_where_there_is_none():
    assert uncovered_ranges({12: 0}, AddedRange(start=10, end=20, head_start=7)) == [Uncovered(start=12, end=12, head_start=9)]
    assert uncovered_ranges({12: 0}, AddedRange(start=10, end=20, head_start=0)) == [Uncovered(start=12, end=12, head_start=0)]


def test_branches_and_functions_of_the_change_are_those_on_its_lines():
    file = FileData(
        lines={1: 1, 2: 1, 3: 1},
        branches=Branches(counted={1: (1, 2), 2: (1, 4)}, arms={3: {"4": True}}),
        functions={("f", 1): 1, ("g", 3): 0},
        statements={(1, 0, 2, 5): 0, (3, 0, 3, 1): 1, (4, 0, 9, 0): 1},
    )
    found = patch({"a.py": file}, added("a.py", (2, 3))).counts
    assert found.branches == Count(covered=2, total=5)
    assert found.functions == Count(covered=0, total=1)
    assert found.statements == Count(covered=1, total=2)


def test_a_changed_source_file_that_no_report_mentions_is_unknown():
    found = patch({"a.py": FileData(lines={1: 1})}, added("b.py", (1, 1)), added("c.rs", (1, 1)), added("README.md", (1, 1)))
    assert found.unknown == ("b.py", "c.rs")
    assert found.counts.lines == Count(covered=0, total=0)


def test_a_file_of_a_kind_that_reports_know_is_source_whatever_its_name():
    assert patch({"a.weird": FileData()}, added("b.WEIRD", (1, 1)), added("c.odd", (1, 1))).unknown == ("b.WEIRD",)


def test_a_file_that_a_report_mentions_without_a_measured_line_is_not_unknown():
    found = patch({"pkg/__init__.py": FileData()}, added("pkg/__init__.py", (1, 1)))
    assert found.unknown == ()
    assert found.files[0].lines == Count(covered=0, total=0)


def test_a_file_that_only_lost_lines_is_neither_known_nor_unknown():
    found = patch({"a.py": FileData(lines={1: 0})}, added("a.py"), added("b.py"))
    assert (found.files, found.unknown) == ((), ())


lines = st.dictionaries(st.integers(1, 60), st.integers(0, 2))
ranges = (
    st.lists(st.integers(1, 60), unique=True, max_size=8)
    .map(sorted)
    .map(lambda ends: list(zip(ends[::2], ends[1::2], strict=False)))
)


@settings(deadline=None)
@given(lines, ranges)
def test_covered_and_uncovered_make_the_total(measured, changed):
    file = patch({"a.py": FileData(lines=measured)}, added("a.py", *changed)).files
    inside = [number for number in measured if any(start <= number <= end for start, end in changed)]
    if not changed:
        assert file == ()
        return
    missed = {n for found in file[0].uncovered for n in range(found.start, found.end + 1) if n in measured}
    assert missed == {number for number in inside if measured[number] == 0}
    assert file[0].lines == Count(covered=len(inside) - len(missed), total=len(inside))


@settings(deadline=None)
@given(lines, st.integers(1, 60), st.integers(0, 30))
def test_uncovered_ranges_begin_and_end_with_a_missed_line_and_lie_apart(measured, start, length):
    found = spans(measured, start, start + length)
    assert all(measured[first] == 0 == measured[last] for first, last in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    assert all(measured.get(number, 0) == 0 for first, last in found for number in range(first, last + 1))
