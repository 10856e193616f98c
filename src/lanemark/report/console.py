"""The verdict for a terminal: the sentence, the gates as columns, the last log lines of what failed, the next step."""

import textwrap

from lanemark import escape
from lanemark.judge.types import Verdict
from lanemark.report.advice import NextStep, next_step
from lanemark.report.gates import GateLine, gate_lines
from lanemark.report.patch import coverage_view
from lanemark.report.replays import replay_sentence
from lanemark.report.sentence import sentence
from lanemark.report.stages import Broken, broken_stages
from lanemark.report.table import WIDTH, text_table
from lanemark.report.types import Model

LOG_LINES = 20
"""How many of a failed stage's last lines are shown; the log itself has them all."""


def write_console(model: Model) -> str:
    """Return plain text for stderr, safe for a terminal, ending in a newline; only log lines may be longer than WIDTH."""
    lines = gate_lines(model.judgement.gates, model.judgement.lane)
    step = next_step(model, lines, coverage_view(model))
    paragraphs = [
        _wrap(sentence(model)),
        *(_wrap(escape.visible(notice)) for notice in model.judgement.notices),
        _gates(lines) if lines else "",
        *(_log(broken) for broken in broken_stages(model)),
        _wrap(replay_sentence(model.measured)),
        _step(step) if step else "",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _gates(lines: tuple[GateLine, ...]) -> str:
    """Return the gates as columns, worst first."""
    header = ("Verdict", "Gate", "Base", "Head", "Change (interval)", "Limit")
    rows = [(line.verdict, line.gate.gate, line.base, _short(line.head), line.change, _bound(line)) for line in lines]
    return text_table(header, rows, right=frozenset({2, 3, 4})).rstrip("\n")


def _bound(line: GateLine) -> str:
    """Return the limit that the verdict speaks of, as short as its column's header allows."""
    fail, _, warn = line.limit.partition(" (")
    return warn.rstrip(")") if warn and line.gate.verdict is Verdict.WARN else fail.removeprefix("at most ")


def _short(cell: str) -> str:
    """Return a cell without the remark in brackets at its end; a terminal is narrow."""
    return cell.partition(" (")[0]


def _log(broken: Broken) -> str:
    """Return a failed stage with its evidence and its last lines."""
    why = escape.visible(broken.evidence) if broken.evidence else broken.what
    tail = [f"  | {line}" for line in escape.log_lines(broken.tail)[-LOG_LINES:]]
    cause = f"; {broken.cause}" if broken.cause else ""
    signs = [_wrap(f"  evidence: {escape.visible(sign)}") for sign in broken.signs]
    tried = [_wrap(f"  {escape.visible(line)}") for line in broken.tried]
    return "\n".join([_wrap(f"{escape.visible(broken.stage)} failed: {why}{cause}"), *signs, *tried, *tail])


def _step(step: NextStep) -> str:
    """Return what to do next."""
    lines = "" if not step.lines else f" {'lines' if '-' in step.lines.text else 'line'} {step.lines.text}"
    path = f" {escape.visible(step.path)}" if step.path else ""
    command = f" {escape.visible(step.command)}" if step.command else ""
    help_ = f" ({escape.visible(step.help.strip())})" if step.help else ""
    return _wrap(f"Next: {step.words}{command}{path}{lines}{help_}")


def _wrap(text: str) -> str:
    """Return a paragraph at most WIDTH columns wide; one very long word stays whole so that it can be copied."""
    return "\n".join(textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))
