"""Protocols of the outside that several rooms need; one that a single room needs lives in that room."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from lanemark.metric import Usage
from lanemark.tree import Tree

Pass = Literal["time", "memory"]
"""`time`: nothing but the kernel's accounting. `memory`: a sampler looks at the tree, so times are not to be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One process tree to start, with its own session, closed stdin, and its output in files (None: thrown away)."""

    argv: tuple[str, ...]
    cwd: str
    environment: Mapping[str, str]
    stdout: str | None = None
    stderr: str | None = None
    timeout_s: float | None = None
    account: Pass = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a process tree ended.

    `status` is the exit status, or 128 + n for signal n, or 127 with `error` set where it could not be started at all.
    `timed_out` and `cancelled` say that *we* ended it, whatever the status is. `flooded` says that it printed more than is kept:
    we ended it, or it had just ended, and `status` is never 0. `survivors` counts what it left behind and had to be ended.
    `sampler_s` is the CPU time that our own looks at the tree took, None in a timing pass, which has none. `peak_bytes` is the
    memory of the largest process of the tree that was waited for, 0 where nobody knows; small figures may be our own.
    """

    status: int
    usage: Usage
    timed_out: bool = False
    cancelled: bool = False
    error: str = ""
    flooded: bool = False
    survivors: int = 0
    sampler_s: float | None = None
    peak_bytes: int = 0


class Processes(Protocol):
    """Starts, accounts and ends process trees."""

    def run(self, command: Command) -> Exit:
        """Run `command` to its end; nothing of its tree outlives the call."""
        ...


class Files(Protocol):
    """Bytes on disk: limited and in pieces in, atomic out."""

    def chunks(self, path: str, *, limit: int) -> Iterator[bytes]:
        """Yield the file's bytes in pieces; raise DataError when it is missing, not a regular file, or longer than `limit`."""
        ...

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file, under the same rules as `chunks`."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Replace the file as a whole, making its folders; a reader sees the old or the new bytes, never a mixture."""
        ...

    def tail(self, path: str, *, limit: int) -> bytes:
        """Return the last `limit` bytes of a log, empty where there is none."""
        ...


class Trees(Protocol):
    """Snapshots of declared paths below `root`; nothing outside them is read or written, and no link is followed."""

    def take(self, root: str, patterns: tuple[str, ...]) -> Tree:
        """Return what stands now under `patterns` (the dialect of `pattern`), without keeping the bytes."""
        ...

    def keep(self, root: str, outputs: tuple[str, ...]) -> Tree:
        """Return what stands now under `outputs` (exact paths, or folders with a trailing slash) and keep its bytes for `put`."""
        ...

    def put(self, root: str, outputs: tuple[str, ...], tree: Tree) -> None:
        """Make `outputs` exactly `tree`, which `keep` returned: restore what differs, delete what it lacks."""
        ...

    def evict(self, root: str, patterns: tuple[str, ...]) -> int:
        """Drop the files under `patterns` from the page cache and return how many; 0 where this platform cannot."""
        ...

    def chunks(self, digest: str) -> Iterator[bytes]:
        """Yield in pieces the content (a link's target) that `keep` kept under `digest`; DataError where it is not whole."""
        ...

    def missing(self, root: str, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """Return the declared outputs that are not there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the kernel has counted on the whole machine since it started, seconds summed over all cores.

    `pressure_s` is the time in which at least one task waited for a core. `load` and `mhz` are of this moment. None where this
    platform does not tell.
    """

    at_s: float
    cores: int = 1
    busy_s: float | None = None
    idle_s: float | None = None
    iowait_s: float | None = None
    steal_s: float | None = None
    pressure_s: float | None = None
    load: float | None = None
    mhz: float | None = None


class Gauges(Protocol):
    """What the rest of the machine does; one look costs far below a millisecond and never fails."""

    def read(self) -> Counters:
        """Return the counters as they are now."""
        ...


T = TypeVar("T")


class Workers(Protocol[T]):
    """Does pieces of work beside each other; whoever starts them says how many at a time."""

    def start(self, work: Callable[[], T]) -> None:
        """Begin `work`, perhaps in another thread."""
        ...

    def wait(self) -> T:
        """Return what the next work that ends gives, or raise what it raised; others still run then, until `stop`."""
        ...

    def stop(self) -> None:
        """End what still runs and return when all of it ended; costs nothing where nothing runs."""
        ...


class Clock(Protocol):
    """Time as an argument."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    def utc(self) -> str:
        """Now, as `2026-11-21T14:03:00Z`."""
        ...


Say = Callable[[str], None]
"""Where talk goes (stderr); one call a line, already escaped for a log."""
