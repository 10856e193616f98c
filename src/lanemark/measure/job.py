"""One run of one command: prepared, padded, started, and, where it did not work, said why."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from lanemark.measure.sampling import PADS
from lanemark.ports import Command, Exit, Pass
from lanemark.result import Failure, FailureKind, Sample
from lanemark.result.timing import status_words
from lanemark.run.stage import PAD, SHELL, TAIL_BYTES, TAIL_LINES
from lanemark.run.types import Tools
from lanemark.units import seconds

CHATTY_BYTES = 1 << 20
"""A command that wrote more than this to its error output in the first run is not kept a log of again: that fills a disk."""


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


class EndedError(Exception):
    """A run after which none can follow."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.evidence)
        self.failure = failure


@dataclass(slots=True, kw_only=True)
class Session:
    """What is known so far."""

    job: Job
    tools: Tools
    watch: Watch
    began: float
    loops: int = 1
    samples: list[Sample] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    empty_walls: list[float] = field(default_factory=list)
    runs: int = 0
    first_s: float | None = None
    failures: dict[int, int] = field(default_factory=dict)
    survivors: int = 0
    chatty: bool = False
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


def run_once(session: Session, account: Pass) -> Exit:
    """Prepare and run the command once; raise where no run can follow."""
    job, tools = session.job, session.tools
    if job.prepare:
        _run_aside(session, job.prepare, "prepare")
    session.runs += 1
    pad = int.from_bytes(sha256(f"{job.seed}/{session.runs}".encode()).digest()[:4], "big") % PADS
    ended = tools.processes.run(
        Command(
            argv=job.argv,
            cwd=job.folder,
            environment={**tools.environment, PAD: "x" * pad},
            stdout=job.output,
            stderr=None if session.chatty else job.log,
            timeout_s=session.timeout_s(),
            account=account,
        )
    )
    session.survivors += ended.survivors
    failure = _find_failure(session, ended)
    if failure is not None:
        raise EndedError(failure)
    if session.runs == 1:
        session.chatty = len(tools.files.tail(job.log, limit=CHATTY_BYTES)) == CHATTY_BYTES
    return ended


def _find_failure(session: Session, ended: Exit) -> Failure | None:
    """Return why nothing can follow this run; count a failing one where those are to be ignored."""
    job = session.job
    kind: FailureKind
    if ended.cancelled:
        return Failure(kind="cancelled", evidence="stopped by hand")
    if ended.timed_out:
        own = job.timeout_s is not None and ended.usage.wall_s >= job.timeout_s
        kind, limit = ("timeout", "--timeout") if own else ("lane-timeout", "--max-time")
        evidence = f"it was ended by us after {seconds(ended.usage.wall_s)}, because of {limit}"
    elif ended.error:
        kind, evidence = "not-found", ended.error
    elif ended.status == 0:
        return None
    elif job.ignore_failure:
        session.failures[ended.status] = session.failures.get(ended.status, 0) + 1
        return None
    else:
        kind, evidence = "exit", status_words(ended.status)
    return Failure(kind=kind, evidence=_numbered(session, evidence), status=ended.status, tail=_read_tail(session, job.log))


def _numbered(session: Session, evidence: str) -> str:
    """Return the evidence with the number of the run, where it was not the first."""
    return evidence if session.runs == 1 else f"{evidence} in run {session.runs}; the runs before it worked"


def _run_aside(session: Session, line: str, what: str) -> None:
    """Run a shell command of ours around the timing; raise where it does not work."""
    tools, log = session.tools, f"{session.job.log}.{what}"
    ended = tools.processes.run(
        Command(
            argv=(*SHELL, line),
            cwd=session.job.folder,
            environment=tools.environment,
            stdout=log,
            stderr=log,
            timeout_s=session.timeout_s(),
        )
    )
    if ended.cancelled:
        raise EndedError(Failure(kind="cancelled", evidence="stopped by hand"))
    if ended.timed_out or ended.error or ended.status:
        why = ended.error or ("its time was up" if ended.timed_out else status_words(ended.status))
        evidence = f"the --{what} command did not work: {why}"
        raise EndedError(Failure(kind="exit", evidence=evidence, status=ended.status, tail=_read_tail(session, log)))


def clean_up(session: Session) -> Failure | None:
    """Run the command at the very end; return why it did not work."""
    try:
        _run_aside(session, session.job.cleanup, "cleanup")
    except EndedError as ended:
        return ended.failure
    return None


def _read_tail(session: Session, log: str) -> str:
    """Return the last lines of a log, as text of hostile content."""
    text = session.tools.files.tail(log, limit=TAIL_BYTES).decode("utf-8", "replace")
    return "\n".join(text.splitlines()[-TAIL_LINES:])
