"""May this commit ship? Only if every required check was made by a job that a pull request cannot have written.

A check run has a name and a colour, and whoever may write checks chooses both: another app, or a workflow that a pull request
edited. What cannot be chosen is which job of which run of which workflow file made it, on which event. So a check counts when
GitHub says that it is the check of a job, of the required file, run in our own repository, for this very commit, on an event that
takes the file from a branch people were allowed to push to. Whatever is missing or contradicts itself is `unknown`, and does not
ship.
"""

from collections.abc import Sequence

from lanemark.escape import visible
from lanemark.judge.types import Verdict
from lanemark.release.types import Answer, Claim, Decision, Facts, Required

TRUSTED_EVENTS = ("push", "merge_group", "schedule", "workflow_dispatch")
"""Events whose workflow file is that of a branch of ours, and not of a pull request."""

FAILED = ("failure", "timed_out", "startup_failure", "action_required")


def decide_release(facts: Facts, required: Sequence[Required]) -> Decision:
    """Return whether the commit may ship: a fail before an unknown before a pass, and never a pass without any check."""
    answers = tuple(_answer(one, facts) for one in required)
    ignored = tuple(_ignored(claim, facts, required) for claim in facts.claims)
    if not facts.on_branch:
        verdict, reason = Verdict.FAIL, f"the commit is not on the branch {visible(facts.branch)}"
    elif not answers:
        verdict, reason = Verdict.UNKNOWN, "no check is required, so nothing speaks for the commit"
    else:
        verdict = next(
            (word for word in (Verdict.FAIL, Verdict.UNKNOWN) if any(word is one.verdict for one in answers)), Verdict.PASS
        )
        reason = "; ".join(f"{visible(one.required.name)}: {one.reason}" for one in answers if one.verdict is verdict)
    return Decision(verdict=verdict, reason=reason, answers=answers, ignored=tuple(filter(None, ignored)))


def distrust(claim: Claim, required: Required, facts: Facts) -> str:
    """Return why a claim is not the required check, empty where it is."""
    job = claim.job
    if job is None:
        return f"made by {visible(claim.app) or 'a deleted app'}, not by a job"
    if job.workflow != required.workflow:
        return f"a job of another workflow, {visible(job.workflow)}"
    if job.repository_id != facts.repository_id:
        return "a job whose head lies in another repository"
    if job.head != facts.commit:
        return f"a job that tested another commit, {visible(job.head)}"
    if job.event not in TRUSTED_EVENTS:
        return f"a job started by {visible(job.event)}, whose workflow file a pull request may have edited"
    return ""


def _answer(required: Required, facts: Facts) -> Answer:
    """Decide one required check by the newest attempt of each run that is believed."""
    newest: dict[int, tuple[int, Claim]] = {}
    for claim in facts.claims:
        if claim.name == required.name and claim.job is not None and not distrust(claim, required, facts):
            attempt, run = claim.job.attempt, claim.job.run
            if run not in newest or (newest[run][0], newest[run][1].id) < (attempt, claim.id):
                newest[run] = attempt, claim
    if not newest:
        reason = f"no job of {visible(required.workflow)} that can be believed made this check for the commit"
        return Answer(required=required, verdict=Verdict.UNKNOWN, reason=reason)
    run = max(newest)
    states = {claim.conclusion for _, claim in newest.values()}
    if len(states) > 1:
        told = ", ".join(f"{visible(newest[one][1].conclusion) or 'running'} in run {one}" for one in sorted(newest))
        return Answer(required=required, verdict=Verdict.UNKNOWN, reason=f"runs contradict each other: {told}", run=run)
    (state,) = states
    if state == "success":
        return Answer(required=required, verdict=Verdict.PASS, reason=f"success in run {run}", run=run)
    if state in FAILED:
        return Answer(required=required, verdict=Verdict.FAIL, reason=f"{visible(state)} in run {run}", run=run)
    reason = f"ended as {visible(state)} in run {run}, which says nothing" if state else f"run {run} is not over"
    return Answer(required=required, verdict=Verdict.UNKNOWN, reason=reason, run=run)


def _ignored(claim: Claim, facts: Facts, required: Sequence[Required]) -> str:
    """Return a sentence for a claim that bears a required name and counts for none of them."""
    whys = [distrust(claim, one, facts) for one in required if one.name == claim.name]
    return f"check {claim.id} {visible(claim.name)}: {whys[0]}" if whys and all(whys) else ""
