"""Run every stage of both sides once: this decides exit status, outputs, coverage and tests, and warms everything up."""

import msgspec

from lanemark.measure.experiment import Experiment
from lanemark.measure.figures import clear_figures, read_figures
from lanemark.plan import Step
from lanemark.result import Side
from lanemark.run.plan import execute_step, with_start
from lanemark.run.types import Workspace


def prepare_sides(experiment: Experiment) -> None:
    """Bring both sides, stage by stage in turn, to where each stage has run once.

    The start of each stage is told on its side's own axis, from which the other side's turns are cut out.
    """
    tools = experiment.tools
    spent_s: dict[Side, float] = {"base": 0.0, "head": 0.0}
    if experiment.timeout_s is not None:
        experiment.ends = tools.clock.monotonic() + experiment.timeout_s
    for place, step in _alternate(experiment):
        began = tools.clock.monotonic()
        stage = place.stages[step.stage]
        outputs = stage.outputs
        clear_figures(stage, place, tools)
        done = experiment.done[place.side]
        experiment.before[place.side, step.stage] = tools.trees.keep(place.root, outputs)
        started_s = spent_s[place.side] + tools.clock.monotonic() - began
        outcome = execute_step(step, place, done, tools, ends=experiment.ends, timeout_s=experiment.timeout_s)
        if outcome.state == "ran":
            after = tools.trees.keep(place.root, outputs)
            experiment.after[place.side, step.stage] = after
            outcome = msgspec.structs.replace(outcome, outputs=after.digest)
            if stage.metrics:
                experiment.measured[place.side, step.stage] = read_figures(stage, place, tools)
        done[step.stage] = with_start(outcome, started_s)
        spent_s[place.side] += tools.clock.monotonic() - began


def _alternate(experiment: Experiment) -> list[tuple[Workspace, Step]]:
    """Return the steps of both sides, each side in its own order, the sides in turn so that neither waits for the other."""
    queues = [[(place, step) for step in place.plan.steps] for place in experiment.sides]
    longest = max((len(queue) for queue in queues), default=0)
    return [queue[index] for index in range(longest) for queue in queues if index < len(queue)]
