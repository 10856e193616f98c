"""One command, run again and again: how often in a sample, and how many samples."""

import math

from lanemark.measure.attended import EndedError
from lanemark.measure.conditions import read_conditions
from lanemark.measure.job import Job, Progress, Session, Watch, clean_up, open_session, run_once
from lanemark.measure.pace import LEAST_S, MOST_LOOPS
from lanemark.metric import Usage
from lanemark.ports import Command, Counters, Pass
from lanemark.result import Failure, Sample, Turn
from lanemark.result.timing import STAGE, Timing
from lanemark.run.stage import SHELL
from lanemark.run.types import Tools

LEAST_SAMPLES = 10
ENOUGH_S = 3.0
"""Without a wanted number, sampling goes on until there are so many samples and they took so long together."""

MOST_SAMPLES = 1000
MEMORY_RUNS = 3
LONG_S = 5.0
"""A command that takes longer is run once for its memory, which hardly varies."""

TINY_S = 0.005
"""A command below this is mostly the start of a process, so what an empty one takes is measured too."""

EMPTY_RUNS, EMPTY_EACH = 60, 2


def time_command(job: Job, tools: Tools, watch: Watch) -> Timing:
    """Take samples of one command until there are enough, and return what was found, whatever happened.

    The first runs are the first warm-up: one by one until `LEAST_S` have passed, which tells how many runs a sample needs. Where
    no warm-up is wanted they are the first sample.
    """
    session = open_session(job, tools, watch)
    failure: Failure | None = None
    try:
        _find_loops(session)
        for warmup in range(1, job.warmup):
            watch(Progress(phase="warm-up", done=warmup, wanted=job.warmup))
            _take_sample(session, "time", session.loops)
        _take_timings(session)
        if job.memory:
            _take_memory(session)
    except EndedError as ended:
        session.time_up = ended.failure.kind == "lane-timeout"
        failure = None if session.time_up and session.walls else ended.failure
    if job.cleanup:
        failure = clean_up(session) or failure
    return Timing(
        command=job.command,
        shell=job.shell,
        prepare=job.prepare,
        samples=tuple(session.samples),
        warmups=job.warmup,
        wanted=job.runs,
        runs=session.attended.runs,
        first_s=session.first_s,
        empty_s=sorted(session.empty_walls)[len(session.empty_walls) // 2] if session.empty_walls else None,
        failures=session.attended.failures,
        survivors=session.attended.survivors,
        time_up=session.time_up,
        failure=failure,
    )


def _find_loops(session: Session) -> None:
    """Run one by one until a sample would be long enough, and set how many runs a sample has."""
    session.watch(Progress(phase="first run"))
    walls: list[float] = []
    total: Usage | None = None
    before = _look(session)
    while sum(walls) < LEAST_S and len(walls) < MOST_LOOPS:
        usage = run_once(session, "time").usage
        walls.append(usage.wall_s)
        session.first_s = walls[0]
        total = usage if total is None else total.plus(usage)
    session.loops = _loops_for(min(walls))
    if session.job.warmup == 0 and total is not None:
        _keep(session, total, "time", len(walls), before)


def _loops_for(wall_s: float) -> int:
    """Return how many runs of `wall_s` make a sample."""
    return max(1, min(math.ceil(LEAST_S / max(wall_s, 1e-6)), MOST_LOOPS))


def _take_timings(session: Session) -> None:
    """Take timing samples until there are enough, or the time is up."""
    while not _is_enough(session):
        last_s = session.walls[-1] if session.walls else 0.0
        if session.walls and not session.fits(last_s * session.loops):
            break
        session.watch(_progress(session))
        usage, before = _take_sample(session, "time", session.loops)
        _keep(session, usage, "time", session.loops, before)
        _time_nothing(session)
        if usage.wall_s < LEAST_S:  # the first runs were slower than those that follow
            session.loops = max(session.loops, _loops_for(min(session.walls)))


def _is_enough(session: Session) -> bool:
    taken, wanted = len(session.walls), session.job.runs
    if wanted is not None:
        return taken >= wanted
    spent_s = sum(sample.usage.wall_s for sample in session.samples)
    return taken >= MOST_SAMPLES or (taken >= LEAST_SAMPLES and spent_s >= ENOUGH_S)


def _progress(session: Session) -> Progress:
    """Return how far the timing is; what is left counts by the clock, so that `prepare` is in it."""
    taken = len(session.walls)
    if not taken:
        return Progress(phase="sample", done=0, wanted=session.job.runs or LEAST_SAMPLES)
    wall_s = sorted(session.walls)[taken // 2]
    wanted = session.job.runs or max(LEAST_SAMPLES, math.ceil(ENOUGH_S / max(wall_s * session.loops, 1e-6)))
    each_s = (session.tools.clock.monotonic() - session.began) / (taken + session.job.warmup)
    left_s = each_s * max(wanted - taken, 0) + (MEMORY_RUNS * wall_s if session.job.memory else 0.0)
    most_s = session.left_s()
    return Progress(
        phase="sample",
        done=taken,
        wanted=wanted,
        median_s=wall_s,
        left_s=left_s if most_s is None else min(left_s, most_s),
    )


def _take_memory(session: Session) -> None:
    """Run the command a few times more with a look at its tree, which disturbs times and is never mixed with them."""
    wall_s = max(session.walls, default=0.0)
    runs = 1 if wall_s > LONG_S else MEMORY_RUNS
    for run in range(runs):
        if not session.fits(wall_s):
            return
        session.watch(Progress(phase="memory", done=run, wanted=runs, left_s=wall_s * (runs - run)))
        usage, before = _take_sample(session, "memory", 1)
        _keep(session, usage, "memory", 1, before)


def _take_sample(session: Session, account: Pass, loops: int) -> tuple[Usage, Counters | None]:
    """Run the command `loops` times and return what these used together, and the machine's counters from before."""
    before = _look(session)
    total = run_once(session, account).usage
    for _ in range(loops - 1):
        total = total.plus(run_once(session, account).usage)
    return total, before


def _keep(session: Session, usage: Usage, account: Pass, loops: int, before: Counters | None) -> None:
    """Keep one sample with what the machine did meanwhile."""
    number = sum(sample.account == account for sample in session.samples) + 1
    if account == "time":
        session.walls.append(usage.wall_s / loops)
    session.samples.append(
        Sample(
            stage=STAGE,
            turn=Turn(batch=0, pair=number, order=0),
            usage=usage,
            account=account,
            loops=loops,
            conditions=read_conditions(before, _look(session)),
        )
    )


def _time_nothing(session: Session) -> None:
    """Time a command that does nothing, right beside a sample that is hardly more than that."""
    if session.walls[-1] >= TINY_S or len(session.empty_walls) >= EMPTY_RUNS:
        return
    argv = (*SHELL, ":") if session.job.shell else ("true",)
    for _ in range(EMPTY_EACH):
        ended = session.tools.processes.run(Command(argv=argv, cwd=session.job.folder, environment=session.tools.environment))
        if ended.status == 0:
            session.empty_walls.append(ended.usage.wall_s)


def _look(session: Session) -> Counters | None:
    gauges = session.tools.gauges
    return gauges.read() if gauges else None
