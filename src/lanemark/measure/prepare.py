"""Run every stage of both sides once: this decides exit status, outputs, coverage and tests, and warms everything up."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import msgspec

from lanemark.errors import StoppedError
from lanemark.measure.experiment import Experiment
from lanemark.measure.figures import clear_figures, read_figures
from lanemark.plan import Step
from lanemark.result import Outcome
from lanemark.run.axis import Axis
from lanemark.run.plan import Execute, Replay, execute_step, execute_steps, in_plan_order
from lanemark.run.replay import Replays
from lanemark.run.types import Tools, Workspace
from lanemark.run.watch import Logbook, OneSide, Watches


def prepare_sides(experiment: Experiment) -> None:
    """Bring both sides to where each stage has run once, up to `experiment.jobs` stages of one side side by side.

    The sides take turns whenever nothing of the one whose turn it is runs: with one job after every stage, so that neither waits
    for the other. They never run at the same time, because the same test suite twice at once is what ports, databases and fixed
    names in /tmp bear least. Each stage's start is told on its side's own axis, from which the other side's turns are cut out.
    Raises StoppedError when the run was cancelled; what became of each stage until then is noted all the same.
    """
    if experiment.timeout_s is not None:
        experiment.ends = experiment.tools.clock.monotonic() + experiment.timeout_s
    logbooks = {place.side: _open_logbook(place) for place in experiment.sides}
    turns = [_run_side(experiment, place, logbooks[place.side]) for place in experiment.sides]
    try:
        while turns:
            turns = [side for side in turns if next(side, None) is not None]
    except StoppedError:
        experiment.done.update((side, logbook.cut_off()) for side, logbook in logbooks.items())
        raise
    for place in experiment.sides:
        experiment.done[place.side] = in_plan_order(place, experiment.done[place.side])
    ordered = [(place.side, step.stage) for place in experiment.sides for step in place.plan.steps]
    experiment.measured = {key: experiment.measured[key] for key in ordered if key in experiment.measured}


def _open_logbook(place: Workspace) -> Logbook:
    """Return where it is noted what becomes of one side's stages; it knows them even where its side never begins."""
    logbook = Logbook()
    logbook.plan(place.plan, 0)
    return logbook


def _run_side(experiment: Experiment, place: Workspace, logbook: Logbook) -> Iterator[tuple[Outcome, ...]]:
    """Run the stages of one side, and yield the outcomes of each turn."""
    tools, replays = (
        replace(experiment.tools, watch=Watches(OneSide(experiment.tools.watch, place.side), logbook)),
        experiment.replays.get(place.side),
    )
    axis = Axis(tools.clock)
    execute: Execute = partial(_execute_undoable, experiment=experiment, place=place, tools=tools, axis=axis)
    replay: Replay | None = None
    if replays is not None:
        replay = partial(_replay_once, experiment=experiment, place=place, replays=replays)
        execute = partial(replays.execute_step, execute=execute, left_s=experiment.lane_left_s)
    execute = partial(_execute_once, experiment=experiment, place=place, execute=execute)
    steps = execute_steps(place, tools, execute, axis, jobs=experiment.jobs, on_failure=experiment.on_failure, replay=replay)
    for outcomes in steps:
        experiment.done[place.side] |= {outcome.stage: outcome for outcome in outcomes}
        yield outcomes


def _execute_undoable(step: Step, experiment: Experiment, place: Workspace, tools: Tools, axis: Axis) -> Outcome:
    """Run one stage, which finds what stood under its outputs again where it is tried again."""
    before = experiment.before[place.side, step.stage]
    undo = partial(tools.trees.put, place.root, place.stages[step.stage].writes, before)
    return execute_step(step, place, tools, axis, ends=experiment.ends, timeout_s=experiment.timeout_s, undo=undo)


def _execute_once(step: Step, experiment: Experiment, place: Workspace, execute: Execute) -> Outcome:
    """Run one stage; keep what stood under its outputs before and what it left there, and read its figures.

    Others may run meanwhile: outputs of stages never overlap, and each writes entries of its own.
    """
    if (place.side, step.stage) not in experiment.before:
        _keep_before(step, experiment, place)
    return _keep_after(execute(step), experiment, place)


def _replay_once(step: Step, experiment: Experiment, place: Workspace, replays: Replays) -> Outcome | None:
    """Put back what one stage left behind before; None where it must run. Samples start from both sides of this as of a run."""
    _keep_before(step, experiment, place)
    outcome = replays.replay_step(step)
    if outcome is None:  # it may have come half the way
        outputs = place.stages[step.stage].writes
        experiment.tools.trees.put(place.root, outputs, experiment.before[place.side, step.stage])
        return None
    return _keep_after(outcome, experiment, place)


def _keep_before(step: Step, experiment: Experiment, place: Workspace) -> None:
    """Keep what stands under the outputs of a stage that has not run yet."""
    stage = place.stages[step.stage]
    clear_figures(stage, place, experiment.tools)
    experiment.before[place.side, stage.name] = experiment.tools.trees.keep(place.root, stage.writes)


def _keep_after(outcome: Outcome, experiment: Experiment, place: Workspace) -> Outcome:
    """Keep what a stage left there, and read its figures where it measured them now: those of a replay are of another run."""
    if not outcome.worked:
        return outcome
    stage = place.stages[outcome.stage]
    after = experiment.tools.trees.keep(place.root, stage.writes)
    experiment.after[place.side, stage.name] = after
    if stage.metrics and outcome.state == "ran":
        experiment.measured[place.side, stage.name] = read_figures(stage, place, experiment.tools)
    return msgspec.structs.replace(outcome, outputs=after.digest)
