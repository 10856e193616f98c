"""Failures in words: the class, the evidence, what was tried, and what to do now."""

from lanemark.result import Cause, Failure, Outcome, Try
from lanemark.units import seconds

CAUSE_WORDS: dict[Cause, str] = {
    "timeout": "its time was up",
    "out-of-memory": "out of memory",
    "network": "the network failed",
    "disk-full": "the disk is full",
    "install": "a dependency could not be installed",
    "test-failure": "tests failed",
    "flaky": "tests fail now and then",
    "corrupt-state": "damaged files",
    "permission": "a right is missing",
    "cancelled": "it was cancelled",
    "interrupted": "the runner was lost",
    "crash": "a program crashed",
    "config": "the command cannot work as it is written",
    "unknown": "the reason is not known",
}
"""What each class means, for people."""

NEXT: dict[Cause, str] = {
    "out-of-memory": "give the job a runner with more memory, or run fewer stages side by side (jobs); then reproduce it:",
    "network": "run the job again; if it happens often, give the stage retries. To try it on your machine:",
    "disk-full": "make room on the runner before this stage; the log names the largest folders. To try it on your machine:",
    "install": "look at the versions that the log quotes. To try it on your machine:",
    "corrupt-state": "delete what the log calls damaged and run the job again. To try it on your machine:",
    "permission": "give the right that the log names; docs/recovery.md has the usual ones. To try it on your machine:",
    "interrupted": "run the job again:",
    "crash": "look for the crash in the last lines of the log. To reproduce it:",
    "config": "correct the command or its paths in the configuration. To try it on your machine:",
}
"""The one next step by class; the others have the usual one."""


def cause_words(failure: Failure) -> str:
    """Return `out of memory (out-of-memory, certain)`, empty where nobody looked."""
    if failure.cause == "unknown" and not failure.signs:
        return ""
    return f"{CAUSE_WORDS[failure.cause]} ({failure.cause}, {failure.confidence})"


def tried_lines(outcome: Outcome) -> tuple[str, ...]:
    """Return one sentence for each try before the last one; they have raw names in them."""
    return tuple(_tried(number, one) for number, one in enumerate(outcome.tries, 1))


def _tried(number: int, one: Try) -> str:
    return f"try {number} failed after {seconds(one.wall_s)} ({one.cause}, {one.confidence}), {one.action}"
