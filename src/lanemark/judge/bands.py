"""Regression bands: a limit relative to the base, and what the evidence says about it."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from lanemark import units
from lanemark.compare.paired import RESOLUTION
from lanemark.compare.types import Difference, Effect
from lanemark.config.types import FLOORS, Band, Lane
from lanemark.judge.types import Verdict
from lanemark.metric import METRICS, Metric, unit_of
from lanemark.stats.effect import LEAST_PAIRS, LEAST_SAMPLES, detectable

BUILT_IN: Mapping[Metric, Band] = {
    "cpu": Band(stage="default", metric="cpu", warn=0.03, fail=0.10, floor=FLOORS["cpu"], written=False),
    "wall": Band(stage="default", metric="wall", warn=0.05, fail=0.15, floor=FLOORS["wall"], written=False),
}
"""The bands of a stage's primary metric where the user wrote none. They only warn."""

_LEAST_FOR_NOISE = 5


class Finding(NamedTuple):
    """What the evidence says: the verdict, why in words, and tags for machines."""

    verdict: Verdict
    reason: str
    tags: tuple[str, ...] = ()


class _Limits(NamedTuple):
    """The limits of one band on one difference, as ratios, none of them below the absolute floor.

    An effect warns from `warn` and fails from `fail`. A fail must be surely above `sure`; what is surely below `calm` passes.
    """

    warn: float | None
    fail: float | None
    sure: float
    calm: float


def bands_of(lane: Lane, stage: str, primary: Metric) -> tuple[Band, ...]:
    """Return the bands that judge `stage`, at most one a metric.

    `<stage>.<metric>` wins over `default.<metric>`, and that over the built-in band, which only the primary metric has.
    """
    found = {primary: BUILT_IN[primary]} if primary in BUILT_IN else {}
    for owner in ("default", stage):
        found |= {band.metric: band for band in lane.bands if band.stage == owner}
    return tuple(found[metric] for metric in METRICS if metric in found)


def weigh_effect(difference: Difference, band: Band, *, confirm: bool) -> Finding:
    """Return what a compared difference means for `band`.

    fail: the effect reaches the fail limit, and its lower bound is above the warn limit (above zero where there is none).
    With `confirm`, an independent second batch must reach the fail limit too and be surely above zero, else it is a warn.
    warn: the effect reaches the warn limit and its lower bound is above zero. pass: the upper bound is below the warn limit
    (the fail limit where there is none). unknown: anything else, and everything without bounds. No limit is below `band.floor`
    in the metric's unit.
    """
    effect, limits = difference.effect, _limits(difference, band)
    if effect is None or limits is None:
        return Finding(Verdict.UNKNOWN, "the band has no limit" if effect else "it has no samples to compare")
    one, least = ("pair", LEAST_PAIRS) if confirm else ("sample", LEAST_SAMPLES)  # what does not pair is not confirmed either
    if effect.low is None or effect.high is None:
        return Finding(Verdict.UNKNOWN, f"{_count(effect, one)}, and {least} are the least; {_visible(effect)}", ("few-pairs",))
    if not all(map(math.isfinite, (effect.low, effect.value, effect.high))):
        return Finding(Verdict.UNKNOWN, "its effect is not a number")
    tags = _quality_tags(effect, band)
    shown = _shown(effect, one)
    if limits.fail is not None and effect.value >= limits.fail and effect.low > limits.sure:
        found = _weigh_fail(difference, f"{shown} reaches the limit of {units.limit(limits.fail)}", limits.fail, confirm=confirm)
    elif limits.warn is not None and effect.value >= limits.warn and effect.low > 0:
        found = Finding(Verdict.WARN, f"{shown} reaches the limit of {units.limit(limits.warn)}")
    elif effect.high >= limits.calm:
        reason = f"{shown} can be either side of the limit of {units.limit(limits.calm)}; {_visible(effect)}"
        found = Finding(Verdict.UNKNOWN, reason)
    elif effect.value <= -limits.calm and effect.high < 0:
        found = Finding(Verdict.PASS, f"{shown} is an improvement", ("improved",))
    else:
        found = Finding(Verdict.PASS, f"{shown} is below the limit of {units.limit(limits.calm)}")
    return Finding(found.verdict, found.reason, (*tags, *found.tags))


def _weigh_fail(difference: Difference, reason: str, fail: float, *, confirm: bool) -> Finding:
    """Return a fail where nothing else is asked or a second batch agrees, else a warn."""
    second = difference.confirmation
    if not confirm:
        return Finding(Verdict.FAIL, reason)
    if second is None:
        return Finding(Verdict.WARN, f"{reason}, but no second batch confirms it", ("unconfirmed",))
    if second.low is not None and second.value >= fail and second.low > 0:
        return Finding(Verdict.FAIL, f"{reason}; a second batch shows {_shown(second, 'pair')}")
    return Finding(Verdict.WARN, f"{reason}, but a second batch shows {_shown(second, 'pair')}", ("unconfirmed",))


def too_long_reason(difference: Difference) -> str:
    """Return why a gate that had no time for its pairs is not counted, and what the pairs it had could have shown."""
    said = "its pairs did not fit into the time, so this is shown and not counted"
    if difference.effect is None:
        return f"{said} ({difference.reason})" if difference.reason else said
    return f"{_shown(difference.effect, 'pair')}; {said}; {_visible(difference.effect)}"


def _limits(difference: Difference, band: Band) -> _Limits | None:
    base = max(difference.base or 0.0, RESOLUTION[unit_of(difference.metric)])
    least = band.floor / base
    warn = None if band.warn is None else max(band.warn, least)
    fail = None if band.fail is None else max(band.fail, least)
    calm = warn if warn is not None else fail
    return None if calm is None else _Limits(warn, fail, band.warn or 0.0, calm)


def _quality_tags(effect: Effect, band: Band) -> tuple[str, ...]:
    tags = []
    if effect.pairs < LEAST_PAIRS:
        tags.append("few-pairs")
    width = 0.0 if effect.low is None or effect.high is None else (effect.high - effect.low) / 2
    if band.warn is not None and width > band.warn:
        tags.append("unstable")
    if effect.bimodal:
        tags.append("bimodal")
    return tuple(tags)


def _shown(effect: Effect, one: str) -> str:
    if effect.low is None or effect.high is None:
        return f"{units.change(effect.value)} ({_count(effect, one)})"
    return f"{units.change(effect.value)} ({units.change(effect.low)} to {units.change(effect.high)}, {_count(effect, one)})"


def _count(effect: Effect, one: str) -> str:
    return f"{effect.pairs} {one}{'s' if effect.pairs != 1 else ''}"


def _visible(effect: Effect) -> str:
    if effect.pairs < _LEAST_FOR_NOISE:
        return "they are too few to say what they could have shown"
    return f"a change of about {units.limit(round(detectable(effect.noise, effect.pairs), 3))} would have been seen"
