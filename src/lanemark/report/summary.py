"""The job summary: the same facts as the comment, at length; the one page that needs no permission at all."""

from typing import Any

from lanemark.judge.types import Verdict
from lanemark.report.advice import next_step
from lanemark.report.comment import deciding_first
from lanemark.report.figures import figure_view
from lanemark.report.gates import gate_lines
from lanemark.report.markdown import Markdown, render_markdown
from lanemark.report.origin import origin_facts
from lanemark.report.past import past_view
from lanemark.report.patch import coverage_view
from lanemark.report.profile import profile_view
from lanemark.report.repetitions import divergences
from lanemark.report.replays import replay_sentence
from lanemark.report.sentence import sentence
from lanemark.report.size import LEVELS, Budget, Level, first, fit
from lanemark.report.stages import broken_stages, difference_rows, stage_rows
from lanemark.report.suites import suites_view
from lanemark.report.types import Model
from lanemark.report.voice import MARKDOWN

BUDGET = Budget(characters=1_000_000, bytes=1_000_000)
"""The runner refuses a whole summary above 1 MiB."""

MOST_TESTS = 100
"""The most tests of any list."""

MOST_FIGURES = 50
"""The most rows of figures that stages measured themselves; the HTML page has more."""

_LEVELS = (
    Level(gates=1000, files=1000, ranges=100, claims=1000, passing=1000),
    Level(gates=500, files=200, ranges=40, claims=200, passing=500),
    Level(gates=100, files=100, ranges=20, claims=100, passing=100),
    Level(gates=100, files=100, ranges=20, claims=100, passing=100, logs=False),
    *LEVELS[2:],
)


def write_summary(model: Model) -> str:
    """Return the job summary as Markdown."""
    facts = _facts(model)
    return fit(lambda level: _render(model, facts, level), BUDGET, _LEVELS)


def _facts(model: Model) -> dict[str, Any]:
    """Return what every level of detail says alike, found once."""
    lines = gate_lines(model.judgement.gates, model.judgement.lane)
    coverage = coverage_view(model)
    return {
        "sentence": Markdown(sentence(model, MARKDOWN)),
        "notices": model.judgement.notices,
        "lines": lines,
        "passed": all(line.gate.verdict is Verdict.PASS for line in lines),
        "past": past_view(model, lines),
        "step": next_step(model, lines, coverage),
        "replayed": Markdown(replay_sentence(model.measured, MARKDOWN)),
        "broken": broken_stages(model),
        "rows": stage_rows(model),
        "profile": profile_view(model, MARKDOWN),
        "coverage": coverage,
        "choice": model.measured.head.choice,
        "deciding": deciding_first(model),
        "facts": origin_facts(model),
        "links": model.links,
    }


def _render(model: Model, facts: dict[str, Any], level: Level) -> str:
    """Return the summary at one level of detail."""
    coverage = facts["coverage"]
    return render_markdown(
        "summary",
        **facts,
        level=level,
        gates=first(facts["lines"], level.gates),
        past_budgets=first(facts["past"].budgets, level.gates),
        stages=first(facts["rows"], level.files),
        divergences=divergences(model, level.files),
        differences=first(difference_rows(model), level.gates),
        stage_figures=figure_view(model, min(level.gates, MOST_FIGURES)),
        times=first(facts["profile"].rows, level.files),
        uncovered=first(coverage.uncovered, level.files),
        covered=first(coverage.covered, level.files),
        unknown=first(coverage.unknown, level.files),
        indirect=first(coverage.indirect, level.files),
        suites=suites_view(model, min(level.files, MOST_TESTS)),
        unread=first(coverage.unread, level.files),
        unmatched=first(coverage.unmatched, level.files),
        claims=first(facts["deciding"], level.claims),
    )
