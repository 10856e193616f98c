"""plan -> run -> result: one change measured on this machine. No token comes here."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import msgspec

from lanemark.cache.identity import forecast_stages
from lanemark.config.types import BaselineKind, Config, Stage
from lanemark.coverage.read import ReportInput, read_coverage
from lanemark.coverage.types import Coverage
from lanemark.judge.looks import suspects, undecided
from lanemark.measure.checks import check_stages
from lanemark.measure.experiment import ControlLoad, Experiment
from lanemark.measure.pairs import measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.pipeline.jobs import Crew
from lanemark.pipeline.prepare import Asked, Checkout, Task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan, stage_order
from lanemark.ports import Counters
from lanemark.result import Machine, Outcome, Pair, Provenance, Result, Sample, Side
from lanemark.run.telemetry import read_counters, read_telemetry
from lanemark.run.types import Tools, Workspace

WITHOUT_BASE = ("schedule", "workflow_dispatch", "repository_dispatch", "release")
"""Events that are about one commit, not about a change."""

REPORT_LIMIT = 200 << 20
"""The most bytes of one coverage report that are read."""


ALONE = Crew()
"""One stage at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWorld:
    """The outside of `measure`: processes and git, nothing of GitHub. `work` is a folder outside the checkout."""

    checkout: Checkout
    tools: Tools
    machine: Machine
    provenance: Provenance
    work: str
    experiment: str
    control: ControlLoad | None = None


def measure(world: MeasureWorld, task: Task, asked: Asked, crew: Crew = ALONE) -> Pair:
    """Run and measure the lane of a change: lanes, gates and rules as the policy has them, stages as each side has them.

    `crew` is for the deciding run; samples are always taken one at a time.
    """
    kind = baseline_kind(task, asked)
    names = wanted_stages(task)
    with ExitStack() as stack:
        head = _place(world, task, stack, "head", task.change.tested, task.wanted, names, crew)
        base = None
        if kind == "paired" and task.change.base is not None and not task.adopting and head.plan.steps:
            base = _place(world, task, stack, "base", task.change.base, task.policy, names, crew)
        experiment = Experiment(
            base=base,
            head=head,
            tools=world.tools,
            rules=task.policy.measure,
            seed=world.experiment,
            timeout_s=task.lane.timeout_s,
            jobs=crew.jobs,
            control=world.control,
        )
        before = read_counters(world.tools)
        prepare_sides(experiment)
        machine = (before, read_counters(world.tools))
        coverage = {place.side: _read_coverage(world, task, place) for place in experiment.sides if place.plan.steps}
        if base is not None or kind == "artifact" or _memory_wanted(task):
            measure_stages(
                experiment,
                partial(undecided, lane=task.lane, stages=task.policy.stages),
                partial(suspects, lane=task.lane, stages=task.policy.stages),
                memory_wanted=_memory_wanted(task),
                pairs=base is not None or kind == "artifact",
            )
        check_stages(experiment, {name: stage.checks for name, stage in task.policy.stages.items()})
    return _record(world, task, experiment, coverage, kind, machine)


def baseline_kind(task: Task, asked: Asked) -> BaselineKind:
    """Return where the base side comes from: what was asked, else what the policy says; none for events that have no base.

    A base that should be there and is not keeps its kind: its gates are unknown then, not left out.
    """
    if asked.baseline is not None:
        return asked.baseline
    return "none" if task.change.base is None and task.event.name in WITHOUT_BASE else task.policy.measure.baseline


def why_no_base(task: Task) -> str:
    """Return why there is no base side to compare with, empty where there is one."""
    if task.adopting:
        return "the base side has no configuration yet, so it could not be measured"
    return task.change.reason if task.change.base is None else ""


def wanted_stages(task: Task) -> tuple[str, ...]:
    """Return the stages of the lane: what the policy demands, then what the change adds to the lane of the same name."""
    added: Iterable[str] = ()
    if any(lane.name == task.choice.lane for lane in task.wanted.lanes):
        added = task.wanted.lane(task.choice.lane).stages
    return tuple(dict.fromkeys((*task.lane.stages, *added)))


def _place(
    world: MeasureWorld,
    task: Task,
    stack: ExitStack,
    side: Side,
    commit: str,
    config: Config,
    names: tuple[str, ...],
    crew: Crew,
) -> Workspace:
    """Put one side beside the checkout, at a path as long as the other's, and plan its stages."""
    logs = f"{world.work}/log-{side}"
    order = stage_order(names, config.stages)
    if not order:
        return Workspace(side=side, root=world.work, stages={}, plan=Plan(lane=task.choice.lane), logs=logs)
    root = stack.enter_context(world.checkout.worktree(commit, f"{world.work}/{side[0]}"))
    forecasts = forecast_stages(order, config.stages, root, trees=world.tools.trees, tools=world.machine.fingerprint)
    plan = build_plan(task.choice.lane, names, config.stages, forecasts=forecasts, durations_s=crew.usual_s)
    return Workspace(side=side, root=root, stages=_stages(config, order), plan=plan, logs=logs)


def _stages(config: Config, order: tuple[str, ...]) -> Mapping[str, Stage]:
    """Return the definitions of the planned stages."""
    return {name: config.stages[name] for name in order}


def _memory_wanted(task: Task) -> frozenset[str]:
    """Return the stages with a budget that only a memory pass can answer."""
    needing = ("rss_peak", "io_read", "io_write")
    return frozenset(budget.stage for budget in task.lane.budgets if budget.metric in needing)


def _read_coverage(world: MeasureWorld, task: Task, place: Workspace) -> Coverage | None:
    """Read one side's reports while its tree still stands; the rules are the policy's, the added lines belong to head."""
    rules = task.policy.coverage
    if not rules.reports:
        return None
    base = task.change.base
    commit = task.change.tested if place.side == "head" else base or task.change.tested
    added = None
    if place.side == "head" and base is not None and task.change.source != "none":
        added = world.checkout.added_lines(base, task.change.tested, task.change.head)
    inputs = [
        ReportInput(
            rule=rule,
            path=rule.path,
            chunks=partial(world.tools.files.chunks, f"{place.root}/{rule.path}", limit=REPORT_LIMIT),
        )
        for rule in rules.reports
    ]
    return read_coverage(inputs, rules, root=place.root, tracked=world.checkout.tracked(commit), added=added)


def _record(
    world: MeasureWorld,
    task: Task,
    experiment: Experiment,
    coverage: Mapping[Side, Coverage | None],
    kind: BaselineKind,
    machine: tuple[Counters | None, Counters | None],
) -> Pair:
    """Write down the facts of both sides; `machine` are the looks at it before and after the deciding runs."""
    provenance = msgspec.structs.replace(world.provenance, ended=world.tools.clock.utc())

    def side_result(place: Workspace, outcomes: tuple[Outcome, ...], samples: list[Sample], commit: str) -> Result:
        return Result(
            experiment=world.experiment,
            side=place.side,
            commit=commit,
            adopting=task.adopting,
            baseline=kind,
            event=task.event,
            change=task.change,
            choice=task.choice,
            plan=place.plan,
            outcomes=outcomes,
            samples=tuple(samples),
            coverage=coverage.get(place.side),
            repetitions=tuple(experiment.repetitions) if place.side == "head" else (),
            memory_series=tuple(experiment.memory_series) if place.side == "head" else (),
            measured=tuple(found for (side, _), found in experiment.measured.items() if side == place.side),
            telemetry=read_telemetry(place.plan, outcomes, jobs=experiment.jobs, before=machine[0], after=machine[1]),
            machine=world.machine,
            provenance=provenance,
        )

    results = {
        place.side: side_result(
            place,
            experiment.outcomes(place.side),
            experiment.samples[place.side],
            task.change.tested if place.side == "head" else task.change.base or "",
        )
        for place in experiment.sides
    }
    return Pair(head=results["head"], base=results.get("base"))
