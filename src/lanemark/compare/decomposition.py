"""What a change of the whole lane is made of: each stage's part of it."""

from collections.abc import Sequence
from math import fsum

from lanemark.codec import Record
from lanemark.compare.profile import LEAST_S, Profile, StageTime, TimeMetric, profile, share_out
from lanemark.compare.types import Comparison, Difference, State
from lanemark.result import Result


class Part(Record, frozen=True, kw_only=True):
    """One stage's part of the lane's change, in seconds.

    `state` is `compared`, `unchanged` (exactly zero), `new` or `missing` (the whole stage). `certain` says that it is not noise:
    the interval of the stage's change excludes zero, or only one side has the stage. `share_tenths` is its share of the lane's
    change in tenths of a percent, None where parts have both signs, because shares beyond 100 % say nothing. `of_lane` is the
    part as a ratio of the lane's time on base, None where that is none.
    """

    stage: str
    state: State
    change_s: float
    certain: bool
    share_tenths: int | None = None
    of_lane: float | None = None


class Unknown(Record, frozen=True, kw_only=True):
    """A stage whose part is not known, and why; it is in no sum."""

    stage: str
    reason: str


class Change(Record, frozen=True, kw_only=True):
    """The change of one metric over the whole lane: the sum over all stages of which the change is known.

    `change_s` is exactly the sum of the parts, and `head_s` is `base_s` plus it. `ratio` is `change_s` over `base_s`, None where
    that is none. `certain` says that at least one part is not noise; otherwise there is nothing to explain.
    """

    base_s: float
    head_s: float
    change_s: float
    ratio: float | None
    certain: bool
    parts: tuple[Part, ...]
    unknown: tuple[Unknown, ...] = ()


class Decomposition(Record, frozen=True, kw_only=True):
    """The lane's change in wall and in CPU seconds."""

    wall: Change
    cpu: Change


def decompose(base: Result, head: Result, comparison: Comparison) -> Decomposition:
    """Return what the change from `base` to `head` is made of, by the differences of `comparison`.

    A compared stage's part is its median on base times the effect that the verdict is made from (warm samples, first batch), so
    that both tell the same story. The lane's time is the sum over stages, as a budget on `total` has it.
    """
    ours, theirs = profile(head), profile(base)
    return Decomposition(wall=_change("wall", theirs, ours, comparison), cpu=_change("cpu", theirs, ours, comparison))


def _change(metric: TimeMetric, base: Profile, head: Profile, comparison: Comparison) -> Change:
    """Return one metric's change over all stages of the comparison."""
    before, after = ({one.stage: one for one in side.stages} for side in (base, head))
    parts: list[Part] = []
    unknown: list[Unknown] = []
    base_s: list[float] = []
    for stage, differences in _warm_by_stage(comparison).items():
        found = _part(stage, metric, before.get(stage), after.get(stage), differences)
        if isinstance(found, Unknown):
            unknown.append(found)
        else:
            parts.append(found[0])
            base_s.append(found[1])
    whole_s, change_s = fsum(base_s), fsum(part.change_s for part in parts)
    return Change(
        base_s=whole_s,
        head_s=whole_s + change_s,
        change_s=change_s,
        ratio=change_s / whole_s if whole_s >= LEAST_S else None,
        certain=any(part.certain for part in parts),
        parts=_with_shares(parts, whole_s),
        unknown=tuple(unknown),
    )


def _warm_by_stage(comparison: Comparison) -> dict[str, list[Difference]]:
    """Return the warm differences of every stage."""
    found: dict[str, list[Difference]] = {}
    for difference in comparison.differences:
        if difference.temperature == "warm":
            found.setdefault(difference.stage, []).append(difference)
    return found


def _part(
    stage: str, metric: TimeMetric, base: StageTime | None, head: StageTime | None, differences: Sequence[Difference]
) -> tuple[Part, float] | Unknown:
    """Return the part of one stage and its seconds on base, or why it is not known."""
    before, after = (getattr(side, f"{metric}_s") if side else None for side in (base, head))
    compared = [one for one in differences if one.state == "compared"]
    if compared:
        known = next((_compared_part(one) for one in compared if one.metric == metric and one.effect), None)
        return known or Unknown(stage=stage, reason=f"{metric} was not measured on both sides")
    match differences[0].state:
        case "unchanged":
            return Part(stage=stage, state="unchanged", change_s=0.0, certain=False), before or after or 0.0
        case "new" if after is not None:
            return Part(stage=stage, state="new", change_s=after, certain=True), 0.0
        case "missing" if before is not None:
            return Part(stage=stage, state="missing", change_s=-before, certain=True), before
    side = next((side for side in (head, base) if side and side.why), None)
    return Unknown(stage=stage, reason=side.why if side else differences[0].reason or "it was not compared")


def _compared_part(one: Difference) -> tuple[Part, float] | None:
    """Return the part of a stage that was compared."""
    if one.effect is None or one.base is None:
        return None
    low, high = one.effect.low, one.effect.high
    certain = (low is not None and low > 0) or (high is not None and high < 0)
    return Part(stage=one.stage, state="compared", change_s=one.base * one.effect.value, certain=certain), one.base


def _with_shares(parts: Sequence[Part], whole_s: float) -> tuple[Part, ...]:
    """Return the parts with what each is of the lane and, where all point the same way, its share of the change."""
    signs = {part.change_s > 0 for part in parts if part.change_s}
    shares = share_out([abs(part.change_s) for part in parts]) if len(signs) == 1 else [None] * len(parts)
    return tuple(
        Part(
            stage=part.stage,
            state=part.state,
            change_s=part.change_s,
            certain=part.certain,
            share_tenths=share,
            of_lane=part.change_s / whole_s if whole_s >= LEAST_S else None,
        )
        for part, share in zip(parts, shares, strict=True)
    )
