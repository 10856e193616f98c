"""The rows of the table of events that are not pull requests seen by git: GitHub's list, tags, odd histories, what is not committed."""

import pytest

from gitbox import Box
from lanemark.change import Change, ChangedFile
from lanemark.change.read import read_change, read_uncommitted
from lanemark.errors import DataError, GitHubError, UnknownRefError
from lanemark.event import Event
from lanemark.git.repository import Git
from lanemark.path import RepoPath

HEAD, MERGE_BASE = "d" * 40, "e" * 40
LISTED = Change(
    base=MERGE_BASE, tested=HEAD, head=HEAD, source="github", files=(ChangedFile(path=RepoPath("docs/a.md"), status="A"),)
)


class GitHubSays:
    """A Listing that knows its answer; counts how often it is asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def change_of(self, event):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path / "origin")
    box.commit({"a": "1", "b": "1"})
    return box


def git(box):
    return Git(str(box.root))


def paths(change):
    return [file.path for file in change.files]


@pytest.mark.parametrize("name", ["pull_request_target", "workflow_run", "issue_comment"])
def test_events_with_a_strong_token_are_answered_by_github_alone_and_need_no_checkout(tmp_path, name):
    nowhere = Git(str(tmp_path / "nowhere"))
    assert read_change(Event(name=name, number=7, base=MERGE_BASE, head=HEAD), nowhere, listing=GitHubSays(LISTED)) == LISTED


@pytest.mark.parametrize("name", ["pull_request_target", "workflow_run", "issue_comment"])
@pytest.mark.parametrize(
    ("listing", "why"),
    [
        (None, "needs a token"),
        (GitHubSays(None), "no open pull request"),
        (GitHubSays(GitHubError("503 from GitHub")), "503"),
    ],
)
def test_without_github_s_word_such_an_event_is_not_known_whatever_is_checked_out(box, name, listing, why):
    box.switch("pr", "main")
    box.commit({"c": "1"})
    change = read_change(Event(name=name, number=7, base=box.head("main"), head=box.head()), git(box), listing=listing)
    assert (change.base, change.files, change.complete, change.source) == (None, (), False, "none")
    assert change.tested == box.head()
    assert why in change.reason


def test_a_named_base_is_taken_for_such_an_event_too(box):
    box.switch("pr", "main")
    box.commit({"c": "1"})
    listing = GitHubSays(LISTED)
    assert paths(read_change(Event(name="workflow_run"), git(box), base="main", listing=listing)) == ["c"]
    assert listing.asked == 0


def stranded(box):
    """A pull request whose base commit nobody has."""
    return Event(name="pull_request", base="f" * 40, head=HEAD, number=7)


def test_github_is_asked_last_where_git_cannot_tell(box):
    change = read_change(stranded(box), git(box), listing=GitHubSays(LISTED))
    assert (change.source, change.complete, change.base, paths(change)) == ("github", True, MERGE_BASE, ["docs/a.md"])
    assert change.tested == box.head()


def test_github_is_not_asked_where_git_can_tell(box):
    base = box.head()
    box.switch("pr", "main")
    listing = GitHubSays(LISTED)
    event = Event(name="pull_request", base=base, head=box.commit({"c": "1"}))
    assert paths(read_change(event, git(box), listing=listing)) == ["c"]
    assert listing.asked == 0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Change(base=MERGE_BASE, tested=HEAD, head="c" * 40, source="github"), "moved on"),
        (Change(base=MERGE_BASE, tested=HEAD, head=HEAD, source="github", complete=False, reason="3000 of 3001"), "3000 of 3001"),
        (GitHubError("403 from GitHub"), "403"),
        (None, "moved on"),
    ],
)
def test_a_list_that_cannot_be_trusted_leaves_the_change_unknown_and_both_reasons_said(box, answer, why):
    change = read_change(stranded(box), git(box), listing=GitHubSays(answer))
    assert (change.complete, change.files, change.base) == (False, (), None)
    assert "could not be fetched" in change.reason
    assert why in change.reason


@pytest.mark.parametrize("name", ["push", "release"])
def test_a_tag_is_compared_with_the_one_before_and_is_never_light(box, name):
    box.git("tag", "v1")
    box.commit({"a": "2"})
    box.git("tag", "v2")
    box.git("tag", "v2-again")
    change = read_change(Event(name=name, head_ref="refs/tags/v2", default_branch="main"), git(box))
    assert (change.base, change.source, paths(change), change.complete) == (box.head("v1"), "tag", ["a"], False)
    assert "`v2` is a tag" in change.reason
    assert "`v1`" in change.reason


def test_the_first_tag_has_nothing_to_be_compared_with(box):
    box.git("tag", "v1")
    change = read_change(Event(name="push", head_ref="refs/tags/v1"), git(box))
    assert (change.base, change.complete) == (None, False)
    assert "none before it" in change.reason


def test_a_tag_of_another_line_is_not_the_one_before(box):
    box.git("tag", "v1")
    box.switch("other", "main")
    box.commit({"z": "1"})
    box.git("tag", "v9")
    box.switch("main")
    box.commit({"a": "2"})
    box.git("tag", "v2")
    assert read_change(Event(name="push", head_ref="refs/tags/v2"), git(box)).base == box.head("v1")


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch", "repository_dispatch"])
def test_events_about_no_change_have_no_base(box, name):
    change = read_change(Event(name=name, lane="docs"), git(box), listing=GitHubSays(LISTED))
    assert (change.base, change.complete, change.source) == (None, False, "none")
    assert name in change.reason


def test_an_octopus_is_no_test_merge(box):
    base = box.head()
    tips = []
    for name in ("one", "two", "three"):
        box.switch(name, "main")
        tips.append(box.commit({name: "1"}))
    box.git("checkout", "-q", "--detach", "main")
    box.git("merge", "-q", "-m", "octopus", *tips)
    change = read_change(Event(name="pull_request", base=base, head=tips[0]), git(box))
    assert (change.source, change.base, paths(change)) == ("merge-base", base, ["one", "three", "two"])


def test_of_criss_crossed_branches_everything_that_the_head_brings_is_in_the_change(box):
    """Two best merge bases: whichever git takes, what is new in the head is never missing."""
    box.switch("pr", "main")
    ours = box.commit({"ours": "1"})
    box.switch("main")
    theirs = box.commit({"theirs": "1"})
    box.git("merge", "-q", "-m", "x", ours)
    box.switch("pr")
    box.git("merge", "-q", "-m", "x", theirs)
    box.commit({"new": "1"})
    assert len(box.git("merge-base", "--all", "main", "pr").split()) == 2
    change = read_change(Event(name="pull_request", base=box.head("main"), head=box.head()), git(box))
    assert change.base in (ours, theirs)
    assert change.complete
    assert "new" in paths(change)


def test_histories_that_never_met_are_not_known_even_where_both_are_whole(box):
    base = box.head()
    box.git("checkout", "-q", "--orphan", "alone")
    change = read_change(Event(name="pull_request", base=base, head=box.commit({"z": "1"})), git(box))
    assert not change.complete
    assert "no common history" in change.reason


def test_three_thousand_and_one_files_are_whole_by_git(box):
    base = box.head()
    lines = [f"M 100644 inline d{number % 50}/f{number}\ndata 2\nx\n" for number in range(3001)]
    head = f"commit refs/heads/pr\ncommitter C <c@example.invalid> 0 +0000\ndata 1\nx\nfrom {base}\n"
    box.git("fast-import", "--quiet", stdin=(head + "\n".join(lines)).encode())
    box.switch("pr")
    change = read_change(Event(name="pull_request", base=base, head=box.head()), git(box))
    assert (len(change.files), change.complete) == (3001, True)


@pytest.fixture
def work(box):
    """A branch with one commit, something staged, something not, and a new file."""
    box.switch("pr", "main")
    box.commit({"committed": "1", ".gitignore": "ignored\n"})
    box.write({"a": "staged", "staged-new": "1"})
    box.git("add", "-A")
    box.write({"b": "edited", "a": "staged and edited", "new\nfile": "1", "ignored": "1"})
    return box


def test_what_is_staged_counts_with_the_branch_s_commits(work):
    change = read_uncommitted(git(work), "staged")
    assert paths(change) == [".gitignore", "a", "committed", "staged-new"]
    assert (change.base, change.head, change.source, change.complete) == (
        work.head("main"),
        work.head(),
        "uncommitted",
        True,
    )
    assert git(work).text(change.tested, RepoPath("a"), 100) == "staged"


def test_the_working_tree_counts_with_its_new_files_but_not_the_ignored(work):
    change = read_uncommitted(git(work), "working-tree")
    assert paths(change) == [".gitignore", "a", "b", "committed", "new\nfile", "staged-new"]
    assert git(work).text(change.tested, RepoPath("a"), 100) == "staged and edited"


def test_looking_at_what_is_not_committed_leaves_the_index_as_it_was(work):
    index = (work.root / ".git" / "index").read_bytes()
    read_uncommitted(git(work), "working-tree")
    read_uncommitted(git(work), "staged")
    assert (work.root / ".git" / "index").read_bytes() == index


def test_from_a_subfolder_the_whole_working_tree_counts(work):
    (work.root / "deep").mkdir()
    assert "b" in paths(read_uncommitted(Git(str(work.root / "deep")), "working-tree"))


def test_on_the_default_branch_itself_its_last_commit_is_the_base(box):
    box.write({"b": "2"})
    change = read_uncommitted(git(box), "working-tree")
    assert (change.base, paths(change)) == (box.head(), ["b"])
    assert read_uncommitted(git(box), "staged").files == ()


def test_a_named_base_counts_for_what_is_not_committed(work):
    assert paths(read_uncommitted(git(work), "staged", base="HEAD")) == ["a", "staged-new"]
    with pytest.raises(UnknownRefError):
        read_uncommitted(git(work), "staged", base="nothing")


def test_a_conflict_in_the_index_is_an_error(box):
    box.switch("one", "main")
    box.commit({"a": "one"})
    box.switch("main")
    box.commit({"a": "two"})
    with pytest.raises(AssertionError):
        box.git("merge", "-q", "one")
    with pytest.raises(DataError) as caught:
        read_uncommitted(git(box), "staged")
    assert "conflicts" in caught.value.help


def test_a_base_that_shares_no_history_leaves_what_is_not_committed_unknown(box):
    box.git("checkout", "-q", "--orphan", "alone")
    box.commit({"z": "1"})
    change = read_uncommitted(git(box), "staged", base="main")
    assert not change.complete
    assert "no common history" in change.reason
