"""plan -> run -> result: one change measured on this machine. No token comes here."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from msgspec import structs

from lanemark.cache.identity import forecast_stages
from lanemark.config.types import BaselineKind, Config, Stage
from lanemark.errors import StoppedError
from lanemark.judge.coverage import declares_report
from lanemark.judge.gates import lane_stages
from lanemark.judge.looks import suspects, undecided
from lanemark.measure.checks import check_stages
from lanemark.measure.experiment import ControlLoad, Experiment, note_unreached
from lanemark.measure.judged import judged_stages
from lanemark.measure.pairs import measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.pipeline.deal import policy_digest, wanted_stages
from lanemark.pipeline.jobs import Crew
from lanemark.pipeline.prepare import Asked, Checkout, Task
from lanemark.pipeline.reports import Told, clear_reports, read_told
from lanemark.plan import Plan
from lanemark.plan.build import build_plan, stage_order
from lanemark.plan.shards import Part
from lanemark.ports import Counters
from lanemark.result import Machine, Outcome, Pair, Provenance, Result, Sample, Shard, Side
from lanemark.run.probe import ToolProbes
from lanemark.run.replay import Replays
from lanemark.run.telemetry import read_counters, read_telemetry
from lanemark.run.types import Tools, Workspace

WITHOUT_BASE = ("schedule", "workflow_dispatch", "repository_dispatch", "release")
"""Events that are about one commit, not about a change."""

ALONE = Crew()
"""One stage at a time."""

Keep = Callable[[Pair], None]
"""Takes what was measured until a run was cancelled."""

OpenSide = Callable[[Workspace, str, Mapping[str, str]], Replays]
"""From one side, its commit, and the stages that must run (each with why), to what it replays from and keeps in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWorld:
    """The outside of `measure`: processes and git, nothing of GitHub. `work` is a folder outside the checkout.

    `sides` is where the two worktrees go: the same folder in every run where that is possible, because a stage that is not
    relocatable is replayed only where it ran. `replay` gives what a side is replayed from; without it every stage runs.
    """

    checkout: Checkout
    tools: Tools
    machine: Machine
    provenance: Provenance
    work: str
    experiment: str
    control: ControlLoad | None = None
    sides: str = ""
    replay: OpenSide | None = None


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What is known beside the experiment: the reports, and looks at the machine before and after the deciding runs."""

    told: Told = field(default_factory=Told)
    before: Counters | None = None
    after: Counters | None = None


def measure(
    world: MeasureWorld, task: Task, asked: Asked, crew: Crew = ALONE, part: Part | None = None, keep: Keep | None = None
) -> Pair:
    """Run and measure the lane of a change: lanes, gates and rules as the policy has them, stages as each side has them.

    `crew` is for the deciding run; samples are always taken one at a time. `part` is what this job of several answers for: what
    that needs runs too and is measured elsewhere. Raises StoppedError when the run was cancelled; `keep` gets what is known until
    then, before the trees of both sides go: removing those may take longer than a cancelled job has.
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
            replays=_open_replays(world, task, base, head),
        )
        seen = _Seen(before=read_counters(world.tools))
        try:
            _fill_experiment(experiment, seen, world, task, kind, part)
        except StoppedError as fault:
            if keep is not None:
                note_unreached(experiment)
                keep(_record(world, task, experiment, seen, kind, part, cancelled=fault.message))
            raise
    return _record(world, task, experiment, seen, kind, part)


def _fill_experiment(
    experiment: Experiment, seen: _Seen, world: MeasureWorld, task: Task, kind: BaselineKind, part: Part | None
) -> None:
    """Run both sides once, read their reports, take the samples and do the checks; raise StoppedError when cancelled."""
    for place in experiment.sides:
        clear_reports(place, task, world.tools)
    prepare_sides(experiment)
    seen.after = read_counters(world.tools)
    own = None if part is None else partial(_is_own, task=task, part=part)
    seen.told = read_told(world.checkout, world.tools, task, experiment.sides, own)
    memory_wanted = _memory_wanted(task) - experiment.elsewhere
    pairs = experiment.base is not None or kind == "artifact"
    if pairs or memory_wanted:
        measure_stages(
            experiment,
            partial(undecided, lane=task.lane, stages=task.policy.stages),
            partial(suspects, lane=task.lane, stages=task.policy.stages),
            memory_wanted=memory_wanted,
            pairs=pairs,
        )
    checked = (stage for name, stage in task.policy.stages.items() if name not in experiment.elsewhere)
    check_stages(experiment, {stage.name: stage.checks for stage in checked})


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
    root = stack.enter_context(world.checkout.worktree(commit, f"{world.sides or world.work}/{side[0]}"))
    probes = ToolProbes(world.tools.processes, world.tools.files, world.tools.environment, root=root, log=f"{logs}/tool")
    forecasts = forecast_stages(
        order, config.stages, root, trees=world.tools.trees, tools=world.machine.fingerprint, probes=probes
    )
    plan = build_plan(task.choice.lane, names, config.stages, forecasts=forecasts, durations_s=crew.usual_s)
    return Workspace(side=side, root=root, stages=_stages(config, order), plan=plan, logs=logs)


def _open_replays(world: MeasureWorld, task: Task, base: Workspace | None, head: Workspace) -> dict[Side, Replays]:
    """Return what each side is replayed from; nothing where the cache is off or no stage is planned."""
    commits = {"head": task.change.tested, "base": task.change.base or ""}
    found: dict[Side, Replays] = {}
    for place in (head,) if base is None else (base, head):
        if world.replay is not None and place.plan.steps:
            must_run = judged_stages(place.stages, task.policy.stages, task.lane, place.side)
            found[place.side] = world.replay(place, commits[place.side], must_run)
    return found


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


def _is_own(place: Workspace, path: str, *, task: Task, part: Part) -> bool:
    """Return whether a declared report is this job's to read: not where only stages of other jobs say that they write it."""
    stages = task.wanted.stages if place.side == "head" else task.policy.stages
    steps = _whole_plan(task, place).steps
    own = [stages[step.stage] for step in steps if step.stage in part.own]
    others = [stages[step.stage] for step in steps if step.stage not in part.own]
    return declares_report(own, path) or not declares_report(others, path)


def _record(
    world: MeasureWorld,
    task: Task,
    experiment: Experiment,
    seen: _Seen,
    kind: BaselineKind,
    part: Part | None,
    *,
    cancelled: str = "",
) -> Pair:
    """Write down the facts of both sides; `cancelled` says in what the run was cut off."""
    provenance = structs.replace(world.provenance, ended=world.tools.clock.utc())

    def side_result(place: Workspace, outcomes: tuple[Outcome, ...], samples: list[Sample], commit: str) -> Result:
        telemetry = read_telemetry(place.plan, outcomes, jobs=experiment.jobs, before=seen.before, after=seen.after)
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
            coverage=seen.told.coverage.get(place.side),
            tests=seen.told.tests.get(place.side),
            repetitions=tuple(experiment.repetitions) if place.side == "head" else (),
            memory_series=tuple(experiment.memory_series) if place.side == "head" else (),
            measured=tuple(found for (side, _), found in experiment.measured.items() if side == place.side),
            telemetry=telemetry,
            machine=world.machine,
            provenance=provenance,
            shards=() if part is None else (_shard(world, task, part, provenance),),
            cancelled=cancelled,
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
