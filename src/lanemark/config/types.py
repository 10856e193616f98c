"""The types of `.github/lanemark.yml`; values stand in seconds, bytes, counts and ratios."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Literal, get_args

from lanemark.codec import Record
from lanemark.metric import Metric


class Mode(StrEnum):
    """How far a gate may go; only `enforce` can turn the job red."""

    SHADOW = "shadow"
    INFORM = "inform"
    WARN = "warn"
    ENFORCE = "enforce"

    @property
    def rank(self) -> int:
        """Position from softest (0) to strictest."""
        return tuple(Mode).index(self)


def softer(*modes: Mode | None) -> Mode:
    """Return the softest of the modes that are given; a cap can only soften."""
    return min((mode for mode in modes if mode is not None), key=lambda mode: mode.rank)


Statistic = Literal["median", "mean", "min", "max", "stdev", "mad", "p90", "p95", "p99"]
"""What a budget may look at; p90, p95 and p99 are refused below 30, 60 and 300 samples."""

BaselineKind = Literal["paired", "artifact", "none"]


class Rule(Record, frozen=True, kw_only=True):
    """One pattern of a list, with the line of the configuration it stands on (from 1)."""

    pattern: str
    line: int


class Budget(Record, frozen=True, kw_only=True):
    """An absolute limit on one statistic of one metric of a stage (or `total`, the lane); None where a limit was not written."""

    stage: str
    metric: Metric
    statistic: Statistic
    warn: float | None = None
    fail: float | None = None


class Band(Record, frozen=True, kw_only=True):
    """A relative limit against the base side: a ratio to warn at, one to fail at, and the least absolute effect that counts.

    `stage` is a stage's name or `default`. `floor` is in the metric's unit. `written` tells a user's band from a built-in one,
    which only warns.
    """

    stage: str
    metric: Metric
    warn: float | None = None
    fail: float | None = None
    floor: float = 0.0
    written: bool = True


FLOORS: Mapping[Metric, float] = {"cpu": 0.005, "wall": 0.010, "rss_peak": float(4 << 20)}
"""The least difference that counts where a band says nothing of it, in the metric's unit; nothing for the other metrics.

Below 5 ms of CPU time, 10 ms of wall time and 4 MiB of memory, starting a process and what the kernel accounts differ by chance.
"""


EVENTS = (
    "pull_request", "pull_request_target", "merge_group", "push", "release", "schedule", "workflow_dispatch",
    "repository_dispatch", "workflow_run", "issue_comment",
)  # fmt: skip
"""GitHub's names of the events that `when` may name."""

MOST_COUNTED = 10_000_000
"""The highest count that `when` may name."""


class When(Record, frozen=True, kw_only=True):
    """What makes a change at least as heavy as its lane: counts from which it does, or any one label, event or kind of file.

    None, empty and False ask for nothing. `line` is where it stands in the configuration.
    """

    line: int = 0
    files: int | None = None
    lines: int | None = None
    dirs: int | None = None
    labels: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    submodule: bool = False
    binary: bool = False


Kind = Literal["lines", "branches", "functions", "statements"]
"""What can be covered."""


class Floor(Record, frozen=True, kw_only=True):
    """A coverage gate on one kind. Percentages are exact texts such as `80%`; `max_drop` is in percentage points as a ratio."""

    kind: Kind
    warn: str | None = None
    fail: str | None = None
    max_drop: float | None = None
    ignore_below: int = 0

    def fraction(self, limit: Literal["warn", "fail"]) -> Fraction | None:
        """Return a limit as an exact fraction of 1."""
        text = self.warn if limit == "warn" else self.fail
        return None if text is None else Fraction(text.removesuffix("%").strip()) / 100


class LaneFloors(Record, frozen=True, kw_only=True):
    """The floors that a lane has instead of the file's, group by group; None leaves a group as the file has it."""

    project: tuple[Floor, ...] | None = None
    patch: tuple[Floor, ...] | None = None
    files: tuple[Floor, ...] | None = None
    flags: Mapping[str, tuple[Floor, ...]] | None = None


OnFailure = Literal["continue", "after-level", "stop"]
"""What still starts after a failure: all that does not need it, the rest of its level, or nothing.

The level of a stage is how many stages the longest chain of needs before it has.
"""

ON_FAILURE: tuple[OnFailure, ...] = get_args(OnFailure)


class Lane(Record, frozen=True, kw_only=True):
    """A class of change, as declared; its place in `Config.lanes` is its weight. `retries` caps those of its stages.

    `unmatched` names stages with `each` of which there is no instance; the file has no such key, `config.each` finds it out.
    """

    name: str
    line: int
    rules: tuple[Rule, ...] = ()
    when: When = When()
    default: bool = False
    stages: tuple[str, ...] = ()
    timeout_s: float | None = None
    on_failure: OnFailure = "continue"
    retries: int | None = None
    budgets: tuple[Budget, ...] = ()
    bands: tuple[Band, ...] = ()
    coverage: LaneFloors = LaneFloors()
    unmatched: tuple[str, ...] = ()


class MeasureRules(Record, frozen=True, kw_only=True):
    """How often and how long. `max_time_s` is for the lane in the global block, for the stage in a stage's override.

    `cold` asks for a second series whose inputs are evicted from the page cache before each sample.
    """

    baseline: BaselineKind = "paired"
    max_time_s: float = 600.0
    min_pairs: int = 10
    max_pairs: int = 80
    warmup: int = 1
    cold: bool = False


LEAST_EQUAL, MOST_EQUAL = 2, 100
"""How many runs `checks.deterministic` may ask for."""

LEAST_SERIES, MOST_SERIES = 20, 500
"""How many runs `checks.memory_stable` may ask for: of fewer, a slope of the size that matters cannot be told from noise."""


class CheckRules(Record, frozen=True, kw_only=True):
    """What a stage must be besides fast: how many runs must leave equal outputs, and over how many memory must not grow."""

    deterministic: int | None = None
    memory_stable: int | None = None


MetricFormat = Literal[
    "lanemark",
    "pytest-benchmark",
    "hyperfine",
    "gobench",
    "google-benchmark",
    "github-action-benchmark",
    "github-action-benchmark-smaller",
    "github-action-benchmark-bigger",
    "junit",
]
"""Formats of figures that are read; `ingest.read` has a reader for each."""


class MetricFile(Record, frozen=True, kw_only=True):
    """One file in which a stage leaves figures of its own; without `format` the content decides."""

    file: str
    line: int
    format: MetricFormat | None = None


class Only(Record, frozen=True, kw_only=True):
    """The lanes and events a stage is for; empty means any. Both must hold."""

    lanes: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


MOST_EACH = 500
"""The most instances that one stage with `each` may have."""


class Stage(Record, frozen=True, kw_only=True):
    """One command, as declared. `measure` is None where the stage is not measured. `jobs` is how many places it takes.

    `relocatable` says that what it writes names no place, so that a checkout elsewhere may reuse it. `tools` are commands by name
    whose output is part of the key. `each` are patterns; `config.each` puts an instance for each match in the place of such a
    stage, and `family` is then the name it was declared by. `retries` is how often it may run again after a failure whose class
    allows that, and `rerun` the command that runs failed tests alone. `state` is what it changes in place, and `destructive` asks
    for a checkpoint right before it.
    """

    name: str
    line: int
    run: str
    needs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    env: Mapping[str, str] = {}
    timeout_s: float | None = None
    measure: MeasureRules | None = None
    checks: CheckRules = CheckRules()
    metrics: tuple[MetricFile, ...] = ()
    jobs: int = 1
    relocatable: bool = False
    retries: int = 0
    rerun: str = ""
    state: tuple[str, ...] = ()
    destructive: bool = False
    help: str = ""
    each: tuple[str, ...] = ()
    only: Only = Only()
    tools: Mapping[str, str] = {}
    family: str = ""

    @property
    def writes(self) -> tuple[str, ...]:
        """Return what it makes and what it changes in place: what must be put back before it runs again."""
        return (*self.outputs, *self.state)


MOST_RETRIES = 5
"""How often a stage may run again at most, whatever its failure."""

RuleCause = Literal["network", "out-of-memory", "disk-full", "install", "corrupt-state", "permission", "config", "crash"]
"""Classes of failure that a rule may name: those that a log can tell. A test failure is told by tests."""


class RecoveryRule(Record, frozen=True, kw_only=True):
    """A text in the log of a failed stage that names its class; `*` stands for anything within a line.

    `retries` is how often such a failure may be tried again, None for what is usual for its class.
    """

    match: str
    line: int
    cause: RuleCause
    retries: int | None = None


class Quarantined(Record, frozen=True, kw_only=True):
    """A test (or a whole stage, where `test` is empty) whose failures are shown and do not count, up to and including `until`.

    `until` is a day, `2026-12-01`; `issue` is where people work on it.
    """

    stage: str
    test: str = ""
    until: str
    issue: str
    line: int


ReportFormat = Literal[
    "cobertura", "coveragepy", "lcov", "jacoco", "clover", "go", "istanbul-final", "istanbul-summary", "simplecov"
]
"""Coverage formats that are read; without `format:` the content decides."""


class ReportRules(Record, frozen=True, kw_only=True):
    """One declared coverage report: its path or glob below the workspace, and how many files it must be.

    Without `expect` one file is enough, and several are no surprise.
    """

    path: str
    line: int
    format: ReportFormat | None = None
    flag: str = ""
    expect: int | None = None


class CoverageRules(Record, frozen=True, kw_only=True):
    """The coverage gates: project, patch, each touched file, and by flag."""

    reports: tuple[ReportRules, ...] = ()
    project: tuple[Floor, ...] = ()
    patch: tuple[Floor, ...] = ()
    files: tuple[Floor, ...] = ()
    flags: Mapping[str, tuple[Floor, ...]] = {}
    exclude: tuple[str, ...] = ()


class JUnitRules(Record, frozen=True, kw_only=True):
    """What is read about tests: paths or globs of JUnit XML reports, each with the line it stands on."""

    reports: tuple[Rule, ...] = ()


class PublishRules(Record, frozen=True, kw_only=True):
    """What is told to GitHub; `comment: changes` stays silent while there is nothing to say."""

    comment: Literal["always", "changes", "failures", "off"] = "changes"
    check_runs: bool = True
    html: bool = True


class CacheRules(Record, frozen=True, kw_only=True):
    """How much of what stages wrote is kept: bytes in all, results of each stage, seconds after the last use.

    None where the file says nothing; `cache.policy` knows what holds then.
    """

    max_size_bytes: float | None = None
    keep: int | None = None
    ttl_s: float | None = None


MOST_KEPT = 1000
"""The most results of one stage that `cache.keep` may ask for."""


class Protected(Record, frozen=True, kw_only=True):
    """Paths that set a floor under the lane; `floor` is a lane's name, None for the heaviest."""

    rules: tuple[Rule, ...] = (Rule(pattern=".github/**", line=0),)
    floor: str | None = None


class Config(Record, frozen=True, kw_only=True):
    """The whole file, as `name`; lanes stand lightest first.

    `doubt` says why it may not choose a lane by itself (it stands in for a file of the base side that cannot be read), empty
    where it may; then every change gets the heaviest lane. The file has no such key.
    """

    name: str
    lanes: tuple[Lane, ...]
    stages: Mapping[str, Stage]
    mode: Mode | None = None
    on_unknown: Literal["warn", "fail"] = "warn"
    protected: Protected = Protected()
    measure: MeasureRules = MeasureRules()
    coverage: CoverageRules = CoverageRules()
    tests: JUnitRules = JUnitRules()
    publish: PublishRules = PublishRules()
    cache: CacheRules = CacheRules()
    recovery: tuple[RecoveryRule, ...] = ()
    quarantine: tuple[Quarantined, ...] = ()
    doubt: str = ""

    def lane(self, name: str) -> Lane:
        """Return the lane called `name`; KeyError where there is none."""
        for lane in self.lanes:
            if lane.name == name:
                return lane
        raise KeyError(name)

    @property
    def heaviest(self) -> Lane:
        """The last lane of the file."""
        return self.lanes[-1]

    @property
    def default(self) -> Lane:
        """The lane of files that no list claims."""
        return next(lane for lane in self.lanes if lane.default)
