"""Sample stages in pairs, in random order, until every gate is decided or the time is spent."""

import math
from collections.abc import Iterable
from hashlib import sha256

from lanemark.config.types import MeasureRules, Stage
from lanemark.measure.experiment import ADVISORY_PAIRS, MEMORY_PAIRS, Ask, Experiment
from lanemark.ports import Pass
from lanemark.result import Turn
from lanemark.run.stage import execute_stage
from lanemark.run.types import Workspace
from lanemark.units import seconds


def measure_stages(
    experiment: Experiment, undecided: Ask, suspects: Ask, *, memory_wanted: frozenset[str], pairs: bool = True
) -> None:
    """Measure what can differ, cheapest first, then confirm the suspects with a batch of their own.

    Without `pairs` there is nothing to compare with, and only the memory samples below are taken.
    `memory_wanted` are stages whose budgets need a memory sample even where nothing else is measured.
    """
    wanted = [step.stage for step in experiment.head.plan.steps if _is_worth_measuring(experiment, step.stage)] if pairs else []
    left_s = min(experiment.rules.max_time_s, _lane_left_s(experiment))
    for place, name in enumerate(sorted(wanted, key=lambda name: _cost_s(experiment, name))):
        left_s -= _measure_stage(experiment, name, left_s / (len(wanted) - place), undecided)
    for name in wanted:
        if left_s > 0 and name not in experiment.unmeasured:
            left_s -= _sample_memory(experiment, name, MEMORY_PAIRS, left_s)
    for name in sorted(suspects(experiment.samples["base"], experiment.samples["head"]) & set(wanted)):
        left_s -= _measure_stage(experiment, name, max(left_s, 0.0), undecided, batch=1)
        left_s -= _sample_memory(experiment, name, MEMORY_PAIRS, max(left_s, 0.0), batch=1)
    for name in sorted(memory_wanted - set(wanted)):
        if experiment.done["head"].get(name) is not None and experiment.done["head"][name].state == "ran":
            # Head alone: a budget asks about nothing else, and a pair would make a comparison of it.
            _take_turn(experiment, name, (experiment.head,), Turn(batch=0, pair=1, order=0), "memory")


def _lane_left_s(experiment: Experiment) -> float:
    """Return what is left of the lane's time; the deciding runs and all samples share it."""
    return math.inf if experiment.ends is None else max(experiment.ends - experiment.tools.clock.monotonic(), 0.0)


def _is_worth_measuring(experiment: Experiment, name: str) -> bool:
    """Tell whether a stage can differ and worked on all sides; note the reason where it is not measured."""
    broken = next((one for one in experiment.done["head"].values() if one.state == "failed"), None)
    rules = experiment.head.stages[name].measure
    if rules is None:
        reason = "measure: false"
    elif rules.baseline == "none":
        reason = "baseline: none"
    elif broken is not None:
        reason = f"not measured, because {broken.stage} failed"
    elif any(experiment.done[place.side].get(name) is None for place in experiment.sides):
        reason = "new: the base side does not have it"
    elif any(experiment.done[place.side][name].state != "ran" for place in experiment.sides):
        reason = "base-failed: it did not work on the base side"
    elif experiment.base is not None and _identity(experiment.base, name) == _identity(experiment.head, name) is not None:
        reason = "unchanged: inputs, command, environment and needs are the same on both sides"
    else:
        return True
    experiment.unmeasured[name] = reason
    return False


def _identity(place: Workspace, name: str) -> str | None:
    """Return the identity that the plan of one side forecasts for a stage."""
    return next((step.forecast.identity for step in place.plan.steps if step.stage == name), None)


def _cost_s(experiment: Experiment, name: str) -> float:
    """Return what one pair costs, by the deciding run."""
    usages = [experiment.done[place.side][name].usage for place in experiment.sides]
    return sum(usage.wall_s for usage in usages if usage is not None)


def _measure_stage(experiment: Experiment, name: str, share_s: float, undecided: Ask, *, batch: int = 0) -> float:
    """Sample one stage up to each look and stop at the first that decides; return the seconds it took.

    `share_s` is the stage's part of the lane's time. Where the least number of pairs does not fit in it the stage is too long
    for a gate: a few pairs are taken all the same, to say what could have been seen.
    """
    clock, rules = experiment.tools.clock, experiment.head.stages[name].measure or experiment.rules
    began = clock.monotonic()
    budget_s = min(share_s, rules.max_time_s)
    fits = int(budget_s / max(_cost_s(experiment, name), 1e-9))
    if fits < rules.min_pairs:
        needs, has = seconds(_cost_s(experiment, name) * rules.min_pairs), seconds(budget_s)
        if batch == 0:
            experiment.unmeasured[name] = f"too-long: {rules.min_pairs} pairs need {needs}, {has} are left"
        looks: Iterable[int] = (min(fits, ADVISORY_PAIRS),)
    else:
        looks = look_sizes(rules)
    pair = 0
    for look in looks:
        while pair < look and (pair < rules.min_pairs or clock.monotonic() - began < budget_s):
            if not _warm_up(experiment, name, rules, pair) or not _take_pair(experiment, name, batch, pair + 1, "time"):
                return clock.monotonic() - began
            pair += 1
        if name not in undecided(experiment.samples["base"], experiment.samples["head"]) or pair < look:
            break
    return clock.monotonic() - began


def look_sizes(rules: MeasureRules) -> tuple[int, ...]:
    """Return after how many pairs the gates are asked: 10, 20, 40 and 80 by default."""
    sizes = [rules.min_pairs]
    while sizes[-1] < rules.max_pairs:
        sizes.append(min(sizes[-1] * 2, rules.max_pairs))
    return tuple(sizes)


def _warm_up(experiment: Experiment, name: str, rules: MeasureRules, pair: int) -> bool:
    """Run the warm-up pairs beyond the deciding run, which is the first, and throw them away."""
    return pair > 0 or all(_take_pair(experiment, name, -1, extra, "time") for extra in range(1, rules.warmup))


def _take_pair(experiment: Experiment, name: str, batch: int, pair: int, account: Pass) -> bool:
    """Run the stage once on each side in random order; False where it failed, which ends its measuring.

    The order comes from the seed, so a run can be replayed. A negative batch is a warm-up and leaves no samples.
    """
    flip = sha256(f"{experiment.seed}/{name}/{batch}/{pair}/{account}".encode()).digest()[0] & 1
    order = experiment.sides[::-1] if flip else experiment.sides
    return _take_turn(experiment, name, order, Turn(batch=batch, pair=pair, order=0), account)


def _take_turn(experiment: Experiment, name: str, order: tuple[Workspace, ...], first: Turn, account: Pass) -> bool:
    """Run the stage once on each side of `order`; keep the samples only where all of them worked."""
    taken = []
    for rank, place in enumerate(order):
        _reset(experiment, place, place.stages[name])
        turn = Turn(batch=first.batch, pair=first.pair, order=rank)
        left_s = None if experiment.ends is None else _lane_left_s(experiment)
        ran = execute_stage(name, place, experiment.tools, turn=turn, account=account, time_left_s=left_s, log=f"{name}.measure")
        if ran.sample is None:
            evidence = ran.outcome.failure.evidence if ran.outcome.failure else ""
            experiment.unmeasured[name] = f"failed while measured: pair {first.pair}, {place.side} side: {evidence}"
            return False
        taken.append((place.side, ran.sample))
    if first.batch >= 0:
        for side, sample in taken:
            experiment.samples[side].append(sample)
    return True


def _reset(experiment: Experiment, place: Workspace, stage: Stage) -> None:
    """Put outputs back to what they were before the first run and those of its needs to what they were after theirs.

    Without this an incremental build's second run has nothing to do and measures nothing.
    """
    trees = experiment.tools.trees
    for need in _all_needs(place, stage):
        trees.put(place.root, place.stages[need].outputs, experiment.after[place.side, need])
    trees.put(place.root, stage.outputs, experiment.before[place.side, stage.name])


def _all_needs(place: Workspace, stage: Stage) -> tuple[str, ...]:
    """Return everything a stage needs, directly or through others."""
    found: dict[str, None] = {}
    queue = list(stage.needs)
    while queue:
        need = queue.pop()
        if need in place.stages and need not in found:
            found[need] = None
            queue += place.stages[need].needs
    return tuple(found)


def _sample_memory(experiment: Experiment, name: str, pairs: int, left_s: float, *, batch: int = 0) -> float:
    """Take memory samples in a pass of their own, because the sampler disturbs times; return the seconds it took."""
    clock = experiment.tools.clock
    began = clock.monotonic()
    for pair in range(1, pairs + 1):
        if clock.monotonic() - began > left_s or not _take_pair(experiment, name, batch, pair, "memory"):
            break
    return clock.monotonic() - began
