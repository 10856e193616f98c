"""Refs, parents, texts and paths of a commit; refs are hostile and never options."""

import os

import pytest

from gitbox import Box
from lanemark.errors import DataError, NotARepositoryError, UsageError
from lanemark.git.repository import Git
from lanemark.path import from_bytes


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


def test_refs_mean_commits_in_the_order_asked(box):
    first = box.commit({"a": "1"})
    second = box.commit({"a": "2"})
    box.git("tag", "-a", "-m", "t", "v1", first)
    git = Git(str(box.root))
    assert git.resolve("HEAD", "main~1", "v1", first[:12], "refs/heads/main", "nothing") == (
        second,
        first,
        first,
        first,
        second,
        None,
    )
    assert git.parents(second) == (first,)
    assert git.parents(first) == ()


def test_a_bare_name_also_means_a_branch_of_the_remote_but_head_does_not(box):
    first = box.commit({"a": "1"})
    box.git("update-ref", "refs/remotes/origin/feature/x", first)
    box.git("update-ref", "refs/remotes/origin/HEAD", first)
    box.git("checkout", "-q", "--orphan", "empty")
    assert Git(str(box.root)).resolve("feature/x", "HEAD") == (first, None)


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "--output=pwned",
        "--all",
        "main\nmain",
        "HEAD:a",
        "a b",
        "$(touch pwned)",
        "HEAD^{tree}",
        "\udcff",
        "main\0",
        "0" * 40,
        "-",
    ],
)
def test_what_is_no_commit_is_none_and_has_no_effect(box, ref):
    box.commit({"a": "1"})
    before = sorted(box.root.iterdir())
    assert Git(str(box.root)).resolve(ref) == (None,)
    assert sorted(box.root.iterdir()) == before


def test_a_branch_named_like_an_option_is_only_a_name(box):
    commit = box.commit({"a": "1"})
    box.git("update-ref", "refs/heads/--output=x", commit)
    assert Git(str(box.root)).resolve("--output=x", "refs/heads/--output=x") == (commit, commit)


def test_replaced_objects_are_seen_as_they_are(box):
    first, second = box.commit({"a": "1"}), box.commit({"a": "2"})
    box.git("replace", second, first)
    assert Git(str(box.root)).text(second, from_bytes(b"a"), 10) == "2"


def test_texts_of_a_commit_not_of_the_working_tree(box):
    commit = box.commit({".github/lanemark.yml": "version: 1\né\n", "empty": ""})
    box.write({".github/lanemark.yml": "changed"})
    git = Git(str(box.root))
    assert git.text(commit, from_bytes(b".github/lanemark.yml"), 100) == "version: 1\né\n"
    assert git.text(commit, from_bytes(b"empty"), 0) == ""
    assert git.text(commit, from_bytes(b"nothing"), 100) is None


def test_texts_that_are_too_long_no_files_or_no_text_are_refused(box):
    commit = box.commit({"long": "x" * 200_000, "bad": b"ab\xff", "folder/x": "x", b"line\nbreak": "x"})
    git = Git(str(box.root))
    with pytest.raises(DataError, match="200000 bytes, at most 199999"):
        git.text(commit, from_bytes(b"long"), 199_999)
    with pytest.raises(DataError, match="not UTF-8: byte 2"):
        git.text(commit, from_bytes(b"bad"), 10)
    with pytest.raises(DataError, match="not a file"):
        git.text(commit, from_bytes(b"folder"), 10)
    with pytest.raises(DataError, match="line break"):
        git.text(commit, from_bytes(b"line\nbreak"), 10)


def test_tracked_paths_are_those_of_the_commit(box):
    commit = box.commit({"b/c": "1", b"\xff\n": "2", "a": "3"})
    box.write({"untracked": "x"})
    assert set(Git(str(box.root / "b")).tracked(commit)) == {"b/c", from_bytes(b"\xff\n"), "a"}


def test_top_is_the_folder_of_the_checkout(box):
    box.commit({"b/c": "1"})
    assert Git(str(box.root / "b")).top() == str(box.root)


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_folder_without_a_repository_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotARepositoryError, match=name) as caught:
        Git(str(tmp_path / name)).resolve("HEAD")
    assert "actions/checkout" in caught.value.help


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_is_explained_and_read_once_trusted(tmp_path, monkeypatch):
    box = Box(tmp_path / "r")
    commit = box.commit({"a": "1"})
    for folder, names, files in os.walk(box.root):
        for name in (".", *names, *files):
            os.chown(f"{folder}/{name}", 12345, 12345)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with pytest.raises(NotARepositoryError, match="another user") as caught:
        Git(str(box.root)).resolve("HEAD")
    assert f"safe.directory {box.root}" in caught.value.help
    (home / ".gitconfig").write_text(f"[safe]\n\tdirectory = {box.root}\n[diff]\n\tnoprefix = true\n")
    git = Git(str(box.root))
    assert git.resolve("HEAD") == (commit,)
    assert git.text(commit, from_bytes(b"a"), 9) == "1"


def test_without_git_the_error_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git was not found"):
        Git(str(tmp_path)).resolve("HEAD")


def test_a_damaged_repository_is_an_error_with_a_next_step(box):
    commit = box.commit({"a": "1"})
    tree = box.head("HEAD^{tree}")
    (box.root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(DataError) as caught:
        Git(str(box.root)).tracked(commit)
    assert "git fsck" in caught.value.help
    with pytest.raises(DataError):
        Git(str(box.root)).added_lines(commit, "0" * 40, "0" * 40)
