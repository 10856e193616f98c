"""The words of judging."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from lanemark.codec import Record
from lanemark.config.types import Mode
from lanemark.metric import Metric
from lanemark.result import Result


class Verdict(StrEnum):
    """What is said of a gate and of a whole run. `unknown` is never shown as a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


GateKind = Literal["stage", "budget", "regression", "coverage", "lane", "check"]
GateUnit = Literal["s", "B", "1", "ratio", "points", "share"]
"""`ratio` is a relative change, `points` a drop in percentage points, `share` a covered fraction."""


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(recorded: str) -> str:
    """Return the day of a recorded time, empty where the (hostile) text does not start with one."""
    found = _DAY.match(recorded)
    return found[0] if found else ""


class PastRun(Record, frozen=True, kw_only=True):
    """One earlier run of the base branch, from a trusted run or from a file the user gave.

    `recorded` is when, as text, by GitHub's word or the file's. `age_s` and `behind` (commits before the base) are None where
    nobody knows, `run_id` is 0 there.
    """

    result: Result
    recorded: str = ""
    age_s: float | None = None
    behind: int | None = None
    run_id: int = 0

    @property
    def day(self) -> str:
        """The day it was recorded, empty where that is not known."""
        return _day(self.recorded)


Past = Sequence[PastRun]
"""What judging may know of earlier runs, newest first. It explains verdicts and never makes one."""


class FirstSeen(Record, frozen=True, kw_only=True):
    """Since when a limit that is broken now has been broken, as far as earlier runs tell.

    `by` is `past` where the newest earlier run broke it already; then `commit` and `recorded` are of the oldest run of that row,
    and `or_before` says that no older run is known that kept it. It is `this` where this change broke it first; then they are of
    the newest run, which kept it. `other_machine` says that this run was measured on another kind of machine.
    """

    by: Literal["past", "this"]
    commit: str
    recorded: str = ""
    or_before: bool = False
    other_machine: bool = False

    @property
    def day(self) -> str:
        """The day that run was recorded, empty where that is not known."""
        return _day(self.recorded)


class Compliance(Record, frozen=True, kw_only=True):
    """How many of the last `runs` of the base branch kept today's limits; runs that cannot tell are in neither number."""

    kept: int
    runs: int


class Surprise(Record, frozen=True, kw_only=True):
    """A stage whose primary metric lies outside what `runs` earlier runs on a like machine predict: `low` to `high`.

    Each bound is broken by chance about once in fifty runs. It is evidence and gates nothing: that would take two in a row.
    """

    stage: str
    metric: Metric
    value: float
    low: float
    high: float
    runs: int


class Limit(Record, frozen=True, kw_only=True):
    """Where a gate warns and where it fails, in the gate's unit; None where it does not."""

    warn: float | None = None
    fail: float | None = None


class GateVerdict(Record, frozen=True, kw_only=True):
    """One gate, judged. `value` with `low` and `high` is in `unit`; `base` and `head` are what was measured, in `metric_unit`.

    `since` and `compliance` are what earlier runs say of a budget: since when it is broken, and how often it was kept.
    """

    gate: str
    kind: GateKind
    verdict: Verdict
    mode: Mode
    reason: str
    unit: GateUnit
    limit: Limit = Limit()
    value: float | None = None
    low: float | None = None
    high: float | None = None
    base: float | None = None
    head: float | None = None
    metric_unit: Literal["s", "B", "1", "share"] = "1"
    covered: int | None = None
    total: int | None = None
    tags: tuple[str, ...] = ()
    since: FirstSeen | None = None
    compliance: Compliance | None = None

    @property
    def counted(self) -> bool:
        """Whether the overall verdict looks at it: shadow and inform are shown, not counted."""
        return self.mode in (Mode.WARN, Mode.ENFORCE)

    @property
    def counts_as(self) -> Verdict:
        """The verdict as the overall one sees it: a fail in mode `warn` counts as warn."""
        return Verdict.WARN if self.verdict is Verdict.FAIL and self.mode is Mode.WARN else self.verdict


class Judgement(Record, frozen=True, kw_only=True):
    """The verdict, the gates behind it, and what a process says of it. `notices` are sentences every report must show.

    `compliance` says how many of the last runs of the base branch kept every budget of the lane; `surprises` are figures that
    these runs did not lead to expect, which is evidence and no gate.
    """

    verdict: Verdict
    exit_status: int
    lane: str
    gates: tuple[GateVerdict, ...]
    notices: tuple[str, ...] = ()
    compliance: Compliance | None = None
    surprises: tuple[Surprise, ...] = ()
