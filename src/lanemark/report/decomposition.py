"""What the lane's change is made of, in a sentence."""

from collections.abc import Sequence

from lanemark.compare.decomposition import Change, Decomposition, Part, decompose
from lanemark.judge.types import Verdict
from lanemark.report.gates import METRIC_WORDS, subject_of
from lanemark.report.stages import base_side
from lanemark.report.types import Model
from lanemark.report.voice import Voice
from lanemark.units import change, seconds, tenths

MOST_NAMED = 3
"""How many stages a sentence names; the table and the JSON have them all."""

HARDLY = 0.0005
"""A change that is shown as +0.0 %."""

_ONLY = {"new": " (only on head)", "missing": " (only on base)"}


def lane_change(model: Model) -> Decomposition | None:
    """Return what the change of the lane is made of, None where head was not compared with anything."""
    base = base_side(model)
    if base is None or not model.comparison.differences:
        return None
    return decompose(base, model.measured.head, model.comparison)


def change_sentences(found: Decomposition, voice: Voice) -> tuple[str, ...]:
    """Return a sentence on wall and one on CPU time, and which stages are in no sum; sentences that say nothing are left out."""
    sentences = (explain(found.wall, "wall", voice), explain(found.cpu, "cpu", voice), *_left_out(found, voice))
    return tuple(sentence for sentence in sentences if sentence)


def guilty_sentence(model: Model, voice: Voice) -> str:
    """Return the sentence on the metric of the first regression gate that did not pass; empty where all did."""
    gates = (gate for gate in model.judgement.gates if gate.kind == "regression" and gate.verdict is not Verdict.PASS)
    metrics = (subject_of(gate, model.judgement.lane).metric for gate in gates)
    metric = next((metric for metric in metrics if metric in ("wall", "cpu")), None)
    found = lane_change(model) if metric is not None else None
    if found is None:
        return ""
    return explain(found.cpu, "cpu", voice) if metric == "cpu" else explain(found.wall, "wall", voice)


def explain(found: Change, metric: str, voice: Voice) -> str:
    """Return a sentence such as `The lane's wall time grew by 9.1 % (290 ms on 3.2 s): unit explains 83 % of it, build 17 %`.

    Empty where no stage's part is known. Where parts have both signs each is told as a ratio of the lane's time instead. Where
    the part of a stage is unknown, the sentence speaks of the compared stages, not of the lane.
    """
    if not found.parts:
        return ""
    what = f"{METRIC_WORDS[metric]} of the compared stages" if found.unknown else f"lane's {METRIC_WORDS[metric]}"
    if not found.certain:
        return _quiet(found, what, metric)
    certain = sorted((part for part in found.parts if part.certain), key=lambda part: -abs(part.change_s))
    named = [_part_words(part, voice, first=place == 0) for place, part in enumerate(certain[:MOST_NAMED])]
    rest = len(certain) - MOST_NAMED
    if rest > 0:
        named.append(f"and {rest} more stage{'s' if rest != 1 else ''} the rest")
    return f"The {what} {_moved(found)}: {', '.join(named)}{_of_what(found, certain)}."


def _quiet(found: Change, what: str, metric: str) -> str:
    """Return what is said of a lane without a change to explain."""
    if all(part.state == "unchanged" for part in found.parts):
        which = "stage whose change is known" if found.unknown else "stage"
        return f"No {which} differs from the base, so there is no change of {METRIC_WORDS[metric]} to explain."
    moved = "" if found.ratio is None else f" ({change(found.ratio)} is within noise)"
    return f"The {what} did not change measurably{moved}, so there is nothing to explain."


def _moved(found: Change) -> str:
    """Return `grew by 9.1 % (290 ms on 3.2 s)`."""
    moved, verb = seconds(abs(found.change_s)), "grew" if found.change_s > 0 else "shrank"
    if found.ratio is None:
        return f"{verb} by {moved}, from nothing"
    if abs(found.ratio) < HARDLY:
        return f"is the same in sum ({seconds(found.base_s)})"
    return f"{verb} by {change(abs(found.ratio)).lstrip('+')} ({moved} on {seconds(found.base_s)})"


def _part_words(part: Part, voice: Voice, *, first: bool) -> str:
    """Return one stage's part: its share where all parts point the same way, else what it is of the lane."""
    name = voice.name(part.stage) + _ONLY.get(part.state, "")
    if part.share_tenths is not None:
        share = tenths(part.share_tenths)
        return f"{name} explains {share} of it" if first else f"{name} {share}"
    if part.of_lane is not None:
        return f"{name} {change(part.of_lane)}"
    return f"{name} {'+' if part.change_s > 0 else '-'}{seconds(abs(part.change_s))}"


def _of_what(found: Change, certain: Sequence[Part]) -> str:
    """Return what percentages that are no shares are of."""
    if certain[0].share_tenths is not None or certain[0].of_lane is None:
        return ""
    return " of these stages together" if found.unknown else " of the lane"


def _left_out(found: Decomposition, voice: Voice) -> tuple[str, ...]:
    """Return which stages are in no sum, and why; both sums lack the same ones unless a record is odd."""
    if [one.stage for one in found.wall.unknown] == [one.stage for one in found.cpu.unknown]:
        return (_unknown(found.wall, "these sums", voice),)
    return (_unknown(found.wall, "the sum of wall time", voice), _unknown(found.cpu, "the sum of CPU time", voice))


def _unknown(found: Change, where: str, voice: Voice) -> str:
    """Return which stages are not in one sum; empty where all are."""
    if not found.unknown:
        return ""
    named = [f"{voice.name(one.stage)} ({voice.reason(one.reason)})" for one in found.unknown[:MOST_NAMED]]
    rest = len(found.unknown) - MOST_NAMED
    return f"Not in {where}: {', '.join(named)}{f', and {rest} more' if rest > 0 else ''}."
