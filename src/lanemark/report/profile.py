"""The section "Where the time goes": every stage's share, what bounds the lane, and how the run used its workers."""

from dataclasses import dataclass
from typing import Any

import msgspec

from lanemark.compare.lanes import LaneTimes, lane_times
from lanemark.compare.profile import WHOLE, Bottleneck, Profile, StageTime, profile
from lanemark.compare.temperatures import ColdStage, cold_against_warm
from lanemark.report.decomposition import change_sentences, lane_change
from lanemark.report.gates import METRIC_WORDS, NONE, moved
from lanemark.report.origin import Fact
from lanemark.report.recoveries import recovery_words
from lanemark.report.stages import base_side
from lanemark.report.telemetry import conditions_words, telemetry_words
from lanemark.report.types import Model
from lanemark.report.voice import PLAIN, Voice
from lanemark.result import Result
from lanemark.result.recoveries import count_recoveries, recoveries_view
from lanemark.units import change, seconds, tenths

WIDTH, HEIGHT = 1000, 18
"""The size of a bar in its own units; it is as wide as the page."""

MOST_NAMED = 8
"""How many stages of the critical path are named; the table marks them all."""

SHADES = 6
"""How many shades of one colour the stages of a bar take in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRow:
    """One stage: its raw name and remark, the rest in our words. `shade` is the one it has in the bars."""

    stage: str
    shade: int
    wall: str
    wall_share: str
    cpu: str
    cpu_share: str
    path: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdRow:
    """One metric of one stage, cold against warm."""

    stage: str
    metric: str
    cold: str
    warm: str
    more: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One lane on the base branch."""

    lane: str
    runs: str
    wall: str
    cpu: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """The section. `sentences` are written in the asked voice and safe for its destination; names in rows are raw.

    `bars` are the label and the SVG of every stacked bar. There are no rows where no stage has a time.
    """

    rows: tuple[TimeRow, ...]
    sentences: tuple[str, ...]
    bars: tuple[tuple[str, str], ...]
    cold: tuple[ColdRow, ...]
    lanes: tuple[LaneRow, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.rows or self.sentences or self.cold or self.lanes)


def profile_view(model: Model, voice: Voice = PLAIN) -> ProfileView:
    """Return the section of one run, of head's time; equal models give equal views."""
    head = model.measured.head
    found = profile(head)
    timed, on_path = any(one.wall_s is not None for one in found.stages), frozenset(found.path)
    return ProfileView(
        rows=tuple(_time_row(one, on_path, place % SHADES) for place, one in enumerate(found.stages)) if timed else (),
        sentences=tuple(
            sentence
            for sentence in (*_changes(model, voice), *_bounds(found, voice), *_telemetry(head), *_recoveries(head))
            if sentence
        ),
        bars=_bars(found),
        cold=tuple(_cold_row(one) for one in cold_against_warm(head, model.comparison)),
        lanes=tuple(_lane_row(one) for one in lane_times([run.result for run in (*model.past, *model.other_lanes)])),
    )


def profile_facts(model: Model) -> dict[str, Any]:
    """Return the section as plain JSON: the profile of both sides, the parts of the change, cold against warm, and the lanes."""
    head, base = model.measured.head, base_side(model)
    facts = {
        "head": profile(head),
        "base": profile(base) if base else None,
        "change": lane_change(model),
        "cold": cold_against_warm(head, model.comparison),
        "lanes": lane_times([run.result for run in (*model.past, *model.other_lanes)]),
        "telemetry": {"head": head.telemetry, "base": base.telemetry if base else None},
        "recoveries": recoveries_view(count_recoveries(head.outcomes)),
    }
    return {name: msgspec.to_builtins(fact) for name, fact in facts.items()}


def conditions_facts(model: Model) -> tuple[Fact, ...]:
    """Return what the machine did during the samples of each side, for the part of the page that tells of the machine."""
    sides = (("head", model.measured.head), ("base", base_side(model)))
    texts = ((name, conditions_words(side.samples)) for name, side in sides if side is not None)
    return tuple(Fact(label=f"During the samples of {name}", text=text) for name, text in texts if text)


def _changes(model: Model, voice: Voice) -> tuple[str, ...]:
    """Return what the lane's change is made of."""
    found = lane_change(model)
    return change_sentences(found, voice) if found else ()


def _bounds(found: Profile, voice: Voice) -> tuple[str, ...]:
    """Return what bounds the lane: the critical path, and its longest stage."""
    if not found.path or found.path_tenths is None or found.bottleneck is None:
        return ()
    rest = len(found.path) - MOST_NAMED
    names = ", ".join(voice.name(stage) for stage in found.path[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    path = f"The critical path is {names}: {seconds(found.path_s)}, {tenths(found.path_tenths)} of the wall time."
    return (path, _bottleneck(found.bottleneck, voice))


def _bottleneck(one: Bottleneck, voice: Voice) -> str:
    """Return the bottleneck with what can be gained there."""
    one_by_one = one.jobs == 1
    lane = "would take" if one_by_one else f"would still need at least, on {one.jobs} workers,"
    instead = f" instead of {seconds(one.lane_s)}"
    gain = f"at best {tenths(one.saving_tenths)} less"
    name = voice.name(one.stage)
    return f"The bottleneck is {name}: if it took no time the lane {lane} {seconds(one.best_s)}{instead}, {gain}."


def _recoveries(head: Result) -> tuple[str, ...]:
    """Return what became of the stages of head's deciding run that failed at first."""
    words = recovery_words(count_recoveries(head.outcomes))
    return (f"Recoveries: {words}.",) if words else ()


def _telemetry(head: Result) -> tuple[str, ...]:
    """Return how head's deciding run went."""
    if head.telemetry is None or not head.telemetry.steps:
        return ()
    return (f"The run that decides: {telemetry_words(head.telemetry)}.",)


def _time_row(one: StageTime, on_path: frozenset[str], shade: int) -> TimeRow:
    """Return one stage as a row."""
    counted = f"median of {one.samples} sample{'s' if one.samples != 1 else ''}"
    return TimeRow(
        stage=one.stage,
        shade=shade,
        wall=NONE if one.wall_s is None else seconds(one.wall_s),
        wall_share=NONE if one.wall_tenths is None else tenths(one.wall_tenths),
        cpu=NONE if one.cpu_s is None else seconds(one.cpu_s),
        cpu_share=NONE if one.cpu_tenths is None else tenths(one.cpu_tenths),
        path="yes" if one.stage in on_path else "no",
        source={"samples": counted, "run": "the run that decides", "none": one.why}[one.source],
    )


def _bars(found: Profile) -> tuple[tuple[str, str], ...]:
    """Return the bars of wall and of CPU time, those that have something in them."""
    shares = {
        f"Wall time, {seconds(found.wall_s)}": [one.wall_tenths for one in found.stages],
        f"CPU time, {seconds(found.cpu_s)}": [one.cpu_tenths for one in found.stages],
    }
    return tuple((label, _bar(parts)) for label, parts in shares.items() if any(parts))


def _bar(parts: list[int | None]) -> str:
    """Return one stacked bar as SVG made of numbers; the table beside it has the same figures."""
    left, inside = 0, []
    for place, part in enumerate(parts):
        if part:
            width = part * WIDTH // WHOLE
            inside.append(f'<rect class="part s{place % SHADES}" x="{left}" y="0" width="{width}" height="{HEIGHT}"/>')
            left += width
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return f'<svg class="stack" {size} aria-hidden="true">{"".join(inside)}</svg>'


def _cold_row(one: ColdStage) -> ColdRow:
    """Return one metric of a stage with cold samples."""
    effect = one.difference.effect if one.difference else None
    return ColdRow(
        stage=one.stage,
        metric=METRIC_WORDS[one.metric],
        cold=f"{seconds(one.cold_s)} (n = {one.cold_samples})",
        warm=NONE if one.warm_s is None else f"{seconds(one.warm_s)} (n = {one.warm_samples})",
        more=NONE if one.more is None else change(one.more),
        change=moved(effect.value, effect.low, effect.high) if effect else NONE,
    )


def _lane_row(one: LaneTimes) -> LaneRow:
    """Return one lane."""
    partly = f", and {one.incomplete} not whole" if one.incomplete else ""
    return LaneRow(
        lane=one.lane,
        runs=f"{one.runs}{partly}",
        wall=NONE if one.wall_s is None else seconds(one.wall_s),
        cpu=NONE if one.cpu_s is None else seconds(one.cpu_s),
    )
