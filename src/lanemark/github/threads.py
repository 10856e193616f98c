"""The pull request an event is about, as it is now: found by commit and repository, never by what an artifact says."""

from collections.abc import Iterator
from typing import Any

from lanemark.event import Event, TriggeringRun
from lanemark.github.api import Api, NotThereError
from lanemark.publish.types import OwnComment, Thread
from lanemark.report.marker import MARKER

BOTS = ("github-actions[bot]",)
"""Who we are when the token is the workflow's own; `GET /user` is refused to it, so it cannot be asked."""


def find_thread(api: Api, event: Event) -> Thread | None:
    """Return the pull request of an event, None where there is none that is open and whose head is the event's."""
    if event.run is not None:
        pull = next(_pulls_of_run(api, event, event.run), None)
    elif event.number is not None:
        pull = api.ask("GET", f"/pulls/{event.number}")
    else:
        pull = None
    return None if pull is None else read_thread(api, pull)


def read_thread(api: Api, pull: dict[str, Any]) -> Thread:
    """Return a pull request with our comments and check runs on it."""
    number, head = int(pull["number"]), str(pull["head"]["sha"])
    checks = api.pages(f"/commits/{head}/check-runs", key="check_runs", query={"filter": "latest"}, most=5)
    return Thread(
        number=number,
        open=pull["state"] == "open",
        head=head,
        event=pull_event(api, pull),
        comments=own_comments(api, number),
        checks=tuple(str(check["external_id"]) for check in checks if check.get("external_id")),
    )


def own_comments(api: Api, number: int) -> tuple[OwnComment, ...]:
    """Return our comments on a pull request over all pages, oldest first: ours by author and by the marker they start with."""
    return tuple(
        OwnComment(id=int(comment["id"]), body=str(comment["body"]))
        for comment in api.pages(f"/issues/{number}/comments")
        if str(comment.get("body") or "").startswith(MARKER)
        and (comment.get("user") or {}).get("type") == "Bot"
        and (comment.get("user") or {}).get("login") in BOTS
    )


def pull_event(api: Api, pull: dict[str, Any]) -> Event:
    """Return a pull request as an event of its own."""
    base, head = pull["base"], pull["head"]
    return Event(
        name="pull_request",
        repository=api.repository,
        repository_id=int(base["repo"]["id"]),
        default_branch=str(base["repo"].get("default_branch") or ""),
        number=int(pull["number"]),
        base=str(base["sha"]),
        base_ref=str(base["ref"]),
        head=str(head["sha"]),
        head_ref=str(head["ref"]),
        head_repository_id=int(head["repo"]["id"]) if head.get("repo") else 0,
        labels=tuple(str(label["name"]) for label in pull.get("labels") or ()),
    )


def _pulls_of_run(api: Api, event: Event, run: TriggeringRun) -> Iterator[dict[str, Any]]:
    """Yield the open pull requests whose head is exactly the run's: same commit, same repository, ours as base."""
    listed = api.pages("/pulls", query={"state": "open", "head": f"{run.head_owner}:{run.head_branch}"}, most=3)
    yield from (pull for pull in listed if _is_of_run(pull, event, run))
    try:
        known = api.ask("GET", f"/commits/{run.head_sha}/pulls")
    except NotThereError:
        return
    yield from (api.ask("GET", f"/pulls/{int(pull['number'])}") for pull in known if _is_of_run(pull, event, run))


def _is_of_run(pull: dict[str, Any], event: Event, run: TriggeringRun) -> bool:
    """Tell whether a pull request's head is the run's."""
    head, base = pull["head"], pull["base"]
    return (
        pull["state"] == "open"
        and head["sha"] == run.head_sha
        and (head.get("repo") or {}).get("id") == run.head_repository_id
        and base["repo"]["id"] == event.repository_id
    )
