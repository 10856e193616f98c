"""event -> change -> lane: what a run is about, before anything runs."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from lanemark.change import AddedLines, Change, FileHunks
from lanemark.change.read import Listing, exact_change, read_change
from lanemark.change.since import Repository
from lanemark.config.types import BaselineKind, Config, Lane
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.path import RepoPath
from lanemark.pipeline.decide import People, decide_lane
from lanemark.pipeline.policy import ReadConfig, Texts, read_policies, read_text
from lanemark.pipeline.settle import settle_sides


class Checkout(Repository, Protocol):
    """A repository that can be read at any commit, and stand beside itself."""

    def text(self, commit: str, path: RepoPath, limit: int) -> str | None:
        """Return a file of `commit`, None where there is none; raise DataError for one beyond `limit` bytes or not UTF-8."""
        ...

    def tracked(self, commit: str) -> tuple[RepoPath, ...]:
        """Return all paths of `commit`."""
        ...

    def generated(self, commit: str, paths: Sequence[RepoPath]) -> frozenset[RepoPath]:
        """Return which of `paths` the attributes of `commit` call generated or vendored."""
        ...

    def added_lines(self, base: str, tested: str, head: str) -> tuple[AddedLines, ...]:
        """Return the lines of `tested` that `base` does not have, with their numbers in `head`."""
        ...

    def hunks(self, base: str, tested: str) -> tuple[FileHunks, ...]:
        """Return which lines of `base` became which lines of `tested`."""
        ...

    def worktree(self, commit: str, folder: str) -> AbstractContextManager[str]:
        """Put `commit` at `folder` for as long as the context lasts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person or the workflow asked for; empty and None mean nothing special.

    `exact` compares `base` and `head` as they are, without looking for their merge base.
    """

    config: str = ".github/lanemark.yml"
    lane: str = ""
    base: str | None = None
    head: str | None = None
    stage: str = ""
    baseline: BaselineKind | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a run is about.

    `policy` decides about lanes, gates and rules (the base side's file, or head's own while the repository adopts Lanemark),
    `wanted` defines the head's stages. `notices` are sentences every report shows.
    """

    event: Event
    change: Change
    policy: Config
    wanted: Config
    adopting: bool
    choice: Choice
    notices: tuple[str, ...]

    @property
    def lane(self) -> Lane:
        """The chosen lane, as the policy has it."""
        return self.policy.lane(self.choice.lane)


class LastSource(Listing, Texts, People, Protocol):
    """GitHub, for what git cannot tell: a change, the base side's configuration, and who asked for a lane."""


def prepare_task(
    checkout: Checkout, event: Event, asked: Asked, last: LastSource | None = None, *, read: ReadConfig = read_text
) -> Task:
    """Return what is to be done for `event`; raise ConfigError when no side has a usable configuration.

    `last` is asked where git cannot tell what changed. Its base commit may then not be had: nothing is compared with it, but its
    configuration decides.
    """
    if asked.exact and asked.base is not None:
        change = exact_change(checkout, asked.base, asked.head or "HEAD")
    else:
        change = read_change(event, checkout, base=asked.base, head=asked.head, listing=last)
    texts = last if last is not None and change.source == "github" else checkout
    policy, wanted, notices = read_policies(texts, change, asked.config, read)
    if change.source == "github" and change.base is not None and not checkout.obtain(change.base):
        change = replace(change, base=None, reason=f"the base commit {change.base[:10]} could not be fetched")
    adopting = policy is None
    rules = wanted if policy is None else policy
    decided = decide_lane(change, event, rules, wanted=wanted, forced=asked.lane or event.lane or None, people=last)
    choice = decided.choice
    rules, wanted, said = settle_sides(
        checkout, change, rules, wanted, adopting=adopting, lane=choice.lane, event=event.name, stage=asked.stage
    )
    return Task(
        event=event,
        change=change,
        policy=rules,
        wanted=wanted,
        adopting=adopting,
        choice=choice,
        notices=(*notices, *decided.notices, *said),
    )
