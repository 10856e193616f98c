"""The job summary of a run that compares nothing: what became of each stage, and what to do about those that failed."""

from collections.abc import Iterable, Mapping, Sequence

from lanemark.escape import fenced, markdown, prose, shell
from lanemark.report.failures import NEXT
from lanemark.report.recoveries import recovery_words
from lanemark.result import Outcome
from lanemark.result.recoveries import Recoveries
from lanemark.units import seconds

MOST_STAGES = 1000
MOST_LOGS = 20
"""The most rows of stages and the most logs; GitHub refuses a summary above 1 MiB as a whole."""

_STATES = {"ran": "done", "flaky": "done (flaky)", "replayed": "not run again", "failed": "**failed**", "skipped": "not begun"}


def write_run_summary(
    lane: str, outcomes: Sequence[Outcome], why: Mapping[str, str], recoveries: Recoveries, *, cancelled: bool
) -> str:
    """Return the summary as Markdown; `why` says why each stage ran or not, raw text."""
    broken = [one for one in outcomes if one.failure is not None]
    lines = [f"### Lanemark: {_headline(lane, outcomes, len(broken), cancelled=cancelled)}", ""]
    lines += ["| Stage | | Time | Why |", "|:--|:--|--:|:--|", *(_row(one, why) for one in outcomes[:MOST_STAGES])]
    if len(outcomes) > MOST_STAGES:
        lines += ["", f"{len(outcomes) - MOST_STAGES} more stages are in run.json."]
    if words := recovery_words(recoveries):
        lines += ["", f"Recoveries: {words}."]
    if broken or cancelled:
        lines += ["", "Where its state was kept, `lanemark run --resume` goes on behind what was done."]
    if broken:
        lines += ["", *_write_failures(broken[:MOST_LOGS], lane)]
    return "\n".join([*lines, ""])


def _headline(lane: str, outcomes: Sequence[Outcome], broken: int, *, cancelled: bool) -> str:
    """Return how it ended in a sentence."""
    name, stages = markdown(lane), f"{len(outcomes)} stage{'s' if len(outcomes) != 1 else ''}"
    if cancelled:
        return f'lane {name} was cancelled. "Re-run failed jobs" goes on behind what was done.'
    if broken:
        return f'lane {name} failed: {broken} of {stages}. "Re-run failed jobs" goes on behind what was done.'
    return f"lane {name} worked: {stages}."


def _row(one: Outcome, why: Mapping[str, str]) -> str:
    """Return one stage as a row."""
    state = _STATES["flaky" if one.flaky else one.state]
    took = seconds(one.usage.wall_s) if one.usage else ""
    return f"| {markdown(one.stage)} | {state} | {took} | {prose(why.get(one.stage, '') or one.unmeasured)} |"


def _write_failures(broken: Sequence[Outcome], lane: str) -> Iterable[str]:
    """Yield what is known of each failed stage: class, evidence, what was tried, the next step, the end of its log."""
    from lanemark.report.stages import broken_outcomes

    for outcome, one in zip(broken, broken_outcomes(broken), strict=True):
        assert outcome.failure is not None
        cause = f"; {one.cause}" if one.cause else ""
        yield f"**{markdown(one.stage)}** failed: {prose(one.evidence or one.what)}{cause}"
        yield ""
        yield from (f"- Evidence: {prose(sign)}" for sign in one.signs)
        yield from (f"- {prose(line)}" for line in one.tried)
        step = NEXT.get(outcome.failure.cause, "run the stage on your machine:")
        command = f"lanemark run --lane {shell(lane)} -- {shell(one.stage)}"
        yield f"- Next: {step} {markdown(command)}"
        yield ""
        if one.tail:
            yield fenced(one.tail)
            yield ""
