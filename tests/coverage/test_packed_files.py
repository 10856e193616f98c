from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.coverage.merge import merge_files
from lanemark.coverage.model import MAX_HITS, Branches, FileData, counts_of
from lanemark.coverage.packed import (
    MAX_ENTRIES,
    Files,
    ReportData,
    narrow,
    narrow_lines,
    pack_file,
    unpack_file,
    widen,
)
from lanemark.coverage.types import Count, Counts
from lanemark.errors import DataError

line = st.integers(1, 10_000_000)
near = st.integers(1, 9)
hits = st.integers(0, 3) | st.integers(0, MAX_HITS)
span = st.tuples(line, st.integers(0, 300), line, st.integers(0, 300))
count = st.integers(0, 9).map(lambda total: Count(covered=total // 2, total=total))
file_data = st.builds(
    FileData,
    lines=st.dictionaries(near, hits) | st.dictionaries(line, hits),
    branches=st.none()
    | st.builds(
        Branches,
        counted=st.dictionaries(near, st.integers(1, 300).map(lambda total: (total - 1, total)), max_size=4),
        arms=st.dictionaries(near, st.dictionaries(st.text(max_size=3), st.booleans(), min_size=1), max_size=4),
    ),
    functions=st.none() | st.dictionaries(st.tuples(st.text(alphabet="ab\n", max_size=3), line), hits, max_size=4),
    statements=st.none() | st.dictionaries(span, hits, max_size=4),
    totals=st.none() | st.builds(Counts, lines=st.none() | count, functions=st.none() | count),
)


@settings(deadline=None)
@given(file_data)
def test_what_is_unpacked_is_what_was_packed(file):
    found = pack_file(file)
    assert unpack_file(found) == file
    assert found.counts == counts_of(file)
    assert found.blind == file.blind


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=20) | st.lists(st.integers(0, 300), max_size=20))
def test_numbers_survive_whatever_their_width(numbers):
    assert list(widen(narrow(numbers))) == numbers
    assert list(widen(narrow_lines(numbers))) == numbers


def test_numbers_are_as_narrow_as_they_can_be():
    assert len(narrow([255] * 100)) == 101
    assert len(narrow([256] * 100)) == 201
    assert len(narrow([2**16] * 100)) == 401
    assert len(narrow_lines(range(5000, 5100))) == 1 + 4 + 99


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), file_data), max_size=8))
def test_parts_of_a_file_are_one_file_however_many_they_are(parts):
    files, expected = Files(), {}
    for path, file in parts:
        files.add(path, file)
        expected[path] = merge_files(expected[path], file) if path in expected else file
    assert dict(files) == expected
    assert {path: files.counts(path) for path in files} == {path: counts_of(file) for path, file in expected.items()}


def test_a_kind_that_was_measured_anywhere_is_0_of_0_where_there_is_none():
    files = Files()
    files.add("a", FileData(lines={1: 1}))
    files.add("b", FileData(branches=Branches(counted={1: (1, 2)}), functions={("f", 1): 1}))
    files.complete(branches=True, functions=True)
    assert files.counts("a") == Counts(
        lines=Count(covered=1, total=1), branches=Count(covered=0, total=0), functions=Count(covered=0, total=0)
    )
    assert files["a"].branches == Branches()
    assert files["a"].functions == {}
    assert files.counts("b").branches == Count(covered=1, total=2)


def test_changing_what_was_got_changes_nothing():
    files = Files()
    files.add("a", FileData(lines={1: 1}))
    files["a"].lines[2] = 0
    assert files["a"].lines == {1: 1}


def test_more_entries_than_any_file_has_are_refused():
    files = ReportData().files
    files.put("a", replace(pack_file(FileData()), size=MAX_ENTRIES))
    with pytest.raises(DataError, match="more than 5,000,000 entries for one file, 'b'"):
        files.put("b", replace(pack_file(FileData()), size=MAX_ENTRIES + 1))


def test_weights_count_as_many_statements():
    block = (1, 1, 3, 2)
    file = FileData(lines={1: 1}, statements={block: 1, (4, 1, 4, 9): 0}, weights={block: 3})
    assert counts_of(file).statements == Count(covered=3, total=4)
    assert unpack_file(pack_file(file)) == file
    assert counts_of(merge_files(file, file)).statements == Count(covered=3, total=4)


def test_lines_are_believed_before_totals():
    totals = FileData(totals=Counts(lines=Count(covered=5, total=9), statements=Count(covered=1, total=2)))
    assert totals.blind
    assert counts_of(totals).lines == Count(covered=5, total=9)
    both = merge_files(totals, FileData(lines={1: 0}))
    assert not both.blind
    assert counts_of(both) == Counts(lines=Count(covered=0, total=1), statements=Count(covered=1, total=2))
