"""The failures of the last run as they are written beside it, and what would be done about each."""

from dataclasses import dataclass

import msgspec

from lanemark.codec import Record, parse
from lanemark.errors import DataError
from lanemark.recover.types import Manager
from lanemark.result import Cause, Failure, Outcome, Try

LIMIT = 4 << 20


class FailedStage(Record, frozen=True, kw_only=True):
    """One stage that failed, or that worked only after tries."""

    stage: str
    failure: Failure | None = None
    tries: tuple[Try, ...] = ()
    flaky: tuple[str, ...] = ()
    retry_s: float = 0.0


class LastRun(Record, frozen=True, kw_only=True):
    """What a run left: its lane, and its failures."""

    lane: str
    failures: tuple[FailedStage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What `recover` would do about one stage: `act` says whether it does anything, `words` is for people."""

    stage: str
    cause: Cause
    act: bool
    words: str
    alone: bool = False
    free_disk: bool = False
    manager: Manager | None = None


def list_failures(outcomes: list[Outcome]) -> tuple[FailedStage, ...]:
    """Return what is worth writing down of a run's failures and recoveries; `retry_s` is the time that tries took."""
    return tuple(
        FailedStage(
            stage=outcome.stage,
            failure=outcome.failure,
            tries=outcome.tries,
            flaky=outcome.flaky,
            retry_s=sum(one.wall_s + one.pause_s for one in outcome.tries),
        )
        for outcome in outcomes
        if outcome.failure is not None or outcome.tries
    )


def read_last(data: bytes, source: str) -> LastRun:
    """Return the failures in a hostile `run.json`; raise DataError where it is none."""
    plain = parse(data, limit=LIMIT, source=source)
    if not isinstance(plain, dict) or "lane" not in plain:
        raise DataError(f"{source}: this is no record of a run", help="run `lanemark run` first")
    try:
        return msgspec.convert({"lane": plain["lane"], "failures": plain.get("failures", [])}, LastRun, strict=True)
    except msgspec.ValidationError as fault:
        raise DataError(f"{source}: {fault}", help="run `lanemark run` again") from None


def propose(last: LastRun) -> tuple[Proposal, ...]:
    """Return what is to be done about each stage that failed in the end."""
    return tuple(_propose(one.stage, one.failure) for one in last.failures if one.failure is not None)


def _propose(stage: str, failure: Failure) -> Proposal:
    """Return what is to be done about one failure, once."""
    from lanemark.recover.log import find_manager, last_lines, read_marks

    cause = failure.cause
    found = read_marks(last_lines("\n".join((*failure.signs, failure.tail))))
    integrity = found is not None and found.mark.integrity
    manager = (found.mark.manager or find_manager("", last_lines(failure.tail))) if found else None
    if cause == "network":
        return Proposal(stage=stage, cause=cause, act=True, words="run it again, and again after pauses")
    if cause == "out-of-memory":
        return Proposal(stage=stage, cause=cause, act=True, alone=True, words="run it again, one stage at a time")
    if cause == "disk-full":
        return Proposal(stage=stage, cause=cause, act=True, free_disk=True, words="empty our own cache and run it again")
    if cause == "corrupt-state" or (cause == "install" and integrity):
        purge = f"empty the cache of {manager} and run it again" if manager else "run it again"
        return Proposal(stage=stage, cause=cause, act=True, manager=manager, words=purge)
    if cause == "timeout":
        return Proposal(stage=stage, cause=cause, act=True, words="put back what it found and run it again, with its whole time")
    if cause in ("interrupted", "cancelled"):
        return Proposal(stage=stage, cause=cause, act=True, words="run what did not finish")
    return Proposal(stage=stage, cause=cause, act=False, words=_WHY_NOT.get(cause, "nothing: nobody knows what would help"))


_WHY_NOT: dict[Cause, str] = {
    "test-failure": "nothing: mend what the tests test",
    "flaky": "nothing: mend the test, or put it in quarantine with a date",
    "install": "nothing: mend the versions that the log quotes",
    "permission": "nothing: give the right that the log names",
    "crash": "nothing: look for the crash in the log",
    "config": "nothing: correct the command",
}
