"""What a stage printed, shown in the log without letting it speak to GitHub."""

from lanemark.escape import visible
from lanemark.result import Failure, Outcome
from lanemark.run.types import Tools, Workspace
from lanemark.units import seconds

SHOWN_BYTES = 64 << 10
"""The most of each stream that is echoed; the files keep all of it."""


def echo_stage(name: str, place: Workspace, tools: Tools, outcome: Outcome, place_in_plan: str) -> None:
    """Print the stage's output, each line prefixed, in a group of its own; the result line stands after the group.

    In Actions the lines are fenced by `::stop-commands::` with an unguessable word, so that a pull request cannot set outputs,
    mask the log or forge annotations by printing.
    """
    title = f"{place.side} {visible(name)}"
    if tools.guard:
        tools.say(f"::group::{title}")
        tools.say(f"::stop-commands::{tools.guard}")
    for stream, mark in (("out", "|"), ("err", "!")):
        _echo_file(tools, f"{place.log(name)}.{stream}", f"  {visible(name)} {mark} ")
    if tools.guard:
        tools.say(f"::{tools.guard}::")
        tools.say("::endgroup::")
    took = "" if outcome.usage is None else f"  {seconds(outcome.usage.wall_s)}"
    left = "" if not outcome.survivors else f"  (left {outcome.survivors} running, which we ended)"
    why = "" if outcome.failure is None else f"  {visible(outcome.failure.evidence)}{_cause(outcome.failure)}"
    word = {"ran": "done", "replayed": "replayed", "failed": "FAILED", "skipped": "skipped"}[outcome.state]
    if outcome.flaky:
        word = "passed (flaky)"
    elif outcome.recovered:
        word = f"done, recovered ({', '.join(dict.fromkeys(one.cause for one in outcome.tries))})"
    tools.say(f"{place_in_plan} {title}: {word}{took}{left}{why}")


def _cause(failure: Failure) -> str:
    """Return the class of a failure and the strongest sign of it, nothing where nobody knows."""
    if failure.cause == "unknown":
        return ""
    sign = f": {visible(failure.signs[0])}" if failure.signs and failure.signs[0] != failure.evidence else ""
    return f"  ({failure.cause}, {failure.confidence}{sign})"


def _echo_file(tools: Tools, path: str, prefix: str) -> None:
    """Print the end of one log file."""
    data = tools.files.tail(path, limit=SHOWN_BYTES + 1)
    if len(data) > SHOWN_BYTES:
        tools.say(f"{prefix}(only the last {SHOWN_BYTES >> 10} KiB are shown)")
        data = data[-SHOWN_BYTES:]
    for line in data.decode("utf-8", "replace").splitlines():
        tools.say(f"{prefix}{visible(line)}")
