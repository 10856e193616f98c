"""The two check runs: `Lanemark SLA` for time and memory, `Lanemark coverage` with remarks on uncovered lines."""

from collections.abc import Sequence
from typing import Any, Literal

from lanemark import escape
from lanemark.config.types import Mode
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.path import RepoPath
from lanemark.report.advice import next_step
from lanemark.report.gates import WORST_FIRST, GateLine, gate_lines, worst
from lanemark.report.markdown import Markdown, render_markdown
from lanemark.report.origin import origin_facts
from lanemark.report.patch import CoverageView, coverage_view, uncovered_lines
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
    view = coverage_view(model)
    checks = [_check(model, view, SLA, timing, _unexplained(model) or worst(timing))]
    if coverage or model.measured.head.coverage:
        checks.append(_check(model, view, COVERAGE, coverage, worst(coverage), _remarkable(model)))
    return tuple(checks)


def _unexplained(model: Model) -> Verdict | None:
    """Return the overall verdict where it is worse than any gate says; the first check must not be green then."""
    overall, gates = model.judgement.verdict, worst(model.judgement.gates)
    return overall if WORST_FIRST.index(overall) < WORST_FIRST.index(gates) else None


def _annotations(places: Sequence[tuple[int, RepoPath, int]], gates: Sequence[GateVerdict]) -> tuple[Annotation, ...]:
    """Return remarks on uncovered changed lines that the pull request's head has, at most 50."""
    failed = any(gate.verdict is Verdict.FAIL and gate.counted for gate in gates)
    return tuple(
        Annotation(
            path=path,
            start=start,
            end=start + lines - 1,
            level="warning" if failed else "notice",
            title="Not covered by tests",
            message="No test reaches this changed line." if lines == 1 else "No test reaches these changed lines.",
        )
        for lines, path, start in places[:MOST_ANNOTATIONS]
    )


def _remarkable(model: Model) -> list[tuple[int, RepoPath, int]]:
    """Return `(lines, path, first line)` of every uncovered range that a remark could stand on, the longest first."""
    coverage = model.measured.head.coverage
    if coverage is None or coverage.patch is None:
        return []
    found = [
        (uncovered_lines(uncovered), file.path, uncovered.head_start)
        for file in coverage.patch.files
        if _postable(file.path)
        for uncovered in file.uncovered
        if uncovered.head_start > 0
    ]
    return sorted(found, key=lambda place: (-place[0], place[1], place[2]))


def _remarks_said(found: int) -> str:
    """Return how many of the uncovered ranges have a remark, where not all have."""
    return (
        ""
        if found <= MOST_ANNOTATIONS
        else f"{MOST_ANNOTATIONS} of {found:,} uncovered ranges have an annotation, the longest first."
    )


def _postable(path: RepoPath) -> bool:
    """Tell whether GitHub takes `path` in an annotation: one file, in characters that are visible and not beyond U+FFFF."""
    return plain_path(path) and escape.visible(path) == path and all(ord(char) <= 0xFFFF for char in path)


def _check(
    model: Model,
    coverage: CoverageView,
    name: str,
    gates: Sequence[GateVerdict],
    verdict: Verdict,
    places: Sequence[tuple[int, RepoPath, int]] = (),
) -> Check:
    """Return one check run about some of the gates, with remarks on the first of `places`."""
    headline = title(model, gates, verdict)
    lines = gate_lines(gates, model.judgement.lane)
    facts = {
        "title": Markdown(escape.prose(headline, limit=255)),
        "notices": model.judgement.notices,
        "step": next_step(model, lines, coverage),
        "broken": () if name == COVERAGE else broken_stages(model),
        "remarks": _remarks_said(len(places)),
        "facts": origin_facts(model),
        "links": model.links,
    }
    shown = coverage if name == COVERAGE else None
    return Check(
        name=name,
        conclusion=_conclusion(gates, verdict),
        title=headline,
        summary=fit(lambda level: _summary(facts, lines, shown, level), BUDGET),
        annotations=_annotations(places, gates),
    )


def _conclusion(gates: Sequence[GateVerdict], verdict: Verdict) -> Literal["success", "neutral", "failure"]:
    """Return `success` for a pass, `failure` where a gate that enforces failed, `neutral` for everything between."""
    if any(gate.verdict is Verdict.FAIL and gate.mode is Mode.ENFORCE for gate in gates):
        return "failure"
    return "success" if verdict is Verdict.PASS else "neutral"


def _summary(facts: dict[str, Any], lines: Sequence[GateLine], coverage: CoverageView | None, level: Level) -> str:
    """Return the check's page at one level of detail; with `coverage` where it is about that."""
    return render_markdown(
        "check",
        **facts,
        level=level,
        gates=first(lines, level.gates + level.passing),
        uncovered=first(coverage.uncovered if coverage else (), level.files),
        unknown=first(coverage.unknown if coverage else (), level.files),
        unread=first(coverage.unread if coverage else (), level.files),
    )
