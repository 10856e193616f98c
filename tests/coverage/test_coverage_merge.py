from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.coverage.merge import add_counts, merge_files
from lanemark.coverage.model import MAX_HITS, Branches, FileData, counts_of
from lanemark.coverage.types import Count, Counts

line = st.integers(1, 6)
hits = st.one_of(st.integers(0, 3), st.just(MAX_HITS))
taken = st.integers(1, 4).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
branches = st.builds(
    Branches,
    counted=st.dictionaries(line, taken, max_size=4),
    arms=st.dictionaries(line, st.dictionaries(st.sampled_from("abc"), st.booleans(), min_size=1), max_size=4),
)
file_data = st.builds(
    FileData,
    lines=st.dictionaries(line, hits),
    branches=st.none() | branches,
    functions=st.none() | st.dictionaries(st.tuples(st.sampled_from("fg"), line), hits, max_size=3),
    statements=st.none() | st.dictionaries(st.tuples(line, st.just(0), line, st.just(9)), hits, max_size=3),
)


def test_missed_in_one_and_not_measured_in_the_other_stays_missed():
    merged = merge_files(FileData(lines={1: 0, 2: 1}), FileData(lines={2: 0, 3: 4}))
    assert merged.lines == {1: 0, 2: 1, 3: 4}


def test_hits_are_summed():
    assert merge_files(FileData(lines={1: 2}), FileData(lines={1: 3})).lines == {1: 5}


def test_summed_hits_stay_within_a_result():
    assert merge_files(FileData(lines={1: MAX_HITS}), FileData(lines={1: MAX_HITS})).lines == {1: MAX_HITS}


def test_named_arms_are_united_and_counted_ones_are_not_added_up():
    named = merge_files(
        FileData(branches=Branches(arms={1: {"2": True, "5": False}})),
        FileData(branches=Branches(arms={1: {"2": False, "5": True}})),
    )
    counted = merge_files(FileData(branches=Branches(counted={1: (1, 2)})), FileData(branches=Branches(counted={1: (1, 2)})))
    assert counts_of(named).branches == Count(covered=2, total=2)
    assert counts_of(counted).branches == Count(covered=1, total=2)


def test_of_two_counts_the_one_that_saw_more_arms_is_believed():
    merged = merge_files(FileData(branches=Branches(counted={1: (2, 2)})), FileData(branches=Branches(counted={1: (1, 4)})))
    assert counts_of(merged).branches == Count(covered=1, total=4)


def test_what_only_one_measured_is_kept_and_what_none_measured_stays_absent():
    merged = counts_of(merge_files(FileData(functions={("f", 1): 0}), FileData()))
    assert merged.functions == Count(covered=0, total=1)
    assert merged.branches is None
    assert merged.statements is None


@settings(deadline=None)
@given(file_data, file_data)
def test_merging_is_commutative(one, other):
    assert merge_files(one, other) == merge_files(other, one)


@settings(deadline=None)
@given(file_data, file_data, file_data)
def test_merging_is_associative(one, two, three):
    assert merge_files(merge_files(one, two), three) == merge_files(one, merge_files(two, three))


@settings(deadline=None)
@given(file_data, file_data)
def test_merging_loses_no_measured_line_and_no_hit(one, other):
    merged = merge_files(one, other)
    assert merged.lines.keys() == one.lines.keys() | other.lines.keys()
    for number, count in merged.lines.items():
        assert (count > 0) == (one.lines.get(number, 0) > 0 or other.lines.get(number, 0) > 0)


@settings(deadline=None)
@given(file_data, file_data)
def test_merging_changes_neither_side(one, other):
    before = repr((one, other))
    merge_files(one, other)
    assert repr((one, other)) == before


@settings(deadline=None)
@given(file_data)
def test_covered_is_never_more_than_total(file):
    counts = counts_of(file)
    for count in (counts.lines, counts.branches, counts.functions, counts.statements):
        assert count is None or 0 <= count.covered <= count.total


def test_counts_add_up_by_kind_and_nothing_is_nothing():
    one = Counts(lines=Count(covered=1, total=2), branches=Count(covered=0, total=0))
    other = Counts(lines=Count(covered=3, total=3), functions=Count(covered=1, total=1))
    assert add_counts([one, other]) == Counts(
        lines=Count(covered=4, total=5), branches=Count(covered=0, total=0), functions=Count(covered=1, total=1)
    )
    assert add_counts([]) == Counts()
