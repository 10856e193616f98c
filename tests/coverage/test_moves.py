"""Where lines went: against a replay by difflib, and what follows for deleted code and untouched lines."""

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from lanemark.change import FileHunks, Hunk
from lanemark.coverage.model import Branches, FileData
from lanemark.coverage.moves import MOST_FILES, Moves, indirect_changes, kept_counts
from lanemark.coverage.types import Count, IndirectFile


def hunks_of(old, new):
    """The hunks by difflib, as git writes them without context."""
    return tuple(
        Hunk(
            old_start=first + 1 if last > first else first,
            old=last - first,
            new_start=start + 1 if end > start else start,
            new=end - start,
        )
        for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    )


def moves(old, new, *, path="a.py", old_path="a.py"):
    return Moves([FileHunks(old_path=old_path, path=path, hunks=hunks_of(old, new))])


texts = st.lists(st.sampled_from("abcd"), max_size=15)


@given(texts, texts)
def test_untouched_lines_are_those_that_a_replay_keeps(old, new):
    found = moves(old, new).untouched("a.py", range(1, len(old) + 1))
    matched = {
        first + at + 1: start + at + 1
        for first, start, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        for at in range(size)
    }
    assert found == matched


@given(texts, texts)
def test_deleted_lines_are_untouched_nowhere_and_replaced_ones_are_not_deleted(old, new):
    there = moves(old, new)
    deleted = there.deleted("a.py", range(1, len(old) + 1))
    assert deleted <= set(range(1, len(old) + 1)) - there.untouched("a.py", range(1, len(old) + 1)).keys()
    replaced = {
        line + 1
        for tag, first, last, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag == "replace"
        for line in range(first, last)
    }
    assert not deleted & replaced


def test_a_file_without_hunks_stays_where_it_is():
    assert Moves(()).untouched("b.py", [3, 5]) == {3: 3, 5: 5}
    assert Moves(()).deleted("b.py", [3, 5]) == set()


def test_what_stays_of_the_base_is_everything_that_does_not_start_on_deleted_lines():
    file = FileData(
        lines={1: 1, 2: 0, 3: 1, 4: 1},
        branches=Branches(counted={2: (0, 2), 4: (1, 2)}, arms={3: {"a": True}}),
        functions={("f", 2): 0, ("g", 4): 1},
        statements={(2, 0, 4, 1): 0, (4, 0, 4, 9): 1},
    )
    kept = kept_counts({"a.py": file}, {"web": {"a.py": file}, "": {}}, moves("wxyz", "wz"))
    assert kept.counts.lines == Count(covered=2, total=2)
    assert kept.counts.branches == Count(covered=1, total=2)
    assert kept.counts.functions == Count(covered=1, total=1)
    assert kept.counts.statements == Count(covered=1, total=1)
    assert kept.flags == {"web": kept.counts}


def test_replaced_lines_stay_in_what_the_base_is_held_to():
    kept = kept_counts({"a.py": FileData(lines={1: 1, 2: 1, 3: 0})}, {}, moves("abc", "aXYc"))
    assert kept.counts.lines == Count(covered=2, total=3)


def test_indirect_changes_follow_renames_and_leave_out_touched_and_unmeasured_lines():
    there = moves("abcdef", "aXcdef", path="new.py", old_path="old.py")
    base = {"old.py": FileData(lines={1: 1, 2: 1, 3: 0, 4: 1, 5: 1, 6: 1}), "gone.py": FileData(lines={1: 1})}
    head = {"new.py": FileData(lines={1: 0, 2: 0, 3: 1, 4: 0, 6: 5})}
    found = indirect_changes(base, head, there)
    assert (found.lost, found.gained, found.more) == (2, 1, 0)
    assert found.files == (IndirectFile(path="new.py", lost=(1, 1, 4, 4), gained=(3, 3)),)


def test_many_files_with_indirect_changes_are_counted_and_the_worst_are_kept():
    names = [f"f{number:03}.py" for number in range(MOST_FILES + 5)]
    base = {name: FileData(lines={1: 1, 2: 1}) for name in names}
    head = {name: FileData(lines={1: 0, 2: 1}) for name in names} | {"f100.py": FileData(lines={1: 0, 2: 0})}
    found = indirect_changes(base, head, Moves(()))
    assert (found.lost, found.more, len(found.files)) == (len(names) + 1, 5, MOST_FILES)
    assert found.files[0].path == "f100.py"
