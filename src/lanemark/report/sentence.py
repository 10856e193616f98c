"""The verdict in one plain sentence: state first, reason second, status by words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lanemark import escape
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.report.gates import METRIC_WORDS, TOTAL, GateLine, amount, gate_lines, share
from lanemark.report.types import Model
from lanemark.units import limit as ratio
from lanemark.units import percent

LIMIT = 240
"""The most characters of a plain sentence; a check's title may have 255."""

NAME_LIMIT = 60
REASON_LIMIT = 160

STATES = {
    Verdict.PASS: "passed",
    Verdict.WARN: "passed with a warning",
    Verdict.FAIL: "failed",
    Verdict.UNKNOWN: "no verdict",
}
"""The first words of the sentence, after the program's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How raw text is written: a name, and a sentence that may have names in it."""

    name: Callable[[str], str]
    reason: Callable[[str], str]


def _plain_name(text: str) -> str:
    """Return a raw name for a terminal, a title or a text node, shortened where it is very long."""
    shown = escape.visible(text).strip() or "(empty)"
    return shown if len(shown) <= NAME_LIMIT else shown[: NAME_LIMIT - 1] + "…"


def _plain_reason(text: str) -> str:
    """Return a raw sentence for the same places."""
    shown = escape.visible(text).strip().rstrip(".")
    return shown if len(shown) <= REASON_LIMIT else shown[: REASON_LIMIT - 1] + "…"


PLAIN = Voice(name=_plain_name, reason=_plain_reason)
"""For terminals, check titles and (escaped once more by their template) HTML text nodes."""

MARKDOWN = Voice(
    name=lambda text: escape.markdown(text, limit=NAME_LIMIT),
    reason=lambda text: escape.prose(text.strip().rstrip("."), limit=REASON_LIMIT),
)
"""For comments and summaries."""


def sentence(model: Model, voice: Voice = PLAIN) -> str:
    """Return `Lanemark: failed. unit uses 12.3 % more CPU time than main (limit 10 %).`, at most LIMIT characters when plain."""
    verdict, gates = model.judgement.verdict, model.judgement.gates
    return _fit(lambda clauses: f"Lanemark: {STATES[verdict]}. {_reasons(model, verdict, gates, voice, clauses)}.", voice)


def title(model: Model, gates: Sequence[GateVerdict], verdict: Verdict) -> str:
    """Return the sentence of some of the gates for a check run that already bears our name, plain, at most LIMIT characters."""
    state = STATES[verdict].capitalize()
    return _fit(lambda clauses: f"{state}. {_reasons(model, verdict, gates, PLAIN, clauses)}.", PLAIN)


def _fit(write: Callable[[int], str], voice: Voice) -> str:
    """Return the sentence with as many reasons (3 to 0) as its length allows; Markdown is as long as its names need."""
    for clauses in (3, 2, 1):
        if len(found := write(clauses)) <= (LIMIT if voice is PLAIN else 2 * LIMIT):
            return found
    return write(0)


def _reasons(model: Model, verdict: Verdict, gates: Sequence[GateVerdict], voice: Voice, most: int) -> str:
    """Return what stands behind the verdict, without the final full stop."""
    if verdict is Verdict.PASS:
        return _passing(model, gates, voice)
    guilty = [line for line in gate_lines(gates, model.judgement.lane) if line.gate.counted and line.gate.counts_as is verdict]
    if not guilty:
        notice = voice.reason(model.judgement.notices[0]) if model.judgement.notices and most else ""
        return _capital(notice or "no gate says why")
    clauses = [_clause(line, model, voice) for line in guilty[:most]]
    rest = len(guilty) - len(clauses)
    if rest:
        clauses.append(f"{_count(rest)} {'more ' if clauses else ''}{_GUILT[verdict]}")
    joined = clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}, and {clauses[-1]}"
    starts_with_name = most > 0 and guilty[0].name and guilty[0].gate.kind not in ("stage", "lane")
    return joined if starts_with_name else _capital(joined)


def _capital(text: str) -> str:
    """Return a sentence that starts with a capital letter."""
    return text[:1].upper() + text[1:]


_GUILT = {Verdict.FAIL: "failed", Verdict.WARN: "warned", Verdict.UNKNOWN: "could not be judged"}


def _passing(model: Model, gates: Sequence[GateVerdict], voice: Voice) -> str:
    """Return why it is green: nothing to run, all gates hold, or nothing that counts."""
    where = f"({voice.name(model.judgement.lane)} lane)"
    beyond = sum(1 for gate in gates if not gate.counted and gate.verdict is not Verdict.PASS)
    told = f"{_count(beyond)} that only inform{'s' if beyond == 1 else ''} did not pass"
    if model.measured.head.adopting:
        rest = f"{_count(beyond)} did not pass" if beyond else "every gate would pass" if gates else "there is no gate yet"
        return f"This change brings Lanemark in, so it only informs: {rest} {where}"
    counted = sum(1 for gate in gates if gate.counted)
    if counted:
        held = f"{'All ' if counted > 1 else ''}{_count(counted)} hold{'s' if counted == 1 else ''}"
        return f"{held}, but {told} {where}" if beyond else f"{held} {where}"
    if not model.measured.head.plan.steps and not gates:
        return f"No stages to run {where}"
    return f"No gate counts here, and {told} {where}" if beyond else f"No gate counts here {where}"


def _count(gates: int) -> str:
    """Return `1 gate` or `12 gates`."""
    return f"{gates} gate{'s' if gates != 1 else ''}"


def _clause(line: GateLine, model: Model, voice: Voice) -> str:
    """Return one gate's guilt as a clause that starts with what it is about."""
    gate = line.gate
    if gate.kind == "lane":
        return voice.reason(gate.reason) or "the lane did not come to its end"
    if gate.kind == "stage":
        return f"stage {voice.name(line.name)} {_ending(line, model)}{_because(gate, voice)}"
    about = " ".join(part for part in (voice.name(line.name) if line.name else "", line.what) if part)
    if gate.verdict is Verdict.UNKNOWN or gate.value is None:
        return f"{about} could not be judged{_because(gate, voice)}"
    bound = gate.limit.warn if gate.counts_as is Verdict.WARN and gate.verdict is Verdict.WARN else gate.limit.fail
    bound = gate.limit.fail if bound is None else bound
    if gate.kind == "coverage":
        return _coverage_clause(line, about, bound)
    allowed = "" if bound is None else f" (limit {amount(bound, gate.unit)})"
    if gate.kind == "budget":
        return f"{_budget_clause(line, voice)}{allowed}"
    return f"{_regression_clause(line, model, voice)}{allowed}"


def _ending(line: GateLine, model: Model) -> str:
    """Return what became of a stage that is at fault."""
    outcome = model.measured.head.outcome(line.name)
    if outcome is None or line.gate.verdict is Verdict.UNKNOWN:
        return _GUILT[line.gate.verdict]
    return "did not run" if outcome.state == "skipped" else "failed"


def _because(gate: GateVerdict, voice: Voice) -> str:
    """Return the gate's own reason after a colon, nothing where it has none."""
    return f": {reason}" if (reason := voice.reason(gate.reason)) else ""


def _coverage_clause(line: GateLine, about: str, bound: float | None) -> str:
    """Return `patch coverage 71.42 % is below 80 %`; lines need not be said."""
    gate, about = line.gate, about.removesuffix(" (lines)")
    if gate.unit == "points":
        allowed = "" if bound is None else f" (at most {amount(bound, 'points')})"
        return f"{about} dropped by {amount(gate.value or 0.0, 'points')}{allowed}"
    exact = gate.covered is not None and gate.total
    value = percent(gate.covered or 0, gate.total or 0) if exact else share(gate.value or 0.0)
    if bound is not None and (gate.value or 0.0) < bound:
        return f"{about} {value} is below {share(bound)}"
    if gate.base is not None and gate.head is not None and gate.base > gate.head:
        return f"{about} dropped by {amount(gate.base - gate.head, 'points')}, to {value}"
    return f"{about} is {value}"


def _budget_clause(line: GateLine, voice: Voice) -> str:
    """Return `unit has a median wall time of 9.1 s`."""
    subject, value = line.subject, line.gate.value or 0.0
    who = "the whole lane" if subject.stage == TOTAL else voice.name(subject.stage or line.gate.gate)
    words = f"{subject.statistic} {METRIC_WORDS[subject.metric]}" if subject.metric else "figure"
    return f"{who} has a {words} of {amount(value, line.gate.unit)}"


_MORE = {
    "wall": "takes {0} longer than {1}",
    "cpu": "uses {0} more CPU time than {1}",
    "user": "uses {0} more user CPU time than {1}",
    "system": "uses {0} more system CPU time than {1}",
    "rss_peak": "needs {0} more peak memory than {1}",
    "io_read": "reads {0} more bytes than {1}",
    "io_write": "writes {0} more bytes than {1}",
    "ctx_switches": "has {0} more context switches than {1}",
    "page_faults": "has {0} more page faults than {1}",
}


def _regression_clause(line: GateLine, model: Model, voice: Voice) -> str:
    """Return `unit uses 12.3 % more CPU time than main`."""
    base = base_name(model)
    against = voice.name(base) if base else "the base"
    value = line.gate.value or 0.0
    verb = _MORE.get(line.subject.metric, "needs {0} more than {1}")
    said = f"{voice.name(line.name)} {verb.format(_rounded(value), against)}"
    return f"{said}, not confirmed by a second batch" if "unconfirmed" in line.gate.tags else said


def _rounded(value: float) -> str:
    """Return a growth with one decimal: `12.3 %`."""
    return ratio(round(value, 3))


def base_name(model: Model) -> str:
    """Return the (raw) name of the branch that head is compared with, empty where the event has none."""
    return model.measured.head.event.base_ref
