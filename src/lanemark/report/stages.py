"""Stages as rows: what became of each on both sides, how long it took, and whether it was measured."""

from collections.abc import Iterable
from dataclasses import dataclass

from lanemark.compare.types import Difference
from lanemark.metric import unit_of
from lanemark.report.failures import cause_words, tried_lines
from lanemark.report.gates import METRIC_WORDS, NONE, moved
from lanemark.report.replays import origin_words
from lanemark.report.types import Model
from lanemark.result import Failure, Outcome, Result
from lanemark.units import quantity, seconds

STATE_WORDS = {
    "ran": "ran",
    "flaky": "passed (flaky)",
    "replayed": "replayed from cache",
    "failed": "failed",
    "skipped": "skipped",
}

FAILURE_WORDS = {
    "exit": "ended with status {0}",
    "timeout": "ran out of its time",
    "cancelled": "was cancelled",
    "not-found": "its command was not found",
    "output-missing": "ended well, but a declared output is missing",
    "lane-timeout": "ran when the lane's time was over",
    "flood": "printed without end",
}
"""What each class of failure means; `{0}` is the exit status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """One stage: raw `stage` name and `remark`, wall seconds of the deciding run on both sides (None: no such run)."""

    stage: str
    base_state: str
    head_state: str
    base_s: float | None
    head_s: float | None
    measured: str
    remark: str
    base_origin: str = ""
    head_origin: str = ""

    @property
    def base(self) -> str:
        """The base side as a cell."""
        return _cell(self.base_state, self.base_s, self.base_origin)

    @property
    def head(self) -> str:
        """The head side as a cell."""
        return _cell(self.head_state, self.head_s, self.head_origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One failed stage of the head side; `what` and `cause` are our words, the rest is raw.

    `signs` is the evidence for the class, strongest first, `tried` what was done before, a sentence a try.
    """

    stage: str
    what: str
    evidence: str
    tail: str
    cause: str = ""
    signs: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One metric of one stage on both sides."""

    stage: str
    metric: str
    base: str
    head: str
    change: str
    pairs: str
    remark: str


def base_side(model: Model) -> Result | None:
    """Return the base side that head is shown beside: the baseline of the comparison, else what this run measured."""
    baseline = model.comparison.baseline
    return baseline.result if baseline else model.measured.base


def stage_rows(model: Model) -> tuple[StageRow, ...]:
    """Return every stage of the head side in the order they ran, then those that only the base has."""
    head, base = model.measured.head, base_side(model)
    names = dict.fromkeys(outcome.stage for side in (head, base) if side for outcome in side.outcomes)
    return tuple(_stage_row(model, name, base.outcome(name) if base else None, head.outcome(name)) for name in names)


def _stage_row(model: Model, name: str, base: Outcome | None, head: Outcome | None) -> StageRow:
    """Return one stage."""
    difference = witness(model, name)
    compared = difference is not None and difference.state == "compared"
    remark = (head.unmeasured if head else "") or (difference.reason if difference and not compared else "")
    if head and head.cache:
        remark = "; ".join(filter(None, (f"ran: {head.cache}", remark)))
    if head and head.survivors:
        remark = "; ".join(filter(None, (f"left {head.survivors} processes running, which were ended", remark)))
    if head and (head.tries or head.flaky):
        remark = "; ".join((*tried_lines(head), *filter(None, (remark,))))
    return StageRow(
        stage=name,
        base_state=_state(base),
        head_state=_state(head),
        base_s=base.usage.wall_s if base and base.usage else None,
        head_s=head.usage.wall_s if head and head.usage else None,
        measured=_measured(difference, _counted(model)),
        remark=remark,
        base_origin=origin_words(base.replay) if base else "",
        head_origin=origin_words(head.replay) if head else "",
    )


def _state(outcome: Outcome | None) -> str:
    """Return what became of a stage; one that passed only on a second try of its tests has a word of its own."""
    return "" if outcome is None else "flaky" if outcome.flaky else outcome.state


_MEASURED = {
    "compared": "yes",
    "unchanged": "no, unchanged",
    "new": "no, only on head",
    "missing": "no, only on base",
    "failed": "no, failed",
    "unmeasured": "no",
    "incomparable": "no, nothing to compare with",
}


def _measured(difference: Difference | None, counted: str) -> str:
    """Return whether the stage was compared, and on how many pairs or samples."""
    if difference is None:
        return "no"
    if difference.effect and difference.state == "compared":
        return _pairs(difference, counted)
    return _MEASURED[difference.state]


def _pairs(difference: Difference, counted: str) -> str:
    """Return how many pairs (or samples of the side with fewer) an effect rests on."""
    if difference.effect is None:
        return NONE
    second = f" and {difference.confirmation.pairs} to confirm" if difference.confirmation else ""
    return f"{difference.effect.pairs} {counted}{'s' if difference.effect.pairs != 1 else ''}{second}"


def _counted(model: Model) -> str:
    """Return what effects are counted in: pairs of one run, or samples where the base is an artifact."""
    baseline = model.comparison.baseline
    return "sample" if baseline and baseline.kind == "artifact" else "pair"


def _cell(state: str, wall_s: float | None, origin: str) -> str:
    """Return `ran, 3.15 s`, or where a replay is from; a replay has no time of its own."""
    if not state:
        return NONE
    if origin:
        return f"{STATE_WORDS[state]}, {origin}"
    return STATE_WORDS[state] if wall_s is None else f"{STATE_WORDS[state]}, {seconds(wall_s)}"


def witness(model: Model, stage: str) -> Difference | None:
    """Return the difference that speaks for a stage: its primary metric, else the first."""
    found = [difference for difference in model.comparison.differences if difference.stage == stage]
    return next((difference for difference in found if difference.primary), found[0] if found else None)


def broken_stages(model: Model) -> tuple[Broken, ...]:
    """Return the failed stages of the head side with their evidence and the last lines of their logs."""
    return broken_outcomes(model.measured.head.outcomes)


def broken_outcomes(outcomes: Iterable[Outcome]) -> tuple[Broken, ...]:
    """Return those that failed with their evidence and the last lines of their logs."""
    return tuple(_broken(outcome, failure) for outcome, failure in _failures(outcomes))


def _failures(outcomes: Iterable[Outcome]) -> list[tuple[Outcome, Failure]]:
    """Return the outcomes that carry a failure."""
    return [(outcome, outcome.failure) for outcome in outcomes if outcome.failure is not None]


def _broken(outcome: Outcome, failure: Failure) -> Broken:
    """Return one failure in words; what the evidence says already is no sign of its own."""
    return Broken(
        stage=outcome.stage,
        what=FAILURE_WORDS[failure.kind].format(failure.status),
        evidence=failure.evidence,
        tail=failure.tail.strip("\r\n"),
        cause=cause_words(failure),
        signs=tuple(sign for sign in failure.signs if sign != failure.evidence),
        tried=tried_lines(outcome),
    )


def difference_rows(model: Model) -> tuple[DifferenceRow, ...]:
    """Return everything that was compared, also what no gate looks at."""
    return tuple(
        _difference_row(difference, _counted(model))
        for difference in model.comparison.differences
        if difference.state == "compared"
    )


def _difference_row(difference: Difference, counted: str) -> DifferenceRow:
    """Return one difference as a row."""
    unit, effect = unit_of(difference.metric), difference.effect
    return DifferenceRow(
        stage=difference.stage,
        metric=METRIC_WORDS[difference.metric] + (" (primary)" if difference.primary else _temperature(difference)),
        base=NONE if difference.base is None else quantity(difference.base, unit),
        head=NONE if difference.head is None else quantity(difference.head, unit),
        change=moved(effect.value, effect.low, effect.high) if effect else NONE,
        pairs=_pairs(difference, counted),
        remark=difference.reason,
    )


def _temperature(difference: Difference) -> str:
    """Return the remark on a cold series; warm needs none."""
    return " (cold)" if difference.temperature == "cold" else ""
