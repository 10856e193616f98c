"""Failures that are shown and do not count: of tests in a dated quarantine, as long as they fail now and then and not always."""

from collections.abc import Sequence

from lanemark.config.types import Quarantined
from lanemark.judge.flaky import history_of, state_of
from lanemark.judge.types import Past
from lanemark.result import Outcome


def cover_failure(
    outcome: Outcome, entries: Sequence[Quarantined], past: Past, today: str
) -> tuple[tuple[Quarantined, ...], tuple[str, ...]]:
    """Return the entries that cover all of a failed stage (none where one failed test is not covered), and what must be said.

    `today` is a day as `2026-11-21`; where it is empty nothing is in force. Only failed tests can be covered one by one, and only
    where every one of them is known by name.
    """
    mine = [entry for entry in entries if entry.stage == outcome.stage]
    failure = outcome.failure
    if failure is None or not mine:
        return (), ()
    said: list[str] = []
    force = [entry for entry in mine if _is_in_force(entry, past, today, said)]
    whole = tuple(entry for entry in force if not entry.test)
    if whole:
        return whole[:1], tuple(said)
    by_name = {entry.test: entry for entry in force}
    known = failure.cause == "test-failure" and failure.tests and len(failure.tests) == failure.failed_tests
    if known and all(test in by_name for test in failure.tests):
        return tuple(by_name[test] for test in failure.tests), tuple(said)
    return (), tuple(said)


def expired_notices(entries: Sequence[Quarantined], today: str) -> tuple[str, ...]:
    """Return a sentence for every entry whose last day is over."""
    return tuple(
        f"The quarantine of {entry.test or entry.stage} ended on {entry.until}: mend it, or take the entry out ({entry.issue})."
        for entry in entries
        if today and entry.until < today
    )


def _is_in_force(entry: Quarantined, past: Past, today: str, said: list[str]) -> bool:
    """Tell whether an entry holds: its day is not over, and what it covers is not simply broken."""
    if not today or entry.until < today:
        return False
    if state_of(history_of(entry.stage, entry.test, past)) == "broken":
        what = entry.test or entry.stage
        said.append(f"{what} failed in every one of the last runs: it is broken, not flaky, so its quarantine does not hold.")
        return False
    return True
