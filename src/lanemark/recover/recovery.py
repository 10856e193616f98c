"""What one run knows and may do about failures of its stages."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from lanemark.config.types import RecoveryRule, Stage
from lanemark.recover.breaker import Breaker
from lanemark.recover.types import Longest, Pause, Random, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """How many bytes were made free, and which folders are the largest (`node_modules 1.2 GiB`, raw names)."""

    bytes: int = 0
    largest: tuple[str, ...] = ()


class Rooms(Protocol):
    """Our own folders, which may be emptied where a disk is full. Nothing of a workspace is ever deleted."""

    def free(self, root: str) -> Freed:
        """Remove what we kept and can make again, and say which folders at `root` and of ours are the largest."""
        ...


class Crowd(Protocol):
    """Lets in so many stages at a time, or one alone."""

    def enter(self, *, alone: bool = False) -> AbstractContextManager[None]:
        """Wait until there is a place (until nobody else is in, where `alone`) and keep it; StoppedError after a cancel."""
        ...

    def halve(self) -> None:
        """Let in half as many from now on, at least one."""
        ...


@dataclass(slots=True, kw_only=True)
class Recovery:
    """The rules and the outside of recoveries, for all stages of one run.

    `most` is the lane's cap on the retries of each stage, None where it has none; `longest` is how long they took at most.
    """

    scene: Scene
    crowd: Crowd
    rooms: Rooms
    pause: Pause
    random: Random
    rules: tuple[RecoveryRule, ...] = ()
    most: int | None = None
    longest: Longest = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)

    def allowed(self, stage: Stage) -> int:
        """Return how often `stage` may run again in this lane."""
        return stage.retries if self.most is None else min(stage.retries, self.most)
