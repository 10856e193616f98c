"""What is done about a failure: bounded by its class, by the stage and by the lane."""

from lanemark.recover.breaker import Breaker
from lanemark.recover.types import Action, Diagnosis, Longest, Random
from lanemark.result import Cause, Try
from lanemark.units import seconds

MOST_TRIES: dict[Cause, int] = {
    "network": 3,
    "out-of-memory": 1,
    "disk-full": 1,
    "install": 1,
    "corrupt-state": 1,
    "timeout": 1,
    "test-failure": 2,
}
"""How often a stage may run again after a failure of each class that allows it at all."""

BASE_S, CAP_S = 2.0, 30.0
RETRY_AFTER_CAP_S = 60.0
ROOMY = 0.8
"""A time-out is not tried again where an earlier run needed more than this share of the limit: then the limit is too short."""

_NEVER: dict[Cause, str] = {
    "test-failure": "a failed test is not tried again, unless the stage has a `rerun` command",
    "flaky": "it is known already that it passes and fails",
    "permission": "a right that is missing is missing again",
    "cancelled": "somebody wanted it to end",
    "interrupted": "what the run did not finish is for the next one",
    "crash": "a program that crashes is a bug to be looked at",
    "config": "the same command does the same again",
    "unknown": "nobody knows what would help",
}


def backoff_s(again: int, random: Random) -> float:
    """Return the pause before try number `again` (from 1): anything up to 2, 4, 8 ... 30 seconds, "full jitter".

    Many runners fail at the same moment when a server does; what spreads them is chance, not the growth alone
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    return random() * min(CAP_S, BASE_S * 2.0 ** (again - 1))


def choose_action(
    found: Diagnosis,
    stage: str,
    before: tuple[Try, ...],
    *,
    allowed: int,
    random: Random,
    breaker: Breaker,
    now: float,
    limit_s: float | None = None,
    longest: Longest | None = None,
    rerun: bool = False,
) -> Action:
    """Return what to do before `stage` runs again, or why it does not.

    `before` are the tries that failed already, `allowed` how many more executions the stage and the lane grant in all. `now` is
    on the clock of the `breaker`. `limit_s` is the stage's time-out, `longest` what its earlier runs took at most. `rerun` says
    that failed tests can run alone.
    """
    most = min(MOST_TRIES.get(found.cause, 0) if found.retries is None else found.retries, allowed)
    if not allowed:
        return Action(kind="none", why_not="")
    reason = _why_never(found, stage, limit_s, longest, rerun=rerun)
    if reason:
        return Action(kind="none", why_not=reason)
    same = sum(one.cause == found.cause for one in before)
    if same >= most or len(before) >= allowed:
        return Action(kind="none", why_not=f"it ran {len(before) + 1} times, and no more are allowed")
    return _act(found, same + 1, random, breaker, now)


def _why_never(found: Diagnosis, stage: str, limit_s: float | None, longest: Longest | None, *, rerun: bool) -> str:
    """Return why a failure of this class is never tried again, empty where it may be."""
    if found.retries is not None or (found.cause == "test-failure" and rerun):
        return ""
    if found.cause == "install" and not found.integrity:
        return "what does not resolve now does not resolve in a minute"
    if found.cause == "timeout":
        known = (longest or {}).get(stage)
        if limit_s is not None and known is not None and known >= ROOMY * limit_s:
            return f"earlier runs took up to {seconds(known)}, so the limit is too short; {seconds(1.5 * known)} would do"
    return _NEVER.get(found.cause, "")


def _act(found: Diagnosis, again: int, random: Random, breaker: Breaker, now: float) -> Action:
    """Return what is done about a failure that may be tried again."""
    if found.cause == "network":
        asked_s = min(found.retry_after_s or 0.0, RETRY_AFTER_CAP_S)
        pause_s = max(backoff_s(again, random), asked_s, breaker.wait_s(found.hosts, now))
        whom = f" for {', '.join(found.hosts)}" if found.hosts else ""
        return Action(kind="wait", pause_s=pause_s, words=f"waited {seconds(pause_s)}{whom} and ran it again")
    if found.cause == "out-of-memory":
        return Action(kind="alone", words="ran it again alone, and half as many stages side by side from then on")
    if found.cause == "disk-full":
        return Action(kind="free-disk", words="made room in our own cache and ran it again")
    if found.manager is not None and found.cause in ("install", "corrupt-state"):
        words = f"emptied the cache of {found.manager} and ran it again"
        return Action(kind="purge", manager=found.manager, words=words)
    if found.cause == "timeout":
        return Action(kind="retry", words="put back what it found and ran it again, with its whole time")
    if found.cause == "test-failure":
        return Action(kind="rerun-failed", words="ran the failed tests alone")
    return Action(kind="retry", words="put back what it found and ran it again")
