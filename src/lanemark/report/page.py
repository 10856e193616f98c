"""The HTML report: one file that needs no network, whose text nobody can turn into markup.

Every expression of the template is made visible and escaped by the environment itself; only SVG made of our own numbers and the
two files of the page (style, script) stand as they are. The security policy of the page names the digests of these two, so that
nothing else runs even if it got in.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lanemark import escape
from lanemark.judge.types import Verdict
from lanemark.report.advice import next_step
from lanemark.report.comment import deciding_first
from lanemark.report.figures import figure_view
from lanemark.report.forest import duration_chart, forest_reach, gate_chart
from lanemark.report.gates import NONE, VERDICT_WORDS, WORST_FIRST, GateLine, gate_lines
from lanemark.report.origin import origin_facts
from lanemark.report.past import past_view
from lanemark.report.patch import CoverageView, coverage_view
from lanemark.report.places import short
from lanemark.report.profile import conditions_facts, profile_view
from lanemark.report.repetitions import divergences
from lanemark.report.replays import replay_sentence
from lanemark.report.scatter import MOST_CHARTS, scatters
from lanemark.report.sentence import STATES, sentence
from lanemark.report.size import first
from lanemark.report.sources import sources_view
from lanemark.report.stages import StageRow, broken_stages, difference_rows, stage_rows
from lanemark.report.suites import suites_view
from lanemark.report.types import Model
from lanemark.units import limit

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MOST_ROWS = 2000
"""The most rows of any table; what is beyond is counted, never dropped in silence."""

MOST_TESTS = 200
"""The most tests of any list."""

MOST_FIGURES = 500
"""The most rows of figures that stages measured themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One of the figures at the top: our `label`, value and remark, with a raw `name` before the remark."""

    label: str
    value: str
    remark: str
    name: str = ""


def write_page(model: Model) -> str:
    """Return the page; equal models give equal bytes."""
    lines = gate_lines(model.judgement.gates, model.judgement.lane)
    coverage = coverage_view(model)
    stages = stage_rows(model)
    profile = profile_view(model)
    reach = forest_reach(model.judgement.gates)
    longest = max((value for row in stages for value in (row.base_s, row.head_s) if value is not None), default=0.0)
    charts = scatters(model)
    past = past_view(model, lines)
    state = f"Lanemark: {STATES[model.judgement.verdict]}."
    because = sentence(model).removeprefix(state).lstrip().replace(" %", "\u00a0%")
    return _render(
        sentence=f"{state} {because}",
        state=state,
        because=because,
        verdict=model.judgement.verdict.value,
        notices=model.judgement.notices,
        trail=_trail(model),
        figures=_figures(lines, coverage),
        step=next_step(model, lines, coverage),
        gates=first([(line, _drawing(gate_chart(line.gate, reach))) for line in lines], MOST_ROWS),
        counts=_counts(lines),
        past=past,
        past_budgets=first(past.budgets, MOST_ROWS),
        reach=limit(round(reach, 3)),
        replayed=replay_sentence(model.measured),
        stages=first([(row, _drawing(_duration(row, longest))) for row in stages], MOST_ROWS),
        divergences=divergences(model, MOST_ROWS),
        differences=first(difference_rows(model), MOST_ROWS),
        stage_figures=figure_view(model, MOST_FIGURES),
        profile=profile,
        bars=[(label, _drawing(svg)) for label, svg in profile.bars],
        times=first(profile.rows, MOST_ROWS),
        cold=first(profile.cold, MOST_ROWS),
        lanes=first(profile.lanes, MOST_ROWS),
        broken=[(broken, escape.log_lines(broken.tail)) for broken in broken_stages(model)],
        charts=[(chart, _drawing(chart.svg)) for chart in charts],
        most_charts=MOST_CHARTS,
        coverage=coverage,
        uncovered=first(coverage.uncovered, MOST_ROWS),
        covered=first(coverage.covered, MOST_ROWS),
        unknown=first(coverage.unknown, MOST_ROWS),
        indirect=first(coverage.indirect, MOST_ROWS),
        sources=sources_view(model),
        suites=suites_view(model, MOST_TESTS),
        choice=model.measured.head.choice,
        claims=first(deciding_first(model), MOST_ROWS),
        facts=(*origin_facts(model), *conditions_facts(model)),
        links=model.links,
    )


def _trail(model: Model) -> list[str]:
    """Return the line under the title: which pull request, lane and commits; names are raw."""
    head = model.measured.head
    event = head.event
    return [
        part
        for part in (
            event.repository or model.links.repository,
            f"pull request {event.number}" if event.number else "",
            f"lane {model.judgement.lane}",
            f"head {short(head.change.head or head.commit)}" + (f" ({event.head_ref})" if event.head_ref else ""),
            f"base {short(head.change.base)}" + (f" ({event.base_ref})" if event.base_ref else "") if head.change.base else "",
            head.provenance.started,
        )
        if part
    ]


def _figures(lines: Sequence[GateLine], coverage: CoverageView) -> list[Figure]:
    """Return the figures of the first screen; one that nothing was measured for is left out."""
    moved = [line for line in lines if line.gate.kind == "regression" and line.gate.value is not None]
    figures = []
    if moved:
        line = max(moved, key=lambda line: (line.gate.counted, line.gate.value or 0.0))
        value, _, interval = line.change.partition(" (")
        figures.append(Figure(label="Largest change", value=value, name=line.name, remark=f"{line.what}, {interval.rstrip(')')}"))
    patch = next((row for row in coverage.kinds if row.kind == "lines"), None)
    if patch:
        share, _, fraction = patch.patch.partition(" (")
        remark = f"{fraction.rstrip(')')} lines" if fraction else "no coverable line changed"
        figures.append(Figure(label="Changed lines covered", value=share, remark=remark))
        share, _, fraction = patch.head.partition(" (")
        before = "" if patch.base == NONE else f", base {patch.base.partition(' (')[0]}"
        figures.append(Figure(label="Project covered", value=share, remark=f"{fraction.rstrip(')')} lines{before}"))
    held = sum(line.gate.verdict is Verdict.PASS for line in lines)
    figures.append(Figure(label="Gates that pass", value=f"{held} of {len(lines)}", remark="shown below, worst first"))
    return figures


def _counts(lines: Sequence[GateLine]) -> list[tuple[str, str, int]]:
    """Return `(verdict, word, number)` of every verdict there is, worst first."""
    numbers = {verdict: sum(line.gate.verdict is verdict for line in lines) for verdict in WORST_FIRST}
    return [(verdict.value, VERDICT_WORDS[verdict], number) for verdict, number in numbers.items() if number]


def _duration(row: StageRow, longest: float) -> str:
    """Return the bars of one stage."""
    return duration_chart(row.base_s, row.head_s, longest)


def _drawing(svg: str) -> "Markup":
    """Mark an SVG of ours, which has no text from outside in it, as safe."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704 -- made of numbers and our own words alone, by forest and scatter


def _render(**facts: object) -> str:
    """Return the template with `facts`, its style and script, and the policy that allows these alone."""
    environment = _environment()
    style, script = _asset("dashboard.css"), _asset("dashboard.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'"
    )
    template = environment.get_template("dashboard.html.j2")
    return template.render(**facts, style=_drawing(style), script=_drawing(script), policy=policy)


def _asset(name: str) -> str:
    """Return a file that lies beside the templates."""
    return files("lanemark.report").joinpath("templates", name).read_bytes().decode("utf-8")


def _digest(text: str) -> str:
    """Return the digest of an inline element as a content security policy writes it."""
    return base64.b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _environment() -> "Environment":
    """Return the one environment; Jinja is imported when the first page is written."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("lanemark.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_make_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _make_visible(value: Any) -> Any:
    """Write out what a reader cannot see in every text from outside; our drawings pass as they are."""
    from markupsafe import Markup

    return value if isinstance(value, Markup) or not isinstance(value, str) else escape.visible(value)
