"""How one gate reads: what it is about, its verdict in a word, and its figures as people write them.

Names stay raw here (`stage`, `flag`, `gate`); every other text is made of our own words and numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from lanemark import units
from lanemark.config.types import Kind, Mode, Statistic
from lanemark.judge.types import GateUnit, GateVerdict, Verdict
from lanemark.metric import METRICS
from lanemark.report.repetitions import CHECKS, check_figure, check_limit

METRIC_WORDS = {
    "wall": "wall time",
    "cpu": "CPU time",
    "user": "user CPU time",
    "system": "system CPU time",
    "rss_peak": "peak memory",
    "io_read": "bytes read",
    "io_write": "bytes written",
    "ctx_switches": "context switches",
    "page_faults": "page faults",
}
"""Every metric as people say it."""

VERDICT_WORDS = {Verdict.PASS: "Pass", Verdict.WARN: "Warn", Verdict.FAIL: "Fail", Verdict.UNKNOWN: "Unknown"}
"""Every verdict as a word; colour and symbols never stand alone."""

WORST_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN, Verdict.PASS)
"""The order in which verdicts win over each other."""

NONE = "n/a"
"""What stands where there is no figure."""

TOTAL = "total"
"""The stage name that means the whole lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a gate id is about, taken apart; parts it does not have are empty.

    `scope` is `project`, `patch`, `files` or `flag` for coverage gates, with the flag's (raw) name in `flag`.
    """

    stage: str = ""
    metric: str = ""
    statistic: str = ""
    scope: str = ""
    flag: str = ""
    kind: str = ""
    check: str = ""


def subject_of(gate: GateVerdict, lane: str) -> Subject:
    """Take a gate id apart; stage and flag names may contain dots, so the known words at its end are cut off first."""
    if gate.kind == "coverage":
        scope, _, kind = gate.gate.removeprefix("coverage.").rpartition(".")
        if kind in get_args(Kind):
            where, _, flag = scope.partition(":")
            return Subject(scope=where, flag=flag, kind=kind)
    rest = gate.gate.removeprefix(f"{lane}/")
    if gate.kind == "stage":
        return Subject(stage=rest.removesuffix(".status"))
    head, _, last = rest.rpartition(".")
    if gate.kind == "check" and last in CHECKS:
        return Subject(stage=head, check=last)
    if last in get_args(Statistic):
        stage, _, metric = head.rpartition(".")
        if stage and metric in METRICS:
            return Subject(stage=stage, metric=metric, statistic=last)
    if head and last in METRICS:
        return Subject(stage=head, metric=last)
    return Subject()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """One gate as a row: `name` is raw (a stage, a flag, or the whole id), `what` the words that follow it."""

    gate: GateVerdict
    subject: Subject
    name: str
    what: str
    verdict: str
    base: str
    head: str
    change: str
    limit: str


def gate_line(gate: GateVerdict, lane: str) -> GateLine:
    """Return one gate as a row."""
    subject = subject_of(gate, lane)
    name, what = _label(gate, subject)
    return GateLine(
        gate=gate,
        subject=subject,
        name=name,
        what=what,
        verdict=_verdict_words(gate),
        base=_figure(gate, gate.base),
        head=_head(gate),
        change=_change(gate),
        limit=_limit(gate),
    )


def gate_lines(gates: Sequence[GateVerdict], lane: str) -> tuple[GateLine, ...]:
    """Return the rows of `gates`, worst first: what is counted before what only informs, then as they were judged."""
    ranked = sorted(gates, key=lambda gate: (not gate.counted, WORST_FIRST.index(gate.counts_as)))
    return tuple(gate_line(gate, lane) for gate in ranked)


def worst(gates: Sequence[GateVerdict]) -> Verdict:
    """Return the verdict of the gates that count; pass where none counts."""
    counted = {gate.counts_as for gate in gates if gate.counted}
    return next((verdict for verdict in WORST_FIRST if verdict in counted), Verdict.PASS)


def share(value: float) -> str:
    """Return a covered fraction as a percentage that is rounded down; float noise below a billionth does not count."""
    return units.percent(round(value * 10**9), 10**9)


def moved(value: float, low: float | None, high: float | None) -> str:
    """Return a relative change with the interval it lies in: `+12.3 % (+9.1 to +15.2 %)`; without bounds the change alone."""
    shown = units.change(value)
    if low is None or high is None:
        return shown
    first = units.change(low) if high >= units.FAR else units.change(low).removesuffix(" %")
    return f"{shown} ({first} to {units.change(high)})"


def amount(value: float, unit: GateUnit) -> str:
    """Return a value or limit in a gate's unit, without a sign."""
    match unit:
        case "ratio":
            return units.limit(value)
        case "points":
            return f"{value * 100:.4g} points"
        case "share":
            return share(value)
        case _:
            return units.quantity(value, unit).replace(" min 00 s", " min")


def _label(gate: GateVerdict, subject: Subject) -> tuple[str, str]:
    """Return what the row is called: a raw name and our words after it, one of which may be empty."""
    if subject.scope == "flag":
        return subject.flag, f"coverage ({subject.kind})"
    if subject.scope == "files":
        return "", f"lowest coverage of a touched file ({subject.kind})"
    if subject.scope:
        return "", f"{subject.scope} coverage ({subject.kind})"
    if gate.kind == "stage":
        return subject.stage, "exit status"
    if gate.kind == "lane":
        return "", "whole lane"
    if subject.check:
        return subject.stage, CHECKS[subject.check]
    if not subject.metric:
        return gate.gate, ""
    words = METRIC_WORDS[subject.metric] + (f" ({subject.statistic})" if subject.statistic else "")
    return ("", f"whole lane {words}") if subject.stage == TOTAL else (subject.stage, words)


def _verdict_words(gate: GateVerdict) -> str:
    """Return the verdict's word, with a remark where its mode keeps it from what the word says."""
    word = VERDICT_WORDS[gate.verdict]
    if gate.verdict is Verdict.PASS:
        return f"{word}, at risk" if "at-risk" in gate.tags else word
    if not gate.counted:
        return f"{word}, only informs"
    return f"{word}, only warns" if gate.verdict is Verdict.FAIL and gate.mode is Mode.WARN else word


def _figure(gate: GateVerdict, value: float | None) -> str:
    """Return what was measured on one side."""
    if value is None:
        return NONE
    return share(value) if gate.metric_unit == "share" else units.quantity(value, gate.metric_unit)


def _head(gate: GateVerdict) -> str:
    """Return the head's figure; coverage carries its fraction, and a budget's value is the figure itself."""
    if gate.kind == "check":
        return check_figure(gate) or NONE
    if gate.total == 0:
        return "nothing to cover"
    if gate.total is not None and gate.covered is not None:
        return f"{units.percent(gate.covered, gate.total)} ({gate.covered:,} of {gate.total:,})"
    if gate.head is None and gate.value is not None and gate.unit in ("s", "B", "1", "share"):
        return amount(gate.value, gate.unit)
    return _figure(gate, gate.head)


def _change(gate: GateVerdict) -> str:
    """Return how far head is from base, with the interval of a measured change."""
    if "unchanged" in gate.tags:
        return "not measured, unchanged"
    if gate.unit == "points":
        return NONE if gate.value is None else f"{-gate.value * 100:+.2f} points"
    if gate.unit == "share":
        too_far = " (more than allowed)" if "dropped" in gate.tags else ""
        return NONE if gate.base is None or gate.head is None else f"{(gate.head - gate.base) * 100:+.2f} points{too_far}"
    if gate.unit != "ratio" or gate.value is None:
        return NONE
    return moved(gate.value, gate.low, gate.high)


def _limit(gate: GateVerdict) -> str:
    """Return where the gate fails, and where it warns."""
    if gate.kind == "check":
        return check_limit(gate) or NONE
    side = "at least" if gate.unit == "share" else "drop of at most" if gate.unit == "points" else "at most"
    sign = "+" if gate.unit == "ratio" else ""
    warn = None if gate.limit.warn is None else f"{sign}{amount(gate.limit.warn, gate.unit)}"
    fail = None if gate.limit.fail is None else f"{sign}{amount(gate.limit.fail, gate.unit)}"
    if fail is None:
        return NONE if warn is None else f"{side} {warn}, else warn"
    return f"{side} {fail}" if warn is None else f"{side} {fail} (warn {warn})"
