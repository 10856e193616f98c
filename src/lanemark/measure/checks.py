"""Is a stage what it must be besides fast? Run it again and look at what it leaves, or run it on and look at its memory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lanemark.config.types import LEAST_SERIES, CheckRules, Stage
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.measure.divergence import describe_divergence, differing_paths
from lanemark.measure.experiment import Experiment
from lanemark.measure.reset import reset_stage
from lanemark.ports import Pass
from lanemark.result import Divergence, MemorySeries, Outcome, Repetition
from lanemark.run.stage import execute_stage
from lanemark.tree import Tree

MOST_LISTED = 20
"""Differing outputs that are looked into and listed; the rest is counted."""


def check_stages(experiment: Experiment, wanted: Mapping[str, CheckRules]) -> None:
    """Do on head the checks that `wanted` asks for, by stage, and note what they saw; stages that did not work are left out.

    `wanted` is the policy's word, so that a change cannot drop a check of its own. Equal outputs are looked for first, because
    what a series of runs leaves outside of the declared outputs stays.
    """
    names = [step.stage for step in experiment.head.plan.steps if _works(experiment, step.stage)]
    for name in names:
        if (runs := wanted.get(name, CheckRules()).deterministic) is not None:
            experiment.tools.say(f"head {visible(name)}: up to {runs - 1} more runs, to compare their outputs")
            experiment.repetitions.append(_repeat_stage(experiment, name, runs))
    for name in names:
        if (runs := wanted.get(name, CheckRules()).memory_stable) is not None:
            experiment.tools.say(f"head {visible(name)}: up to {runs} runs in a row, to see whether memory grows")
            experiment.memory_series.append(_follow_memory(experiment, name, runs))


def _works(experiment: Experiment, name: str) -> bool:
    """Return whether the deciding run executed the stage with success; a replay says nothing of how it behaves here."""
    outcome = experiment.done["head"].get(name)
    return outcome is not None and outcome.state == "ran"


@dataclass(slots=True, kw_only=True)
class _Check:
    """One check under way: at most `runs` executions, until `ends` on the monotonic clock; `failure` says what ended it early."""

    experiment: Experiment
    stage: Stage
    runs: int
    ends: float
    failure: str = ""
    out_of_time: bool = False

    def execute(self, run: int, account: Pass) -> Outcome | None:
        """Execute the stage once more; None, and a failure, where that was not possible or did not work."""
        tools = self.experiment.tools
        left_s = self.ends - tools.clock.monotonic()
        if left_s > 0:
            log = f"{self.stage.name}.check"
            ran = execute_stage(
                self.stage.name, self.experiment.head, tools, account=account, time_left_s=left_s, log=log
            ).outcome
            if ran.failure is None:
                return ran
            if ran.failure.kind != "lane-timeout":
                self.failure = f"run {run} of {self.runs} failed: {ran.failure.evidence}"
                return None
        self.out_of_time = True
        self.failure = f"its time was used up after {run - 1} of {self.runs} runs"
        return None


def _start_check(experiment: Experiment, name: str, runs: int) -> _Check:
    """Return a check of a stage, which may take the stage's `max_time`, and no more than the lane has left."""
    stage = experiment.head.stages[name]
    ends = experiment.tools.clock.monotonic() + (stage.measure or experiment.rules).max_time_s
    lane_ends = math.inf if experiment.ends is None else experiment.ends
    return _Check(experiment=experiment, stage=stage, runs=runs, ends=min(ends, lane_ends))


def _repeat_stage(experiment: Experiment, name: str, runs: int) -> Repetition:
    """Run the stage, each time from the start of its first run, until `runs` are made or one leaves other outputs than the first.

    The deciding run counts as the first. A run that differs ends the check: it is the answer, and more would fill the disk.
    """
    check = _start_check(experiment, name, runs)
    if not check.stage.outputs:
        return Repetition(stage=name, runs=1, failure="it declares no outputs, so there is nothing to compare")
    first = experiment.after["head", name]
    differing: tuple[Divergence, ...] = ()
    done, more = 1, 0
    while done < runs and not differing:
        reset_stage(experiment, experiment.head, check.stage)
        if check.execute(done + 1, "time") is None:
            break
        done += 1
        try:
            differing, more = _compare_outputs(experiment, check.stage, first, done)
        except DataError as fault:
            check.failure = f"the outputs of run {done} could not be read: {fault.message}"
            break
    _restore_outputs(experiment, check.stage)
    return Repetition(stage=name, runs=done, differing=differing, more=more, failure=check.failure)


def _compare_outputs(experiment: Experiment, stage: Stage, first: Tree, run: int) -> tuple[tuple[Divergence, ...], int]:
    """Return what `run` left otherwise than the first one, and how many more outputs differ than are listed."""
    trees = experiment.tools.trees
    tree = trees.keep(experiment.head.root, stage.writes)
    paths = [] if tree.digest == first.digest else differing_paths(first, tree)
    listed = paths[:MOST_LISTED]
    found = tuple(Divergence(path=path, where=describe_divergence(path, first, tree, run, trees.chunks)) for path in listed)
    return found, len(paths) - len(listed)


def _follow_memory(experiment: Experiment, name: str, runs: int) -> MemorySeries:
    """Run the stage `runs` times without any reset between, so that state that grows is seen, and note each run's peak.

    Where its time ends first, the series is as long as it is; it needs a reason only when it is too short to say anything.
    """
    check = _start_check(experiment, name, runs)
    reset_stage(experiment, experiment.head, check.stage)
    peaks: list[int] = []
    while len(peaks) < runs and (ran := check.execute(len(peaks) + 1, "memory")) is not None:
        if ran.usage is None or ran.usage.rss_peak_bytes is None:
            check.failure = "peak memory cannot be measured on this machine"
            break
        peaks.append(ran.usage.rss_peak_bytes)
    _restore_outputs(experiment, check.stage)
    enough = check.out_of_time and len(peaks) >= LEAST_SERIES
    return MemorySeries(stage=name, peaks_bytes=tuple(peaks), failure="" if enough else check.failure)


def _restore_outputs(experiment: Experiment, stage: Stage) -> None:
    """Leave the outputs as the deciding run left them."""
    experiment.tools.trees.put(experiment.head.root, stage.writes, experiment.after["head", stage.name])
