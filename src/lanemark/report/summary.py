"""The job summary: the same facts as the comment, at length; the one page that needs no permission at all."""

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
    return fit(lambda level: _render(model, level), BUDGET, _LEVELS)


def _render(model: Model, level: Level) -> str:
    """Return the summary at one level of detail."""
    lines = gate_lines(model.judgement.gates, model.judgement.lane)
    coverage = coverage_view(model)
    past = past_view(model, lines)
    profile = profile_view(model, MARKDOWN)
    return render_markdown(
        "summary",
        sentence=Markdown(sentence(model, MARKDOWN)),
        level=level,
        notices=model.judgement.notices,
        gates=first(lines, level.gates),
        passed=all(line.gate.verdict is Verdict.PASS for line in lines),
        past=past,
        past_budgets=first(past.budgets, level.gates),
        step=next_step(model, lines, coverage),
        replayed=Markdown(replay_sentence(model.measured, MARKDOWN)),
        broken=broken_stages(model),
        stages=first(stage_rows(model), level.files),
        divergences=divergences(model, level.files),
        differences=first(difference_rows(model), level.gates),
        stage_figures=figure_view(model, min(level.gates, MOST_FIGURES)),
        profile=profile,
        times=first(profile.rows, level.files),
        coverage=coverage,
        uncovered=first(coverage.uncovered, level.files),
        covered=first(coverage.covered, level.files),
        unknown=first(coverage.unknown, level.files),
        indirect=first(coverage.indirect, level.files),
        suites=suites_view(model, min(level.files, MOST_TESTS)),
        unread=first(coverage.unread, level.files),
        unmatched=first(coverage.unmatched, level.files),
        choice=model.measured.head.choice,
        claims=first(deciding_first(model), level.claims),
        facts=origin_facts(model),
        links=model.links,
    )
