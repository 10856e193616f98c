"""Generated files by the base side's word only, links that lead outside, Git LFS pointers, and what asking costs."""

import os
import shutil
import sys

import pytest

from gitbox import Box
from lanemark.git.repository import Git

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
GENERATED = "gen/** linguist-generated\n*.lock linguist-generated=true\nvendor/** linguist-vendored\n"


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


def changed(box, base="HEAD^", tested="HEAD"):
    git = Git(str(box.root))
    base, tested = git.resolve(base, tested)
    return {file.path: file for file in git.changed_files(base, tested)}


def generated(box, **refs):
    return {path for path, file in changed(box, **refs).items() if file.generated}


FILES = {"gen/deep/a.py": "1\n", "x.lock": "1\n", "vendor/b.js": "1\n", "src/a.py": "1\n"}


def test_generated_and_vendored_files_are_known_by_the_base_s_attributes(box):
    box.commit({".gitattributes": GENERATED})
    box.commit(FILES)
    assert generated(box) == {"gen/deep/a.py", "x.lock", "vendor/b.js"}


def test_a_deleted_generated_file_is_one(box):
    box.commit({".gitattributes": GENERATED, "x.lock": "1\n", "a": "1\n"})
    box.commit({"x.lock": None, "a": None})
    assert generated(box) == {"x.lock"}


def test_a_change_cannot_call_its_own_files_generated(box):
    box.commit({"a": "1"})
    box.commit({".gitattributes": "* linguist-generated\n", **FILES})
    (box.root / ".git" / "info").mkdir(exist_ok=True)
    assert generated(box) == set()


def test_neither_the_working_tree_nor_the_index_has_a_say(box):
    box.commit({"a": "1", ".gitattributes": "*.lock linguist-generated\n"})
    box.commit(FILES)
    box.write({".gitattributes": "* linguist-generated\n"})
    assert generated(box) == {"x.lock"}
    box.git("add", "-A")
    assert generated(box) == {"x.lock"}


def test_a_change_that_takes_the_mark_away_is_still_judged_by_the_base(box):
    box.commit({".gitattributes": GENERATED})
    box.commit({**FILES, ".gitattributes": ""})
    assert generated(box) == {"gen/deep/a.py", "x.lock", "vendor/b.js"}


@pytest.mark.parametrize("value", ["-linguist-generated", "linguist-generated=false", "!linguist-generated"])
def test_a_deeper_list_takes_back_what_a_higher_one_says(box, value):
    box.commit({".gitattributes": "* linguist-generated\n", "src/.gitattributes": f"*.py {value}\n"})
    box.commit(FILES)
    assert generated(box) == {"gen/deep/a.py", "x.lock", "vendor/b.js"}


def test_macros_work(box):
    box.commit({".gitattributes": "[attr]made linguist-generated\n*.lock made\n"})
    box.commit(FILES)
    assert generated(box) == {"x.lock"}


@pytest.mark.parametrize("name", [b"x\ny.lock", b"\xff.lock", b'q"uote.lock', b" .lock", b"e\xcc\x81.lock"])
def test_hostile_names_are_asked_for_by_the_byte(box, name):
    box.commit({".gitattributes": "*.lock linguist-generated\n", "a": "1\n"})
    box.commit({name: "1\n", "a": "2\n"})
    assert generated(box) == {os.fsdecode(name)}


def test_a_file_in_a_folder_with_a_line_break_is_never_called_generated(box):
    box.commit({".gitattributes": "*.lock linguist-generated\n"})
    box.commit({"a\nb/x.lock": "1\n", "y.lock": "1\n"})
    assert generated(box) == {"y.lock"}


@pytest.mark.parametrize("attributes", ["*.py -diff\n", "*.py binary\n", "*.py diff=evil\n"])
@pytest.mark.parametrize("side", ["base", "tested", "working tree"])
def test_attributes_cannot_hide_lines_by_calling_text_binary(box, attributes, side):
    box.configure({"diff.evil.binary": "true"})
    box.commit({"a.py": "1\n", **({".gitattributes": attributes} if side == "base" else {})})
    box.commit({"a.py": "2\n3\n", **({".gitattributes": attributes} if side == "tested" else {})})
    box.write({".gitattributes": attributes})
    found = changed(box)["a.py"]
    assert (found.added, found.deleted, found.binary) == (2, 1, False)


def test_a_text_that_attributes_call_text_is_still_binary_by_its_content(box):
    box.commit({".gitattributes": "*.bin diff text\n"})
    box.commit({"a.bin": b"\0\1\n"})
    assert changed(box)["a.bin"].binary


def test_a_linked_worktree_is_read_like_the_repository(box, tmp_path):
    box.commit({".gitattributes": GENERATED})
    box.commit(FILES)
    box.git("worktree", "add", "-q", "--detach", str(tmp_path / "beside"))
    (tmp_path / "beside" / ".gitattributes").write_text("*.py -diff\n")
    beside = Git(str(tmp_path / "beside" / "src"))
    base, tested = beside.resolve("HEAD^", "HEAD")
    found = {file.path: file for file in beside.changed_files(base, tested)}
    assert found == changed(box)
    assert found["src/a.py"].added == 1


def link(box, name, target):
    path = box.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.symlink(target, path)


def escaping(box):
    box.commit()
    return {path for path, file in changed(box).items() if file.escapes}


@pytest.mark.parametrize(
    ("name", "target", "leaves"),
    [
        ("a", "b", False),
        ("d/a", "../b", False),
        ("d/a", "../../b", True),
        ("a", "/etc/passwd", True),
        ("a", "..", True),
        ("d/a", "..", False),
        ("a", "not/there", False),
        ("a", ".git/config", True),
        ("d/a", "../.GIT/config", True),
        ("a", "through/etc", True),
        ("a", "inside/../../x", True),
        ("a", "inside/../x", False),
        ("a", b"\xff", False),
        ("a", "x" * 4000, False),
    ],
)
def test_a_link_s_target_is_followed_also_through_other_links(box, name, target, leaves):
    link(box, "through", "/")
    link(box, "inside", "d/deep")
    box.commit({"d/deep/x": "1", "b": "1"})
    if target == "inside/../../x":
        link(box, "inside", "d")
        box.commit()
    path = box.root / name
    path.parent.mkdir(exist_ok=True)
    os.symlink(target, path)
    assert escaping(box) == ({name} if leaves else set())


def test_a_link_that_is_turned_outward_or_deleted_counts_by_its_new_side(box):
    link(box, "in", "b")
    link(box, "out", "/etc")
    box.commit({"b": "1"})
    link(box, "in", "/etc")
    (box.root / "out").unlink()
    assert escaping(box) == {"in"}


def test_a_file_that_becomes_a_link_outward_is_a_type_change_that_escapes(box):
    box.commit({"a": "1\n"})
    link(box, "a", "/etc/passwd")
    box.commit()
    found = changed(box)["a"]
    assert (found.status, found.escapes) == ("T", True)


def test_a_target_too_long_to_be_a_path_counts_as_leading_outside(box):
    box.commit({"b": "1"})
    blob = box.git("hash-object", "-w", "--stdin", stdin=b"x/" * 5000)
    box.git("update-index", "--add", "--cacheinfo", f"120000,{blob},a")
    box.git("commit", "-q", "-m", "x")
    assert changed(box)["a"].escapes


def test_a_pointer_tells_its_size_in_a_repository_that_uses_git_lfs(box):
    box.commit({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "old.bin": POINTER.format("a" * 64, 5)})
    box.commit({"new.bin": POINTER.format("b" * 64, 123_456_789_012), "old.bin": POINTER.format("c" * 64, 7), "t": "text\n"})
    found = changed(box)
    assert {path: file.lfs_bytes for path, file in found.items()} == {"new.bin": 123_456_789_012, "old.bin": 7, "t": None}
    assert (found["new.bin"].added, found["new.bin"].binary) == (3, False)


def test_the_change_that_begins_to_use_git_lfs_has_pointers_already(box):
    box.commit({"a": "1"})
    box.commit({".gitattributes": "*.bin filter=lfs\n", "new.bin": POINTER.format("b" * 64, 9)})
    assert changed(box)["new.bin"].lfs_bytes == 9


@pytest.mark.parametrize(
    "text",
    [
        POINTER.format("b" * 63, 9),
        POINTER.format("b" * 64, -9),
        POINTER.format("b" * 64, "9" * 30),
        POINTER.format("b" * 64, 9) + "x" * 1024,
        "\n" + POINTER.format("b" * 64, 9),
        "version https://git-lfs.github.com/spec/v1\n",
    ],
)
def test_what_only_looks_like_a_pointer_is_none(box, text):
    box.commit({".gitattributes": "*.bin filter=lfs\n"})
    box.commit({"new.bin": text})
    assert changed(box)["new.bin"].lfs_bytes is None


def test_only_the_mode_changed(box):
    box.commit({"run.sh": "x\n"})
    (box.root / "run.sh").chmod(0o755)
    box.commit()
    found = changed(box)["run.sh"]
    assert (found.status, found.old_mode, found.new_mode, found.added, found.deleted) == ("M", "100644", "100755", 0, 0)


def test_a_submodule_is_one_whichever_way_it_changes(box):
    base = box.commit({"a": "1"})
    for other in (base, None):
        if other:
            box.git("update-index", "--add", "--cacheinfo", f"160000,{other},lib")
        else:
            box.git("update-index", "--force-remove", "lib")
        box.git("commit", "-q", "-m", "x")
        assert changed(box)["lib"].submodule


@pytest.fixture
def count_git(tmp_path, monkeypatch):
    """Count the git processes that are started, by a `git` on the path that writes a line and becomes the real one."""
    real, log = shutil.which("git"), tmp_path / "git.log"
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)

    def count(work):
        log.write_text("")
        with monkeypatch.context() as patched:
            patched.setenv("PATH", f"{folder}:{os.environ['PATH']}")
            work()
        return len(log.read_text().splitlines())

    return count


@pytest.mark.skipif(sys.platform == "win32", reason="the counting git is a shell script")
def test_nothing_is_asked_that_no_changed_file_needs(box, count_git):
    box.commit({"a": "1\n", "run.sh": "x\n", "logo": b"\0\1"})
    (box.root / "run.sh").chmod(0o755)
    box.commit({"logo": b"\0\2"})
    git = Git(str(box.root))
    without_text = git.resolve("HEAD^", "HEAD")
    assert count_git(lambda: git.changed_files(*without_text)) == 1
    box.commit({"a": "2\n", "deep/er/b": "1\n"})
    plain = git.resolve("HEAD^", "HEAD")
    assert count_git(lambda: git.changed_files(*plain)) == 2
    box.commit({".gitattributes": "* text=auto\n"})
    box.commit({"a": "3\n"})
    attributes = git.resolve("HEAD^", "HEAD")
    assert count_git(lambda: git.changed_files(*attributes)) == 3


def test_of_all_files_those_are_generated_that_the_given_commit_calls_so(box):
    box.commit({**FILES, ".gitattributes": "*.lock linguist-generated\n", "src/.gitattributes": "a.* linguist-vendored\n"})
    box.commit({".gitattributes": "* linguist-generated\n", "src/.gitattributes": None})
    box.write({".gitattributes": "gen/** linguist-generated\n"})
    git = Git(str(box.root))
    base, head = git.resolve("HEAD^", "HEAD")
    paths = [*FILES, "new.lock"]
    assert git.generated(base, paths) == {"x.lock", "new.lock", "src/a.py"}
    assert git.generated(head, paths) == set(paths)
    assert git.generated(head, []) == set()


def test_a_list_that_is_a_link_and_one_without_marks_call_nothing_generated(box):
    box.commit({**FILES, "marks": "* linguist-generated\n", "src/.gitattributes": "*.py text\n"})
    (box.root / ".gitattributes").symlink_to("marks")
    box.git("add", "-A")
    box.git("commit", "-qm", "link")
    git = Git(str(box.root))
    (head,) = git.resolve("HEAD")
    assert git.generated(head, list(FILES)) == set()
