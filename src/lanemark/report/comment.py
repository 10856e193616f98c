"""The comment on a pull request: the verdict first, what to do next, then folded whatever a doubter asks."""

from hashlib import sha256
from typing import Any

from lanemark.judge.types import Verdict
from lanemark.report.advice import next_step
from lanemark.report.decomposition import guilty_sentence
from lanemark.report.gates import gate_lines
from lanemark.report.markdown import Markdown, render_markdown
from lanemark.report.marker import MARKER, write_state
from lanemark.report.origin import origin_facts
from lanemark.report.patch import coverage_view
from lanemark.report.places import is_commit
from lanemark.report.replays import replay_sentence
from lanemark.report.sentence import sentence
from lanemark.report.size import Budget, Level, first, fit
from lanemark.report.stages import broken_stages
from lanemark.report.suites import suites_view
from lanemark.report.types import Model
from lanemark.report.voice import MARKDOWN

BUDGET = Budget(characters=60_000, bytes=200_000)
"""Below GitHub's 65,536 characters and 262,144 bytes, with room for what a reader quotes."""


MOST_TESTS = 20
"""The most tests of any list; the HTML page has more."""


def write_comment(model: Model) -> str:
    """Return the whole comment, marker first and state last."""
    links, told = model.links, model.measured.head.change.head
    head = told if is_commit(told) else ""
    verdict = model.judgement.verdict.value

    facts = _facts(model)

    def render(level: Level) -> str:
        body = f"{MARKER}\n{_body(model, facts, level)}"
        digest = sha256(body.encode("utf-8")).hexdigest()
        state = write_state(
            head=head, run_id=links.run_id, run_number=links.run_number, attempt=links.attempt, digest=digest, verdict=verdict
        )
        return f"{body}\n{state}\n"

    return fit(render, BUDGET)


def _facts(model: Model) -> dict[str, Any]:
    """Return what every level of detail says alike, found once: a hostile result can make it long."""
    lines = gate_lines(model.judgement.gates, model.judgement.lane)
    coverage = coverage_view(model)
    return {
        "sentence": Markdown(sentence(model, MARKDOWN)),
        "notices": model.judgement.notices,
        "open": [line for line in lines if line.gate.verdict is not Verdict.PASS],
        "passed": [line for line in lines if line.gate.verdict is Verdict.PASS],
        "step": next_step(model, lines, coverage),
        "replayed": Markdown(replay_sentence(model.measured, MARKDOWN)),
        "decomposition": Markdown(guilty_sentence(model, MARKDOWN)),
        "broken": broken_stages(model),
        "coverage": coverage,
        "choice": model.measured.head.choice,
        "deciding": deciding_first(model),
        "facts": origin_facts(model),
        "links": model.links,
    }


def _body(model: Model, facts: dict[str, Any], level: Level) -> str:
    """Return what people see, at one level of detail."""
    coverage = facts["coverage"]
    return render_markdown(
        "comment",
        **facts,
        level=level,
        open_gates=first(facts["open"], level.gates),
        passing=first(facts["passed"], level.passing),
        uncovered=first(coverage.uncovered, level.files),
        unknown=first(coverage.unknown, level.files),
        indirect=first(coverage.indirect, level.files),
        suites=suites_view(model, min(level.files, MOST_TESTS)),
        unread=first(coverage.unread, level.files),
        claims=first(facts["deciding"], level.claims),
    )


def deciding_first(model: Model) -> list[tuple[str, str, str]]:
    """Return `(path, lane, rule)` of every changed file, those that claim the chosen lane first."""
    choice = model.measured.head.choice
    claims = sorted(choice.claims, key=lambda claim: (claim.lane != choice.lane, claim.path))
    return [(claim.path, claim.lane, claim.rule or "") for claim in claims]
