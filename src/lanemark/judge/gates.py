"""What all gates share: how far they may go, which stages they are about, and whether those ran at all."""

from collections.abc import Mapping, Sequence

from lanemark.compare.whole import stages_of
from lanemark.config.types import Config, Lane, Mode, Quarantined, softer
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.result import INFRASTRUCTURE, Outcome, Result

CANCELLED = "cancelled"
"""The tag of a lane that was cut off."""


def cap_of(policy: Config, mode_cap: Mode | None, *, adopting: bool) -> Mode | None:
    """Return the softest cap that holds for the whole run, None where there is none.

    `policy.mode` and `mode_cap` are caps, and a pull request that brings the first configuration itself is only informed.
    """
    caps = [cap for cap in (policy.mode, mode_cap, Mode.INFORM if adopting else None) if cap is not None]
    return softer(*caps) if caps else None


def lane_stages(policy: Config, lane: Lane) -> tuple[str, ...]:
    """Return the stages of `lane` and all they need, as the policy has them; needed ones stand first."""
    found: dict[str, None] = {}

    def add(stage: str, above: frozenset[str]) -> None:
        if stage in policy.stages and stage not in found and stage not in above:
            for need in policy.stages[stage].needs:
                add(need, above | {stage})
            found[stage] = None

    for stage in lane.stages:
        add(stage, frozenset())
    return tuple(found)


def status_gates(
    head: Result, rules: Lane, cap: Mode | None, covered: Mapping[str, Sequence[Quarantined]] | None = None
) -> list[GateVerdict]:
    """Return a gate for each stage that failed, was not reached, or left no word, and one for a lane that was ended.

    A lane whose stages are all declared for each of something that is not there has an unknown gate for each of them: that
    nothing ran must not look like a pass.

    Stages that ran have none, unless tests of them failed first and passed alone: that warns. So does a failure that is `covered`
    by a quarantine. A lane out of time is capped like any gate. A cancelled run enforces always, and is unknown with all that it
    did not get to, because nothing was found out.
    """
    lane, gates, cancelled = rules.name, _ended_gates(head, rules.name, cap), was_cancelled(head)
    for family in rules.unmatched if not rules.stages else ():
        gates.append(
            GateVerdict(
                gate=f"{lane}/{family}.status",
                kind="stage",
                verdict=Verdict.UNKNOWN,
                mode=softer(Mode.ENFORCE, cap),
                reason="its each matches nothing, so nothing was run",
                unit="1",
                tags=("no-instance",),
            )
        )
    for stage in stages_of(head):
        outcome = head.outcome(stage)
        mode = Mode.ENFORCE
        if outcome is None:
            verdict, reason = Verdict.UNKNOWN, "the run left no word of it"
        elif outcome.flaky:
            verdict, reason, mode = Verdict.WARN, _flaky_words(outcome), Mode.WARN
        elif cancelled and _is_cut_off(outcome):
            verdict, reason = Verdict.UNKNOWN, outcome.unmeasured or _evidence(outcome, "the run was cancelled before it")
        elif outcome.state == "failed" and (entries := (covered or {}).get(stage)):
            verdict, reason, mode = Verdict.WARN, _quarantine_words(outcome, entries), Mode.WARN
        elif outcome.state == "failed":
            verdict, reason = Verdict.FAIL, _evidence(outcome)
        elif outcome.state == "skipped":
            verdict, reason = Verdict.FAIL, _evidence(outcome, "it did not run, because a stage it needs failed")
        else:
            continue
        gates.append(
            GateVerdict(
                gate=f"{lane}/{stage}.status",
                kind="stage",
                verdict=verdict,
                mode=softer(mode, cap),
                reason=reason,
                unit="1",
                tags=_status_tags(outcome, covered=verdict is Verdict.WARN),
            )
        )
    return gates


def was_cancelled(head: Result) -> bool:
    """Return whether the run was cut off, by its own word or by that of a stage."""
    return bool(head.cancelled) or any(one.failure is not None and one.failure.kind == "cancelled" for one in head.outcomes)


def _is_cut_off(outcome: Outcome) -> bool:
    """Return whether a cancelled run did not get to the end of a stage."""
    return outcome.state == "skipped" or (outcome.failure is not None and outcome.failure.kind == "cancelled")


def _ended_gates(head: Result, lane: str, cap: Mode | None) -> list[GateVerdict]:
    """Return the gate of a lane that did not come to its end."""
    verdict, mode = Verdict.FAIL, softer(Mode.ENFORCE, cap)
    if was_cancelled(head):
        verdict, mode, reason, tag = Verdict.UNKNOWN, Mode.ENFORCE, "the run was cancelled", CANCELLED
    elif any(one.failure is not None and one.failure.kind == "lane-timeout" for one in head.outcomes):
        reason, tag = "the time of the lane ran out", "lane-timeout"
    else:
        return []
    gate = f"{lane}/total.status"
    return [GateVerdict(gate=gate, kind="lane", verdict=verdict, mode=mode, reason=reason, unit="1", tags=(tag,))]


def _status_tags(outcome: Outcome | None, *, covered: bool) -> tuple[str, ...]:
    """Return how the stage ended, and the class of its failure."""
    if outcome is None:
        return ("no-outcome",)
    if outcome.flaky:
        return ("flaky",)
    if outcome.failure is None:
        return (outcome.state,)
    cause = (outcome.failure.cause,) if outcome.failure.cause != "unknown" else ()
    return tuple(dict.fromkeys((outcome.failure.kind, *cause, *(("quarantined",) if covered else ()))))


def _flaky_words(outcome: Outcome) -> str:
    number = len(outcome.flaky)
    return f"passed (flaky): {number} test{'s' if number != 1 else ''} failed, and passed alone: {', '.join(outcome.flaky[:3])}"


def _quarantine_words(outcome: Outcome, entries: Sequence[Quarantined]) -> str:
    first = entries[0]
    return f"in quarantine until {min(entry.until for entry in entries)} ({first.issue}): {_evidence(outcome)}"


def _evidence(outcome: Outcome, otherwise: str = "it failed") -> str:
    """Return why a stage failed; what the machine or the network did is not laid at the door of the change."""
    failure = outcome.failure
    if failure is None or not failure.evidence:
        return otherwise
    if failure.cause not in INFRASTRUCTURE or failure.cause == "cancelled":
        return failure.evidence
    return f"{failure.evidence}; it is the infrastructure ({failure.cause}, {failure.confidence}), not this change"
