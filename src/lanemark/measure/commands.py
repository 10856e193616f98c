"""Two commands against each other, without a repository: one stage, two definitions, the same folder."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lanemark.config.types import MeasureRules, Stage
from lanemark.errors import StoppedError
from lanemark.measure.attended import STOPPED, AttendedProcesses, EndedError
from lanemark.measure.experiment import Ask, ControlLoad, Experiment
from lanemark.measure.pairs import measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.plan import Plan, Step
from lanemark.result import Failure, Sample, Side
from lanemark.result.timing import STAGE
from lanemark.run.types import Tools, Workspace

HANGING = 2.0
"""A run that is still going after so many times the whole time hangs, and is ended."""

Report = Callable[[int, float], None]
"""Called before each run with the pairs that were taken and the seconds since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Which two shell commands, where, and how. `seed` decides which side begins each pair."""

    base: str
    head: str
    folder: str
    logs: str
    rules: MeasureRules
    seed: str
    prepare: str = ""
    ignore_failure: bool = False
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The samples of both sides, and what is to be said about them.

    `failures` are the first runs that did not work, by side. `reason` says why there are fewer samples than wanted, in words of
    the measuring loop, and `ended` why it went no further: it was cancelled, or the preparation did not work.
    """

    base: tuple[Sample, ...]
    head: tuple[Sample, ...]
    failures: tuple[tuple[Side, Failure], ...]
    reason: str
    ended: Failure | None
    ignored: int
    runs: int
    survivors: int


def measure_commands(
    contest: Contest, tools: Tools, control: ControlLoad | None, *, undecided: Ask, suspects: Ask, report: Report
) -> Outcomes:
    """Measure two shell commands in pairs; whatever was measured before something went wrong is in what is returned."""
    began = tools.clock.monotonic()

    def watch() -> None:
        taken = [sample for sample in experiment.samples["head"] if sample.account == "time"]
        report(len(taken), tools.clock.monotonic() - began)

    attended = AttendedProcesses(
        processes=tools.processes,
        files=tools.files,
        prepare=contest.prepare,
        ignore_failure=contest.ignore_failure,
        watch=watch,
    )
    experiment = Experiment(
        base=_place(contest, "base", contest.base),
        head=_place(contest, "head", contest.head),
        tools=replace(tools, processes=attended, say=lambda _line: None),
        rules=contest.rules,
        seed=contest.seed,
        timeout_s=contest.rules.max_time_s * HANGING,
        control=control,
    )
    ended = _measure(experiment, undecided, suspects)
    done = experiment.done
    failures = [(side, failure) for side in done if (one := done[side].get(STAGE)) and (failure := one.failure)]
    return Outcomes(
        base=tuple(experiment.samples["base"]),
        head=tuple(experiment.samples["head"]),
        failures=tuple(failures),
        reason=experiment.unmeasured.get(STAGE, ""),
        ended=ended,
        ignored=sum(attended.failures.values()),
        runs=attended.runs,
        survivors=attended.survivors,
    )


def _place(contest: Contest, side: Side, run: str) -> Workspace:
    """Return one side: the shared folder, and the command as its only stage."""
    stage = Stage(name=STAGE, line=0, run=run, measure=contest.rules, timeout_s=contest.timeout_s)
    plan = Plan(lane="compare", steps=(Step(stage=STAGE),))
    return Workspace(side=side, root=contest.folder, stages={STAGE: stage}, plan=plan, logs=f"{contest.logs}-{side}")


def _measure(experiment: Experiment, undecided: Ask, suspects: Ask) -> Failure | None:
    """Run the experiment; return what ended it before its end."""
    try:
        prepare_sides(experiment)
        measure_stages(experiment, undecided, suspects, memory_wanted=frozenset())
    except StoppedError:
        return STOPPED
    except EndedError as ended:
        return ended.failure
    return None
