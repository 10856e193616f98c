"""Execute a whole plan once, needs first; this run decides exit status, outputs, coverage and tests."""

from collections.abc import Mapping

import msgspec

from lanemark.plan import Step
from lanemark.result import Failure, Outcome
from lanemark.run.echo import echo_stage
from lanemark.run.stage import execute_stage
from lanemark.run.types import Tools, Workspace
from lanemark.units import seconds


def execute_step(
    step: Step, place: Workspace, done: Mapping[str, Outcome], tools: Tools, *, ends: float | None, timeout_s: float | None
) -> Outcome:
    """Run one step of a plan for good, or skip it where something it needs did not work or the lane's time is used up.

    `ends` is the lane's end on the monotonic clock, `timeout_s` the lane's whole time, for the message.
    """
    position = f"[{[one.stage for one in place.plan.steps].index(step.stage) + 1}/{len(place.plan.steps)}]"
    broken = next((need for need in step.needs if need not in done or done[need].state in ("failed", "skipped")), None)
    left = None if ends is None else ends - tools.clock.monotonic()
    if broken is not None:
        outcome = Outcome(stage=step.stage, state="skipped", unmeasured=f"{broken} did not work")
    elif left is not None and left <= 0:
        evidence = f"not started: the lane's {seconds(timeout_s or 0)} were used up"
        outcome = Outcome(stage=step.stage, state="failed", failure=Failure(kind="lane-timeout", evidence=evidence))
    else:
        outcome = execute_stage(step.stage, place, tools, time_left_s=left).outcome
    echo_stage(step.stage, place, tools, outcome, position)
    return outcome


def execute_plan(place: Workspace, tools: Tools, *, timeout_s: float | None = None) -> dict[str, Outcome]:
    """Run every step of one side's plan in order; steps that do not depend on a failed one still run."""
    began = tools.clock.monotonic()
    ends = None if timeout_s is None else began + timeout_s
    done: dict[str, Outcome] = {}
    for step in place.plan.steps:
        started_s = tools.clock.monotonic() - began
        outcome = execute_step(step, place, done, tools, ends=ends, timeout_s=timeout_s)
        done[step.stage] = with_start(outcome, started_s)
    return done


def with_start(outcome: Outcome, started_s: float) -> Outcome:
    """Return `outcome` with when its stage started, in seconds since its side's run began; as it is where nothing started."""
    return outcome if outcome.usage is None else msgspec.structs.replace(outcome, started_s=started_s)
