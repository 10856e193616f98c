"""The pull request as it is now, and what is to be written to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lanemark.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment that is ours by author and by the marker it starts with."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The pull request as GitHub knows it now.

    `event` is the pull request as an event of its own; `checks` are the external ids of our check runs on its head.
    """

    number: int
    open: bool
    head: str
    event: Event
    comments: tuple[OwnComment, ...] = ()
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One write, ready to be sent or printed.

    `landed` names it (comment marker, or external id of a check run), so that a POST with a doubtful answer can be looked up.
    DELETE, with an empty body, is only for comments of ours beyond the first.
    """

    kind: Literal["comment", "check"]
    method: Literal["POST", "PATCH", "DELETE"]
    path: str
    body: Mapping[str, Any]
    landed: str


Publication = tuple[Request, ...]


@dataclass(slots=True)
class Sent:
    """What became of a publication, in sentences: what was done, and what GitHub did not allow (the job summary still stands).

    `unmarked` says that check runs were among the refused, so that their remarks on lines stand nowhere yet.
    """

    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unmarked: bool = False
