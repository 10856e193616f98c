"""Worktrees: the commit's files and nothing else, gone afterwards, whatever happened inside."""

import subprocess
from pathlib import Path

import pytest

from gitbox import Box
from lanemark.errors import DataError, UsageError
from lanemark.git.repository import Git


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path / "r")
    box.commit({"a": "1", "sub/b": "2"})
    return box


def listed(box):
    return [
        line.split(" ", 1)[1] for line in box.git("worktree", "list", "--porcelain").split("\n") if line.startswith("worktree ")
    ]


def test_a_worktree_holds_the_commit_and_is_gone_after(box, tmp_path):
    first = box.head()
    box.commit({"a": "2"})
    box.write({"a": "dirty"})
    folder = str(tmp_path / "w" / "b")
    with Git(str(box.root)).worktree(first, folder) as place:
        assert place == folder
        assert (tmp_path / "w/b/a").read_text() == "1"
        assert (tmp_path / "w/b/sub/b").read_text() == "2"
        assert (box.root / "a").read_text() == "dirty"
    assert not Path(folder).exists()
    assert listed(box) == [str(box.root)]


def test_two_stand_side_by_side(box, tmp_path):
    first = box.head()
    second = box.commit({"a": "2"})
    git = Git(str(box.root))
    with git.worktree(first, str(tmp_path / "b")) as base, git.worktree(second, str(tmp_path / "h")) as head:
        assert [Path(place, "a").read_text() for place in (base, head)] == ["1", "2"]
    assert listed(box) == [str(box.root)]


def spoil(folder, target):
    """What a stage may do to its worktree before it ends badly."""
    (folder / "new").mkdir()
    (folder / "new" / "link").symlink_to(target)
    (folder / ".git").write_text("gitdir: /nowhere\n")
    (folder / "new").chmod(0o555)
    raise ZeroDivisionError


def test_it_is_gone_after_an_error_and_after_its_files_were_changed(box, tmp_path):
    folder = tmp_path / "w"
    with pytest.raises(ZeroDivisionError), Git(str(box.root)).worktree(box.head(), str(folder)):
        spoil(folder, box.root)
    assert not folder.exists()
    assert (box.root / "a").exists()
    assert listed(box) == [str(box.root)]


def test_what_a_killed_run_left_is_replaced(box, tmp_path):
    folder = tmp_path / "w"
    box.git("worktree", "add", "-q", "--detach", str(folder))
    (folder / "leftover").write_text("x")
    (box.root / ".git" / "worktrees" / "w" / "locked").write_text("initializing")
    with Git(str(box.root)).worktree(box.head(), str(folder)):
        assert sorted(path.name for path in folder.iterdir()) == [".git", "a", "sub"]
    assert listed(box) == [str(box.root)]
    box.git("worktree", "add", "-q", "--detach", str(folder))
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    with Git(str(box.root)).worktree(box.head(), str(folder)):
        assert (folder / "a").exists()


def test_worktrees_of_others_stay(box, tmp_path):
    box.git("worktree", "add", "-q", "--detach", str(tmp_path / "theirs"))
    subprocess.run(["mv", str(tmp_path / "theirs"), str(tmp_path / "unplugged")], check=True)
    with Git(str(box.root)).worktree(box.head(), str(tmp_path / "w")):
        pass
    assert listed(box) == [str(box.root), str(tmp_path / "theirs")]


def test_no_hook_runs(box, tmp_path):
    hook = box.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/evil\n")
    hook.chmod(0o755)
    with Git(str(box.root)).worktree(box.head(), str(tmp_path / "w")):
        pass
    assert not (tmp_path / "evil").exists()


def test_folders_without_the_right_to_write_are_removed_too(box, tmp_path):
    folder = tmp_path / "w"
    with Git(str(box.root)).worktree(box.head(), str(folder)):
        for name, mode in (("cache/sub", 0o555), ("cache", 0o000), ("x/y", 0o755), ("x/y/z", 0o555), ("x/y", 0o555)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name).chmod(mode)
    assert not folder.exists()


@pytest.mark.parametrize("place", ["r", ".", "other"])
def test_a_folder_that_holds_a_repository_is_not_touched(box, tmp_path, place):
    Box(tmp_path / "other").commit({"precious": "1"})
    with pytest.raises(UsageError, match="holds a repository"), Git(str(box.root)).worktree(box.head(), str(tmp_path / place)):
        pass
    assert (box.root / "a").exists()
    assert (tmp_path / "other" / "precious").exists()


def test_a_relative_folder_is_refused(box):
    with pytest.raises(UsageError, match="absolute"), Git(str(box.root)).worktree(box.head(), "w"):
        pass


def test_a_commit_that_is_not_there_leaves_nothing(box, tmp_path):
    with pytest.raises(DataError, match="worktree"), Git(str(box.root)).worktree("0" * 40, str(tmp_path / "w")):
        pass
    assert not (tmp_path / "w").exists()
