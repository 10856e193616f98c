"""The verdict in one plain sentence: state first, reason second, status by words."""

from collections.abc import Callable, Sequence

from lanemark.judge.types import GateVerdict, Verdict
from lanemark.report.clauses import GUILT, guilt_clauses
from lanemark.report.gates import gate_lines
from lanemark.report.types import Model
from lanemark.report.voice import PLAIN, Voice

LIMIT = 240
"""The most characters of a plain sentence; a check's title may have 255."""

STATES = {
    Verdict.PASS: "passed",
    Verdict.WARN: "passed with a warning",
    Verdict.FAIL: "failed",
    Verdict.UNKNOWN: "no verdict",
}
"""The first words of the sentence, after the program's name."""


def sentence(model: Model, voice: Voice = PLAIN) -> str:
    """Return `Lanemark: failed. unit uses 12.3 % more CPU time than main (limit 10 %).`, at most LIMIT characters when plain."""
    verdict, gates = model.judgement.verdict, model.judgement.gates
    return _fit(lambda voice, most: f"Lanemark: {STATES[verdict]}. {_reasons(model, verdict, gates, voice, most)}.", voice)


def title(model: Model, gates: Sequence[GateVerdict], verdict: Verdict) -> str:
    """Return the sentence of some of the gates for a check run that already bears our name, plain, at most LIMIT characters."""
    state = STATES[verdict].capitalize()
    return _fit(lambda voice, most: f"{state}. {_reasons(model, verdict, gates, voice, most)}.", PLAIN)


def _fit(write: Callable[[Voice, int], str], voice: Voice) -> str:
    """Return the sentence with as many reasons (3 to 0) as fit; Markdown has those that plain text has."""
    most = next((most for most in (3, 2, 1) if len(write(PLAIN, most)) <= LIMIT), 0)
    return write(voice, most)


def _reasons(model: Model, verdict: Verdict, gates: Sequence[GateVerdict], voice: Voice, most: int) -> str:
    """Return what stands behind the verdict, without the final full stop."""
    if verdict is Verdict.PASS:
        return _passing(model, gates, voice)
    guilty = [line for line in gate_lines(gates, model.judgement.lane) if line.gate.counted and line.gate.counts_as is verdict]
    if not guilty:
        notice = voice.reason(model.judgement.notices[0]) if model.judgement.notices and most else ""
        return _capital(notice or "no gate says why")
    clauses = guilt_clauses(guilty, model, voice)[:most]
    texts = [clause.text for clause in clauses]
    rest = len(guilty) - sum(clause.gates for clause in clauses)
    if rest:
        texts.append(f"{rest}{' more' if texts else ''} gate{'s' if rest != 1 else ''} {GUILT[verdict]}")
    joined = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])}, and {texts[-1]}"
    return joined if clauses and clauses[0].name_first else _capital(joined)


def _capital(text: str) -> str:
    """Return a sentence that starts with a capital letter."""
    return text[:1].upper() + text[1:]


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
