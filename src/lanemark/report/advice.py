"""The one next step: what the reader does now about the worst gate."""

from dataclasses import dataclass

from lanemark import escape
from lanemark.judge.types import Verdict
from lanemark.path import RepoPath
from lanemark.report.failures import NEXT
from lanemark.report.gates import TOTAL, GateLine
from lanemark.report.patch import CoverageView, LineRange
from lanemark.report.types import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do, in our words, with a command to copy, lines to cover, or the stage's own (raw) help, where there is one."""

    words: str
    command: str = ""
    help: str = ""
    path: RepoPath | None = None
    lines: LineRange | None = None


def next_step(model: Model, lines: tuple[GateLine, ...], coverage: CoverageView) -> NextStep | None:
    """Return the step for the first of `lines` (worst first) that did not pass; None where all is well."""
    worst = next((line for line in lines if line.gate.verdict is not Verdict.PASS), None)
    if worst is None:
        return None
    if worst.gate.kind == "lane" and "cancelled" in worst.gate.tags:
        return NextStep(words="run the job again; it was cancelled before it could find out")
    if worst.gate.kind == "lane":
        return NextStep(words="give the lane more time (its timeout), or make its stages lighter")
    if worst.gate.kind == "coverage":
        return _cover(worst, coverage)
    stage = worst.subject.stage
    if not stage or stage == TOTAL:
        return NextStep(words="measure the lane on your machine:", command="lanemark gate")
    declared = model.policy.stages.get(stage)
    verb = {"stage": "run the stage", "check": "check the stage"}.get(worst.gate.kind, "measure the stage")
    command = f"lanemark gate {_option(stage)}"
    words = f"{verb} on your machine:"
    outcome = model.measured.head.outcome(stage)
    if worst.gate.kind == "stage" and outcome is not None and outcome.failure is not None:
        words = NEXT.get(outcome.failure.cause, words)
    return NextStep(words=words, command=command, help=declared.help if declared else "")


def _cover(line: GateLine, coverage: CoverageView) -> NextStep:
    """Return which lines to cover first, or what to do about a report that did not arrive."""
    if line.gate.verdict is Verdict.UNKNOWN:
        return NextStep(words="make the stage write its coverage report, at the path the configuration names")
    for row in coverage.uncovered:
        if row.ranges:
            return NextStep(words="cover", path=row.path, lines=row.ranges[0])
    return NextStep(words="add tests for what this change adds; see what is not covered:", command="lanemark gate")


def _option(stage: str) -> str:
    """Return the option that names `stage`, for a shell; a name like an option is tied to it."""
    return f"--stage={escape.shell(stage)}" if stage.startswith("-") else f"--stage {escape.shell(stage)}"
