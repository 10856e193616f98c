"""What executing takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lanemark.config.each import file_name
from lanemark.config.types import Stage
from lanemark.metric import Usage
from lanemark.plan import Plan, Step
from lanemark.ports import Clock, Files, Gauges, Processes, Say, Trees, Workers
from lanemark.result import Outcome, Side
from lanemark.run.watch import Watch, Watches

if TYPE_CHECKING:
    from lanemark.recover.recovery import Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One side's tree at `root`, the stages and the plan as that side declares them, and the folder for its logs."""

    side: Side
    root: str
    stages: Mapping[str, Stage]
    plan: Plan
    logs: str

    def log(self, name: str) -> str:
        """Return where the log files of a stage stand, without their endings."""
        return f"{self.logs}/{file_name(name)}"


Ended = tuple[Step, Outcome]
"""A step that came to its end, and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The outside a stage needs.

    `environment` is the allow-list and holds no token. `guard` is an unguessable word that fences a stage's output off from
    GitHub's workflow commands; None outside of Actions. Without `gauges` nothing is known of the machine around the stages,
    and without `workers` they run one at a time, in this thread. `watch` is told what happens. `secrets` are texts of which no
    stage knows and that no log may show. Without `recovery` no failure is looked into, and none is tried again; it is called when
    the first stage runs.
    """

    processes: Processes
    files: Files
    trees: Trees
    clock: Clock
    environment: Mapping[str, str]
    say: Say
    guard: str | None = None
    gauges: Gauges | None = None
    workers: Workers[Ended] | None = None
    watch: Watch = field(default_factory=Watches)
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    recovery: "Callable[[], Recovery] | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One stage, once: what became of it, what it used, and what looking at it cost (None where nobody looked).

    `peak_bytes` is the memory of the largest process of its tree, as far as the kernel told.
    """

    outcome: Outcome
    usage: Usage
    sampler_s: float | None = None
    peak_bytes: int = 0
