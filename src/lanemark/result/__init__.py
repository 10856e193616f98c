"""The record: facts only, and the one thing that crosses from the half that runs to the half that judges."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from lanemark.change import Change
from lanemark.codec import Record
from lanemark.coverage.types import Coverage
from lanemark.event import Event
from lanemark.ingest.types import Reading, Tests
from lanemark.lane import Choice
from lanemark.metric import Metric, Usage
from lanemark.path import RepoPath
from lanemark.plan import Plan
from lanemark.ports import Pass

SCHEMA = 1
"""The version of `result.json`; another one is refused."""

LIMIT = 24 << 20
"""The most bytes of a `result.json` that are read."""

Side = Literal["base", "head"]
State = Literal["ran", "replayed", "failed", "skipped"]
Temperature = Literal["warm", "cold"]
FailureKind = Literal["exit", "timeout", "cancelled", "not-found", "output-missing", "lane-timeout", "flood"]


Cause = Literal[
    "timeout",
    "out-of-memory",
    "network",
    "disk-full",
    "install",
    "test-failure",
    "flaky",
    "corrupt-state",
    "permission",
    "cancelled",
    "interrupted",
    "crash",
    "config",
    "unknown",
]
"""The classes of failure: what went wrong, as far as the evidence tells."""

Confidence = Literal["certain", "likely", "possible"]
"""`certain`: the kernel, our own deadline or a report says so. `likely`: the log says so. `possible`: nothing says otherwise."""

INFRASTRUCTURE: frozenset[Cause] = frozenset(
    {"out-of-memory", "network", "disk-full", "corrupt-state", "cancelled", "interrupted"}
)
"""Classes of which the machine, the network or we are the likely author, and not the change."""


class Turn(Record, frozen=True, kw_only=True):
    """Which execution a sample was: batch 0 measures, 1 confirms; pairs count from 1, `order` is 0 for the first of a pair."""

    batch: int
    pair: int
    order: int


class Conditions(Record, frozen=True, kw_only=True):
    """What the whole machine did while a sample was taken; None where the platform does not tell.

    `busy`, `iowait` and `steal` are shares of all cores' time, `pressure` the share of the time in which some task waited for a
    core, `load` the one-minute load average and `mhz` the clock of the first core when the sample began.
    """

    busy: float | None = None
    iowait: float | None = None
    steal: float | None = None
    pressure: float | None = None
    load: float | None = None
    mhz: float | None = None


class Sample(Record, frozen=True, kw_only=True):
    """One measurement of one stage: `loops` executions, whose `usage` is their total (peak memory: the largest).

    `account` tells timing samples from memory samples, `temperature` warm ones from those whose inputs were evicted from the page
    cache; they are never mixed. `control` is the control load that ran right before, the same on both sides. `figures` are what
    the stage measured itself, by name. `sampler_s` is what our own looks cost.
    """

    stage: str
    turn: Turn
    usage: Usage
    account: Pass = "time"
    temperature: Temperature = "warm"
    loops: Annotated[int, Meta(ge=1)] = 1
    control: Usage | None = None
    conditions: Conditions | None = None
    figures: Mapping[str, float] = {}
    sampler_s: float | None = None

    def value(self, metric: Metric) -> float | None:
        """Return `metric` of one execution in its unit, None where it was not measured."""
        found = self.usage.value(metric)
        return found if found is None or metric == "rss_peak" else found / self.loops


class Failure(Record, frozen=True, kw_only=True):
    """Why a stage failed: how it ended (`kind`), the evidence in a sentence, and the last lines of its log.

    `cause` is the class of failure, `signs` the evidence for it, strongest first. `tests` names the tests that failed, at most
    fifty, of `failed_tests`; both are of the stage's own JUnit reports.
    """

    kind: FailureKind
    evidence: str
    status: int = 0
    tail: str = ""
    cause: Cause = "unknown"
    confidence: Confidence = "possible"
    signs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    failed_tests: int = 0


class Try(Record, frozen=True, kw_only=True):
    """One execution of a stage that failed and was followed by another: why, what was done before the next, and what it took.

    `action` is a sentence of ours, perhaps with names in it. `wall_s` is the execution, `pause_s` the waiting after it.
    """

    cause: Cause
    confidence: Confidence = "possible"
    evidence: str
    signs: tuple[str, ...] = ()
    action: str
    wall_s: float = 0.0
    pause_s: float = 0.0


class Replay(Record, frozen=True, kw_only=True):
    """The earlier execution that a replayed stage stands for: when it was kept, by which run (0: none of GitHub's), which commit.

    `wall_s` are the seconds it took then; they say what replaying saved, and are no measurement of this run.
    """

    created: str
    wall_s: float
    run_id: int = 0
    attempt: int = 1
    commit: str = ""


class Outcome(Record, frozen=True, kw_only=True):
    """What became of one stage in the run that decides exit status, outputs, coverage and tests.

    `outputs` is the digest of its output tree. `unmeasured` says why it has no samples although it ran, or, after `too-long:`,
    why it has fewer than a gate needs; empty where all is well. `survivors` counts the processes it left running, which were
    ended. `started_s` counts from the start of its side's run, in
    which the other side's turns are left out. `replay` says for a replayed stage where its outputs are from, `cache` for one that
    ran why it was not replayed. `tries` are the executions before the one this is about. `flaky` names the tests that failed and
    passed when only they ran again; such a stage counts as `ran`, and never as plainly well.
    """

    stage: str
    state: State
    usage: Usage | None = None
    outputs: str | None = None
    failure: Failure | None = None
    unmeasured: str = ""
    survivors: int = 0
    started_s: float | None = None
    replay: Replay | None = None
    cache: str = ""
    tries: tuple[Try, ...] = ()
    flaky: tuple[str, ...] = ()

    @property
    def worked(self) -> bool:
        """Whether its outputs are there: it ran, or what it left behind once was put back."""
        return self.state in ("ran", "replayed")

    @property
    def expected_s(self) -> float:
        """Seconds that one more execution will take, by the deciding one or by the one it was replayed from; 0 if unknown."""
        return self.usage.wall_s if self.usage is not None else self.replay.wall_s if self.replay is not None else 0.0

    @property
    def recovered(self) -> bool:
        """Whether it failed at first, and worked at last."""
        return self.state == "ran" and bool(self.tries)


class Divergence(Record, frozen=True, kw_only=True):
    """One output that repeated runs of a stage did not leave equal, and what is said of it: `differs from byte 120: …`."""

    path: RepoPath
    where: str


class Repetition(Record, frozen=True, kw_only=True):
    """What `checks.deterministic` saw: `runs` executions from one and the same start, and the outputs that differ between them.

    `more` counts differing outputs that are not listed. `failure` says why it could not be found out; empty where all worked.
    """

    stage: str
    runs: int
    differing: tuple[Divergence, ...] = ()
    more: int = 0
    failure: str = ""


class MemorySeries(Record, frozen=True, kw_only=True):
    """What `checks.memory_stable` saw: the peak memory, in bytes, of executions one after the other without any reset between."""

    stage: str
    peaks_bytes: tuple[int, ...]
    failure: str = ""


class Measured(Record, frozen=True, kw_only=True):
    """What the files of one stage's `metrics:` said after its deciding run; `problem` says what could not be read."""

    stage: str
    readings: tuple[Reading, ...] = ()
    problem: str = ""


class Telemetry(Record, frozen=True, kw_only=True):
    """How the deciding run used the machine: steps of the plan, how many were replayed, and the scheduler's figures.

    `queue_mean` and `queue_max` count stages that could have run and waited, `utilisation` is the share of `jobs` that was at
    work, `cpu` and `iowait` are shares of all cores' time, None where the platform does not tell.
    """

    jobs: int
    steps: int
    replayed: int
    wall_s: float
    queue_mean: float
    queue_max: int
    utilisation: float
    cpu: float | None = None
    iowait: float | None = None


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


class Shard(Record, frozen=True, kw_only=True):
    """One job of a lane that was dealt out to several: number `number` of `of`, and the `stages` it answers for.

    Each is a paired run of its own, on a machine of its own; samples pair within it. `policy` is the digest of the configuration
    it went by. `guests` are stages that only ran there because others need them.
    """

    number: Annotated[int, Meta(ge=1)]
    of: Annotated[int, Meta(ge=1)]
    stages: tuple[str, ...]
    guests: tuple[str, ...] = ()
    experiment: str
    policy: str = ""
    machine: Machine
    telemetry: Telemetry | None = None
    provenance: Provenance = Provenance()


class Result(Record, frozen=True, kw_only=True):
    """Everything measured on one side in one run; a paired run writes two with one `experiment` id.

    `shards` are the jobs the lane was dealt out to: empty for one that was not, the job's own for the result of one of them, all
    of them for a joined result. `plan` is always that of the whole lane. `flaws` say why a joined result is not whole.
    `cancelled` says in what it was cut off, empty for a run that came to its end: what is there then is true, and never enough.
    """

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
    tests: Tests | None = None
    repetitions: tuple[Repetition, ...] = ()
    memory_series: tuple[MemorySeries, ...] = ()
    measured: tuple[Measured, ...] = ()
    telemetry: Telemetry | None = None
    machine: Machine
    provenance: Provenance = Provenance()
    shards: tuple[Shard, ...] = ()
    flaws: tuple[str, ...] = ()
    cancelled: str = ""

    def machine_of(self, stage: str) -> Machine:
        """Return where `stage` was measured: the machine of its shard, or the one of the whole run."""
        return next((shard.machine for shard in self.shards if stage in shard.stages), self.machine)

    def outcome(self, stage: str) -> Outcome | None:
        """Return what became of `stage`, None where this side does not have it."""
        return next((outcome for outcome in self.outcomes if outcome.stage == stage), None)


class Pair(Record, frozen=True, kw_only=True):
    """What one measuring run gives: the head side, and the base side where it was measured too."""

    head: Result
    base: Result | None = None
