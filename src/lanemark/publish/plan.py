"""Which writes say on GitHub what the verdict is, given what stands there? None is an answer too, and it has a reason."""

from typing import Any

from lanemark.config.types import PublishRules
from lanemark.judge.types import Judgement, Verdict
from lanemark.publish.types import OwnComment, Publication, Request, Thread
from lanemark.report.marker import MARKER, read_state, says_the_same
from lanemark.report.resolved import tell_resolved
from lanemark.report.types import Annotation, Check, Pages

MAX_ANNOTATIONS = 50
"""GitHub takes no more in one request; our check runs are one request each."""


def plan_publication(
    pages: Pages,
    judgement: Judgement,
    thread: Thread,
    *,
    tested_head: str,
    rules: PublishRules,
    repository: str,
    run_id: int,
    attempt: int,
) -> tuple[Publication, str]:
    """Return the writes, and a sentence that says what they do or why there are none.

    Nothing is written on a closed pull request, when its head is not `tested_head` any more, or when a newer run has written of
    the same head. `repository` is OWNER/NAME.
    """
    if why := _obstacle(pages, thread, tested_head):
        return (), f"Nothing was written: {why}."
    comment = _comment_requests(pages, judgement, thread, rules, repository)
    checks = _check_requests(pages, thread, repository, f"{run_id}:{attempt}") if rules.check_runs else ()
    return (*comment, *checks), _sentence(thread, comment, checks, rules)


def is_newer(body: str, than: str, *, head: str) -> bool:
    """Tell whether a comment's `body` may not be overwritten with `than`: a later run wrote it, of the head that stands now.

    What was written of another head is out of date however late it came.
    """
    theirs, ours = read_state(body), read_state(than)
    if theirs is None or theirs.head != head:
        return False
    return ours is None or ours.head != head or theirs.order > ours.order


def _obstacle(pages: Pages, thread: Thread, tested_head: str) -> str:
    if not thread.open:
        return f"pull request #{thread.number} is closed"
    if thread.head != tested_head:
        return f"pull request #{thread.number} moved on from {tested_head[:12]} to {thread.head[:12]}, whose own run will report"
    if any(is_newer(own.body, pages.comment, head=thread.head) for own in thread.comments):
        return f"a newer run has reported on {thread.head[:12]} already"
    return ""


def _comment_requests(pages: Pages, judgement: Judgement, thread: Thread, rules: PublishRules, repository: str) -> Publication:
    if rules.comment == "off":
        return ()
    own = sorted(thread.comments, key=lambda each: each.id)
    if not own:
        return (_create(pages, thread, repository),) if _is_worth_a_comment(judgement, rules) else ()
    text = tell_resolved(pages.comment, read_state(own[0].body))
    surplus = tuple(_delete(each, repository) for each in own[1:])
    if says_the_same(own[0].body, text):
        return surplus
    path = f"/repos/{repository}/issues/comments/{own[0].id}"
    edit = Request(kind="comment", method="PATCH", path=path, body={"body": text}, landed=MARKER)
    return (edit, *surplus)


def _is_worth_a_comment(judgement: Judgement, rules: PublishRules) -> bool:
    """A first comment interrupts people; an existing one is always kept up to date."""
    match rules.comment:
        case "always":
            return True
        case "failures":
            return judgement.verdict is Verdict.FAIL
        case "changes":
            gates = any(gate.verdict is not Verdict.PASS for gate in judgement.gates)
            return judgement.verdict is not Verdict.PASS or gates or bool(judgement.notices)
        case "off":
            return False


def _create(pages: Pages, thread: Thread, repository: str) -> Request:
    path = f"/repos/{repository}/issues/{thread.number}/comments"
    return Request(kind="comment", method="POST", path=path, body={"body": pages.comment}, landed=MARKER)


def _delete(own: OwnComment, repository: str) -> Request:
    path = f"/repos/{repository}/issues/comments/{own.id}"
    return Request(kind="comment", method="DELETE", path=path, body={}, landed=MARKER)


def _check_requests(pages: Pages, thread: Thread, repository: str, run: str) -> Publication:
    """One completed POST each: a check run that is created first and finished later stays yellow for ever when the job dies."""
    named = [(check, f"{run}:{check.name}") for check in pages.checks]
    return tuple(
        Request(
            kind="check",
            method="POST",
            path=f"/repos/{repository}/check-runs",
            body=_check_body(check, external_id, thread.head),
            landed=external_id,
        )
        for check, external_id in named
        if external_id not in thread.checks
    )


def _check_body(check: Check, external_id: str, head: str) -> dict[str, Any]:
    shown = [each for each in check.annotations if _is_acceptable(each)][:MAX_ANNOTATIONS]
    output: dict[str, Any] = {"title": check.title, "summary": check.summary}
    if shown:
        output["annotations"] = [_annotation_body(each) for each in shown]
    return {
        "name": check.name,
        "head_sha": head,
        "status": "completed",
        "conclusion": check.conclusion,
        "external_id": external_id,
        "output": output,
    }


def _is_acceptable(annotation: Annotation) -> bool:
    """GitHub refuses the whole check run for one path it cannot store: not UTF-8, or letters beyond the basic plane."""
    return annotation.path == _basic(annotation.path) and 1 <= annotation.start <= annotation.end


def _annotation_body(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": annotation.start,
        "end_line": annotation.end,
        "annotation_level": annotation.level,
        "title": _basic(annotation.title),
        "message": _basic(annotation.message),
    }


def _basic(text: str) -> str:
    """Replace what annotations cannot hold: letters beyond the basic plane (emoji) and lone surrogates."""
    return "".join("\ufffd" if ord(char) > 0xFFFF or 0xD800 <= ord(char) <= 0xDFFF else char for char in text)


def _sentence(thread: Thread, comment: Publication, checks: Publication, rules: PublishRules) -> str:
    done = []
    if comment:
        verb = "creates" if comment[0].method == "POST" else "edits" if comment[0].method == "PATCH" else "removes copies of"
        done.append(f"{verb} the comment on #{thread.number}")
    if checks:
        done.append(f"posts {len(checks)} check run{'s' if len(checks) > 1 else ''} on {thread.head[:12]}")
    if done:
        return f"Lanemark {' and '.join(done)}."
    if thread.comments:
        return "Nothing was written: everything is said already."
    return f"Nothing was written: there is nothing to say (`comment: {rules.comment}`)."
