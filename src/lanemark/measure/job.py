"""One run of one command: prepared, padded, started, and, where it did not work, said why."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from lanemark.measure.attended import STOPPED, AttendedProcesses, EndedError, read_tail
from lanemark.measure.sampling import PADS
from lanemark.ports import Command, Exit, Pass
from lanemark.result import Failure, FailureKind, Sample
from lanemark.result.timing import status_words
from lanemark.run.stage import PAD
from lanemark.run.types import Tools
from lanemark.units import seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to time, and how. `argv` is what is started, `command` what a person wrote; `runs` None: until there are enough.

    `prepare` is a shell command before every run, warm-ups and memory runs too, outside of the timing, and `cleanup` one at the
    very end. `output` is the file that gets the standard output, which is thrown away else.
    """

    argv: tuple[str, ...]
    command: tuple[str, ...]
    folder: str
    log: str
    shell: bool = False
    runs: int | None = None
    warmup: int = 1
    prepare: str = ""
    cleanup: str = ""
    ignore_failure: bool = False
    timeout_s: float | None = None
    max_time_s: float | None = None
    output: str | None = None
    memory: bool = True
    seed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a measurement is: `done` of about `wanted` samples, the median wall time of a run, the seconds left."""

    phase: str
    done: int = 0
    wanted: int = 0
    median_s: float | None = None
    left_s: float | None = None


Watch = Callable[[Progress], None]
"""Called between samples, never while one is taken."""


@dataclass(slots=True, kw_only=True)
class Session:
    """What is known so far."""

    job: Job
    tools: Tools
    attended: AttendedProcesses
    watch: Watch
    began: float
    loops: int = 1
    samples: list[Sample] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    empty_walls: list[float] = field(default_factory=list)
    first_s: float | None = None
    time_up: bool = False

    def left_s(self) -> float | None:
        """Return what is left of `max_time_s`, None where it was not given."""
        most_s = self.job.max_time_s
        return None if most_s is None else max(most_s - (self.tools.clock.monotonic() - self.began), 0.0)

    def timeout_s(self) -> float | None:
        """Return how long what starts now may take."""
        limits = [limit for limit in (self.job.timeout_s, self.left_s()) if limit is not None]
        return min(limits) if limits else None

    def fits(self, expected_s: float) -> bool:
        """Tell whether something that takes so long still fits into the time; note where it does not."""
        left_s = self.left_s()
        self.time_up = self.time_up or (left_s is not None and expected_s > left_s)
        return not self.time_up


def open_session(job: Job, tools: Tools, watch: Watch) -> Session:
    """Return a session in which nothing has run yet; its time begins now."""
    attended = AttendedProcesses(
        processes=tools.processes,
        files=tools.files,
        prepare=job.prepare,
        ignore_failure=job.ignore_failure,
        output=job.output,
    )
    return Session(job=job, tools=tools, attended=attended, watch=watch, began=tools.clock.monotonic())


def run_once(session: Session, account: Pass) -> Exit:
    """Prepare and run the command once; raise EndedError where no run can follow."""
    ended = session.attended.run(_command(session, account))
    failure = _find_failure(session, ended)
    if failure is not None:
        raise EndedError(failure)
    return ended


def clean_up(session: Session) -> Failure | None:
    """Run the command at the very end; return why it did not work."""
    try:
        session.attended.run_aside(session.job.cleanup, _command(session, "time"), "cleanup")
    except EndedError as ended:
        return ended.failure
    return None


def _command(session: Session, account: Pass) -> Command:
    """Return the command as it is started now, with an environment of random length."""
    job = session.job
    pad = int.from_bytes(sha256(f"{job.seed}/{session.attended.runs}".encode()).digest()[:4], "big") % PADS
    return Command(
        argv=job.argv,
        cwd=job.folder,
        environment={**session.tools.environment, PAD: "x" * pad},
        stderr=job.log,
        timeout_s=session.timeout_s(),
        account=account,
    )


def _find_failure(session: Session, ended: Exit) -> Failure | None:
    """Return why nothing can follow this run, None where it worked."""
    job, run = session.job, session.attended.runs
    kind: FailureKind
    if ended.cancelled:
        return STOPPED
    if ended.timed_out:
        own = job.timeout_s is not None and ended.usage.wall_s >= job.timeout_s
        kind, limit = ("timeout", "--timeout") if own else ("lane-timeout", "--max-time")
        evidence = f"it was ended by us after {seconds(ended.usage.wall_s)}, because of {limit}"
    elif ended.error:
        kind, evidence = "not-found", ended.error
    elif ended.status:
        kind, evidence = "exit", status_words(ended.status)
    else:
        return None
    where = "" if run == 1 else f" in run {run}; the runs before it worked"
    tail = read_tail(session.tools.files, job.log)
    return Failure(kind=kind, evidence=evidence + where, status=ended.status, tail=tail)
