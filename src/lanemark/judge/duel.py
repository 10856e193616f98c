"""Two commands: is one slower? The bands of a gate without its floors, so that commands of a millisecond can differ too."""

from collections.abc import Mapping, Sequence

from lanemark.compare.paired import primary_metric
from lanemark.compare.types import Comparison, Difference
from lanemark.config.types import Band, Lane, Mode
from lanemark.judge import looks
from lanemark.judge.bands import Finding, weigh_effect
from lanemark.judge.surroundings import doubt_finding
from lanemark.judge.types import GateVerdict, Limit, Verdict
from lanemark.metric import Metric, unit_of
from lanemark.result import Sample

LANE = "compare"

LIMITS: Mapping[Metric, tuple[float, float]] = {"cpu": (0.03, 0.10), "wall": (0.05, 0.15)}
"""Where a difference is worth a warning and where it is large, of the metric that speaks for the command."""


def duel_band(primary: Metric) -> Band:
    """Return the band of the metric that speaks for the command: no floor, and nobody wrote it."""
    warn, fail = LIMITS[primary]
    return Band(stage="default", metric=primary, warn=warn, fail=fail, floor=0.0, written=False)


def undecided_duel(base: Sequence[Sample], head: Sequence[Sample]) -> frozenset[str]:
    """Return what more pairs could still decide, by the rules of a gate."""
    return looks.undecided(base, head, _lane(base, head), {})


def suspect_duel(base: Sequence[Sample], head: Sequence[Sample]) -> frozenset[str]:
    """Return what looks so much slower that a second batch must confirm it."""
    return looks.suspects(base, head, _lane(base, head), {})


def judge_duel(comparison: Comparison) -> tuple[GateVerdict, ...]:
    """Return what is said of the metric that speaks for the command, at most one verdict; it informs and gates nothing.

    A fail needs its second batch, and nothing stands that the machine itself speaks against, as for a gate of a pull request.
    """
    for difference in comparison.differences:
        if difference.primary and difference.state == "compared" and difference.temperature == "warm":
            band = duel_band(difference.metric)
            return (_gate(difference, band, _weigh(difference, band, comparison)),)
    return ()


def _lane(base: Sequence[Sample], head: Sequence[Sample]) -> Lane:
    timed = [sample.usage for sample in (*base, *head) if sample.account == "time"]
    return Lane(name=LANE, line=0, bands=(duel_band(primary_metric(timed)),))


def _weigh(difference: Difference, band: Band, comparison: Comparison) -> Finding:
    found = weigh_effect(difference, band, confirm=True)
    doubt = doubt_finding(difference, found.verdict, comparison)
    if doubt is not None and found.verdict is not Verdict.UNKNOWN:
        return Finding(Verdict.UNKNOWN, f"{found.reason}, but {doubt.reason}", (*found.tags, doubt.tag))
    return found


def _gate(difference: Difference, band: Band, found: Finding) -> GateVerdict:
    effect = difference.effect
    return GateVerdict(
        gate=f"{LANE}/{difference.stage}.{band.metric}",
        kind="regression",
        verdict=found.verdict,
        mode=Mode.INFORM,
        reason=found.reason,
        unit="ratio",
        limit=Limit(warn=band.warn, fail=band.fail),
        value=effect.value if effect else None,
        low=effect.low if effect else None,
        high=effect.high if effect else None,
        base=difference.base,
        head=difference.head,
        metric_unit=unit_of(band.metric),
        tags=found.tags,
    )
