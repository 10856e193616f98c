"""Which writes a judged run means for a pull request, given what is there already."""

from lanemark.config.types import PublishRules
from lanemark.judge.types import Judgement, Verdict
from lanemark.publish.types import OwnComment, Publication, Request, Thread
from lanemark.report.marker import State, read_state, without_state
from lanemark.report.types import Annotation, Check, Pages

MOST_ANNOTATIONS = 50
"""GitHub takes this many in one request."""


def plan_publication(
    pages: Pages,
    judgement: Judgement,
    thread: Thread,
    *,
    tested_head: str,
    rules: PublishRules,
    run_id: int,
    run_number: int,
    attempt: int,
) -> tuple[Publication, str]:
    """Return the writes, ready to be sent or printed, and a sentence about why there are these, or none.

    None where the pull request is closed, where its head moved on, or where a newer run has written already.
    """
    if not thread.open:
        return (), f"Pull request {thread.number} is closed, so nothing is written."
    if thread.head != tested_head:
        return (), f"Pull request {thread.number} has a newer commit than {tested_head[:7]}, so nothing is written."
    mine = State(head=tested_head, run_id=run_id, run_number=run_number, attempt=attempt, digest="")
    if any(is_newer(state, mine) for comment in thread.comments if (state := read_state(comment.body)) is not None):
        return (), f"A newer run has written to pull request {thread.number} already, so nothing is written."
    comment, why = _plan_comment(pages, judgement, thread, rules)
    checks = tuple(
        request
        for check in pages.checks
        if (request := _plan_check(check, thread, f"{run_id}:{attempt}:{check.name}")) is not None and rules.check_runs
    )
    return (*comment, *checks), why


def is_newer(there: State, mine: State) -> bool:
    """Tell whether a comment was written by a later run than ours, for the same head."""
    return there.head == mine.head and there.order > mine.order


def _plan_comment(pages: Pages, judgement: Judgement, thread: Thread, rules: PublishRules) -> tuple[Publication, str]:
    """Return the write to our comment, if one is due, and why."""
    if rules.comment == "off":
        return (), "Comments are off."
    if not thread.comments:
        wanted = {
            "always": True,
            "changes": judgement.verdict is not Verdict.PASS or bool(judgement.notices),
            "failures": judgement.verdict is Verdict.FAIL,
        }[rules.comment]
        if not wanted:
            return (), f"No comment: comment is {rules.comment}, and there is nothing to say."
        path = f"/issues/{thread.number}/comments"
        return (
            Request(kind="comment", method="POST", path=path, body={"body": pages.comment}, landed="comment"),
        ), "A new comment."
    oldest: OwnComment = min(thread.comments, key=lambda comment: comment.id)
    if len(thread.comments) == 1 and without_state(oldest.body) == without_state(pages.comment):
        return (), "The comment says the same already."
    path = f"/issues/comments/{oldest.id}"
    return (
        Request(kind="comment", method="PATCH", path=path, body={"body": pages.comment}, landed="comment"),
    ), "The comment is edited."


def _plan_check(check: Check, thread: Thread, external_id: str) -> Request | None:
    """Return the one completed POST of a check run, None where this run wrote it before."""
    if external_id in thread.checks:
        return None
    output: dict[str, object] = {"title": check.title, "summary": check.summary}
    if check.annotations:
        output["annotations"] = [_annotation(one) for one in check.annotations[:MOST_ANNOTATIONS]]
    body = {
        "name": check.name,
        "head_sha": thread.head,
        "status": "completed",
        "conclusion": check.conclusion,
        "external_id": external_id,
        "output": output,
    }
    return Request(kind="check", method="POST", path="/check-runs", body=body, landed=external_id)


def _annotation(one: Annotation) -> dict[str, object]:
    """Return an annotation as the API wants it."""
    return {
        "path": one.path,
        "start_line": one.start,
        "end_line": one.end,
        "annotation_level": one.level,
        "title": one.title,
        "message": one.message,
    }
