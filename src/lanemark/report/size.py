"""Texts within GitHub's limits: rendered at the fullest level that fits, and never cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much is said: the most rows of every list, and whether log lines and more than the sentence stand there."""

    gates: int
    files: int
    ranges: int
    claims: int
    passing: int
    logs: bool = True
    only_sentence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most characters and UTF-8 bytes of one destination."""

    characters: int
    bytes: int

    def holds(self, text: str) -> bool:
        """Tell whether `text` fits."""
        return len(text) <= self.characters and len(text.encode("utf-8")) <= self.bytes


LEVELS = (
    Level(gates=8, files=50, ranges=40, claims=20, passing=100),
    Level(gates=8, files=25, ranges=5, claims=20, passing=40),
    Level(gates=8, files=10, ranges=5, claims=5, passing=10, logs=False),
    Level(gates=8, files=0, ranges=0, claims=0, passing=0, logs=False),
    Level(gates=0, files=0, ranges=0, claims=0, passing=0, logs=False, only_sentence=True),
)
"""The ladder of the comment and the checks; the last level is a sentence, a link and the state."""


def fit(render: Callable[[Level], str], budget: Budget, levels: Sequence[Level] = LEVELS) -> str:
    """Return the text of the first level that fits, of the last one if none does."""
    for level in levels[:-1]:
        if budget.holds(text := render(level)):
            return text
    return render(levels[-1])


@dataclass(frozen=True, slots=True)
class Shown(Generic[Item]):
    """The first items of a list, and how many more there are."""

    items: tuple[Item, ...]
    more: int


def first(items: Sequence[Item], most: int) -> Shown[Item]:
    """Return at most `most` of `items`, and the number of the rest."""
    return Shown(tuple(items[:most]), max(0, len(items) - most))
