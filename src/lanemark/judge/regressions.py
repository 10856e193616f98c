"""The gates of regression bands: every band of every measured stage, answered or said to be unknown."""

from collections.abc import Mapping
from dataclasses import dataclass

from lanemark.compare.paired import primary_metric
from lanemark.compare.types import Comparison, Difference
from lanemark.compare.whole import stages_of
from lanemark.config.types import Band, Config, Lane, Mode, softer
from lanemark.judge.bands import Finding, bands_of, too_long_reason, weigh_effect
from lanemark.judge.family import doubt_family
from lanemark.judge.gates import lane_stages
from lanemark.judge.surroundings import doubt_finding
from lanemark.judge.types import GateVerdict, Limit, Verdict
from lanemark.metric import Metric, unit_of
from lanemark.result import Result

_SAID: Mapping[str, str] = {
    "new": "it is new, so there is nothing to compare it with",
    "missing": "the head does not have it any more",
    "base-failed": "base-failed: it failed on the base, so there is nothing to compare with",
    "head-failed": "head-failed: it failed on the head, so its figures mean nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One stage and what is known of it: its differences by metric, or the one that says why it was not compared."""

    name: str
    compared: Mapping[Metric, Difference]
    obstacle: Difference | None
    primary: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One band of one stage."""

    stage: _Stage
    band: Band

    @property
    def difference(self) -> Difference | None:
        """What answers it, None where it was not compared."""
        return self.stage.compared.get(self.band.metric)

    @property
    def chance(self) -> float | None:
        """The p-value of head being no larger, None where nobody can tell."""
        return self.difference.effect.chance if self.difference and self.difference.effect else None


def regression_gates(
    head: Result, comparison: Comparison, policy: Config, lane: Lane, cap: Mode | None
) -> tuple[list[GateVerdict], list[str]]:
    """Return the gates of all bands, stage by stage, and sentences about stages that only one side has.

    Stages that the policy does not measure have none. Where no comparison was asked for, the built-in bands are left out, and
    those the user wrote are unknown.
    """
    unasked = comparison.baseline is None and head.baseline == "none"
    asked: list[_Question] = []
    notices: list[str] = []
    for stage in _stages(head, comparison, policy, lane):
        state = stage.obstacle.state if stage.obstacle else None
        if state in ("new", "missing"):
            notices.append(f"Stage {stage.name} is only on the {'head' if state == 'new' else 'base'}, so it is not compared.")
        asked += [
            _Question(stage=stage, band=band)
            for band in bands_of(lane, stage.name, stage.primary)
            if band.written or not (unasked or state == "missing")
        ]
    findings = [_weigh(one.stage, one.band, one.difference, comparison) for one in asked]
    findings = doubt_family(findings, [one.chance for one in asked])
    pairs = zip(asked, findings, strict=True)
    return [_gate_of(one.stage, one.band, finding, lane.name, cap) for one, finding in pairs], notices


def judge_differences(comparison: Comparison, lane: Lane) -> tuple[GateVerdict, ...]:
    """Return what the bands of `lane` say of a comparison by itself, for `lanemark compare`, where no run is judged."""
    gates = []
    for difference in comparison.differences:
        same = (one.metric for one in comparison.differences if one.stage == difference.stage and one.primary)
        primary: Metric = next(same, "wall")
        for band in bands_of(lane, difference.stage, primary):
            if band.metric == difference.metric and difference.state == "compared" and difference.temperature == "warm":
                stage = _Stage(name=difference.stage, compared={band.metric: difference}, obstacle=None, primary=primary)
                gates.append(_gate_of(stage, band, weigh_effect(difference, band, confirm=False), lane.name, None))
    return tuple(gates)


def _stages(head: Result, comparison: Comparison, policy: Config, lane: Lane) -> list[_Stage]:
    """Return the measured stages of head, of the baseline, and of the policy's lane."""
    differences: dict[str, list[Difference]] = {}
    for difference in comparison.differences:
        differences.setdefault(difference.stage, []).append(difference)
    here = stages_of(head)
    names = dict.fromkeys([*here, *differences, *lane_stages(policy, lane)])
    return [
        _stage(name, differences.get(name, []), head, present=name in here)
        for name in names
        if name not in policy.stages or policy.stages[name].measure is not None
    ]


def _stage(name: str, differences: list[Difference], head: Result, *, present: bool) -> _Stage:
    compared = {
        difference.metric: difference
        for difference in differences
        if difference.state == "compared" and difference.temperature == "warm"
    }
    obstacle = next((difference for difference in differences if difference.state != "compared"), None)
    outcome = head.outcome(name)
    primary = primary_metric([outcome.usage] if outcome and outcome.usage else [])
    primary = next((difference.metric for difference in differences if difference.primary), primary)
    if not present and obstacle is None:
        obstacle = Difference(stage=name, metric=primary, state="missing")
    return _Stage(name=name, compared=compared, obstacle=obstacle, primary=primary)


def _gate_of(stage: _Stage, band: Band, finding: Finding, lane: str, cap: Mode | None) -> GateVerdict:
    difference = stage.compared.get(band.metric)
    uncounted = {"new", "missing", "too-long"} & set(finding.tags)
    mode = softer(Mode.ENFORCE if band.written else Mode.WARN, cap, Mode.INFORM if uncounted else None)
    effect = difference.effect if difference else None
    return GateVerdict(
        gate=f"{lane}/{stage.name}.{band.metric}",
        kind="regression",
        verdict=finding.verdict,
        mode=mode,
        reason=finding.reason,
        unit="ratio",
        limit=Limit(warn=band.warn, fail=band.fail),
        value=effect.value if effect else None,
        low=effect.low if effect else None,
        high=effect.high if effect else None,
        base=difference.base if difference else None,
        head=difference.head if difference else None,
        metric_unit=unit_of(band.metric),
        tags=finding.tags,
    )


def _weigh(stage: _Stage, band: Band, difference: Difference | None, comparison: Comparison) -> Finding:
    if stage.obstacle is not None:
        return _weigh_obstacle(stage.obstacle)
    if comparison.baseline is None:
        return Finding(Verdict.UNKNOWN, comparison.reason or "there is no baseline", ("no-baseline",))
    if difference is None:
        return Finding(Verdict.UNKNOWN, f"{band.metric} was not measured on both sides", ("not-measured",))
    found = weigh_effect(difference, band, confirm=comparison.baseline.kind == "paired")
    doubt = doubt_finding(difference, found.verdict, comparison)
    if doubt is not None and found.verdict is not Verdict.UNKNOWN:
        found = Finding(Verdict.UNKNOWN, f"{found.reason}, but {doubt.reason}", (*found.tags, doubt.tag))
    if difference.too_long:
        return Finding(found.verdict, too_long_reason(difference), (*found.tags, "too-long"))
    return found


def _weigh_obstacle(difference: Difference) -> Finding:
    """Return what is said of a stage that was not compared; only one that cannot differ passes."""
    match difference.state:
        case "unchanged":
            return Finding(Verdict.PASS, difference.reason or "nothing that it reads differs from the base", ("unchanged",))
        case "new" | "missing":
            return Finding(Verdict.UNKNOWN, _SAID[difference.state], (difference.state,))
        case "failed":
            return Finding(Verdict.UNKNOWN, _SAID.get(difference.reason, difference.reason), (difference.reason or "failed",))
        case "unmeasured" if difference.too_long:
            return Finding(Verdict.UNKNOWN, too_long_reason(difference), ("too-long",))
        case _:
            return Finding(Verdict.UNKNOWN, difference.reason or "it could not be compared", (difference.state,))
