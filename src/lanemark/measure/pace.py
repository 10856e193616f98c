"""How a stage is sampled: how often in one sample, and with how much control load before each."""

import math

from lanemark.config.types import MeasureRules
from lanemark.measure.experiment import Experiment, Pace
from lanemark.measure.sampling import take_pair
from lanemark.result import Turn

LEAST_S = 0.05
"""A sample is at least this long: below it, starting a process and the ticks of the machine weigh more than the command."""

MOST_LOOPS = 200

SHORT_S = 0.5
"""A stage that decided faster than this runs once more before it is sampled, because its first run was cold."""

CONTROL_SHARE = 0.08
"""The part of a round that the control load takes; at most a tenth is promised."""

MOST_UNITS = 100


def find_pace(experiment: Experiment, name: str, budget_s: float) -> Pace | None:
    """Return the pace of one stage after its warm-ups, whose samples are thrown away; None where it failed in one.

    The deciding run was the first warm-up; where it was replayed on a side, nothing is warm, and how long it takes here is not
    known yet. Executions are put together until the faster side takes `LEAST_S`, as far as the fewest pairs still fit into
    `budget_s`.
    """
    rules = experiment.head.stages[name].measure or experiment.rules
    decided = [experiment.done[place.side][name] for place in experiment.sides]
    walls = {place.side: outcome.expected_s for place, outcome in zip(experiment.sides, decided, strict=True)}
    ran = all(outcome.state == "ran" for outcome in decided)
    for extra in range(_warm_ups(rules, min(walls.values()), ran=ran)):
        taken = take_pair(experiment, name, Turn(batch=-1, pair=extra + 1, order=0), Pace())
        if taken is None:
            return None
        walls = {side: sample.usage.wall_s for side, sample in taken.items()}
    once_s = max(sum(walls.values()), 1e-6)
    wanted = math.ceil(LEAST_S / max(min(walls.values()), 1e-6))
    affordable = int(budget_s / (once_s * rules.min_pairs))
    loops = max(1, min(wanted, affordable, MOST_LOOPS))
    units = _control_units(experiment, once_s * loops / len(walls))
    return Pace(loops=loops, units=units, pair_s=once_s * loops + units * experiment.unit_s() * len(walls))


def _warm_ups(rules: MeasureRules, fastest_s: float, *, ran: bool) -> int:
    """Return how many pairs are thrown away first; a short stage needs one to know how short it is, and a replayed one too."""
    if not ran:
        return max(rules.warmup, 1)
    return max(rules.warmup - 1, 1 if fastest_s < SHORT_S and rules.warmup else 0)


def _control_units(experiment: Experiment, sample_s: float) -> int:
    """Return how many portions of control load stand before a sample of `sample_s`; 0 where even one is too much."""
    unit_s = experiment.unit_s()
    return 0 if not unit_s else min(int(CONTROL_SHARE * sample_s / unit_s), MOST_UNITS)
