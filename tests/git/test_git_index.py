"""Which files of a checkout git vouches for."""

import os
import time

from lanemark.git.index import list_clean_files
from repositories import commit, git, make_repository


def make(tmp_path, **files):
    root = make_repository(tmp_path / "r")
    commit(root, {"a.txt": "a\n", "d/b.txt": "b\n", "sp ace\n.txt": "c\n", b"\xff.txt": "x\n", **files})
    time.sleep(0.02)
    git(root, "status")
    return root


def test_committed_files_are_clean_by_the_id_of_their_content(tmp_path):
    found = list_clean_files(str(make(tmp_path)))
    assert set(found) == {"a.txt", "d/b.txt", "sp ace\n.txt", "\udcff.txt"}
    assert found["a.txt"] == "78981922613b2afb6025042ff6bd878ac1994e85"


def test_changed_deleted_linked_and_untracked_files_are_not(tmp_path):
    root = make(tmp_path, gone="1", linked="2", mode="3")
    state = (root / "a.txt").stat()
    (root / "a.txt").write_text("b\n")
    os.utime(root / "a.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    (root / "gone").unlink()
    (root / "linked").unlink()
    (root / "linked").symlink_to("a.txt")
    (root / "mode").chmod(0o755)
    (root / "new").write_text("")
    assert set(list_clean_files(str(root))) == {"d/b.txt", "sp ace\n.txt", "\udcff.txt"}


def test_settings_of_the_repository_hide_no_change(tmp_path):
    root = make(tmp_path)
    for name, value in (("fileMode", "false"), ("trustctime", "false"), ("checkStat", "minimal"), ("ignoreStat", "true")):
        git(root, "config", f"core.{name}", value)
    state = (root / "a.txt").stat()
    (root / "a.txt").write_text("b\n")
    os.utime(root / "a.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    (root / "d/b.txt").chmod(0o755)
    assert set(list_clean_files(str(root))) == {"sp ace\n.txt", "\udcff.txt"}


def test_files_that_git_was_told_not_to_look_at_are_left_out(tmp_path):
    root = make(tmp_path)
    git(root, "update-index", "--assume-unchanged", "a.txt")
    git(root, "update-index", "--skip-worktree", "d/b.txt")
    assert set(list_clean_files(str(root))) == {"sp ace\n.txt", "\udcff.txt"}


def test_converted_files_are_left_out(tmp_path):
    root = make(
        tmp_path,
        **{
            ".gitattributes": "*.dat filter=lfs\n*.crlf text eol=crlf\n*.id ident\n",
            "big.dat": "1",
            "w.crlf": "1\n",
            "v.id": "1",
        },
    )
    assert set(list_clean_files(str(root))) == {"a.txt", "d/b.txt", "sp ace\n.txt", "\udcff.txt", ".gitattributes"}


def test_no_repository_no_word(tmp_path):
    root = make(tmp_path)
    assert list_clean_files(str(root / "d")) == {}
    assert list_clean_files(str(tmp_path)) == {}
