"""Sample stages in pairs, in random order, until every gate is decided or the time is spent."""

from collections.abc import Iterable, Mapping

from lanemark.config.types import MeasureRules
from lanemark.escape import visible
from lanemark.measure.experiment import ADVISORY_PAIRS, MEMORY_PAIRS, Ask, Experiment, Pace
from lanemark.measure.pace import find_pace
from lanemark.measure.sampling import take_pair
from lanemark.ports import Pass
from lanemark.result import Sample, Side, Temperature, Turn
from lanemark.run.types import Workspace
from lanemark.units import seconds

ONCE = Pace()
"""Passes other than the timing one take single executions and no control load."""


def measure_stages(
    experiment: Experiment, undecided: Ask, suspects: Ask, *, memory_wanted: frozenset[str], pairs: bool = True
) -> None:
    """Measure what can differ, cheapest first, then confirm the suspects with a batch of their own.

    Without `pairs` there is nothing to compare with, and only the memory samples below are taken.
    `memory_wanted` are stages whose budgets need a memory sample even where nothing else is measured.
    """
    wanted = [step.stage for step in experiment.head.plan.steps if _is_worth_measuring(experiment, step.stage)] if pairs else []
    deadline = _deadline(experiment)
    paces: dict[str, Pace] = {}
    for place, name in enumerate(sorted(wanted, key=lambda name: _cost_s(experiment, name))):
        pace = _measure_stage(experiment, name, _left_s(experiment, deadline) / (len(wanted) - place), undecided)
        if pace is not None:
            paces[name] = pace
    for name in paces:
        if name not in experiment.unmeasured:
            _sample_series(experiment, name, MEMORY_PAIRS, deadline, account="memory")
            _sample_cold(experiment, name, deadline)
    for name in sorted(suspects(experiment.samples["base"], experiment.samples["head"]) & paces.keys()):
        _sample_looks(experiment, name, paces[name], _left_s(experiment, deadline), undecided, batch=1)
        _sample_series(experiment, name, MEMORY_PAIRS, deadline, account="memory", batch=1)
    for name in sorted(memory_wanted - set(wanted)):
        if experiment.done["head"].get(name) is not None and experiment.done["head"][name].worked:
            # Head alone: a budget asks about nothing else, and a pair would make a comparison of it.
            alone = take_pair(experiment, name, Turn(batch=0, pair=1, order=0), ONCE, account="memory", sides=(experiment.head,))
            _keep(experiment, alone)


def _deadline(experiment: Experiment) -> float:
    """Return when measuring ends on the monotonic clock, by its own time and by the lane's, whichever is first."""
    left_s = experiment.lane_left_s()
    most_s = experiment.rules.max_time_s
    return experiment.tools.clock.monotonic() + (most_s if left_s is None else min(most_s, left_s))


def _left_s(experiment: Experiment, deadline: float) -> float:
    return max(deadline - experiment.tools.clock.monotonic(), 0.0)


def _is_worth_measuring(experiment: Experiment, name: str) -> bool:
    """Tell whether a stage can differ and worked on all sides; note the reason where it is not measured."""
    broken = next((one for one in experiment.done["head"].values() if one.state == "failed"), None)
    rules = experiment.head.stages[name].measure
    if name in experiment.elsewhere:
        reason = "measured in another shard"
    elif rules is None:
        reason = "measure: false"
    elif rules.baseline == "none":
        reason = "baseline: none"
    elif broken is not None:
        reason = f"not measured, because {broken.stage} failed"
    elif any(experiment.done[place.side].get(name) is None for place in experiment.sides):
        reason = "new: the base side does not have it"
    elif not all(experiment.done[place.side][name].worked for place in experiment.sides):
        reason = "base-failed: it did not work on the base side"
    elif experiment.base is not None and _identity(experiment.base, name) == _identity(experiment.head, name) is not None:
        saved = f"{experiment.rules.min_pairs} pairs, {seconds(_cost_s(experiment, name) * experiment.rules.min_pairs)} at least"
        reason = f"unchanged: inputs, command, environment and needs are the same on both sides; that saves {saved}"
        experiment.tools.say(f"{visible(name)}: {reason}")
    else:
        return True
    experiment.unmeasured[name] = reason
    return False


def _identity(place: Workspace, name: str) -> str | None:
    """Return the identity that the plan of one side forecasts for a stage."""
    return next((step.forecast.identity for step in place.plan.steps if step.stage == name), None)


def _cost_s(experiment: Experiment, name: str) -> float:
    """Return what one pair costs, by the deciding run or by the one it was replayed from."""
    return sum(experiment.done[place.side][name].expected_s for place in experiment.sides)


def _measure_stage(experiment: Experiment, name: str, share_s: float, undecided: Ask) -> Pace | None:
    """Sample one stage up to each look and stop at the first that decides; return its pace, None where it failed.

    `share_s` is the stage's part of the lane's time. Where the least number of pairs does not fit in it the stage is too long
    for a gate: a few pairs are taken all the same, to say what could have been seen.
    """
    rules = _rules(experiment, name)
    budget_s = min(share_s, rules.max_time_s)
    began = experiment.tools.clock.monotonic()
    if _cost_s(experiment, name) * rules.min_pairs <= budget_s:
        pace = find_pace(experiment, name, budget_s)
    else:  # no time for a warm-up either
        pace = Pace(pair_s=_cost_s(experiment, name))
    if pace is None:
        return None
    budget_s -= experiment.tools.clock.monotonic() - began
    if pace.pair_s * rules.min_pairs > budget_s:
        needs, has = seconds(pace.pair_s * rules.min_pairs), seconds(max(budget_s, 0.0))
        experiment.unmeasured[name] = f"too-long: {rules.min_pairs} pairs need {needs}, {has} are left"
    _sample_looks(experiment, name, pace, budget_s, undecided, batch=0)
    return pace


def _rules(experiment: Experiment, name: str) -> MeasureRules:
    """Return the rules by which head measures a stage."""
    return experiment.head.stages[name].measure or experiment.rules


def _sample_looks(experiment: Experiment, name: str, pace: Pace, budget_s: float, undecided: Ask, *, batch: int) -> None:
    """Take pairs of one batch until a look decides, or the budget is spent; a stage whose pairs do not fit gets a few."""
    clock, rules = experiment.tools.clock, _rules(experiment, name)
    began = clock.monotonic()
    fits = int(budget_s / max(pace.pair_s, 1e-9))
    least = rules.min_pairs if fits >= rules.min_pairs else 0
    looks: Iterable[int] = look_sizes(rules) if least else (min(fits, ADVISORY_PAIRS),)
    pair = 0
    for look in looks:
        while pair < look and (pair < least or clock.monotonic() - began < budget_s):
            if not _keep(experiment, take_pair(experiment, name, Turn(batch=batch, pair=pair + 1, order=0), pace)):
                return
            pair += 1
        if name not in undecided(experiment.samples["base"], experiment.samples["head"]) or pair < look:
            return


def _keep(experiment: Experiment, taken: Mapping[Side, Sample] | None) -> bool:
    """Keep the samples of a pair; False where there are none, because the stage failed."""
    for side, sample in (taken or {}).items():
        experiment.samples[side].append(sample)
    return taken is not None


def look_sizes(rules: MeasureRules) -> tuple[int, ...]:
    """Return after how many pairs the gates are asked: 10, 20, 40 and 80 by default."""
    sizes = [rules.min_pairs]
    while sizes[-1] < rules.max_pairs:
        sizes.append(min(sizes[-1] * 2, rules.max_pairs))
    return tuple(sizes)


def _sample_series(
    experiment: Experiment,
    name: str,
    pairs: int,
    deadline: float,
    *,
    account: Pass = "time",
    temperature: Temperature = "warm",
    batch: int = 0,
) -> None:
    """Take single executions in a series of its own: a memory pass disturbs times, and cold is another question."""
    for pair in range(1, pairs + 1):
        turn = Turn(batch=batch, pair=pair, order=0)
        if not _left_s(experiment, deadline) or not _keep(
            experiment, take_pair(experiment, name, turn, ONCE, account=account, temperature=temperature)
        ):
            return


def _sample_cold(experiment: Experiment, name: str, deadline: float) -> None:
    """Take the cold series where it was asked for: the declared inputs are evicted from the page cache before each sample.

    Samples run the stage itself and never our cache, so that one is always bypassed.
    """
    rules, tools = _rules(experiment, name), experiment.tools
    if not rules.cold:
        return
    if all(tools.trees.evict(place.root, place.stages[name].inputs) for place in experiment.sides):
        _sample_series(experiment, name, rules.min_pairs, deadline, temperature="cold")
    else:
        tools.say(f"{visible(name)}: no cold samples, because it has no inputs that could be dropped from the page cache here")
