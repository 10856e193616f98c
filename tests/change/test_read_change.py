"""The table of events, on real repositories."""

import pytest

from lanemark.change.read import given_change, read_change
from lanemark.errors import UnknownRefError
from lanemark.event import Event, local_event
from lanemark.git.client import Git
from lanemark.path import RepoPath
from repositories import commit, git, make_repository, merge_commit


@pytest.fixture
def story(tmp_path):
    """main with one more commit than where pr left it, and pr with one commit."""
    folder = make_repository(tmp_path / "r")
    fork = commit(folder, {"a": "1\n"})
    base = commit(folder, {"main-only": "1\n"})
    git(folder, "checkout", "-q", "-b", "pr", fork)
    head = commit(folder, {"pr-only": "1\n"})
    return folder, fork, base, head


def paths(change):
    return [one.path for one in change.files]


def test_a_test_merge_commit_is_compared_with_its_first_parent(story):
    folder, _, base, head = story
    tested = merge_commit(folder, base, head)
    change = read_change(Event(name="pull_request", base=base, head=head), Git(str(folder)))
    assert (change.source, change.base, change.tested, change.head) == ("merge-commit", base, tested, head)
    assert paths(change) == ["pr-only"]


def test_a_checked_out_head_is_compared_with_the_merge_base(story):
    folder, fork, base, head = story
    change = read_change(Event(name="pull_request", base=base, head=head), Git(str(folder)))
    assert (change.source, change.base, change.tested, change.head) == ("merge-base", fork, head, head)
    assert paths(change) == ["pr-only"]


def test_a_merge_of_something_else_is_not_taken_for_the_test_merge(story):
    folder, _, base, head = story
    merge_commit(folder, base, head)
    change = read_change(Event(name="pull_request", base=base, head="9" * 40), Git(str(folder)))
    assert change.source == "merge-base"


def test_a_merge_group_is_compared_with_its_base(story):
    folder, _, base, head = story
    merge_commit(folder, base, head)
    change = read_change(Event(name="merge_group", base=base, head=head), Git(str(folder)))
    assert (change.source, paths(change)) == ("merge-group", ["pr-only"])


def test_a_push_is_compared_with_what_the_branch_was(story):
    folder, fork, base, _ = story
    git(folder, "checkout", "-q", "main")
    change = read_change(Event(name="push", base=fork, head=base, default_branch="main"), Git(str(folder)))
    assert (change.source, paths(change)) == ("push", ["main-only"])


def test_a_forced_push_is_compared_with_where_it_left_the_default_branch(story):
    folder, fork, base, head = story
    git(folder, "update-ref", "refs/remotes/origin/main", base)
    change = read_change(Event(name="push", base=base, head=head, default_branch="main"), Git(str(folder)))
    assert (change.base, paths(change)) == (fork, ["pr-only"])


@pytest.mark.parametrize(
    "event", [Event(name="schedule"), Event(name="push"), Event(name="pull_request", base="8" * 40, head="9" * 40)]
)
def test_what_cannot_be_compared_is_incomplete_and_says_why(story, event):
    change = read_change(event, Git(str(story[0])))
    assert not change.complete
    assert change.reason
    assert change.files == ()


def test_at_a_terminal_the_branch_is_compared_with_main(story):
    folder, fork, _, _ = story
    change = read_change(local_event(), Git(str(folder)))
    assert (change.base, paths(change)) == (fork, ["pr-only"])


def test_an_asked_base_is_compared_by_merge_base(story):
    folder, fork, _, head = story
    change = read_change(Event(name="schedule"), Git(str(folder)), base="main", head="pr")
    assert (change.base, change.tested, change.source) == (fork, head, "given")


def test_an_unknown_ref_is_an_error(story):
    with pytest.raises(UnknownRefError, match="no commit 'nope'"):
        read_change(local_event(), Git(str(story[0])), base="nope")


def test_unrelated_histories_are_incomplete(story):
    folder = story[0]
    git(folder, "checkout", "-q", "--orphan", "island")
    commit(folder, {"x": "1\n"})
    assert "merge base" in read_change(local_event(), Git(str(folder)), base="main").reason


def test_given_paths_are_taken_as_they_are():
    change = given_change([RepoPath("a\nb"), RepoPath("c")])
    assert (change.source, paths(change), change.complete) == ("given", ["a\nb", "c"], True)
