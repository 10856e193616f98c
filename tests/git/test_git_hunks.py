"""Hunks between two commits: against git's own counts and a replay of every file, and the traps that hid lines elsewhere."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitbox import Box
from lanemark.coverage.moves import Moves
from lanemark.git.repository import Git


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


def hunks(box, base, tested):
    return {(file.old_path, file.path): file.hunks for file in Git(str(box.root)).hunks(base, tested)}


def added(box, base, tested):
    found = Git(str(box.root)).added_lines(base, tested, tested)
    return {one.path: [line for span in one.ranges for line in range(span.start, span.end + 1)] for one in found}


def counts(found):
    return {paths: (sum(hunk.old for hunk in every), sum(hunk.new for hunk in every)) for paths, every in found.items()}


def test_deleted_renamed_and_changed_files_have_both_paths(box):
    text = "".join(f"{line}\n" for line in range(20))
    base = box.commit({"gone": "1\n2\n", "old": text, "same": "1\n", "empty": ""})
    tested = box.commit({"gone": None, "old": None, "new": text.replace("7\n", "x\ny\n", 1), "same": "1\n2\n", "empty": None})
    found = hunks(box, base, tested)
    assert counts(found) == {
        ("gone", "gone"): (2, 0),
        ("old", "new"): (1, 2),
        ("same", "same"): (0, 1),
        ("empty", "empty"): (0, 0),
    }
    moves = Moves(Git(str(box.root)).hunks(base, tested))
    assert moves.path_of("old") == "new"
    assert moves.deleted("gone", range(1, 9)) == {1, 2}
    assert moves.untouched("old", [7, 8, 9]) == {7: 7, 9: 10}


def test_links_and_submodules_have_no_lines_and_what_replaced_one_has_its_own(box):
    base = box.commit({"file": "1\n2\n", "other": "1\n"})
    (box.root / "link").symlink_to("file")
    box.git("add", "-A")
    box.git("update-index", "--add", "--cacheinfo", f"160000,{base},lib")
    box.git("commit", "-q", "-m", "x")
    middle = box.head()
    (box.root / "link").unlink()
    (box.root / "file").unlink()
    (box.root / "file").symlink_to("other")
    box.git("rm", "-q", "--cached", "lib")
    tested = box.commit({"link": "1\n2\n3\n"})
    found = counts(hunks(box, middle, tested))
    assert found == {("file", "file"): (2, 0), ("link", "link"): (0, 3)}
    assert added(box, middle, tested) == {"link": [1, 2, 3]}


def test_lines_that_only_changed_their_end_count_as_changed(box):
    base = box.commit({"a.py": b"1\n2\n3\n"})
    tested = box.commit({"a.py": b"1\n2\r\n3\n"})
    assert added(box, base, tested) == {"a.py": [2]}
    box.configure({"core.autocrlf": "true", "core.whitespace": "cr-at-eol", "core.eol": "crlf"})
    assert added(box, base, tested) == {"a.py": [2]}


def test_a_file_that_looks_binary_and_one_of_two_hundred_thousand_lines_have_their_lines(box):
    many = b"x\n" * 200_000
    base = box.commit({"a.py": b"\0\x01\n1\n", "big.py": many})
    tested = box.commit({"a.py": b"\0\x01\n1\n2\n", "big.py": many + b"y\n"})
    assert added(box, base, tested) == {"a.py": [3], "big.py": [200_001]}


def test_a_generated_file_is_only_what_the_base_s_attributes_call_so(box):
    base = box.commit({"api/gen.py": "1\n", "mine.py": "1\n", ".gitattributes": "api/** linguist-generated\n"})
    tested = box.commit(
        {"api/gen.py": "1\n2\n", "api/more.py": "1\n", "mine.py": "1\n2\n", ".gitattributes": "mine.py linguist-generated\n"}
    )
    files = Git(str(box.root)).changed_files(base, tested)
    assert {file.path for file in files if file.generated} == {"api/gen.py", "api/more.py"}


LINES = st.lists(st.sampled_from([b"a", b"b", b"", b"@@ -1 +1 @@", b"--- x", b"+++ y", b"\x0c", b"c\r", b"\xff"]), max_size=10)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(LINES, LINES, st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_any_two_versions_agree_with_numstat_and_untouched_lines_are_equal(tmp_path_factory, files):
    """Base plus hunks is the tested commit: every line that no hunk touches stands there as it was, in order."""
    box = Box(tmp_path_factory.mktemp("p"))
    ends = [(old + b"\n" * (ends_old and bool(old)), new + b"\n" * (ends_new and bool(new))) for old, new, ends_old, ends_new in
            ((b"\n".join(one[0]), b"\n".join(one[1]), one[2], one[3]) for one in files)]  # fmt: skip
    stream = []
    for which in range(2):
        stream.append(b"commit refs/heads/v%d\ncommitter C <c@example.invalid> 0 +0000\ndata 0\n" % which)
        stream += [b"M 100644 inline f%d\ndata %d\n%s\n" % (at, len(pair[which]), pair[which]) for at, pair in enumerate(ends)]
    box.git("fast-import", "--quiet", stdin=b"".join(stream))
    base, tested = box.git("rev-parse", "v0", "v1").split("\n")
    found = Git(str(box.root)).hunks(base, tested)
    theirs = {
        path: (int(minus), int(plus))
        for plus, minus, path in (
            line.split("\t") for line in box.git("diff", "--numstat", "--text", base, tested).split("\n") if line
        )
    }
    assert {
        path: each for (path, _), each in counts({(one.path, one.path): one.hunks for one in found}).items() if any(each)
    } == {path: each for path, each in theirs.items() if any(each)}
    moves = Moves(found)
    for at, pair in enumerate(ends):
        old, new = (
            [line + b"\n" for line in text.split(b"\n")[:-1]] + [line for line in text.split(b"\n")[-1:] if line] for text in pair
        )
        places = moves.untouched(f"f{at}", range(1, len(old) + 1))
        assert all(old[before - 1] == new[after - 1] for before, after in places.items())
        assert list(places.values()) == sorted(places.values())
        assert len(places) == len(old) - theirs.get(f"f{at}", (0, 0))[0]
