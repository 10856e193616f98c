import os
import stat
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lanemark.errors import DataError
from lanemark.path import RepoPath, from_bytes
from lanemark.store.trees import DiskTrees, literal_starts, seal
from lanemark.tree import TreeEntry


@pytest.fixture
def trees(tmp_path):
    return DiskTrees(str(tmp_path / "store"))


@pytest.fixture
def root(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def write(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def age(root, seconds=100):
    """Make every file old, so that its stat alone identifies it."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            state = os.lstat(path)
            times = (state.st_atime_ns, state.st_mtime_ns - seconds * 10**9)
            os.utime(path, ns=times, follow_symlinks=False)


def shape(root):
    """An independent account of a folder: every name with kind, mode, content and time."""
    found = {}
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            path = os.path.join(folder, name)
            state = os.lstat(path)
            key = os.path.relpath(path, root)
            if stat.S_ISLNK(state.st_mode):
                found[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(state.st_mode):
                found[key] = ("dir",)
            else:
                with open(path, "rb") as opened:
                    found[key] = ("file", bool(state.st_mode & 0o100), opened.read(), state.st_mtime_ns)
    return found


def paths(tree):
    return [(entry.path, entry.mode) for entry in tree.entries]


def test_take_gives_what_the_patterns_claim(trees, root):
    write(root, src__a_dot_py="a", src__gen__b_dot_py="b", docs__c_dot_md="c", top_dot_py="t")
    (root / "src" / "run").write_text("#!")
    (root / "src" / "run").chmod(0o755)
    (root / "src" / "link").symlink_to("/etc")
    (root / "src" / "empty").mkdir()
    os.mkfifo(root / "src" / "pipe")
    tree = trees.take(str(root), ("src/**", "*.md", "!src/gen/**"))
    assert paths(tree) == [("docs/c.md", "644"), ("src/a.py", "644"), ("src/link", "link"), ("src/run", "755")]


def test_take_never_enters_git_or_our_own_folder(trees, root):
    write(
        root,
        _dot_git__config="x",
        sub___dot_git="gitdir: elsewhere",
        _dot_lanemark__out="x",
        sub__a="a",
        sub__deep___dot_git__x="x",
    )
    assert paths(trees.take(str(root), ("**",))) == [("sub/a", "644")]


def test_take_follows_no_link(trees, root, tmp_path):
    write(tmp_path, outside__secret="s")
    (root / "in").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(".")
    assert paths(trees.take(str(root), ("**",))) == [("in", "link"), ("loop", "link")]


def test_equal_content_gives_equal_trees_and_any_difference_another(trees, root, tmp_path):
    other = tmp_path / "other"
    for place in (root, other):
        write(place, src__a="a", src__b="b")
    first = trees.take(str(root), ("src/",))
    assert trees.take(str(other), ("src/",)).digest == first.digest
    for change in (
        lambda: (other / "src/a").chmod(0o755),
        lambda: (other / "src/a").write_text("x"),
        lambda: (other / "src/b").rename(other / "src/c"),
    ):
        before = trees.take(str(other), ("src/",)).digest
        change()
        assert trees.take(str(other), ("src/",)).digest != before


def test_the_digest_keeps_fields_apart():
    one = seal([TreeEntry(path=RepoPath("ab"), mode="dir", digest="c")])
    two = seal([TreeEntry(path=RepoPath("a"), mode="bdir", digest="c")])
    assert one.digest != two.digest


OPENED: list[object] = []


@pytest.fixture(scope="module", autouse=True)
def _watch_opening():
    """Python tells audit hooks of every file it opens."""
    watching = [True]
    sys.addaudithook(lambda event, args: OPENED.append(args[0]) if event == "open" and watching[0] else None)
    yield
    watching[0] = False


def settle():
    """Let the files become old enough for their stat to identify them."""
    time.sleep(0.03)


def test_an_unchanged_file_is_read_once(trees, root):
    write(root, src__only="one", out__made="two")
    age(root)
    settle()
    taken, kept = trees.take(str(root), ("src/",)), trees.keep(str(root), ("out/",))
    assert "only" in OPENED
    assert "made" in OPENED
    OPENED.clear()
    assert trees.take(str(root), ("src/",)) == taken
    trees.put(str(root), ("out/",), kept)
    trees.put(str(root), ("out/",), kept)
    assert not {"only", "made"} & set(OPENED)
    os.utime(root / "src" / "only")
    assert trees.take(str(root), ("src/",)) == taken
    assert "only" in OPENED


def test_a_file_too_young_for_its_stat_is_read_again(trees, root):
    write(root, src__young="one")
    os.utime(root / "src" / "young", (time.time() + 1000,) * 2)
    OPENED.clear()
    for _ in range(3):
        trees.take(str(root), ("src/",))
    assert OPENED.count("young") == 3


def test_folders_out_of_the_patterns_reach_are_not_entered(trees, root):
    write(root, src__in__a="a", node_modules__b="b")
    OPENED.clear()
    assert paths(trees.take(str(root), ("src/in/*",))) == [("src/in/a", "644")]
    assert "src" in OPENED
    assert "node_modules" not in OPENED


def test_a_change_of_the_same_size_right_after_a_look_is_seen(trees, root):
    for n in range(60):
        (root / "a").write_text(f"{n % 10}")
        first = trees.take(str(root), ("a",))
        (root / "a").write_text(f"{(n + 1) % 10}")
        assert trees.take(str(root), ("a",)).digest != first.digest


def test_keep_and_put_bring_everything_back(trees, root):
    write(root, out__a="a", out__sub__b="b", report_dot_xml="r", other="o")
    (root / "out" / "tool").write_text("t")
    (root / "out" / "tool").chmod(0o755)
    (root / "out" / "link").symlink_to("../nowhere")
    (root / "out" / "empty").mkdir()
    age(root)
    outputs = ("out/", "report.xml")
    before = shape(root)
    tree = trees.keep(str(root), outputs)

    (root / "out" / "a").write_text("changed")
    (root / "out" / "sub" / "b").unlink()
    (root / "out" / "tool").chmod(0o644)
    (root / "out" / "link").unlink()
    (root / "out" / "link").mkdir()
    write(root, out__link__x="x", out__empty__y="y", out__new__deep__z="z", report_dot_xml="other")
    os.mkfifo(root / "out" / "pipe")
    trees.put(str(root), outputs, tree)
    assert shape(root) == before
    assert trees.keep(str(root), outputs) == tree


def test_what_lies_in_two_outputs_is_kept_once(trees, root):
    write(root, out__a="1", out__b="2")
    whole = trees.keep(str(root), ("out/",))
    assert [entry.path for entry in whole.entries] == ["out/a", "out/b"]
    assert trees.keep(str(root), ("out/", "out/a")) == whole
    assert trees.survey(str(root), ("out/a", "out/")) == whole


def test_put_touches_nothing_outside_the_outputs(trees, root):
    write(root, out__a="a", source="s", outer__x="x")
    tree = trees.keep(str(root), ("out/",))
    write(root, source="edited", outer__y="y", out__a="z", out2__x="x")
    trees.put(str(root), ("out/",), tree)
    assert (root / "out/a").read_text() == "a"
    assert {"source", "outer/y", "out2/x"} < set(shape(root))
    assert (root / "source").read_text() == "edited"


def test_what_was_not_there_is_not_there_again(trees, root):
    outputs = ("build/deep/out/", "reports/junit.xml", "top.xml")
    (root / "kept").mkdir()
    tree = trees.keep(str(root), outputs)
    assert tree.entries == ()
    write(root, build__deep__out__x="x", reports__junit_dot_xml="j", top_dot_xml="t")
    trees.put(str(root), outputs, tree)
    assert shape(root) == {"kept": ("dir",)}


def test_parents_that_were_there_or_hold_more_stay(trees, root):
    (root / "reports").mkdir()
    tree = trees.keep(str(root), ("reports/a.xml", "build/b.xml"))
    write(root, reports__a_dot_xml="a", build__b_dot_xml="b", build__log="l")
    trees.put(str(root), ("reports/a.xml", "build/b.xml"), tree)
    assert set(shape(root)) == {"reports", "build", "build/log"}


def test_an_unchanged_file_is_left_as_it_is(trees, root):
    write(root, out__a="a", out__b="b")
    age(root)
    settle()
    tree = trees.keep(str(root), ("out/",))
    inodes = [os.stat(root / "out" / name).st_ino for name in "ab"]
    write(root, out__b="x")
    trees.put(str(root), ("out/",), tree)
    assert os.stat(root / "out/a").st_ino == inodes[0]
    again = os.stat(root / "out/b").st_ino
    assert again != inodes[1]
    trees.put(str(root), ("out/",), tree)
    assert os.stat(root / "out/b").st_ino == again


def test_putting_an_older_tree_restores_modes(trees, root):
    write(root, out__a="a")
    age(root)
    plain = trees.keep(str(root), ("out/",))
    (root / "out/a").chmod(0o755)
    executable = trees.keep(str(root), ("out/",))
    for tree, wanted in ((plain, 0o644), (executable, 0o755), (plain, 0o644)):
        trees.put(str(root), ("out/",), tree)
        assert stat.S_IMODE(os.stat(root / "out/a").st_mode) == wanted


def test_a_change_in_place_does_not_reach_the_store(trees, root):
    write(root, out__a="good")
    tree = trees.keep(str(root), ("out/",))
    for _ in range(3):
        with (root / "out/a").open("r+") as opened:
            opened.write("evil")
        trees.put(str(root), ("out/",), tree)
        assert (root / "out/a").read_text() == "good"


def test_a_hostile_link_in_an_output_is_kept_verbatim_and_never_followed(trees, root, tmp_path):
    write(tmp_path, outside__precious="p")
    (root / "out").mkdir()
    (root / "out" / "link").symlink_to(tmp_path / "outside")
    tree = trees.keep(str(root), ("out/",))
    assert paths(tree) == [("out/link", "link")]
    empty = seal([TreeEntry(path=RepoPath("out"), mode="dir", digest="")])
    trees.put(str(root), ("out/",), empty)
    assert shape(root) == {"out": ("dir",)}
    trees.put(str(root), ("out/",), tree)
    assert os.readlink(root / "out" / "link") == str(tmp_path / "outside")
    assert (tmp_path / "outside" / "precious").read_text() == "p"


def test_an_output_folder_that_became_a_link_is_unlinked_not_emptied(trees, root, tmp_path):
    write(tmp_path, outside__precious="p")
    write(root, out__a="a")
    tree = trees.keep(str(root), ("out/",))
    (root / "out" / "a").unlink()
    (root / "out").rmdir()
    (root / "out").symlink_to(tmp_path / "outside")
    trees.put(str(root), ("out/",), tree)
    assert sorted(shape(root)) == ["out", "out/a"]
    assert not (root / "out").is_symlink()
    assert os.listdir(tmp_path / "outside") == ["precious"]


def test_a_linked_parent_is_refused(trees, root, tmp_path):
    write(tmp_path, outside__out__a="p", outside__x_dot_xml="p")
    tree = trees.keep(str(root), ("build/out/", "build/x.xml"))
    (root / "build").symlink_to(tmp_path / "outside")
    for outputs in (("build/out/",), ("build/x.xml",)):
        with pytest.raises(DataError, match="'build' on the way to it is a link"):
            trees.keep(str(root), outputs)
        with pytest.raises(DataError, match="'build' on the way to it is a link"):
            trees.put(str(root), outputs, tree)
        assert trees.missing(str(root), outputs) == outputs
    assert (tmp_path / "outside/out/a").read_text() == "p"


def test_an_output_that_is_a_link_to_a_folder_is_no_folder(trees, root, tmp_path):
    write(tmp_path, outside__a="p")
    (root / "out").symlink_to(tmp_path / "outside")
    with pytest.raises(DataError, match="'out/' is a link, not a folder"):
        trees.keep(str(root), ("out/",))


def test_a_folder_without_its_slash_is_explained(trees, root):
    write(root, out__a="a")
    with pytest.raises(DataError) as caught:
        trees.keep(str(root), ("out",))
    assert "out/" in caught.value.help


@pytest.mark.parametrize(
    "output",
    ["/etc/", "../x", "a/../../x", "./a", "", "/", ".", "a//b", ".git/", ".git/hooks/x", ".lanemark/out", "a\0b", "\ud800"],
)
def test_an_output_outside_is_refused(trees, root, output):
    for ask in (trees.keep, trees.missing, lambda root, outputs: trees.put(root, outputs, seal(()))):
        with pytest.raises(DataError):
            ask(str(root), (output,))


@pytest.mark.parametrize(
    "entries",
    [
        [("elsewhere", "644")],
        [("out/../../x", "644")],
        [("/etc/x", "644")],
        [("out/.", "644")],
        [("out", "644")],
        [("out/a", "777")],
        [("out/a", "link"), ("out/a/b", "644")],
        [("x.xml/a", "644")],
        [("out/a\0", "644")],
    ],
)
def test_a_forged_tree_is_refused_before_anything_is_touched(trees, root, entries):
    write(root, out__good="good")
    tree = trees.keep(str(root), ("out/",))
    digest = tree.entries[0].digest
    before = shape(root)
    forged = seal([TreeEntry(path=RepoPath(path), mode=mode, digest=digest) for path, mode in entries])
    with pytest.raises(DataError):
        trees.put(str(root), ("out/", "x.xml"), forged)
    assert shape(root) == before


@pytest.mark.parametrize("damage", ["bits", "short", "gone"])
def test_a_damaged_store_is_noticed_before_anything_is_touched(root, tmp_path, damage):
    write(root, out__a="alpha", out__b="beta")
    tree = DiskTrees(str(tmp_path / "store")).keep(str(root), ("out/",))
    write(root, out__a="other", out__new="n")
    before = shape(root)
    for folder, _, names in os.walk(tmp_path / "store"):
        for name in names:
            blob = os.path.join(folder, name)
            assert stat.S_IMODE(os.stat(blob).st_mode) == 0o444
            os.chmod(blob, 0o644)
            if damage == "gone":
                os.unlink(blob)
            else:
                with open(blob, "r+b") as opened:
                    opened.write(b"#") if damage == "bits" else opened.truncate(1)
    fresh = DiskTrees(str(tmp_path / "store"))
    with pytest.raises(DataError, match="missing or damaged"):
        fresh.put(str(root), ("out/",), tree)
    assert shape(root) == before


def test_keeping_again_mends_a_damaged_content(trees, root, tmp_path):
    write(root, out__a="alpha")
    age(root)
    settle()
    tree = trees.keep(str(root), ("out/",))
    digest = tree.entries[0].digest
    blob = tmp_path / "store" / digest[:2] / digest[2:]
    blob.chmod(0o644)
    blob.write_text("omega")
    assert trees.keep(str(root), ("out/",)) == tree
    assert blob.read_text() == "alpha"


def test_another_process_can_put_what_was_kept(root, tmp_path):
    write(root, out__a="a", out__sub__b="b")
    tree = DiskTrees(str(tmp_path / "store")).keep(str(root), ("out/",))
    write(root, out__a="x", out__sub__c="c")
    DiskTrees(str(tmp_path / "store")).put(str(root), ("out/",), tree)
    assert {key: found[2] for key, found in shape(root).items() if found[0] == "file"} == {"out/a": b"a", "out/sub/b": b"b"}


def test_names_that_are_not_utf_8_survive(trees, root):
    (root / "out").mkdir()
    raw = os.fsencode(root) + b"/out/\xff\xfe name\n"
    with open(raw, "w") as opened:
        opened.write("x")
    os.symlink(b"\xff target", os.fsencode(root) + b"/out/link")
    tree = trees.keep(str(root), ("out/",))
    assert from_bytes(b"out/\xff\xfe name\n") in [entry.path for entry in tree.entries]
    os.unlink(raw)
    os.unlink(root / "out" / "link")
    trees.put(str(root), ("out/",), tree)
    assert sorted(os.listdir(os.fsencode(root) + b"/out")) == [b"link", b"\xff\xfe name\n"]
    assert os.readlink(os.fsencode(root) + b"/out/link") == b"\xff target"
    assert trees.take(str(root), ("out/",)) == tree


@pytest.fixture
def ordinary_folder():
    """A folder of a user whom permissions bind; root (in containers) becomes one for the time of the test."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        with tempfile.TemporaryDirectory() as place:
            yield Path(place)
    finally:
        os.seteuid(was)


def test_locked_folders_are_unlocked_where_needed(ordinary_folder):
    trees, root = DiskTrees(str(ordinary_folder / "store")), ordinary_folder / "work"
    write(root, out__locked__a="a")
    tree = trees.keep(str(root), ("out/",))
    write(root, out__locked__b="b", out__new__c="c", out__dark__d="d")
    (root / "out" / "locked" / "a").unlink()
    for name, mode in (("locked", 0o555), ("new", 0o555), ("dark", 0), ("", 0o555)):
        (root / "out" / name).chmod(mode)
    trees.put(str(root), ("out/",), tree)
    assert sorted(shape(root)) == ["out", "out/locked", "out/locked/a"]


def test_what_may_not_be_read_is_explained(ordinary_folder):
    write(ordinary_folder, out__a="a")
    (ordinary_folder / "out" / "a").chmod(0)
    with pytest.raises(DataError, match="'a': Permission denied"):
        DiskTrees(str(ordinary_folder / "store")).keep(str(ordinary_folder), ("out/",))


def test_what_is_nested_without_end_is_refused(trees, root):
    deep = str(root)
    os.mkdir(deep + "/out")
    here = os.open(deep + "/out", os.O_RDONLY)
    for _ in range(150):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    with pytest.raises(DataError, match="nested more than 100 deep"):
        trees.keep(str(root), ("out/",))
    with pytest.raises(DataError, match="nested more than 100 deep"):
        trees.put(str(root), ("out/",), seal(()))


def test_missing_names_what_is_not_there(trees, root):
    write(root, out__a="a", file="f")
    (root / "empty").mkdir()
    (root / "link").symlink_to("nowhere")
    assert trees.missing(str(root), ("out/", "empty/", "file", "link", "out/a")) == ()
    gone = ("file/", "link/", "out", "none", "none/", "none/deep", "file/x")
    assert trees.missing(str(root), gone) == gone


def test_a_root_that_is_not_there_is_explained(trees, tmp_path):
    with pytest.raises(DataError, match="No such file"):
        trees.take(str(tmp_path / "none"), ("**",))


@pytest.mark.parametrize(
    ("patterns", "starts"),
    [
        (("src/**",), ("src",)),
        (("src/core/*.py", "!src/x"), ("src/core",)),
        (("/docs/",), ("docs",)),
        (("**/x/*.py",), ("",)),
        (("*.md", "src/**"), ("", "src")),
        (("build/",), ("",)),
        (("a/b.txt",), ("a/b.txt",)),
        ((), ()),
    ],
)
def test_where_patterns_can_reach(patterns, starts):
    assert literal_starts(patterns) == starts


def test_kept_contents_can_be_read_again(tmp_path):
    trees = DiskTrees(str(tmp_path / "store"))
    root = tmp_path / "root"
    (root / "out").mkdir(parents=True)
    (root / "out" / "a").write_bytes(b"x" * 600_000)
    (root / "out" / "b").symlink_to("../elsewhere")
    kept = {entry.path: entry.digest for entry in trees.keep(str(root), ("out/",)).entries}
    assert b"".join(trees.chunks(kept["out/a"])) == b"x" * 600_000
    assert b"".join(trees.chunks(kept["out/b"])) == b"../elsewhere"


@pytest.mark.parametrize("digest", ["0" * 64, "../../../etc/passwd", "", "..", "0" * 63 + "/"])
def test_contents_that_were_never_kept_are_refused(tmp_path, digest):
    with pytest.raises(DataError, match="missing or damaged"):
        list(DiskTrees(str(tmp_path / "store")).chunks(digest))


def test_stages_that_both_begin_with_nothing_leave_no_folder_of_the_other_behind(tmp_path):
    trees, root = DiskTrees(str(tmp_path / "store")), tmp_path / "root"
    root.mkdir()
    outputs = (("one/a.txt",), ("two/b.txt",))
    before = [trees.keep(str(root), each) for each in outputs]
    for (output,) in outputs:
        (root / output).parent.mkdir()
        (root / output).write_text("made")
    for each, tree in zip(outputs, before, strict=True):
        trees.put(str(root), each, tree)
    assert list(root.iterdir()) == [], "both trees are empty, but not the folders that were not there"
