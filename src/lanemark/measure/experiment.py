"""The state of one experiment: two sides of one change, what became of their stages, and all samples in run order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from lanemark.config.types import MeasureRules, OnFailure
from lanemark.metric import Usage
from lanemark.result import Measured, MemorySeries, Outcome, Repetition, Sample, Side
from lanemark.run.replay import Replays
from lanemark.run.types import Tools, Workspace
from lanemark.tree import Tree

Ask = Callable[[Sequence[Sample], Sequence[Sample]], frozenset[str]]
"""Base samples and head samples in, stages out. The judging half answers, `pipeline` joins the two."""

MEMORY_PAIRS = 3
"""Peak memory and I/O are near deterministic, so three pairs say enough."""

ADVISORY_PAIRS = 5
"""How many pairs a stage gets at most when the pairs a gate needs do not fit: enough to say what could have been seen."""


UNITS_TO_KNOW = 10
"""Portions of control load that tell how long one takes."""


class ControlLoad(Protocol):
    """A fixed piece of work that knows nothing of the change: what moves it is the machine."""

    def run(self, units: int) -> Usage:
        """Do `units` portions of about a millisecond each, and return what they took."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How one stage is sampled: executions in a sample, portions of control load before it, and the seconds a pair takes."""

    loops: int = 1
    units: int = 0
    pair_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class Experiment:
    """What a run has found so far. `base` is None where only head is measured.

    `before` keeps what stood under a stage's outputs before its first run, and `after` what its deciding run left there: every
    sample starts from the first, with the second of all it needs. `elsewhere` are stages that only run here because others need
    them, and are measured in another job. `replays` is what a side's deciding run need not run again; samples always run.
    """

    base: Workspace | None
    head: Workspace
    tools: Tools
    rules: MeasureRules
    seed: str
    ends: float | None = None
    timeout_s: float | None = None
    jobs: int = 1
    on_failure: OnFailure = "continue"
    elsewhere: frozenset[str] = frozenset()
    done: dict[Side, dict[str, Outcome]] = field(default_factory=lambda: {"base": {}, "head": {}})
    before: dict[tuple[Side, str], Tree] = field(default_factory=dict)
    after: dict[tuple[Side, str], Tree] = field(default_factory=dict)
    samples: dict[Side, list[Sample]] = field(default_factory=lambda: {"base": [], "head": []})
    unmeasured: dict[str, str] = field(default_factory=dict)
    control: ControlLoad | None = None
    control_unit_s: float | None = None
    repetitions: list[Repetition] = field(default_factory=list)
    memory_series: list[MemorySeries] = field(default_factory=list)
    measured: dict[tuple[Side, str], Measured] = field(default_factory=dict)
    replays: Mapping[Side, Replays] = field(default_factory=dict)

    @property
    def sides(self) -> tuple[Workspace, ...]:
        """The workspaces there are, base first."""
        return (self.head,) if self.base is None else (self.base, self.head)

    def lane_left_s(self) -> float | None:
        """Return what is left of the lane's time, None where it has no limit; the deciding runs and all samples share it."""
        return None if self.ends is None else max(self.ends - self.tools.clock.monotonic(), 0.0)

    def unit_s(self) -> float:
        """Return how long one portion of the control load takes here, 0 where there is none; measured when first asked."""
        if self.control is None:
            return 0.0
        if self.control_unit_s is None:
            self.control.run(UNITS_TO_KNOW)  # its own first run is cold, too
            self.control_unit_s = max(self.control.run(UNITS_TO_KNOW).wall_s / UNITS_TO_KNOW, 1e-6)
        return self.control_unit_s

    def outcomes(self, side: Side) -> tuple[Outcome, ...]:
        """Return what became of one side's stages, with the reason of each that has no samples."""
        return tuple(with_reason(outcome, self.unmeasured) for outcome in self.done[side].values())


def note_unreached(experiment: Experiment) -> None:
    """Note of every stage that worked and has no samples yet that the run was cancelled before."""
    sampled = {sample.stage for samples in experiment.samples.values() for sample in samples}
    for outcome in experiment.done["head"].values():
        if outcome.worked and outcome.stage not in sampled:
            experiment.unmeasured.setdefault(outcome.stage, "the run was cancelled before it was measured")


def with_reason(outcome: Outcome, unmeasured: Mapping[str, str]) -> Outcome:
    """Return `outcome` with why its stage was not measured, where it was not."""
    reason = unmeasured.get(outcome.stage, "")
    if not reason or outcome.unmeasured:
        return outcome
    return msgspec.structs.replace(outcome, unmeasured=reason)
