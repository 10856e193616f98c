"""What `actions/checkout` leaves of a repository served over HTTP, and that the change is still the right one."""

import pytest

from gitbox import Box
from gitserver import serve
from lanemark.change.read import read_change
from lanemark.event import Event
from lanemark.git.repository import Git

MERGE = "refs/pull/7/merge"


@pytest.fixture
def origin(tmp_path):
    """A pull request with two commits, five commits behind a base branch that has moved on, and GitHub's two refs for it."""
    box = Box(tmp_path / "origin")
    box.commit({"a": "1", "b": "1"})
    for number in range(5):
        box.commit({"history": str(number)})
    box.switch("pr", "main")
    box.commit({"b": "2"})
    box.commit({"c": "1"})
    box.switch("main")
    box.commit({"a": "2"})
    box.git("update-ref", "refs/pull/7/head", "pr")
    box.git("update-ref", MERGE, box.github_merge(box.head("main"), box.head("pr")))
    box.switch("main")
    box.git("branch", "-q", "-D", "pr")
    return box


@pytest.fixture
def address(origin):
    with serve(origin) as url:
        yield url


@pytest.fixture
def check_out(address, tmp_path):
    """Fetch one ref the way actions/checkout does."""

    def clone(ref, *options):
        box = Box(tmp_path / "clone")
        box.git("remote", "add", "origin", address)
        box.git("fetch", "-q", "--no-tags", *options, "origin", f"+{ref}:refs/remotes/pull/7/merge")
        box.git("checkout", "-q", "--detach", "refs/remotes/pull/7/merge")
        return box

    return clone


def pull_event(origin, **other):
    given = {"base": origin.head("main"), "head": origin.head("refs/pull/7/head")} | other
    return Event(name="pull_request", base_ref="main", head_ref="pr", default_branch="main", number=7, **given)


def paths(change):
    return [file.path for file in change.files]


def read(box, event):
    return read_change(event, Git(str(box.root)))


@pytest.mark.parametrize(
    "options",
    [(), ("--depth=1",), ("--depth=2",), ("--filter=blob:none",), ("--filter=tree:0",), ("--depth=1", "--filter=blob:none")],
    ids=str,
)
def test_the_test_merge_is_compared_with_the_moved_base_however_little_was_fetched(origin, check_out, options):
    change = read(check_out(MERGE, *options), pull_event(origin))
    assert (change.base, change.tested, change.source, change.complete) == (
        origin.head("main"),
        origin.head(MERGE),
        "merge-commit",
        True,
    )
    assert change.head == origin.head("refs/pull/7/head")
    assert paths(change) == ["b", "c"]


@pytest.mark.parametrize("options", [(), ("--depth=1",), ("--depth=2",), ("--depth=3",), ("--filter=blob:none",)], ids=str)
def test_a_checked_out_head_finds_its_merge_base_however_little_was_fetched(origin, check_out, options):
    change = read(check_out("refs/pull/7/head", *options), pull_event(origin))
    assert (change.base, change.source, change.complete) == (origin.head("main~1"), "merge-base", True)
    assert paths(change) == ["b", "c"]


def test_a_depth_of_two_needs_no_network(origin, check_out):
    clone = check_out(MERGE, "--depth=2")
    clone.git("remote", "set-url", "origin", "http://127.0.0.1:1/gone")
    assert paths(read(clone, pull_event(origin))) == ["b", "c"]


def test_nothing_cuts_a_whole_history_off(origin, check_out):
    clone = check_out("refs/pull/7/head")
    before = clone.git("rev-list", "--count", "HEAD")
    read(clone, pull_event(origin))
    assert clone.git("rev-parse", "--is-shallow-repository") == "false"
    assert clone.git("rev-list", "--count", "HEAD") == before


def test_the_base_branch_moving_on_after_the_event_changes_nothing(origin, check_out):
    event = pull_event(origin)
    clone = check_out(MERGE, "--depth=1")
    origin.commit({"unrelated": "1"})
    assert paths(read(clone, event)) == ["b", "c"]


def test_a_test_merge_of_an_older_head_is_not_taken_for_this_one(origin, check_out):
    clone = check_out(MERGE, "--depth=1")
    change = read(clone, pull_event(origin, head=origin.head("refs/pull/7/head~1")))
    assert (change.source, change.complete) == ("merge-base", True)
    assert paths(change) == ["b", "c"]


def test_a_forced_push_in_a_shallow_checkout_goes_back_to_the_default_branch(origin, check_out):
    lost = origin.git("commit-tree", "-m", "lost", "-p", "main~3", "main^{tree}")
    clone = check_out("refs/pull/7/head", "--depth=1")
    event = Event(name="push", base=lost, head=clone.head(), head_ref="pr", default_branch="main")
    change = read(clone, event)
    assert (change.base, change.source, change.complete) == (origin.head("main~1"), "push", True)
    assert paths(change) == ["b", "c"]


def test_a_push_of_several_commits_in_a_shallow_checkout_is_whole(origin, check_out):
    clone = check_out("refs/heads/main", "--depth=1")
    event = Event(name="push", base=origin.head("main~4"), head=clone.head(), head_ref="main", default_branch="main")
    change = read(clone, event)
    assert (change.base, change.source, change.complete) == (origin.head("main~4"), "push", True)
    assert paths(change) == ["a", "history"]


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tag_in_a_shallow_checkout_without_tags_finds_the_one_before(origin, check_out, annotated):
    origin.git("tag", *(["-a", "-m", "x"] if annotated else []), "v1", "main~3")
    origin.git("tag", "v2", "main")
    clone = check_out("refs/tags/v2", "--depth=1")
    change = read(clone, Event(name="push", head=clone.head(), head_ref="refs/tags/v2", default_branch="main"))
    assert (change.base, change.source, change.complete) == (origin.head("main~3"), "tag", False)
    assert paths(change) == ["a", "history"]
    assert "since `v1`" in change.reason


def test_a_merge_group_in_a_shallow_checkout_is_compared_with_the_queue_s_base(origin, check_out):
    clone = check_out(MERGE, "--depth=1")
    change = read(clone, Event(name="merge_group", base=origin.head("main"), head=clone.head()))
    assert (change.base, change.source, paths(change)) == (origin.head("main"), "merge-group", ["b", "c"])
