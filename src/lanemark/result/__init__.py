"""The record: facts only, and the one thing that crosses from the half that runs to the half that judges."""

from typing import Literal

from lanemark.change import Change
from lanemark.codec import Record
from lanemark.coverage.types import Coverage
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.metric import Usage
from lanemark.plan import Plan
from lanemark.ports import Pass

SCHEMA = 1
"""The version of `result.json`; another one is refused."""

LIMIT = 24 << 20
"""The most bytes of a `result.json` that are read."""

Side = Literal["base", "head"]
State = Literal["ran", "replayed", "failed", "skipped"]
FailureKind = Literal["exit", "timeout", "cancelled", "not-found", "output-missing", "lane-timeout"]


class Turn(Record, frozen=True, kw_only=True):
    """Which execution a sample was: batch 0 measures, 1 confirms; pairs count from 1, `order` is 0 for the first of a pair."""

    batch: int
    pair: int
    order: int


class Sample(Record, frozen=True, kw_only=True):
    """One measured execution of one stage. `account` tells timing samples from memory samples; they are never mixed."""

    stage: str
    turn: Turn
    usage: Usage
    account: Pass = "time"
    temperature: Literal["warm", "cold"] = "warm"


class Failure(Record, frozen=True, kw_only=True):
    """Why a stage failed: a class, the evidence in a sentence, and the last lines of its log."""

    kind: FailureKind
    evidence: str
    status: int = 0
    tail: str = ""


class Outcome(Record, frozen=True, kw_only=True):
    """What became of one stage in the run that decides exit status, outputs, coverage and tests.

    `outputs` is the digest of its output tree. `unmeasured` says why it has no samples although it ran, or, after `too-long:`,
    why it has fewer than a gate needs; empty where all is well.
    """

    stage: str
    state: State
    usage: Usage | None = None
    outputs: str | None = None
    failure: Failure | None = None
    unmeasured: str = ""


class Machine(Record, frozen=True, kw_only=True):
    """Where it was measured. Two results compare outside one run only when `fingerprint` is equal."""

    fingerprint: str
    cpu: str
    cores: int
    memory_bytes: int
    system: str
    image: str = ""
    python: str = ""


class Provenance(Record, frozen=True, kw_only=True):
    """Which run made the record, by its own word."""

    run_id: int = 0
    attempt: int = 1
    started: str = ""
    ended: str = ""
    version: str = ""


class Result(Record, frozen=True, kw_only=True):
    """Everything measured on one side in one run; a paired run writes two with one `experiment` id."""

    schema: int = SCHEMA
    experiment: str
    side: Side
    commit: str
    adopting: bool = False
    baseline: Literal["paired", "artifact", "none"] = "none"
    event: Event
    change: Change
    choice: Choice
    plan: Plan
    outcomes: tuple[Outcome, ...]
    samples: tuple[Sample, ...]
    coverage: Coverage | None = None
    machine: Machine
    provenance: Provenance = Provenance()

    def outcome(self, stage: str) -> Outcome | None:
        """Return what became of `stage`, None where this side does not have it."""
        return next((outcome for outcome in self.outcomes if outcome.stage == stage), None)


class Pair(Record, frozen=True, kw_only=True):
    """What one measuring run gives: the head side, and the base side where it was measured too."""

    head: Result
    base: Result | None = None
