"""Send a publication, each write once: a POST whose answer got lost is looked up before it is repeated."""

import time
from collections.abc import Callable

from lanemark.errors import GitHubError
from lanemark.github.api import Api, ForbiddenError, NotThereError, UnavailableError
from lanemark.github.threads import own_comments
from lanemark.publish.types import OwnComment, Publication, Request, Thread
from lanemark.report.marker import State, read_state

TRIES = 3
NOBODY = State(head="", run_id=0, run_number=0, attempt=0, digest="")


def send_publication(api: Api, publication: Publication, thread: Thread, *, settle_s: float, pause_s: float) -> list[str]:
    """Send each request; return what was done in sentences. A refused write is said, and the others are still sent.

    `settle_s` is how long a new comment may take to show up in lists; `pause_s` the wait before a doubtful POST is repeated.
    """
    said: list[str] = []
    for request in publication:
        try:
            if request.kind == "comment":
                said.append(_send_comment(api, request, thread, settle_s, pause_s))
            else:
                said.append(_send_check(api, request, thread, pause_s))
        except ForbiddenError as error:
            said.append(f"{request.kind} not written: {error.message}. {error.help}.")
    return said


def _send_check(api: Api, request: Request, thread: Thread, pause_s: float) -> str:
    """Post one completed check run."""

    def landed() -> bool:
        query = {"check_name": request.body["name"], "filter": "latest"}
        checks = api.pages(f"/commits/{thread.head}/check-runs", key="check_runs", query=query, most=2)
        return any(check.get("external_id") == request.landed for check in checks)

    _post_once(api, request, landed, pause_s)
    return f"check run {request.body['name']}: {request.body['conclusion']}"


def _send_comment(api: Api, request: Request, thread: Thread, settle_s: float, pause_s: float) -> str:
    """Edit our comment, or create it such that of several runs at once one comment is left: the oldest, with the newest text."""
    body = str(request.body["body"])
    if request.method == "PATCH":
        try:
            api.ask("PATCH", request.path, body=dict(request.body))
        except NotThereError:
            return "comment not written: it was deleted in the meantime"
        _settle(api, thread.number, body, created=False, settle_s=0.0)
        return "comment updated"

    def landed() -> bool:
        return any(comment.body.strip() == body.strip() for comment in own_comments(api, thread.number))

    _post_once(api, request, landed, pause_s)
    _settle(api, thread.number, body, created=True, settle_s=settle_s)
    return "comment created"


def _post_once(api: Api, request: Request, landed: Callable[[], bool], pause_s: float) -> None:
    """Send a POST until it is there, and no more often than that."""
    for tried in range(1, TRIES + 1):
        try:
            api.ask("POST", request.path, body=dict(request.body))
        except UnavailableError:
            time.sleep(pause_s * tried)
            if landed():
                return
            if tried == TRIES:
                raise
        else:
            return


def _settle(api: Api, number: int, body: str, *, created: bool, settle_s: float) -> None:
    """Bring several comments of ours down to one: the oldest stays and gets the newest run's text."""
    ends = time.monotonic() + settle_s
    while True:
        ours = sorted(own_comments(api, number), key=lambda comment: comment.id)
        seen = not created or any(comment.body.strip() == body.strip() for comment in ours)
        if len(ours) > 1 and seen:
            _keep_oldest(api, ours, body)
        if time.monotonic() >= ends:
            return
        time.sleep(min(0.2, max(settle_s / 5, 0.01)))


def _keep_oldest(api: Api, ours: list[OwnComment], body: str) -> None:
    """Give the oldest comment the newest text and delete the others; who is gone already is fine."""
    texts = [comment.body for comment in ours] + [body]
    newest = max(texts, key=lambda text: (read_state(text) or NOBODY).order)
    try:
        if ours[0].body != newest:
            api.ask("PATCH", f"/issues/comments/{ours[0].id}", body={"body": newest})
    except NotThereError:
        return
    for comment in ours[1:]:
        try:
            api.ask("DELETE", f"/issues/comments/{comment.id}")
        except NotThereError:
            continue
        except GitHubError:
            return
