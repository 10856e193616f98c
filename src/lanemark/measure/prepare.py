"""Run every stage of both sides once: this decides exit status, outputs, coverage and tests, and warms everything up."""

from collections.abc import Iterator
from functools import partial

import msgspec

from lanemark.measure.experiment import Experiment
from lanemark.measure.figures import clear_figures, read_figures
from lanemark.plan import Step
from lanemark.result import Outcome
from lanemark.run.axis import Axis
from lanemark.run.plan import execute_step, execute_steps, in_plan_order
from lanemark.run.types import Workspace


def prepare_sides(experiment: Experiment) -> None:
    """Bring both sides to where each stage has run once, up to `experiment.jobs` stages of one side side by side.

    The sides take turns whenever nothing of the one whose turn it is runs: with one job after every stage, so that neither waits
    for the other. They never run at the same time, because the same test suite twice at once is what ports, databases and fixed
    names in /tmp bear least. Each stage's start is told on its side's own axis, from which the other side's turns are cut out.
    """
    if experiment.timeout_s is not None:
        experiment.ends = experiment.tools.clock.monotonic() + experiment.timeout_s
    turns = [_run_side(experiment, place) for place in experiment.sides]
    while turns:
        turns = [side for side in turns if next(side, None) is not None]
    for place in experiment.sides:
        experiment.done[place.side] = in_plan_order(place, experiment.done[place.side])
    ordered = [(place.side, step.stage) for place in experiment.sides for step in place.plan.steps]
    experiment.measured = {key: experiment.measured[key] for key in ordered if key in experiment.measured}


def _run_side(experiment: Experiment, place: Workspace) -> Iterator[tuple[Outcome, ...]]:
    """Run the stages of one side, and yield the outcomes of each turn."""
    tools = experiment.tools
    axis = Axis(tools.clock)
    execute = partial(_execute_once, experiment=experiment, place=place, axis=axis)
    for outcomes in execute_steps(place, tools, execute, axis, jobs=experiment.jobs):
        experiment.done[place.side] |= {outcome.stage: outcome for outcome in outcomes}
        yield outcomes


def _execute_once(step: Step, experiment: Experiment, place: Workspace, axis: Axis) -> Outcome:
    """Run one stage; keep what stood under its outputs before and what it left there, and read its figures.

    Others may run meanwhile: outputs of stages never overlap, and each writes entries of its own.
    """
    trees, stage = experiment.tools.trees, place.stages[step.stage]
    clear_figures(stage, place, experiment.tools)
    experiment.before[place.side, step.stage] = trees.keep(place.root, stage.writes)
    outcome = execute_step(step, place, experiment.tools, axis, ends=experiment.ends, timeout_s=experiment.timeout_s)
    if outcome.state != "ran":
        return outcome
    after = trees.keep(place.root, stage.writes)
    experiment.after[place.side, step.stage] = after
    if stage.metrics:
        experiment.measured[place.side, step.stage] = read_figures(stage, place, experiment.tools)
    return msgspec.structs.replace(outcome, outputs=after.digest)
