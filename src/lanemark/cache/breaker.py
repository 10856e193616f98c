"""A level of the cache that fails again and again is left alone for the rest of the run."""

from dataclasses import dataclass, field
from typing import Literal

Part = Literal["reading", "writing"]

MOST = 3
"""After so many failures of one run a level is off: a full disk or a broken store would only be told once a stage."""


@dataclass(slots=True)
class Breaker:
    """Counts the failures of one run."""

    failures: dict[Part, int] = field(default_factory=dict)

    def note_failure(self, part: Part) -> bool:
        """Count one failure; return whether this is the one after which the part is off."""
        self.failures[part] = self.failures.get(part, 0) + 1
        return self.failures[part] == MOST
