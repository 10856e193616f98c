"""What happened? A workflow's payload as a typed value; everything in it except numbers and digests is hostile text."""

import re
from collections.abc import Callable, Mapping
from typing import TypedDict

from lanemark.codec import Record, parse
from lanemark.errors import EventError
from lanemark.escape import visible


class TriggeringRun(Record, frozen=True, kw_only=True):
    """The run a `workflow_run` event is about, as GitHub (not the run) tells it."""

    id: int
    attempt: int
    number: int
    event: str
    workflow_path: str
    conclusion: str
    head_sha: str
    head_branch: str
    head_repository_id: int
    head_owner: str


class Event(Record, frozen=True, kw_only=True):
    """One trigger: `pull_request`, `merge_group`, `push`, `workflow_run`, `schedule`, `workflow_dispatch`, or `local`.

    Commits are 40-digit hexadecimal or None where the event has none. `base` is what the payload calls base (a branch tip for
    pull requests, the previous tip for pushes), not yet the commit to compare with.
    """

    name: str
    action: str = ""
    repository: str = ""
    repository_id: int = 0
    default_branch: str = ""
    number: int | None = None
    base: str | None = None
    base_ref: str = ""
    head: str | None = None
    head_ref: str = ""
    head_repository_id: int | None = None
    labels: tuple[str, ...] = ()
    run: TriggeringRun | None = None

    @property
    def fork(self) -> bool:
        """Whether the head lives in another repository than the base."""
        return self.head_repository_id is not None and self.head_repository_id != self.repository_id


PAYLOAD_LIMIT = 24 << 20
"""The most bytes of an event file that are read; GitHub's own limit for webhooks is 25 MB."""

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""A full commit id, SHA-1 or SHA-256."""

GONE = 0
"""Stands for a repository that was deleted; GitHub counts from 1, so it differs from every repository there is."""

UNSUPPORTED = {
    "pull_request_target": (
        "it runs with the base repository's token, and measuring means running the pull request's code",
        "use `pull_request` to measure and `workflow_run` to publish, as the workflow templates do",
    ),
}
"""Events that are refused for a reason of their own, and what to use."""


def local_event() -> Event:
    """Return the event of a person at a terminal."""
    return Event(name="local")


def read_event(name: str, payload: bytes) -> Event:
    """Return the event that GitHub calls `name` and describes in `payload` (the file at GITHUB_EVENT_PATH).

    GitHub adds fields at any time, so only what is needed is looked at, and that strictly: a missing or mistyped field raises
    EventError with its JSON path, so does an event that Lanemark does not act on. Bytes that are not JSON raise DataError.
    """
    if name in UNSUPPORTED:
        reason, instead = UNSUPPORTED[name]
        raise EventError(f"the event `{name}` is not supported: {reason}", help=instead)
    if name not in READERS:
        raise EventError(f"the event `{visible(name)}` is not one that Lanemark acts on", help=f"use one of {', '.join(READERS)}")
    plain = parse(payload, limit=PAYLOAD_LIMIT, source=f"the payload of the event `{name}`")
    return READERS[name](name, Field(plain, "$", name))


class _Repository(TypedDict, total=False):
    """The fields of an event that say where it happened."""

    repository: str
    repository_id: int
    default_branch: str


class Field:
    """One place in a payload, which knows its JSON path and says it when it is not what it must be."""

    def __init__(self, value: object, path: str, event: str) -> None:
        """Stand at `path` with its `value`, in the payload of `event`."""
        self.value = value
        self.path = path
        self.event = event

    def __getitem__(self, key: str) -> "Field":
        """Return the member `key` of an object; null where the object lacks it."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return Field(self.value.get(key), f"{self.path}.{key}", self.event)

    @property
    def absent(self) -> bool:
        """Whether it is missing or null, which GitHub does not tell apart."""
        return self.value is None

    def text(self) -> str:
        """Return a string."""
        if not isinstance(self.value, str):
            raise self.wrong("a string")
        return self.value

    def number(self) -> int:
        """Return a whole number from 1, as all ids and counters of GitHub are."""
        if type(self.value) is not int or self.value < 1:
            raise self.wrong("a number from 1")
        return self.value

    def commit(self) -> str:
        """Return a full commit id."""
        if not isinstance(self.value, str) or not COMMIT.fullmatch(self.value):
            raise self.wrong("a commit id of 40 or 64 hexadecimal digits")
        return self.value

    def members(self) -> "list[Field]":
        """Return the members of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [Field(value, f"{self.path}[{index}]", self.event) for index, value in enumerate(self.value)]

    def wrong(self, wanted: str) -> EventError:
        """Return the error that says this is not what was `wanted`."""
        found = "is missing" if self.value is None else f"is {_kind(self.value)}"
        return EventError(
            f"the payload of the event `{self.event}`: {self.path} {found}, it must be {wanted}",
            help="give the file that GitHub wrote at GITHUB_EVENT_PATH, with the event's name from GITHUB_EVENT_NAME",
        )


def _kind(value: object) -> str:
    """Return what kind of JSON value this is; the value itself is hostile text and is not shown."""
    if isinstance(value, bool):
        return "true or false"
    names = {str: "another text", int: "another number", float: "a fraction", list: "a list", dict: "an object"}
    return names[type(value)]


def _read_pull_request(name: str, payload: Field) -> Event:
    """Read a `pull_request` payload. A head repository that was deleted reads as `GONE`, so it still counts as a fork."""
    pull = payload["pull_request"]
    base, head = pull["base"], pull["head"]
    return Event(
        name=name,
        action=payload["action"].text(),
        **_repository(payload),
        number=pull["number"].number(),
        base=base["sha"].commit(),
        base_ref=base["ref"].text(),
        head=head["sha"].commit(),
        head_ref=head["ref"].text(),
        head_repository_id=GONE if head["repo"].absent else head["repo"]["id"].number(),
        labels=tuple(label["name"].text() for label in pull["labels"].members()),
    )


def _read_merge_group(name: str, payload: Field) -> Event:
    """Read a `merge_group` payload."""
    group = payload["merge_group"]
    return Event(
        name=name,
        action=payload["action"].text(),
        **_repository(payload),
        base=group["base_sha"].commit(),
        base_ref=_branch(group["base_ref"].text()),
        head=group["head_sha"].commit(),
        head_ref=_branch(group["head_ref"].text()),
    )


def _read_push(name: str, payload: Field) -> Event:
    """Read a `push` payload; GitHub writes zeros for a tip that was not (a new branch) or is no more (a deleted one)."""
    before, after = payload["before"].commit(), payload["after"].commit()
    if not after.strip("0"):
        raise EventError("this push deleted a branch or tag; there is no commit to test", help="run on pushes of commits only")
    return Event(
        name=name,
        **_repository(payload),
        base=before if before.strip("0") else None,
        head=after,
        head_ref=_branch(payload["ref"].text()),
    )


def _read_unrelated(name: str, payload: Field) -> Event:
    """Read an event that is about no commit in particular; not all senders of these name the repository."""
    return Event(name=name, **({} if payload["repository"].absent else _repository(payload)))


def _read_workflow_run(name: str, payload: Field) -> Event:
    """Read a `workflow_run` payload: what GitHub says of the run that triggered this one, whose artifacts are hostile."""
    run = payload["workflow_run"]
    home = run["head_repository"]
    triggering = TriggeringRun(
        id=run["id"].number(),
        attempt=run["run_attempt"].number(),
        number=run["run_number"].number(),
        event=run["event"].text(),
        workflow_path=run["path"].text(),
        conclusion="" if run["conclusion"].absent else run["conclusion"].text(),
        head_sha=run["head_sha"].commit(),
        head_branch="" if run["head_branch"].absent else run["head_branch"].text(),
        head_repository_id=GONE if home.absent else home["id"].number(),
        head_owner="" if home.absent else home["owner"]["login"].text(),
    )
    return Event(
        name=name,
        action=payload["action"].text(),
        **_repository(payload),
        head=triggering.head_sha,
        head_ref=triggering.head_branch,
        head_repository_id=triggering.head_repository_id,
        run=triggering,
    )


def _repository(payload: Field) -> _Repository:
    """Return the fields of the repository that the event happened in."""
    repository = payload["repository"]
    return {
        "repository": repository["full_name"].text(),
        "repository_id": repository["id"].number(),
        "default_branch": repository["default_branch"].text(),
    }


def _branch(ref: str) -> str:
    """Return a branch's name without `refs/heads/`; tags keep their whole name, so that none is taken for a branch."""
    return ref.removeprefix("refs/heads/")


READERS: Mapping[str, Callable[[str, Field], Event]] = {
    "pull_request": _read_pull_request,
    "merge_group": _read_merge_group,
    "push": _read_push,
    "schedule": _read_unrelated,
    "workflow_dispatch": _read_unrelated,
    "workflow_run": _read_workflow_run,
}
"""The events Lanemark acts on, and who reads each."""
