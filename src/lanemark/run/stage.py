"""Execute one stage once."""

from lanemark.config.types import Stage
from lanemark.errors import StoppedError
from lanemark.escape import visible
from lanemark.ports import Command, Exit, Pass
from lanemark.result import Failure, FailureKind, Outcome
from lanemark.run.secrets import hide_secrets
from lanemark.run.types import Execution, Tools, Workspace
from lanemark.units import seconds

SHELL = ("/bin/sh", "-ec")
"""POSIX, stops at the first failing line of a `run:` block, and starts in half the time of bash."""

PAD = "LANEMARK_PAD"
"""The environment variable that only takes room.

The length of the environment moves the stack of every process below it, and with that its alignment and its speed, by several
percent for some programs (Mytkowicz et al., ASPLOS 2009). Samples get a random length each, so that no side is always the lucky
one.
"""

TAIL_LINES = 30
TAIL_BYTES = 6000


def execute_stage(
    name: str,
    place: Workspace,
    tools: Tools,
    *,
    account: Pass = "time",
    time_left_s: float | None = None,
    log: str = "",
    pad: int = 0,
) -> Execution:
    """Run the stage `name` of one side once, and return what became of it.

    `time_left_s` is what the lane has left; the stage's own time-out may be shorter. `log` names the log files. `pad` is a number
    of bytes by which the environment is made longer. Raises StoppedError when the run was cancelled.
    """
    stage = place.stages[name]
    limits = [limit for limit in (stage.timeout_s, time_left_s) if limit is not None]
    base = place.log(log or name)
    command = Command(
        argv=(*SHELL, stage.run),
        cwd=place.root,
        environment={**tools.environment, **stage.env, **({PAD: "x" * pad} if pad else {})},
        stdout=f"{base}.out",
        stderr=f"{base}.err",
        timeout_s=min(limits) if limits else None,
        account=account,
    )
    with tools.watch.phase(name, "running"):
        ended = tools.processes.run(command)
    hide_secrets(base, tools)
    if ended.cancelled:
        raise StoppedError(f"cancelled while {name} ran on the {place.side} side")
    failure = _find_failure(stage, place, tools, ended, time_left_s, base)
    outcome = Outcome(
        stage=name, state="failed" if failure else "ran", usage=ended.usage, failure=failure, survivors=ended.survivors
    )
    return Execution(outcome=outcome, usage=ended.usage, sampler_s=ended.sampler_s, peak_bytes=ended.peak_bytes)


def _find_failure(
    stage: Stage, place: Workspace, tools: Tools, ended: Exit, time_left_s: float | None, base: str
) -> Failure | None:
    """Return why the stage failed, by the strongest evidence there is; None where it worked."""
    kind: FailureKind
    if ended.timed_out:
        of_lane = time_left_s is not None and (stage.timeout_s is None or time_left_s < stage.timeout_s)
        kind = "lane-timeout" if of_lane else "timeout"
        after = seconds(ended.usage.wall_s)
        evidence = f"ended by us after {after}: " + ("the lane's time was used up" if of_lane else "its timeout was reached")
    elif ended.flooded:
        kind, evidence = "flood", ended.error
    elif ended.error or ended.status == 127:
        kind, evidence = "not-found", ended.error or "exit status 127: a command of it was not found"
    elif ended.status:
        kind, evidence = "exit", _status_text(ended.status)
    elif missing := tools.trees.missing(place.root, stage.outputs):
        kind, evidence = "output-missing", f"declared output not produced: {', '.join(map(visible, missing[:5]))}"
    else:
        return None
    return Failure(kind=kind, evidence=evidence, status=ended.status, tail=_read_tail(tools, base))


def _status_text(status: int) -> str:
    """Return an exit status in words; above 128 it names the signal's number."""
    return f"exit status {status}" + (f" (signal {status - 128})" if 128 < status < 160 else "")


def _read_tail(tools: Tools, base: str) -> str:
    """Return the last lines of the stage's log, error output last, as text of hostile content."""
    parts = [tools.files.tail(f"{base}.{stream}", limit=TAIL_BYTES).decode("utf-8", "replace") for stream in ("out", "err")]
    lines = [line for part in parts for line in part.splitlines()[-TAIL_LINES:]]
    return "\n".join(lines)[-2 * TAIL_BYTES :]
