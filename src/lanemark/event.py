"""What happened? A workflow's payload as a typed value; everything in it except numbers and digests is hostile text."""

import re

from msgspec.structs import replace

from lanemark.codec import Record, parse
from lanemark.errors import EventError


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


_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NOTHING = re.compile(r"0{40,64}")
LIMIT = 24 << 20
"""GitHub caps a payload at 25 MB."""


def local_event() -> Event:
    """Return the event of somebody at a terminal."""
    return Event(name="local")


def read_event(name: str, payload: bytes) -> Event:
    """Return the event `name` with the payload GitHub wrote; raise EventError for one we do not act on or cannot read."""
    told = _Fields(parse(payload, limit=LIMIT, source="the event file"), name)
    repository = told.at("repository")
    common = Event(
        name=name,
        action=told.text("action"),
        repository=repository.text("full_name"),
        repository_id=repository.number("id"),
        default_branch=repository.text("default_branch"),
    )
    match name:
        case "pull_request":
            return _read_pull(common, told.at("pull_request", needed=True))
        case "merge_group":
            group = told.at("merge_group", needed=True)
            fields = {"base": group.commit("base_sha"), "head": group.commit("head_sha"), "base_ref": group.text("base_ref")}
            return replace(common, **fields, head_ref=group.text("head_ref"), head_repository_id=common.repository_id)
        case "push":
            tip = told.commit("after")
            if tip is None:
                raise EventError("the branch was deleted, there is nothing to measure", help="skip this event in the workflow")
            return replace(
                common, base=told.commit("before"), head=tip, head_ref=told.text("ref"), head_repository_id=common.repository_id
            )
        case "workflow_run":
            return replace(common, run=_read_run(told.at("workflow_run", needed=True)))
        case "schedule" | "workflow_dispatch" | "repository_dispatch" | "release":
            return replace(common, head_repository_id=common.repository_id)
        case "pull_request_target":
            raise EventError(
                "pull_request_target gives a pull request's code the rights of the repository",
                help="use pull_request for lane-gate-pr.yml and workflow_run for lane-publish.yml",
            )
        case _:
            raise EventError(
                f"Lanemark does not act on {name!r}", help="use pull_request, merge_group, push, workflow_run or schedule"
            )


def _read_pull(common: Event, pull: "_Fields") -> Event:
    """Return the event of a pull request; a head whose repository is gone counts as a fork."""
    base, head = pull.at("base", needed=True), pull.at("head", needed=True)
    gone = head.at("repo").value == {}
    return replace(
        common,
        number=pull.number("number"),
        base=base.commit("sha"),
        base_ref=base.text("ref"),
        head=head.commit("sha"),
        head_ref=head.text("ref"),
        head_repository_id=0 if gone else head.at("repo").number("id"),
        labels=tuple(label.text("name") for label in pull.items("labels")),
    )


def _read_run(run: "_Fields") -> TriggeringRun:
    """Return the run a workflow_run event is about."""
    head = run.commit("head_sha")
    if head is None:
        raise EventError("workflow_run has no head_sha")
    source = run.at("head_repository")
    return TriggeringRun(
        id=run.number("id"),
        attempt=run.number("run_attempt") or 1,
        number=run.number("run_number"),
        event=run.text("event"),
        workflow_path=run.text("path"),
        conclusion=run.text("conclusion"),
        head_sha=head,
        head_branch=run.text("head_branch"),
        head_repository_id=source.number("id"),
        head_owner=source.at("owner").text("login"),
    )


class _Fields:
    """A payload's object, read field by field; what has the wrong type is an EventError that names the path."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise EventError(f"the event file: {path} is no object")
        self.value: dict[str, object] = value
        self._path = path

    def at(self, name: str, *, needed: bool = False) -> "_Fields":
        value = self.value.get(name)
        if value is None and needed:
            raise EventError(f"the event file: {self._path}.{name} is missing")
        return _Fields({} if value is None else value, f"{self._path}.{name}")

    def text(self, name: str) -> str:
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise EventError(f"the event file: {self._path}.{name} is no text")
        return value

    def number(self, name: str) -> int:
        value = self.value.get(name)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise EventError(f"the event file: {self._path}.{name} is no whole number")
        return value

    def commit(self, name: str) -> str | None:
        value = self.text(name)
        if not value or _NOTHING.fullmatch(value):
            return None
        if not _COMMIT.fullmatch(value):
            raise EventError(f"the event file: {self._path}.{name} is no commit")
        return value

    def items(self, name: str) -> list["_Fields"]:
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise EventError(f"the event file: {self._path}.{name} is no list")
        return [_Fields(item, f"{self._path}.{name}[{place}]") for place, item in enumerate(value)]
