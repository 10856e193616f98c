"""Which pull request a run belongs to is asked of GitHub; which comments are ours is proved by who wrote them."""

import pytest

from emulator.state import Repo
from lanemark.errors import GitHubError
from lanemark.event import Event
from lanemark.github.threads import find_thread
from lanemark.report.marker import MARKER

A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
FORK = Repo("mallory/shop", 999)
OTHER = Repo("mallory2/shop", 1000)
OWN_TEXT = f"{MARKER}\n### Lanemark: passed."


def test_a_pull_request_event_has_its_thread(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B, labels=["run-heavy"], head_repo=FORK, head_ref="patch-1")
    hub.add_comment(7, OWN_TEXT)
    thread = find_thread(client, pull_event)
    assert (thread.number, thread.open, thread.head) == (7, True, C)
    assert thread.event.fork
    assert (thread.event.base, thread.event.base_ref, thread.event.labels) == (B, "main", ("run-heavy",))
    assert [comment.body for comment in thread.comments] == [OWN_TEXT]


def test_a_push_has_no_thread(hub, client):
    assert find_thread(client, Event(name="push", repository=hub.own.name, repository_id=hub.own.id)) is None
    assert hub.exchanges == []


def test_a_closed_pull_request_is_said_to_be_closed(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B, state="closed")
    assert not find_thread(client, pull_event).open


def test_a_deleted_fork_is_still_a_fork(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B).head_repo = None
    assert find_thread(client, pull_event).event.fork


def test_a_run_finds_the_pull_request_of_its_fork_although_github_names_none(hub, client, run_event):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK)
    thread = find_thread(client, run_event())
    assert thread.number == 7
    assert thread.event.run == run_event().run


@pytest.mark.parametrize("owner", [FORK, OTHER])
def test_two_forks_with_one_branch_name_are_told_apart(hub, client, run_event, owner):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK, head_ref="patch-1")
    hub.add_pull(8, head_sha=C, base_sha=B, head_repo=OTHER, head_ref="patch-1")
    thread = find_thread(client, run_event(repository_id=owner.id, owner=owner.owner, branch="patch-1"))
    assert thread.number == {FORK: 7, OTHER: 8}[owner]


def test_a_repository_that_took_over_a_name_is_not_believed(hub, client, run_event):
    """Same owner, same branch, same commit, but another repository: the pull request is a stranger's."""
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=Repo("mallory/shop", 555))
    assert find_thread(client, run_event()) is None


def test_a_pull_request_to_another_repository_is_not_ours(hub, client, run_event):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK).base_repo = OTHER
    assert find_thread(client, run_event()) is None


def test_a_head_that_moved_on_has_no_thread(hub, client, run_event):
    hub.add_pull(7, head_sha=D, base_sha=B, head_repo=FORK)
    assert find_thread(client, run_event()) is None


def test_a_closed_pull_request_is_not_found_by_a_run(hub, client, run_event):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK, state="closed")
    assert find_thread(client, run_event()) is None


def test_a_renamed_branch_is_found_by_its_commit(hub, client, run_event):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK, head_ref="renamed")
    assert find_thread(client, run_event(branch="feature")).number == 7


@pytest.mark.parametrize("name", ["push", "pull_request_target", "workflow_dispatch", "schedule"])
def test_a_run_of_another_event_has_no_thread(hub, client, run_event, name):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK)
    assert find_thread(client, run_event(name=name)) is None
    assert hub.exchanges == []


def test_a_claimed_number_only_chooses_among_proved_ones(hub, client, run_event):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK)
    hub.add_pull(8, head_sha=D, base_sha=B)
    assert find_thread(client, run_event(), claimed=8).number == 7


def test_one_branch_proposed_to_two_bases_needs_the_claim(hub, client, run_event):
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=FORK)
    hub.add_pull(8, head_sha=C, base_sha=A, head_repo=FORK, base_ref="release")
    assert find_thread(client, run_event(), claimed=8).number == 8
    with pytest.raises(GitHubError, match="#7, #8"):
        find_thread(client, run_event(), claimed=9)


def test_our_comment_is_found_on_the_third_page(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B)
    for number in range(205):
        hub.add_comment(7, f"talk {number}", login="octocat", kind="User")
    own = hub.add_comment(7, OWN_TEXT)
    assert [comment.id for comment in find_thread(client, pull_event).comments] == [own.id]


def test_the_marker_of_a_stranger_is_not_ours(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B)
    hub.add_comment(7, OWN_TEXT, login="mallory", kind="User")
    hub.add_comment(7, OWN_TEXT, login="other[bot]")
    hub.add_comment(7, OWN_TEXT, login="github-actions[bot]", kind="User")
    hub.add_comment(7, f"quoted:\n{OWN_TEXT}")
    assert find_thread(client, pull_event).comments == ()


def test_our_check_runs_are_known_by_their_external_ids(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B)
    for index, (name, head) in enumerate([("Lanemark SLA", C), ("Lanemark SLA", C), ("other", C), ("Lanemark SLA", B)]):
        hub.checks[index] = {
            "name": name,
            "head_sha": head,
            "status": "completed",
            "conclusion": "success",
            "external_id": f"e{index}",
        }
    assert find_thread(client, pull_event).checks == ("e0", "e1")


def test_a_token_that_may_not_read_checks_still_finds_the_thread(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B)
    hub.fail("GET", "check-runs", 403, message="Resource not accessible by integration", times=9)
    assert find_thread(client, pull_event).checks == ()
