"""All stages of a result against its baseline: a difference, or in one word why there is none."""

from collections.abc import Sequence

import msgspec

from lanemark.compare.figures import compare_figures
from lanemark.compare.paired import ACCOUNT, MEASURING, RESOLUTION, as_effect, compare_samples, primary_metric, warm_values
from lanemark.compare.surroundings import compare_surroundings
from lanemark.compare.types import Baseline, Comparison, Difference, State
from lanemark.errors import DataError
from lanemark.metric import METRICS, Metric, unit_of
from lanemark.result import Outcome, Pair, Result, Sample
from lanemark.stats.effect import unpaired_effect
from lanemark.stats.order import median_of

TOO_LONG = "too-long"
"""The word in `Outcome.unmeasured` that says that the least number of pairs did not fit into the time."""

MOST_STAGES = 1000


def compare(measured: Pair, baseline: Baseline | None, *, reason: str = "") -> Comparison:
    """Return the differences of head against `baseline`, or `reason` why there is none to compare with.

    A stage that cannot be compared gives one difference, of its primary metric, whose state says why: `new`, `missing`, `failed`
    (reason `base-failed` or `head-failed`), `unchanged`, `incomparable` or `unmeasured`; any other stage gives one for each
    metric that both sides have. A paired baseline must be of the same experiment, else DataError: its samples share no moment
    with ours.
    """
    if baseline is None:
        return Comparison(reason=reason or "there is no baseline")
    head = measured.head
    if baseline.kind == "paired" and baseline.result.experiment != head.experiment:
        raise DataError(
            "base and head were measured in two experiments, so their samples do not pair",
            help="Use both results of one `lanemark measure`, or the base side as an artifact baseline.",
        )
    compared = _compared(head, baseline)
    differences: list[Difference] = []
    for stage in stages_of(head, baseline.result):
        state = _obstacle(stage, head, baseline)
        found = compared.get(stage, ())
        if state is not None:
            differences.append(state)
        elif found:
            differences += [
                _mark_too_long(difference, head.outcome(stage), baseline.result.outcome(stage)) for difference in found
            ]
        else:
            differences.append(_without_samples(stage, head, baseline))
    return Comparison(
        differences=tuple(differences),
        baseline=baseline,
        reason=reason,
        surroundings=compare_surroundings(baseline.result.samples, head.samples) if baseline.kind == "paired" else (),
        figures=compare_figures(baseline.result, head),
    )


def stages_of(*sides: Result) -> tuple[str, ...]:
    """Return the stages of all sides, each once: planned ones in order, then what only ran.

    Raises DataError beyond `MOST_STAGES`, which no plan has and a forged result may.
    """
    planned = (step.stage for side in sides for step in side.plan.steps)
    done = (outcome.stage for side in sides for outcome in side.outcomes)
    stages = tuple(dict.fromkeys([*planned, *done]))
    if len(stages) > MOST_STAGES:
        raise DataError(f"a result has {len(stages)} stages, at most {MOST_STAGES} are read", help="Measure again.")
    return stages


def choose_baseline(head: Result, trusted: Sequence[Baseline]) -> Baseline | None:
    """Return the baseline of a like machine that is nearest in commits, then youngest; any machine's where there is no like one.

    `trusted` come from runs that were checked already; nothing is checked here. None where there are none.
    """

    def distance(baseline: Baseline) -> tuple[bool, float, float]:
        return (
            baseline.result.machine.fingerprint != head.machine.fingerprint,
            float("inf") if baseline.behind is None else baseline.behind,
            float("inf") if baseline.age_s is None else baseline.age_s,
        )

    return min(trusted, key=distance, default=None)


def _compared(head: Result, baseline: Baseline) -> dict[str, list[Difference]]:
    """Return what the samples of both sides show, by stage."""
    found: dict[str, list[Difference]] = {}
    if baseline.kind == "paired":
        for difference in compare_samples(baseline.result.samples, head.samples):
            found.setdefault(difference.stage, []).append(difference)
    else:
        bases, heads = _by_stage(baseline.result), _by_stage(head)
        for stage in heads.keys() & bases.keys():
            if _like_machines(stage, head, baseline):
                found[stage] = _unpaired_differences(stage, bases[stage], heads[stage])
    return found


def _like_machines(stage: str, head: Result, baseline: Baseline) -> bool:
    """Return whether both sides measured `stage` on the same kind of machine; the jobs of one lane may be on different ones."""
    return baseline.result.machine_of(stage).fingerprint == head.machine_of(stage).fingerprint


def _by_stage(side: Result) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in side.samples:
        found.setdefault(sample.stage, []).append(sample)
    return found


def _unpaired_differences(stage: str, bases: Sequence[Sample], heads: Sequence[Sample]) -> list[Difference]:
    """Return the ratios of medians of one stage, for every metric that both sides have."""
    primary = primary_metric(sample.usage for sample in [*bases, *heads] if sample.account == "time")
    found: list[Difference] = []
    for metric in METRICS:
        left, right = warm_values(bases, metric, batch=MEASURING), warm_values(heads, metric, batch=MEASURING)
        if left and right:
            found.append(_unpaired_difference(stage, metric, left, right, primary=metric == primary))
    return found


def _unpaired_difference(
    stage: str, metric: Metric, bases: Sequence[float], heads: Sequence[float], *, primary: bool
) -> Difference:
    try:
        effect = as_effect(unpaired_effect(bases, heads, resolution=RESOLUTION[unit_of(metric)]))
    except DataError as fault:
        raise DataError(f"stage {stage}, {metric}, {fault.message}", help=fault.help) from None
    return Difference(
        stage=stage,
        metric=metric,
        state="compared",
        primary=primary,
        base=median_of(bases),
        head=median_of(heads),
        effect=effect,
    )


def _obstacle(stage: str, head: Result, baseline: Baseline) -> Difference | None:
    """Return why `stage` cannot be compared whatever its samples say; None where it can."""
    if not _has(baseline.result, stage):
        return _stateful(stage, "new", head, baseline, "the base does not have this stage")
    if not _has(head, stage):
        return _stateful(stage, "missing", head, baseline, "the head does not have this stage")
    if _failed(baseline.result.outcome(stage)):
        return _stateful(stage, "failed", head, baseline, "base-failed")
    if _failed(head.outcome(stage)):
        return _stateful(stage, "failed", head, baseline, "head-failed")
    return None


def _without_samples(stage: str, head: Result, baseline: Baseline) -> Difference:
    """Return why a stage of both sides has no samples to compare."""
    identity = _identity(head, stage)
    if identity is not None and identity == _identity(baseline.result, stage):
        return _stateful(stage, "unchanged", head, baseline, "nothing that this stage reads differs from the base")
    ours, theirs = head.outcome(stage), baseline.result.outcome(stage)
    if baseline.kind == "artifact" and not (ours and ours.unmeasured):
        machines = (baseline.result.machine_of(stage), head.machine_of(stage))
        if not _like_machines(stage, head, baseline):
            reason = f"the baseline was measured on another machine ({machines[0].cpu}; here {machines[1].cpu})"
        else:
            reason = "the baseline or this run has no samples of this stage"
        return _stateful(stage, "incomparable", head, baseline, reason)
    reasons = [outcome.unmeasured for outcome in (ours, theirs) if outcome and outcome.unmeasured]
    return _stateful(stage, "unmeasured", head, baseline, reasons[0] if reasons else "it has no samples that pair")


def _mark_too_long(difference: Difference, *outcomes: Outcome | None) -> Difference:
    """Return `difference` marked where the run says that its pairs did not fit into the time."""
    reason = next((outcome.unmeasured for outcome in outcomes if outcome and TOO_LONG in outcome.unmeasured), None)
    if reason is None or ACCOUNT[difference.metric] != "time":
        return difference
    return msgspec.structs.replace(difference, too_long=True, reason=reason)


def _stateful(stage: str, state: State, head: Result, baseline: Baseline, reason: str) -> Difference:
    """Return the one difference of a stage that was not compared, under the metric that would have been its witness."""
    outcomes = (head.outcome(stage), baseline.result.outcome(stage))
    usages = [outcome.usage for outcome in outcomes if outcome and outcome.usage]
    return Difference(
        stage=stage,
        metric=primary_metric(usages[:1]),
        state=state,
        primary=True,
        too_long=state == "unmeasured" and TOO_LONG in reason,
        reason=reason,
    )


def _has(side: Result, stage: str) -> bool:
    return side.outcome(stage) is not None or any(step.stage == stage for step in side.plan.steps)


def _failed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.state in ("failed", "skipped")


def _identity(side: Result, stage: str) -> str | None:
    return next((step.forecast.identity for step in side.plan.steps if step.stage == stage), None)
