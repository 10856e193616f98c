"""Does it fail now and then, or always? States with hysteresis over what earlier runs saw of one stage or one test."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from lanemark.judge.types import Past
from lanemark.result import Outcome, Result

State = Literal["healthy", "suspect", "flaky", "recovering", "broken"]
"""One flip makes suspect, a second flaky; ten clean runs lead one step back, so that nothing swings between two names."""

CLEAN_RUNS = 10
BROKEN_RUNS = 5
"""So many failures in a row, of different states of the code and without one success, are no flakiness."""

MOST_RUNS = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run saw: the `key` of what was run (equal keys should end equally), whether it failed, and whether it flipped."""

    key: str
    failed: bool
    flipped: bool = False


def state_of(seen: Sequence[Seen]) -> State:
    """Return the state after all that was `seen`, oldest first.

    A flip is a failure and a success under one key: within a run, where failed tests passed alone, or between two runs. A failure
    alone is none: the code may have been wrong.
    """
    state: State = "healthy"
    ends: dict[str, set[bool]] = {}
    clean = 0
    for one in seen:
        known = ends.setdefault(one.key, set())
        flip = one.flipped or (bool(one.key) and (not one.failed) in known and one.failed not in known)
        known.add(one.failed)
        clean = 0 if flip or one.failed else clean + 1
        state = _next_state(state, flip=flip, failed=one.failed, clean=clean)
        if clean == CLEAN_RUNS:
            clean = 0
    last = seen[-BROKEN_RUNS:]
    return "broken" if len(last) == BROKEN_RUNS and all(one.failed and not one.flipped for one in last) else state


def _next_state(state: State, *, flip: bool, failed: bool, clean: int) -> State:
    """Return the state after one more run."""
    if flip:
        return "suspect" if state == "healthy" else "flaky"
    if state == "recovering" and failed:
        return "flaky"
    if clean == CLEAN_RUNS:
        return "recovering" if state == "flaky" else "healthy"
    return state


def history_of(stage: str, test: str, past: Past, head: Result | None = None) -> tuple[Seen, ...]:
    """Return what runs saw of a stage, or of one `test` of it, oldest first; runs that do not tell are left out."""
    newest = [run.result for run in past[:MOST_RUNS]]
    results = [*reversed(newest), *([head] if head is not None else [])]
    return tuple(_see(stage, test, results))


def _see(stage: str, test: str, results: Iterable[Result]) -> Iterable[Seen]:
    for result in results:
        outcome = result.outcome(stage)
        if outcome is None or outcome.state not in ("ran", "failed"):
            continue
        key = next((step.forecast.identity for step in result.plan.steps if step.stage == stage), None)
        seen = _see_test(key or "", test, outcome) if test else _see_stage(key or "", outcome)
        if seen is not None:
            yield seen


def _see_stage(key: str, outcome: Outcome) -> Seen | None:
    """Return what a run saw of a whole stage; a failure of the infrastructure says nothing of it."""
    if outcome.failure is not None and outcome.failure.cause not in ("test-failure", "unknown", "crash", "timeout"):
        return None
    return Seen(key, failed=outcome.state == "failed" or bool(outcome.flaky), flipped=bool(outcome.flaky))


def _see_test(key: str, test: str, outcome: Outcome) -> Seen | None:
    """Return what a run saw of one test; a stage that failed otherwise did not get to it."""
    if test in outcome.flaky:
        return Seen(key, failed=True, flipped=True)
    if outcome.failure is None:
        return Seen(key, failed=False)
    if outcome.failure.cause != "test-failure":
        return None
    return Seen(key, failed=test in outcome.failure.tests)
