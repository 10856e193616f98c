"""plan -> run -> result: one change measured on this machine. No token comes here."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from msgspec import structs

from lanemark.cache.identity import forecast_stages
from lanemark.config.types import BaselineKind, Config, CoverageRules, Stage
from lanemark.coverage.read import ReportInput, read_coverage
from lanemark.coverage.types import Coverage
from lanemark.judge.coverage import declares_report
from lanemark.judge.gates import lane_stages
from lanemark.judge.looks import suspects, undecided
from lanemark.measure.checks import check_stages
from lanemark.measure.experiment import ControlLoad, Experiment
from lanemark.measure.pairs import measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.pipeline.deal import policy_digest, wanted_stages
from lanemark.pipeline.jobs import Crew
from lanemark.pipeline.prepare import Asked, Checkout, Task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan, stage_order
from lanemark.plan.shards import Part
from lanemark.ports import Counters
from lanemark.result import Machine, Outcome, Pair, Provenance, Result, Sample, Shard, Side
from lanemark.run.probe import ToolProbes
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


def measure(world: MeasureWorld, task: Task, asked: Asked, crew: Crew = ALONE, part: Part | None = None) -> Pair:
    """Run and measure the lane of a change: lanes, gates and rules as the policy has them, stages as each side has them.

    `crew` is for the deciding run; samples are always taken one at a time. `part` is what this job of several answers for: what
    that needs runs too and is measured elsewhere.
    """
    kind = baseline_kind(task, asked)
    names = wanted_stages(task) if part is None else part.own
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
            on_failure=task.lane.on_failure,
            control=world.control,
            elsewhere=_guests(part, base, head),
        )
        before = read_counters(world.tools)
        prepare_sides(experiment)
        machine = (before, read_counters(world.tools))
        coverage = {place.side: _read_coverage(world, task, place, part) for place in experiment.sides if place.plan.steps}
        memory_wanted = _memory_wanted(task) - experiment.elsewhere
        if base is not None or kind == "artifact" or memory_wanted:
            measure_stages(
                experiment,
                partial(undecided, lane=task.lane, stages=task.policy.stages),
                partial(suspects, lane=task.lane, stages=task.policy.stages),
                memory_wanted=memory_wanted,
                pairs=base is not None or kind == "artifact",
            )
        own = (stage for name, stage in task.policy.stages.items() if name not in experiment.elsewhere)
        check_stages(experiment, {stage.name: stage.checks for stage in own})
    return _record(world, task, experiment, coverage, kind, machine, part)


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
    probes = ToolProbes(world.tools.processes, world.tools.files, world.tools.environment, root=root, log=f"{logs}/tool")
    forecasts = forecast_stages(
        order, config.stages, root, trees=world.tools.trees, tools=world.machine.fingerprint, probes=probes
    )
    plan = build_plan(task.choice.lane, names, config.stages, forecasts=forecasts, durations_s=crew.usual_s)
    return Workspace(side=side, root=root, stages=_stages(config, order), plan=plan, logs=logs)


def _stages(config: Config, order: tuple[str, ...]) -> Mapping[str, Stage]:
    """Return the definitions of the planned stages."""
    return {name: config.stages[name] for name in order}


def _memory_wanted(task: Task) -> frozenset[str]:
    """Return the stages with a budget that only a memory pass can answer."""
    needing = ("rss_peak", "io_read", "io_write")
    return frozenset(budget.stage for budget in task.lane.budgets if budget.metric in needing)


def _guests(part: Part | None, base: Workspace | None, head: Workspace) -> frozenset[str]:
    """Return the stages that run in this job only because those it answers for need them."""
    if part is None:
        return frozenset()
    sides = (head,) if base is None else (base, head)
    return frozenset(step.stage for place in sides for step in place.plan.steps).difference(part.own)


def _own_reports(rules: CoverageRules, stages: Mapping[str, Stage], lane: Plan, part: Part) -> CoverageRules:
    """Return the rules without the reports that only stages of other jobs say they write."""
    own = [stages[step.stage] for step in lane.steps if step.stage in part.own]
    others = [stages[step.stage] for step in lane.steps if step.stage not in part.own]
    kept = (rule for rule in rules.reports if declares_report(own, rule.path) or not declares_report(others, rule.path))
    return structs.replace(rules, reports=tuple(kept))


def _read_coverage(world: MeasureWorld, task: Task, place: Workspace, part: Part | None) -> Coverage | None:
    """Read one side's reports while its tree still stands; the rules are the policy's, the added lines belong to head."""
    rules = task.policy.coverage
    absent: tuple[str, ...] = ()
    if part is not None:
        stages = task.wanted.stages if place.side == "head" else task.policy.stages
        rules = _own_reports(rules, stages, _whole_plan(task, place), part)
        absent = world.tools.trees.missing(place.root, tuple(rule.path for rule in rules.reports))
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
            chunks=None
            if rule.path in absent
            else partial(world.tools.files.chunks, f"{place.root}/{rule.path}", limit=REPORT_LIMIT),
        )
        for rule in rules.reports
    ]
    return read_coverage(
        inputs, rules, root=place.root, tracked=world.checkout.tracked(commit), added=added, detailed=part is not None
    )


def _record(
    world: MeasureWorld,
    task: Task,
    experiment: Experiment,
    coverage: Mapping[Side, Coverage | None],
    kind: BaselineKind,
    machine: tuple[Counters | None, Counters | None],
    part: Part | None,
) -> Pair:
    """Write down the facts of both sides; `machine` are the looks at it before and after the deciding runs."""
    provenance = structs.replace(world.provenance, ended=world.tools.clock.utc())

    def side_result(place: Workspace, outcomes: tuple[Outcome, ...], samples: list[Sample], commit: str) -> Result:
        telemetry = read_telemetry(place.plan, outcomes, jobs=experiment.jobs, before=machine[0], after=machine[1])
        return Result(
            experiment=world.experiment,
            side=place.side,
            commit=commit,
            adopting=task.adopting,
            baseline=kind,
            event=task.event,
            change=task.change,
            choice=task.choice,
            plan=place.plan if part is None else _whole_plan(task, place),
            outcomes=outcomes,
            samples=tuple(samples),
            coverage=coverage.get(place.side),
            repetitions=tuple(experiment.repetitions) if place.side == "head" else (),
            memory_series=tuple(experiment.memory_series) if place.side == "head" else (),
            measured=tuple(found for (side, _), found in experiment.measured.items() if side == place.side),
            telemetry=telemetry,
            machine=world.machine,
            provenance=provenance,
            shards=() if part is None else (_shard(world, task, part, provenance),),
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


def _whole_plan(task: Task, place: Workspace) -> Plan:
    """Return the plan of the whole lane on one side, of which this job's own plan is a part."""
    stages = task.wanted.stages if place.side == "head" else task.policy.stages
    known = {step.stage: step for step in place.plan.steps}
    names = (*wanted_stages(task), *(lane_stages(task.policy, task.lane)))
    whole = build_plan(task.choice.lane, names, stages)
    return Plan(lane=whole.lane, steps=tuple(known.get(step.stage, step) for step in whole.steps))


def _shard(world: MeasureWorld, task: Task, part: Part, provenance: Provenance) -> Shard:
    """Return which part of the lane this job answers for."""
    return Shard(
        number=part.shard,
        of=part.of,
        stages=part.own,
        guests=tuple(part.also.split()),
        experiment=world.experiment,
        policy=policy_digest(task.policy),
        machine=world.machine,
        provenance=provenance,
    )
