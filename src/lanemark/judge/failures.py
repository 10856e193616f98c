"""What must be said of failures and recoveries: sentences every report shows."""

from collections.abc import Sequence

from lanemark.config.types import Config, Quarantined
from lanemark.judge.flaky import history_of, state_of
from lanemark.judge.quarantine import cover_failure, expired_notices
from lanemark.judge.types import Past
from lanemark.result import INFRASTRUCTURE, Cause, Outcome, Pair, Result

MASS = 2 / 3
"""From this share of the stages that ran on, and two of them, failures of one class are of one cause outside of the change."""

MOST_NAMED = 5


def failure_notices(
    measured: Pair, policy: Config, past: Past, today: str
) -> tuple[dict[str, tuple[Quarantined, ...]], list[str]]:
    """Return which failed stages are covered by a quarantine, and what must be said of failures and recoveries."""
    head = measured.head
    covered: dict[str, tuple[Quarantined, ...]] = {}
    said = list(expired_notices(policy.quarantine, today))
    for outcome in head.outcomes:
        if outcome.state == "failed":
            entries, words = cover_failure(outcome, policy.quarantine, past, today)
            covered |= {outcome.stage: entries} if entries else {}
            said += words
    said += [words for words in (mass_failure(measured),) if words]
    said += [_recovered(outcome) for outcome in head.outcomes if outcome.recovered and not outcome.flaky]
    return covered, [*said, *_flaky_notices(head, past)]


def mass_failure(measured: Pair) -> str:
    """Return one statement where most stages of a side failed by one class of the infrastructure, empty where they did not."""
    sides = [side for side in (measured.head, measured.base) if side is not None]
    for side in sides:
        ran = [outcome for outcome in side.outcomes if outcome.state in ("ran", "failed")]
        for cause in sorted(INFRASTRUCTURE - {"cancelled"}):
            failed = [outcome.stage for outcome in ran if outcome.failure is not None and outcome.failure.cause == cause]
            if len(failed) >= 2 and len(failed) >= MASS * len(ran):
                return (
                    f"{len(failed)} of {len(ran)} stages failed by {WORDS[cause]}: that is the infrastructure, not this change. "
                    "Run the job again."
                )
    return ""


WORDS: dict[Cause, str] = {
    "out-of-memory": "a lack of memory",
    "network": "the network",
    "disk-full": "a full disk",
    "corrupt-state": "damaged files",
    "interrupted": "an interruption",
}


def _recovered(outcome: Outcome) -> str:
    """Return what a stage that works now got over."""
    causes = " and ".join(dict.fromkeys(one.cause for one in outcome.tries))
    number = len(outcome.tries)
    lost_s = sum(one.wall_s + one.pause_s for one in outcome.tries)
    times = "once" if number == 1 else f"{number} times"
    return f"{outcome.stage} recovered {times} ({causes}) and then worked; that took {lost_s:.0f} s more."


def _flaky_notices(head: Result, past: Past) -> list[str]:
    """Return which tests that failed now are known to come and go."""
    found: list[str] = []
    for outcome in head.outcomes:
        names: Sequence[str] = outcome.failure.tests if outcome.failure is not None else outcome.flaky
        for test in names[:MOST_NAMED]:
            state = state_of(history_of(outcome.stage, test, past, head))
            if state in ("suspect", "flaky", "recovering"):
                found.append(f"{test} of {outcome.stage} is {state}: it failed and passed on equal code.")
    return found[:MOST_NAMED]
