"""What happened? A workflow's payload as a typed value; everything in it except numbers and digests is hostile text."""

import re
from collections.abc import Callable, Mapping
from typing import TypedDict

from msgspec.structs import replace

from lanemark.codec import Record, parse
from lanemark.errors import EventError
from lanemark.escape import visible

TAGS = "refs/tags/"


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


class Comment(Record, frozen=True, kw_only=True):
    """What somebody wrote below a pull request; `body` is as hostile as text can be, `author` is GitHub's word."""

    id: int
    author: str
    body: str


class Event(Record, frozen=True, kw_only=True):
    """One trigger, under GitHub's name for it, or `local` for a person at a terminal.

    Commits are 40-digit hexadecimal or None where the event has none. `base` is what the payload calls base (a branch tip for
    pull requests, the previous tip for pushes), not yet the commit to compare with. `lane` is the input of that name of a
    `workflow_dispatch`, which only people with write permission can start.
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
    lane: str = ""
    comment: Comment | None = None

    @property
    def fork(self) -> bool:
        """Whether the head lives in another repository than the base."""
        return self.head_repository_id is not None and self.head_repository_id != self.repository_id

    @property
    def tag(self) -> str:
        """The name of the tag that was pushed or released, empty for everything else."""
        return self.head_ref.removeprefix(TAGS) if self.name in ("push", "release") and self.head_ref.startswith(TAGS) else ""


PAYLOAD_LIMIT = 24 << 20
"""The most bytes of an event file that are read; GitHub's own limit for webhooks is 25 MB."""

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""A full commit id, SHA-1 or SHA-256."""

GONE = 0
"""Stands for a repository that was deleted; GitHub counts from 1, so it differs from every repository there is."""

NEVER_RUN = ("pull_request_target", "issue_comment")
"""Events that come with the base repository's token while what they are about is a pull request's code: no stage is ever run."""

LANE_INPUT = 200
"""The most characters of a lane's name that somebody typed in."""


def local_event() -> Event:
    """Return the event of a person at a terminal."""
    return Event(name="local")


def read_event(name: str, payload: bytes) -> Event:
    """Return the event that GitHub calls `name` and describes in `payload` (the file at GITHUB_EVENT_PATH).

    GitHub adds fields at any time, so only what is needed is looked at, and that strictly: a missing or mistyped field raises
    EventError with its JSON path, so does an event that Lanemark does not act on. Bytes that are not JSON raise DataError.
    """
    if name not in READERS:
        raise EventError(f"the event `{visible(name)}` is not one that Lanemark acts on", help=f"use one of {', '.join(READERS)}")
    plain = parse(payload, limit=PAYLOAD_LIMIT, source=f"the payload of the event `{name}`")
    return READERS[name](name, Field(plain, "$", name))


def refuse_running(event: Event) -> None:
    """Raise EventError for an event on which a pull request's code must never run; looking at it as data is fine."""
    if event.name in NEVER_RUN:
        raise EventError(
            f"the event `{event.name}` is not supported here: it runs with the base repository's token, "
            "and measuring means running the pull request's code",
            help="use `pull_request` to measure and `workflow_run` to publish, as the workflow templates do; "
            "`lanemark lane detect` works on it",
        )


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
    """Read a `pull_request` or `pull_request_target`. A deleted head repository reads as `GONE`, so it still is a fork's."""
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


def _read_release(name: str, payload: Field) -> Event:
    """Read a `release` payload; the commit is the checked out one."""
    tag = payload["release"]["tag_name"].text()
    return Event(name=name, action=payload["action"].text(), **_repository(payload), head_ref=TAGS + tag)


def _read_unrelated(name: str, payload: Field) -> Event:
    """Read an event that is about no commit in particular; not all senders of these name the repository."""
    return Event(name=name, **({} if payload["repository"].absent else _repository(payload)))


def _read_dispatch(name: str, payload: Field) -> Event:
    """Read a `workflow_dispatch` payload with its input `lane`; `auto` and an empty one ask for nothing."""
    inputs = payload["inputs"]
    given = inputs if inputs.absent else inputs["lane"]
    lane = "" if given.absent else given.text()
    if len(lane) > LANE_INPUT:
        raise given.wrong(f"the name of a lane, of at most {LANE_INPUT} characters")
    return replace(_read_unrelated(name, payload), lane="" if lane == "auto" else lane)


def _read_comment(name: str, payload: Field) -> Event:
    """Read an `issue_comment` payload. Below an issue that is no pull request `number` is None: there is nothing to do."""
    issue, comment = payload["issue"], payload["comment"]
    return Event(
        name=name,
        action=payload["action"].text(),
        **_repository(payload),
        number=None if issue["pull_request"].absent else issue["number"].number(),
        labels=tuple(label["name"].text() for label in issue["labels"].members()),
        comment=Comment(
            id=comment["id"].number(),
            author="" if comment["user"].absent else comment["user"]["login"].text(),
            body="" if comment["body"].absent else comment["body"].text(),
        ),
    )


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
    "pull_request_target": _read_pull_request,
    "merge_group": _read_merge_group,
    "push": _read_push,
    "release": _read_release,
    "schedule": _read_unrelated,
    "repository_dispatch": _read_unrelated,
    "workflow_dispatch": _read_dispatch,
    "workflow_run": _read_workflow_run,
    "issue_comment": _read_comment,
}
"""The events Lanemark acts on, and who reads each."""
