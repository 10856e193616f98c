"""Added lines, exactly: against git's own counts, against a replay of the file, through merges, renames and hostile content."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitbox import HOSTILE, Box
from lanemark.change import AddedLines, AddedRange
from lanemark.git.repository import Git
from lanemark.path import from_bytes


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


def added(box, base, tested, head=None):
    return {lines.path: lines.ranges for lines in Git(str(box.root)).added_lines(base, tested, head or tested)}


def numbers(ranges):
    return [line for span in ranges for line in range(span.start, span.end + 1)]


def same(start, end):
    return AddedRange(start=start, end=end, head_start=start)


NUMBERED = "".join(f"{number}\n" for number in range(1, 31))


def test_ranges_are_the_added_lines_of_the_tested_commit(box):
    base = box.commit({"a.py": NUMBERED, "gone": "x\n"})
    tested = box.commit(
        {
            "a.py": NUMBERED.replace("5\n", "5\nnew\nnew\n", 1).replace("\n20\n", "\nX\n").replace("\n29\n", "\n"),
            "b.py": "1\n2",
            "gone": None,
        }
    )
    assert Git(str(box.root)).added_lines(base, tested, tested) == (
        AddedLines(path=from_bytes(b"a.py"), ranges=(same(6, 7), same(22, 22))),
        AddedLines(path=from_bytes(b"b.py"), ranges=(same(1, 2),)),
    )


HOSTILE_TEXT = b"""diff --git a/x b/x
@@ -1,0 +1,50 @@
+++ b/x
--- a/x
-minus
+plus
\\ No newline at end of file
Binary files a and b differ
form\x0cfeed \xc2\x85 \xe2\x80\xa8 \xff
cr\r
"""


@pytest.mark.parametrize(
    "name", [b"a b", b"new\nline", b"tab\t", b'q"', b"x b/y", b"\xff.py", b"-n", b":100644", b"diff --git a b", "é".encode()]
)
def test_neither_names_nor_content_can_pass_for_a_header(box, name):
    base = box.commit({name: HOSTILE_TEXT, b"zz": b"1\n"})
    tested = box.commit({name: HOSTILE_TEXT * 2 + b"no newline", b"zz": b"1\n2\n"})
    assert added(box, base, tested) == {from_bytes(name): (same(11, 21),), "zz": (same(2, 2),)}
    assert added(box, tested, base) == {}


def test_the_end_without_a_newline_counts_as_git_counts_it(box):
    base = box.commit({"a": "1\n2", "b": "1\n2\n", "c": "1\n2"})
    tested = box.commit({"a": "1\n2\n", "b": "1\n2", "c": "1\n3"})
    assert added(box, base, tested) == {"a": (same(2, 2),), "b": (same(2, 2),), "c": (same(2, 2),)}


def test_attributes_and_nul_bytes_cannot_hide_lines(box):
    base = box.commit({"a.py": "1\n", "b.js": "1\n"})
    tested = box.commit({"a.py": "1\n2\n", "b.js": b"1\n//\0\n3\n", ".gitattributes": "*.py -diff binary\n"})
    assert added(box, base, tested) == {".gitattributes": (same(1, 1),), "a.py": (same(2, 2),), "b.js": (same(2, 3),)}


def test_configuration_changes_nothing_and_runs_nothing(box, tmp_path):
    base = box.commit({"a.py": NUMBERED, "b": NUMBERED, ".gitattributes": "*.py diff=evil\n"})
    tested = box.commit({"a.py": NUMBERED.replace("\n5\n", "\nX\n").replace("\n8\n", "\nX\n"), "c": NUMBERED + "x\n", "b": None})
    before = added(box, base, tested)
    evil = tmp_path / "evil"
    trap = f"touch {evil}; false"
    box.configure(
        HOSTILE
        | {
            "diff.external": trap,
            "diff.evil.command": trap,
            "diff.evil.textconv": trap,
            "diff.evil.binary": "true",
            "core.fsmonitor": trap,
        }
    )
    assert added(box, base, tested) == before == {"a.py": (same(5, 5), same(8, 8)), "c": (same(31, 31),)}
    assert not evil.exists()


def test_renames_have_only_their_edited_lines(box):
    base = box.commit({"old.py": NUMBERED, "pure.py": NUMBERED + "p\n"})
    tested = box.commit(
        {"old.py": None, "new.py": NUMBERED.replace("\n9\n", "\nX\n"), "pure.py": None, "moved.py": NUMBERED + "p\n"}
    )
    assert added(box, base, tested) == {"new.py": (same(9, 9),)}


def test_links_submodules_and_modes_have_no_lines(box):
    base = box.commit({"link-to-be": "1\n2\n", "run": "x\n", "m": "1\n", "z": "1\n"})
    (box.root / "link").symlink_to("m")
    (box.root / "file-to-be").symlink_to("m")
    box.git("add", "-A")
    box.git("update-index", "--add", "--cacheinfo", f"160000,{base},lib")
    box.git("commit", "-q", "-m", "x")
    middle = box.head()
    assert added(box, base, middle) == {}
    for name in ("link-to-be", "file-to-be"):
        (box.root / name).unlink()
    (box.root / "link-to-be").symlink_to("m")
    (box.root / "run").chmod(0o755)
    box.write({"file-to-be": "1\n2\n", "z": "1\n2\n"})
    box.git("rm", "-q", "--cached", "lib")
    assert added(box, middle, box.commit()) == {"file-to-be": (same(1, 2),), "z": (same(2, 2),)}


def test_a_test_merge_maps_its_lines_to_the_head(box):
    box.commit({"a.py": NUMBERED, "other": "x\n"})
    box.switch("pr", "main")
    head = box.commit({"a.py": NUMBERED.replace("\n10\n", "\n10\nten\n").replace("\n20\n", "\n20\ntwenty\n"), "own.py": "1\n"})
    box.switch("main")
    base = box.commit({"a.py": NUMBERED.replace("\n3\n", "\n3\n3b\n3c\n").replace("\n15\n", "\n"), "theirs": "x\n"})
    merged = box.github_merge(base, head)
    assert added(box, base, merged, head) == {
        "a.py": (AddedRange(start=13, end=13, head_start=11), AddedRange(start=23, end=23, head_start=22)),
        "own.py": (same(1, 1),),
    }
    lines = {commit: box.git("show", f"{commit}:a.py").split("\n") for commit in (merged, head)}
    assert lines[merged][13 - 1] == lines[head][11 - 1] == "ten"
    assert lines[merged][23 - 1] == lines[head][22 - 1] == "twenty"


def test_lines_that_only_the_merge_has_are_not_in_the_head_and_ranges_split_around_them(box):
    start = box.commit({"a": "1\n2\n"})
    head = box.commit({"a": "1\nx\ny\nz\n2\n"})
    tested = box.commit({"a": "1\nx\nm\ny\n2\n"})
    assert added(box, start, tested, head) == {
        "a": (
            AddedRange(start=2, end=2, head_start=2),
            AddedRange(start=3, end=3, head_start=0),
            AddedRange(start=4, end=4, head_start=3),
        )
    }
    gap = box.commit({"a": "1\nx\nz\n2\n"})
    assert added(box, start, gap, head) == {
        "a": (AddedRange(start=2, end=2, head_start=2), AddedRange(start=3, end=3, head_start=4))
    }


def test_a_long_line_is_one_line(box):
    base = box.commit({"a": "1\n", "b": "1\n"})
    tested = box.commit({"a": b"1\n" + b"@@ -1 +1 @@" * 30_000 + b"\n3\n", "b": "1\n2\n"})
    assert added(box, base, tested) == {"a": (same(2, 3),), "b": (same(2, 2),)}


TEXTS = st.lists(
    st.sampled_from(
        [
            b"a",
            b"b",
            b"",
            b"-a",
            b"+b",
            b"@@ -1 +1 @@",
            b"diff --git a/f b/f",
            b"\\ No newline at end of file",
            b"\x0c",
            b"a\r",
            b"\xff",
        ]
    ),
    max_size=12,
)


def join(lines, newline):
    return b"\n".join(lines) + (b"\n" if lines and newline else b"")


def lines_of(content):
    """Lines as git counts them, each with its end."""
    return [line + b"\n" for line in content.split(b"\n")[:-1]] + [line for line in content.split(b"\n")[-1:] if line]


def import_versions(box, versions):
    """Make one commit of each version (a list of file contents) without touching the disk; return the commits."""
    stream = []
    for which, contents in enumerate(versions):
        stream.append(b"commit refs/heads/v%d\ncommitter C <c@example.invalid> 0 +0000\ndata 0\n" % which)
        stream += [
            b"M 100644 inline f%d\ndata %d\n%s\n" % (number, len(content), content) for number, content in enumerate(contents)
        ]
    box.git("fast-import", "--quiet", stdin=b"".join(stream))
    return box.git("rev-parse", *(f"v{which}" for which in range(len(versions)))).split("\n")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_any_contents_agree_with_numstat_and_replay(tmp_path_factory, files):
    """Taking the added lines out of the tested file must leave lines of the base, in order, as many as git says were kept."""
    box = Box(tmp_path_factory.mktemp("p"))
    versions = [[join(file[which], file[3 if which == 0 else 4]) for file in files] for which in range(3)]
    base, head, tested = import_versions(box, versions)
    found = added(box, base, tested, head)
    counts = {
        path: (int(plus), int(minus))
        for plus, minus, path in (
            line.split("\t") for line in box.git("diff", "--numstat", "--text", base, tested).split("\n") if line
        )
    }
    assert {path: len(numbers(ranges)) for path, ranges in found.items()} == {
        path: plus for path, (plus, _) in counts.items() if plus
    }
    for number in range(len(files)):
        old, own, new = (lines_of(version[number]) for version in versions)
        ranges = found.get(f"f{number}", ())
        fresh = set(numbers(ranges))
        kept = [line for at, line in enumerate(new, 1) if at not in fresh]
        assert is_subsequence(kept, old)
        assert len(kept) == len(old) - counts.get(f"f{number}", (0, 0))[1]
        for span in ranges:
            if span.head_start:
                count = span.end - span.start + 1
                assert new[span.start - 1 :][:count] == own[span.head_start - 1 :][:count]
        mapped = sum(span.end - span.start + 1 for span in ranges if span.head_start)
        assert mapped == len(fresh) or own != new


def is_subsequence(lines, of):
    rest = iter(of)
    return all(line in rest for line in lines)
