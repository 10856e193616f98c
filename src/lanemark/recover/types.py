"""What is known of a failure, and what is said of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from lanemark.result import Cause, Confidence, FailureKind

Manager = Literal["pip", "uv", "npm", "pnpm", "yarn", "go"]
"""The package managers whose cache we know how to empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is free where `path` lies: bytes, the share of all bytes, and the share of all inodes (None: it has no such limit)."""

    path: str
    free_bytes: int
    free_share: float
    inodes_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the machine says of memory and disk; None where it does not tell.

    `oom_kills` counts the processes that the kernel ever ended for want of memory, here or on the whole machine. `memory_bytes`
    is what we may use: the machine's, or the limit of our control group.
    """

    oom_kills: int | None = None
    memory_bytes: int | None = None
    rooms: tuple[Room, ...] = ()


Mark = Mapping[str, tuple[int, ...] | None]
"""How files stood at some moment, by path: what of their stat changes when they are written; None where there was none."""


class Scene(Protocol):
    """The place where it happened."""

    def look(self, paths: tuple[str, ...]) -> Look:
        """Return what the machine says now, with the room where `paths` lie; never fails."""
        ...

    def mark(self, paths: tuple[str, ...]) -> Mark:
        """Return how the files `paths` stand now."""
        ...

    def is_newer(self, path: str, mark: Mark) -> bool:
        """Tell whether the file `path` was written since `mark`, which knows it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """What JUnit reports of one execution say: how many tests failed, and the names of the first of them."""

    __test__ = False

    failed: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one failed execution, strongest signals first.

    `kind` and `status` are how it ended, `said` what was said of it then. `interrupted` means that its run ended without a word.
    `oom_kills` are those since its start, None where nobody counts. `peak_bytes` is the largest process of its tree. `tests` is
    None where it wrote no report. `log` is the end of its log, hostile text.
    """

    run: str = ""
    kind: FailureKind = "exit"
    status: int = 0
    said: str = ""
    interrupted: bool = False
    oom_kills: int | None = None
    peak_bytes: int = 0
    memory_bytes: int | None = None
    rooms: tuple[Room, ...] = ()
    tests: TestReport | None = None
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What went wrong: the class, how sure that is, and the evidence (raw text in it), strongest first.

    `integrity` says that a package was not what its checksum promised. `manager` is the package manager that said so. `hosts` did
    not answer, `retry_after_s` is how long a server asked to be left alone. `retries` is what the user's own rule allows.
    """

    cause: Cause
    confidence: Confidence
    signs: tuple[str, ...]
    integrity: bool = False
    manager: Manager | None = None
    hosts: tuple[str, ...] = ()
    retry_after_s: float | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done before a stage runs again; `why_not` says why nothing is.

    `words` is the sentence for people. `manager` is whose cache is emptied first.
    """

    kind: Literal["none", "retry", "wait", "alone", "free-disk", "purge", "rerun-failed"]
    words: str = ""
    pause_s: float = 0.0
    manager: Manager | None = None
    why_not: str = ""


Random = Callable[[], float]
"""A number from 0 up to 1."""

Pause = Callable[[float], bool]
"""Waits so many seconds; False where the run was cancelled meanwhile."""

Longest = Mapping[str, float]
"""The longest that each stage took in earlier runs, in seconds."""
