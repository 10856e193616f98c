"""The table of events on real repositories: which base, which files, and when the answer is "not known"."""

import shutil

import pytest

from gitbox import Box
from lanemark.change.read import exact_change, given_change, read_change
from lanemark.errors import UnknownRefError
from lanemark.event import Event, local_event
from lanemark.git.repository import Git
from lanemark.path import RepoPath


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "origin")


@pytest.fixture
def pull(box):
    """A pull request whose base branch has moved on: returns its event."""
    box.commit({"a": "1", "b": "1"})
    for number in range(5):
        box.commit({"history": str(number)})
    box.switch("pr", "main")
    box.commit({"b": "2"})
    head = box.commit({"c": "1"})
    box.switch("main")
    base = box.commit({"a": "2"})
    return Event(name="pull_request", base=base, base_ref="main", head=head, head_ref="pr", default_branch="main", number=7)


def paths(change):
    return [file.path for file in change.files]


def git(box):
    return Git(str(box.root))


def test_a_test_merge_is_compared_with_its_first_parent(box, pull):
    merged = box.github_merge(pull.base, pull.head)
    change = read_change(pull, git(box))
    assert (change.base, change.tested, change.head, change.source) == (pull.base, merged, pull.head, "merge-commit")
    assert paths(change) == ["b", "c"]
    assert change.complete


def test_the_first_parent_counts_even_when_the_event_names_an_older_base(box, pull):
    older = box.head("main~1")
    box.github_merge(pull.base, pull.head)
    event = Event(name="pull_request", base=older, head=pull.head)
    assert read_change(event, git(box)).base == pull.base


def test_a_test_merge_in_a_clone_of_depth_one_gets_its_base(box, pull, tmp_path):
    box.git("branch", "merged", box.github_merge(pull.base, pull.head))
    clone = box.clone(tmp_path / "clone", "merged", "--depth=1")
    change = read_change(pull, git(clone))
    assert (change.base, change.head, change.source, change.complete) == (pull.base, pull.head, "merge-commit", True)
    assert paths(change) == ["b", "c"]


def test_without_a_base_to_be_had_the_change_is_not_complete(box, pull, tmp_path):
    box.git("branch", "merged", box.github_merge(pull.base, pull.head))
    clone = box.clone(tmp_path / "clone", "merged", "--depth=1")
    shutil.rmtree(box.root)
    change = read_change(pull, git(clone))
    assert (change.base, change.files, change.complete) == (None, (), False)
    assert "could not be fetched" in change.reason


def test_a_checked_out_head_is_compared_with_the_merge_base(box, pull):
    box.switch("pr")
    change = read_change(pull, git(box))
    assert (change.base, change.tested, change.head, change.source) == (box.head("main~1"), pull.head, pull.head, "merge-base")
    assert paths(change) == ["b", "c"]


def test_a_merge_of_another_head_is_no_test_merge_of_this_event(box, pull):
    merged = box.github_merge(pull.base, box.head("pr~1"))
    change = read_change(pull, git(box))
    assert (change.tested, change.source) == (merged, "merge-base")
    assert paths(change) == ["b"]


def test_a_shallow_head_is_deepened_until_the_merge_base_is_sure(box, pull, tmp_path):
    clone = box.clone(tmp_path / "clone", "pr", "--depth=1")
    change = read_change(pull, git(clone))
    assert (change.base, change.complete) == (box.head("main~1"), True)
    assert paths(change) == ["b", "c"]


def test_a_shallow_head_without_its_remote_is_not_complete(box, pull, tmp_path):
    clone = box.clone(tmp_path / "clone", "pr", "--depth=1")
    clone.git("fetch", "-q", "--depth=1", "origin", pull.base)
    shutil.rmtree(box.root)
    change = read_change(pull, git(clone))
    assert not change.complete
    assert "fetch-depth: 0" in change.reason


def test_a_merge_base_behind_a_cut_is_not_believed(box):
    """`old` is a common ancestor of both, but the cut hides a younger one: git's own answer would be a base that is too old."""
    old = box.commit({"a": "1"})
    parted = box.commit({"a": "2"})
    tree = box.head("HEAD^{tree}")
    theirs = box.git("commit-tree", "-m", "theirs", "-p", parted, tree)
    middle = box.git("commit-tree", "-m", "middle", "-p", parted, tree)
    ours = box.git("commit-tree", "-m", "ours", "-p", middle, "-p", old, tree)
    assert git(box).merge_base(ours, theirs) == parted
    (box.root / ".git" / "shallow").write_text(f"{middle}\n")
    assert box.git("merge-base", ours, theirs) == old
    assert git(box).merge_base(ours, theirs) is None
    (box.root / ".git" / "shallow").write_text(f"{old}\n")
    assert git(box).merge_base(ours, theirs) == parted


def test_a_whole_clone_stays_whole(box, pull, tmp_path):
    clone = box.clone(tmp_path / "clone", "pr")
    assert git(clone).obtain(pull.base)
    assert not git(clone).is_shallow()
    assert paths(read_change(pull, git(clone))) == ["b", "c"]


def test_histories_that_never_met_are_said(box, pull):
    box.git("checkout", "-q", "--orphan", "alone")
    box.commit({"z": "1"})
    change = read_change(pull, git(box))
    assert not change.complete
    assert "no common history" in change.reason


def test_a_merge_group_is_compared_with_the_base_it_names(box, pull):
    merged = box.github_merge(pull.base, pull.head)
    change = read_change(Event(name="merge_group", base=pull.base, head=merged), git(box))
    assert (change.base, change.head, change.source) == (pull.base, merged, "merge-group")
    assert paths(change) == ["b", "c"]


def push(box, before, branch="pr"):
    return Event(name="push", base=before, head=box.head(), head_ref=branch, default_branch="main")


def test_a_push_is_compared_with_the_tip_before(box, pull):
    box.switch("pr")
    change = read_change(push(box, box.head("pr~1")), git(box))
    assert (change.base, change.source, paths(change)) == (box.head("pr~1"), "push", ["c"])


def test_a_push_in_a_clone_of_depth_one_is_deepened(box, pull, tmp_path):
    box.switch("pr")
    clone = box.clone(tmp_path / "clone", "pr", "--depth=1")
    change = read_change(push(box, box.head("main~3")), git(clone))
    assert (change.base, change.complete) == (box.head("main~3"), True)


@pytest.mark.parametrize("forced", [True, False])
def test_a_forced_push_or_a_new_branch_is_compared_with_where_it_left_the_default_branch(box, pull, tmp_path, forced):
    box.switch("pr")
    before = box.git("commit-tree", "-m", "lost", "-p", "main", "HEAD^{tree}") if forced else None
    clone = box.clone(tmp_path / "clone", "pr")
    change = read_change(push(box, before), git(clone))
    assert (change.base, change.source, paths(change)) == (box.head("main~1"), "push", ["b", "c"])


def test_a_first_or_forced_push_of_the_default_branch_is_not_known(box, pull):
    change = read_change(push(box, None, "main"), git(box))
    assert not change.complete
    assert "default branch itself" in change.reason
    lost = box.git("commit-tree", "-m", "lost", "HEAD^{tree}")
    assert "not an ancestor" in read_change(push(box, lost, "main"), git(box)).reason


def test_a_pushed_tag_is_not_known(box, pull):
    change = read_change(push(box, None, "refs/tags/v1"), git(box))
    assert (change.complete, change.base) == (False, None)
    assert "tag" in change.reason


def test_a_new_branch_whose_default_branch_cannot_be_fetched_is_not_known(box, pull):
    box.git("branch", "-D", "pr")
    event = Event(name="push", head_ref="pr", default_branch="trunk", head=box.head())
    assert not read_change(event, git(box)).complete


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch", "workflow_run"])
def test_events_that_are_about_no_change_say_so(box, pull, name):
    change = read_change(Event(name=name), git(box))
    assert (change.base, change.tested, change.source, change.complete) == (None, box.head(), "none", False)
    assert name in change.reason


def test_at_a_terminal_the_default_branch_is_found(box, pull):
    box.switch("pr")
    change = read_change(local_event(), git(box))
    assert (change.base, change.source, paths(change)) == (box.head("main~1"), "merge-base", ["b", "c"])


def test_at_a_terminal_the_remote_s_default_branch_wins(box, pull):
    box.switch("pr")
    box.git("update-ref", "refs/remotes/origin/HEAD", "pr~1")
    assert read_change(local_event(), git(box)).base == box.head("pr~1")


def test_on_the_default_branch_itself_a_base_must_be_named(box, pull):
    change = read_change(local_event(), git(box))
    assert not change.complete
    assert "--base" in change.reason


def test_what_is_not_committed_does_not_count(box, pull):
    box.switch("pr")
    box.write({"b": "dirty", "new": "x"})
    assert paths(read_change(local_event(), git(box))) == ["b", "c"]


def test_a_named_base_wins_and_what_happened_on_it_since_does_not_count(box, pull):
    box.switch("pr")
    change = read_change(pull, git(box), base="main")
    assert (change.base, change.source, paths(change)) == (box.head("main~1"), "given", ["b", "c"])
    assert read_change(local_event(), git(box), base="pr~1").base == box.head("pr~1")


def test_a_named_head_is_tested_instead_of_what_is_checked_out(box, pull):
    change = read_change(local_event(), git(box), base="main", head="pr~1")
    assert (change.tested, paths(change)) == (box.head("pr~1"), ["b"])


def test_a_named_commit_that_only_the_remote_has_is_fetched(box, pull, tmp_path):
    box.switch("pr")
    clone = box.clone(tmp_path / "clone", "pr")
    assert read_change(local_event(), git(clone), base=pull.base).base == box.head("main~1")


@pytest.mark.parametrize("ref", ["nothing", "--output=pwned", "a\x1b[31mb", "0" * 40])
@pytest.mark.parametrize("side", ["base", "head"])
def test_a_named_ref_that_is_not_there_is_an_error_that_cannot_colour_a_terminal(box, pull, ref, side):
    with pytest.raises(UnknownRefError, match="no commit") as caught:
        read_change(local_event(), git(box), **{side: ref})
    assert "\x1b" not in caught.value.message
    assert not (box.root / "pwned").exists()


def test_an_exact_change_compares_the_two_commits_as_they_are(box, pull):
    change = exact_change(git(box), "main", "pr")
    assert (change.base, change.tested, paths(change)) == (pull.base, pull.head, ["a", "b", "c"])


def test_a_given_change_needs_no_repository():
    change = given_change([RepoPath("b"), RepoPath("a"), RepoPath("b")])
    assert (paths(change), change.source, change.base, change.complete) == (["b", "a"], "given", None, True)


def test_commits_that_cannot_be_compared_give_an_incomplete_change(box, pull):
    merged = box.github_merge(pull.base, pull.head)
    tree = box.head(f"{merged}^{{tree}}")
    (box.root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    change = read_change(pull, git(box))
    assert not change.complete
    assert "could not compare" in change.reason
