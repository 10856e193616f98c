"""Publications against the emulator: once, in order, and one comment however many write at once."""

import threading

import pytest

from emulator.server import READ_TOKEN
from lanemark.config.types import PublishRules
from lanemark.errors import GitHubError
from lanemark.github.faults import AnswerError
from lanemark.github.patience import Patience
from lanemark.github.send import send_publication
from lanemark.github.threads import find_thread
from lanemark.judge.types import Judgement, Verdict
from lanemark.publish.plan import plan_publication
from lanemark.publish.types import Request
from lanemark.report.marker import MARKER, write_state
from lanemark.report.types import Annotation, Check, Pages

A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
FAILED = Judgement(verdict=Verdict.FAIL, exit_status=3, lane="standard", gates=())
RULES = PublishRules()


def comment(run_number, head=C, text="failed"):
    state = write_state(head=head, run_id=run_number, run_number=run_number, attempt=1, digest="d")
    return f"{MARKER}\n### Lanemark: {text}, said by run {run_number}\n\n{state}"


def pages(run_number=5, *, checks=("Lanemark SLA",)):
    note = Annotation(path="a.py", start=1, end=2, level="warning", title="t", message="m")
    shapes = tuple(Check(name=name, conclusion="failure", title="t", summary="s", annotations=(note,)) for name in checks)
    return Pages(sentence="s", comment=comment(run_number), summary="", csv="", html=None, checks=shapes)


@pytest.fixture(autouse=True)
def _pull(hub):
    hub.add_pull(7, head_sha=C, base_sha=B)


def prepare(client, event, run_number=5, **more):
    """The planning half of `publish`: what is there, and what to write."""
    thread = find_thread(client, event)
    publication, _ = plan_publication(
        pages(run_number, **more),
        FAILED,
        thread,
        tested_head=C,
        rules=RULES,
        repository="octo-org/shop",
        run_id=run_number,
        attempt=1,
    )
    return publication, thread


def publish(client, event, run_number=5, **more):
    return send_publication(client, *prepare(client, event, run_number, **more))


def bodies(hub):
    return [each.body for each in hub.comments.values()]


def test_a_comment_and_a_check_run_are_written(hub, client, pull_event):
    sent = publish(client, pull_event)
    assert sent.done == ["commented on #7", "posted the check run Lanemark SLA"]
    assert sent.refused == []
    assert bodies(hub) == [comment(5)]
    (check,) = hub.checks.values()
    assert (check["status"], check["conclusion"], check["head_sha"], check["external_id"]) == (
        "completed",
        "failure",
        C,
        "5:1:Lanemark SLA",
    )
    assert check["output"]["annotations"][0]["path"] == "a.py"


def test_a_second_run_edits_the_comment_and_the_same_run_writes_nothing(hub, client, pull_event):
    publish(client, pull_event)
    assert publish(client, pull_event, 6).done[0] == "edited the comment on #7"
    before = len(hub.sent("POST")) + len(hub.sent("PATCH"))
    assert publish(client, pull_event, 6).done == []
    assert len(hub.sent("POST")) + len(hub.sent("PATCH")) == before
    assert bodies(hub) == [comment(6)]


def test_a_comment_on_the_third_page_is_edited_not_doubled(hub, client, pull_event):
    for number in range(230):
        hub.add_comment(7, f"talk {number}", login="octocat", kind="User")
    hub.add_comment(7, comment(1, head=B))
    publish(client, pull_event)
    assert [body for body in bodies(hub) if body.startswith(MARKER)] == [comment(5)]


def test_a_strangers_marker_is_left_alone(hub, client, pull_event):
    hub.add_comment(7, comment(1, head=B), login="mallory", kind="User")
    publish(client, pull_event)
    assert bodies(hub) == [comment(1, head=B), comment(5)]


def test_two_of_ours_become_one(hub, client, pull_event):
    oldest = hub.add_comment(7, comment(1, head=B))
    hub.add_comment(7, comment(2, head=B))
    publish(client, pull_event)
    assert {each.id: each.body for each in hub.comments.values()} == {oldest.id: comment(5)}


@pytest.mark.parametrize("status", [502, None])
def test_writes_that_landed_with_a_bad_answer_are_not_doubled(hub, client, pull_event, status):
    hub.fail("POST", "comments", status, applied=True)
    hub.fail("POST", "check-runs", status, applied=True)
    publish(client, pull_event)
    assert len(bodies(hub)) == len(hub.checks) == 1
    assert len(hub.sent("POST")) == 2


def test_an_edit_that_fails_is_repeated(hub, client, pull_event):
    hub.add_comment(7, comment(1, head=B))
    hub.fail("PATCH", "comments", 502)
    publish(client, pull_event)
    assert bodies(hub) == [comment(5)]


def test_a_comment_deleted_between_list_and_edit_is_not_fought_over(hub, client, pull_event):
    doomed = hub.add_comment(7, comment(1, head=B))
    publication, thread = prepare(client, pull_event)
    hub.after("GET", "issues/7/comments", lambda: hub.comments.pop(doomed.id))
    send_publication(client, publication, thread)
    assert hub.sent("PATCH")[-1].status == 404
    assert bodies(hub) == []


def test_a_token_that_may_not_write_is_said_so_and_nothing_raised(hub, connect, pull_event):
    client = connect(READ_TOKEN)
    sent = publish(client, pull_event)
    assert sent.done == []
    assert len(sent.refused) == 2
    assert "pull-requests: write" in sent.refused[0]
    assert "checks: write" in sent.refused[1]
    assert "job summary" in sent.refused[0]


def test_a_check_run_refused_does_not_lose_the_comment(hub, client, pull_event):
    hub.fail("POST", "check-runs", 403, message="Resource not accessible by integration")
    sent = publish(client, pull_event)
    assert bodies(hub) == [comment(5)]
    assert len(sent.refused) == 1


def test_github_down_is_an_error_after_everything_was_tried(hub, client, pull_event):
    hub.fail("POST", "comments", 500, times=99)
    with pytest.raises(AnswerError, match="500"):
        publish(client, pull_event)
    assert len(hub.checks) == 1


def test_a_head_that_moves_between_plan_and_write_leaves_the_comment(hub, client, pull_event):
    publication, thread = prepare(client, pull_event, checks=())
    hub.pulls[7].head_sha = D
    sent = send_publication(client, publication, thread)
    assert "moved on" in sent.done[0]
    assert bodies(hub) == []


def test_a_newer_run_that_writes_between_plan_and_write_wins(hub, client, pull_event):
    publication, thread = prepare(client, pull_event, checks=())
    hub.add_comment(7, comment(9))
    sent = send_publication(client, publication, thread)
    assert "newer run" in sent.done[0]
    assert bodies(hub) == [comment(9)]


def test_a_newer_run_that_is_overwritten_by_an_older_one_mends_it(hub, client, pull_event):
    hub.add_comment(7, comment(1, head=B))
    only = next(iter(hub.comments.values()))
    hub.after("PATCH", "comments", lambda: setattr(only, "body", comment(4)))
    publish(client, pull_event, 9, checks=())
    assert bodies(hub) == [comment(9)]


def test_a_request_outside_the_repository_is_never_sent(hub, client, pull_event):
    _, thread = prepare(client, pull_event)
    stray = Request(
        kind="comment", method="PATCH", path="/repos/octo-org/shop2/issues/comments/1", body={"body": "x"}, landed=MARKER
    )
    count = len(hub.exchanges)
    with pytest.raises(GitHubError, match="not in octo-org/shop"):
        send_publication(client, (stray,), thread)
    assert len(hub.exchanges) == count


@pytest.mark.parametrize("lag", [0.0, 0.1])
@pytest.mark.parametrize("existing", [False, True])
def test_four_runs_at_once_leave_one_comment_with_the_newest_text(hub, connect, pull_event, lag, existing):
    """All four look before any has written, and lists lag behind creation; the settle time is longer than the lag."""
    if existing:
        hub.add_comment(7, comment(1, head=B))
    hub.list_lag_s = lag
    patience = Patience(between_requests=0, between_writes=0, settle=0.25)
    prepared = [(connect(patience=patience), number) for number in (12, 15, 11, 14)]
    plans = [(client, *prepare(client, pull_event, number, checks=())) for client, number in prepared]
    barrier = threading.Barrier(4)
    failures = []

    def run(client, publication, thread):
        barrier.wait()
        try:
            send_publication(client, publication, thread)
        except Exception as fault:
            failures.append(fault)

    workers = [threading.Thread(target=run, args=each) for each in plans]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert bodies(hub) == [comment(15)]
