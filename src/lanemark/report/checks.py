"""The two check runs: `Lanemark SLA` for time and memory, `Lanemark coverage` with remarks on uncovered lines."""

from collections.abc import Sequence
from typing import Literal

from lanemark import escape
from lanemark.config.types import Mode
from lanemark.coverage.types import Uncovered
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.path import RepoPath
from lanemark.report.advice import next_step
from lanemark.report.gates import WORST_FIRST, gate_lines, worst
from lanemark.report.markdown import Markdown, render_markdown
from lanemark.report.origin import origin_facts
from lanemark.report.patch import coverage_view, uncovered_lines
from lanemark.report.places import plain_path
from lanemark.report.sentence import title
from lanemark.report.size import Budget, Level, first, fit
from lanemark.report.stages import broken_stages
from lanemark.report.types import Annotation, Check, Model

SLA = "Lanemark SLA"
COVERAGE = "Lanemark coverage"

BUDGET = Budget(characters=60_000, bytes=60_000)
"""GitHub takes 65,535 of either in one field."""

MOST_ANNOTATIONS = 50
"""What one request may carry."""


def write_checks(model: Model) -> tuple[Check, ...]:
    """Return the check runs; the second only where coverage was declared or gated."""
    gates = model.judgement.gates
    timing = [gate for gate in gates if gate.kind != "coverage"]
    coverage = [gate for gate in gates if gate.kind == "coverage"]
    checks = [_check(model, SLA, timing, _unexplained(model) or worst(timing), ())]
    if coverage or model.measured.head.coverage:
        checks.append(_check(model, COVERAGE, coverage, worst(coverage), annotations(model, coverage)))
    return tuple(checks)


def _unexplained(model: Model) -> Verdict | None:
    """Return the overall verdict where it is worse than any gate says; the first check must not be green then."""
    overall, gates = model.judgement.verdict, worst(model.judgement.gates)
    return overall if WORST_FIRST.index(overall) < WORST_FIRST.index(gates) else None


def annotations(model: Model, gates: Sequence[GateVerdict]) -> tuple[Annotation, ...]:
    """Return remarks on uncovered changed lines that the pull request's head has, the longest ranges first, at most 50."""
    failed = any(gate.verdict is Verdict.FAIL and gate.counted for gate in gates)
    return tuple(
        Annotation(
            path=path,
            start=uncovered.head_start,
            end=uncovered.head_start + lines - 1,
            level="warning" if failed else "notice",
            title="Not covered by tests",
            message="No test reaches this changed line." if lines == 1 else f"No test reaches these {lines} changed lines.",
        )
        for lines, path, uncovered in _remarkable(model)[:MOST_ANNOTATIONS]
    )


def _remarkable(model: Model) -> list[tuple[int, RepoPath, Uncovered]]:
    """Return the uncovered ranges that GitHub takes remarks on, with their lengths, the longest first."""
    coverage = model.measured.head.coverage
    if coverage is None or coverage.patch is None:
        return []
    found = [
        (uncovered_lines(uncovered), file.path, uncovered)
        for file in coverage.patch.files
        for uncovered in file.uncovered
        if uncovered.head_start > 0 and _postable(file.path)
    ]
    return sorted(found, key=lambda place: (-place[0], place[1], place[2].head_start))


def _remarks_said(model: Model) -> str:
    """Return how many of the uncovered ranges have a remark, where not all have."""
    found = len(_remarkable(model))
    if found <= MOST_ANNOTATIONS:
        return ""
    return f"{MOST_ANNOTATIONS} of {found:,} uncovered ranges have an annotation, the longest first."


def _postable(path: RepoPath) -> bool:
    """Tell whether GitHub takes `path` in an annotation: one file, in characters that are visible and not beyond U+FFFF."""
    return plain_path(path) and escape.visible(path) == path and all(ord(char) <= 0xFFFF for char in path)


def _check(model: Model, name: str, gates: Sequence[GateVerdict], verdict: Verdict, remarks: tuple[Annotation, ...]) -> Check:
    """Return one check run about some of the gates."""
    headline = title(model, gates, verdict)
    return Check(
        name=name,
        conclusion=_conclusion(gates, verdict),
        title=headline,
        summary=fit(lambda level: _summary(model, name, gates, headline, level), BUDGET),
        annotations=remarks,
    )


def _conclusion(gates: Sequence[GateVerdict], verdict: Verdict) -> Literal["success", "neutral", "failure"]:
    """Return `success` for a pass, `failure` where a gate that enforces failed, `neutral` for everything between."""
    if any(gate.verdict is Verdict.FAIL and gate.mode is Mode.ENFORCE for gate in gates):
        return "failure"
    return "success" if verdict is Verdict.PASS else "neutral"


def _summary(model: Model, name: str, gates: Sequence[GateVerdict], headline: str, level: Level) -> str:
    """Return the check's page at one level of detail."""
    lines = gate_lines(gates, model.judgement.lane)
    coverage = coverage_view(model)
    about_coverage = name == COVERAGE
    return render_markdown(
        "check",
        title=Markdown(escape.prose(headline, limit=255)),
        level=level,
        notices=model.judgement.notices,
        gates=first(lines, level.gates + level.passing),
        step=next_step(model, lines, coverage),
        broken=() if about_coverage else broken_stages(model),
        uncovered=first(coverage.uncovered if about_coverage else (), level.files),
        unknown=first(coverage.unknown if about_coverage else (), level.files),
        unread=first(coverage.unread if about_coverage else (), level.files),
        remarks=_remarks_said(model) if about_coverage else "",
        facts=origin_facts(model),
        links=model.links,
    )
