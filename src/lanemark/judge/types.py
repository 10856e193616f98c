"""The words of judging."""

from enum import StrEnum
from typing import Literal

from lanemark.codec import Record
from lanemark.config.types import Mode


class Verdict(StrEnum):
    """What is said of a gate and of a whole run. `unknown` is never shown as a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


GateKind = Literal["stage", "budget", "regression", "coverage", "lane", "check"]
GateUnit = Literal["s", "B", "1", "ratio", "points", "share"]
"""`ratio` is a relative change, `points` a drop in percentage points, `share` a covered fraction."""


class Limit(Record, frozen=True, kw_only=True):
    """Where a gate warns and where it fails, in the gate's unit; None where it does not."""

    warn: float | None = None
    fail: float | None = None


class GateVerdict(Record, frozen=True, kw_only=True):
    """One gate, judged. `value` with `low` and `high` is in `unit`; `base` and `head` are what was measured, in `metric_unit`."""

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

    @property
    def counted(self) -> bool:
        """Whether the overall verdict looks at it: shadow and inform are shown, not counted."""
        return self.mode in (Mode.WARN, Mode.ENFORCE)

    @property
    def counts_as(self) -> Verdict:
        """The verdict as the overall one sees it: a fail in mode `warn` counts as warn."""
        return Verdict.WARN if self.verdict is Verdict.FAIL and self.mode is Mode.WARN else self.verdict


class Judgement(Record, frozen=True, kw_only=True):
    """The verdict, the gates behind it, and what a process says of it. `notices` are sentences every report must show."""

    verdict: Verdict
    exit_status: int
    lane: str
    gates: tuple[GateVerdict, ...]
    notices: tuple[str, ...] = ()
