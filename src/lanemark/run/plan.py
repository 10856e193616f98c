"""Execute a whole plan once, needs first; this run decides exit status, outputs, coverage and tests."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec

from lanemark.config.types import OnFailure
from lanemark.plan import Step
from lanemark.result import Failure, Outcome
from lanemark.run.axis import Axis
from lanemark.run.echo import echo_stage
from lanemark.run.replay import Replays
from lanemark.run.schedule import Schedule
from lanemark.run.stage import execute_stage
from lanemark.run.this_thread import ThisThread
from lanemark.run.types import Ended, Tools, Workspace
from lanemark.units import seconds

Execute = Callable[[Step], Outcome]
"""Runs one step for good; perhaps in a thread beside others, so it prints nothing."""

Undo = Callable[[], None]
"""Puts back what a stage changed: its outputs, or a whole checkpoint."""

Replay = Callable[[Step], Outcome | None]
"""Gives the outcome of a step that need not run; in the thread that schedules, so it must be quick."""


def execute_plan(
    place: Workspace,
    tools: Tools,
    *,
    timeout_s: float | None = None,
    jobs: int = 1,
    on_failure: OnFailure = "continue",
    replays: Replays | None = None,
) -> dict[str, Outcome]:
    """Run every step of one side's plan, up to `jobs` side by side, and return the outcomes in the order of the plan.

    `on_failure` says what still starts after a failure. What `replays` has is not run.
    """
    axis = Axis(tools.clock)
    ends = None if timeout_s is None else tools.clock.monotonic() + timeout_s
    execute: Execute = partial(execute_step, place=place, tools=tools, axis=axis, ends=ends, timeout_s=timeout_s)
    replay: Replay | None = None
    if replays is not None:
        left_s = partial(_time_left, tools, ends)
        execute, replay = partial(replays.execute_step, execute=execute, left_s=left_s), replays.replay_step
    done: dict[str, Outcome] = {}
    for batch in execute_steps(place, tools, execute, axis, jobs=jobs, on_failure=on_failure, replay=replay):
        done |= {outcome.stage: outcome for outcome in batch}
    return in_plan_order(place, done)


def execute_step(
    step: Step,
    place: Workspace,
    tools: Tools,
    axis: Axis,
    *,
    ends: float | None,
    timeout_s: float | None,
    undo: Undo | None = None,
) -> Outcome:
    """Run one step of a plan for good, unless the lane's time is used up.

    `ends` is the lane's end on the monotonic clock, `timeout_s` the lane's whole time, for the message. `undo` puts back what the
    stage changed before it runs again after a failure that allows that.
    """
    left = None if ends is None else ends - tools.clock.monotonic()
    if left is not None and left <= 0:
        evidence = f"not started: the lane's {seconds(timeout_s or 0)} were used up"
        return Outcome(stage=step.stage, state="failed", failure=Failure(kind="lane-timeout", evidence=evidence))
    started_s = axis.now()
    if tools.recovery is None:
        outcome = execute_stage(step.stage, place, tools, time_left_s=left).outcome
    else:
        from lanemark.run.again import execute_with_recovery

        left_s = partial(_time_left, tools, ends)
        outcome = execute_with_recovery(step.stage, place, tools, tools.recovery(), left_s=left_s, undo=undo)
    return msgspec.structs.replace(outcome, started_s=started_s)


def execute_steps(
    place: Workspace,
    tools: Tools,
    execute: Execute,
    axis: Axis,
    *,
    jobs: int,
    on_failure: OnFailure = "continue",
    replay: Replay | None = None,
) -> Iterator[tuple[Outcome, ...]]:
    """Do `execute` for each step of a plan as soon as all it needs worked, up to `jobs` side by side.

    Yields what became of steps whenever none of them runs, so that somebody else may have the machine meanwhile; that time is not
    on `axis`. What a stage printed is shown as a whole after its end. Where `execute` raises, the others are ended first.
    `replay` is asked first, and what it gives is not executed.
    """
    weights = {name: stage.jobs for name, stage in place.stages.items()}
    schedule = Schedule(place.plan, jobs=jobs, weights=weights, on_failure=on_failure)
    tools.watch.plan(place.plan, schedule.jobs)
    workers = tools.workers if schedule.jobs > 1 and tools.workers is not None else ThisThread[Ended]()
    telling, replayed = _Telling(place, tools), list[Ended]()
    try:
        batch = telling.skipped(schedule)
        while not schedule.over:
            for step in schedule.start():
                tools.watch.start(step)
                found = None if replay is None else replay(step)
                if found is None:
                    workers.start(partial(_execute_named, execute, step))
                else:
                    replayed.append((step, found))
            step, outcome = replayed.pop(0) if replayed else workers.wait()
            schedule.finish(step.stage, worked=outcome.state in ("ran", "replayed"))
            batch += [telling.tell(outcome), *telling.skipped(schedule)]
            if schedule.idle:
                stood = axis.now()
                yield tuple(batch)
                axis.go_on(stood)
                batch = []
        if batch:
            yield tuple(batch)
    finally:
        workers.stop()


def in_plan_order(place: Workspace, done: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return the outcomes in the order of the plan, whatever came to its end first."""
    return {step.stage: done[step.stage] for step in place.plan.steps}


def _time_left(tools: Tools, ends: float | None) -> float | None:
    """Return the seconds until the lane's end, None where it has none."""
    return None if ends is None else max(ends - tools.clock.monotonic(), 0.0)


def _execute_named(execute: Execute, step: Step) -> Ended:
    return step, execute(step)


class _Telling:
    """Prints what became of each step, and counts them."""

    def __init__(self, place: Workspace, tools: Tools) -> None:
        self._place, self._tools = place, tools
        self._told = 0

    def tell(self, outcome: Outcome) -> Outcome:
        """Print one outcome as a whole and return it."""
        self._told += 1
        self._tools.watch.end(outcome)
        echo_stage(outcome.stage, self._place, self._tools, outcome, f"[{self._told}/{len(self._place.plan.steps)}]")
        return outcome

    def skipped(self, schedule: Schedule) -> list[Outcome]:
        """Print and return what will never start."""
        return [self.tell(Outcome(stage=stage, state="skipped", unmeasured=why)) for stage, why in schedule.take_skips()]
