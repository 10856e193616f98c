"""thread -> results -> verdict, judged again -> publish. Never runs or checks out what a pull request brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lanemark.change import Change
from lanemark.config.types import Mode, PublishRules
from lanemark.errors import GitHubError
from lanemark.event import Event, TriggeringRun
from lanemark.judge.types import Judgement
from lanemark.path import RepoPath
from lanemark.pipeline.decide import People, decide_lane
from lanemark.pipeline.generated import mark_generated
from lanemark.pipeline.join import Left, join_left
from lanemark.pipeline.past import Recorder, as_baselines, find_past
from lanemark.pipeline.policy import read_policies
from lanemark.pipeline.verdict import Ruling, add_notice, rule
from lanemark.publish.plan import plan_publication
from lanemark.publish.types import Publication, Sent, Thread
from lanemark.report.types import Links


class PullRequests(Recorder, People, Protocol):
    """GitHub: the pull request is found by head commit and repository, never from an artifact."""

    def find_thread(self, event: Event) -> Thread | None:
        """Return the pull request an event is about, as it is now; None where there is none."""
        ...

    def change_of_pull(self, number: int) -> Change:
        """Return the change of a pull request as GitHub tells it."""
        ...

    def text(self, commit: str, path: RepoPath, limit: int) -> str | None:
        """Return a file of a commit, None where there is none."""
        ...

    def results_of_run(self, run: TriggeringRun) -> Sequence[Left]:
        """Return what the run's measuring jobs left, of each shard its newest; raise DataError where there is nothing."""
        ...

    def claimed_verdicts(self, run: TriggeringRun) -> Sequence[str]:
        """Return what the run calls its own verdict; a claim, to be held against the verdict made here."""
        ...

    def send(self, publication: Publication, thread: Thread) -> Sent:
        """Send each request once; return what was done, in sentences."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was decided and done. `ruling` is None where there was nobody to tell, `failed` what kept GitHub from being told."""

    ruling: Ruling | None
    publication: Publication
    said: tuple[str, ...]
    failed: GitHubError | None = None


def publish(
    github: PullRequests,
    event: Event,
    *,
    config: str,
    links: Links,
    mode_cap: Mode | None,
    results: Sequence[Left] = (),
    asked_lane: str = "",
    expect: Sequence[str] = (),
    dry_run: bool = False,
    today: str = "",
) -> Published:
    """Judge the results of the triggering run again, by the base side's policy, and tell the pull request.

    `results` are what it left where that was downloaded already; without them its artifacts are read. `expect` names the workflow
    files that may have measured or recorded; empty means any of the repository. `asked_lane` is the lane the workflow set,
    `today` the day by which quarantines are dated.
    """
    if event.run is None:
        return Published(ruling=None, publication=(), said=("There is no run to publish: this event is not workflow_run.",))
    path = event.run.workflow_path.partition("@")[0]
    if expect and path not in expect:
        return Published(ruling=None, publication=(), said=(f"{path} made the run and is not expected, so nothing is told.",))
    thread = github.find_thread(event)
    if thread is None:
        return Published(ruling=None, publication=(), said=("No open pull request has the commit of this run.",))
    claimed = github.claimed_verdicts(event.run)
    measured = join_left(results or github.results_of_run(event.run), head=event.run.head_sha)
    change = github.change_of_pull(thread.number)
    policy, wanted, notices = read_policies(github, change, config)
    rules = policy or wanted
    change = mark_generated(change, rules, github)
    decided = decide_lane(
        change,
        thread.event,
        rules,
        wanted=wanted,
        forced=asked_lane or None,
        people=github,
        ran=measured.head.choice.lane,
    )
    found = find_past(github, measured.head, thread.event, rules, expect)
    ruling = rule(
        measured,
        rules,
        links=links,
        adopting=policy is None,
        baselines=as_baselines(found.past),
        baseline_reason=found.reason,
        needed=decided.choice,
        mode_cap=mode_cap,
        notices=(*notices, *decided.notices, *found.notices),
        past=found.past,
        event=event.run.event,
        today=today,
    )
    if difference := tell_difference(claimed, event.run.conclusion, ruling.judgement):
        ruling = add_notice(ruling, difference)
    try:
        publication, sent, why = tell_thread(github, thread, ruling, rules.publish, links=links, dry_run=dry_run)
    except GitHubError as failed:
        return Published(ruling=ruling, publication=(), said=(), failed=failed)
    return Published(ruling=ruling, publication=publication, said=(why, *sent.done, *say_refused(sent)))


def tell_difference(claimed: Sequence[str], conclusion: str | None, judgement: Judgement) -> str:
    """Return how the run's own verdict differs from the one made here, empty where it does not.

    The run's jobs are described by the pull request's own files, so it may have judged by other rules, or not at all.
    """
    made = judgement.verdict.value
    why = "A pull request can edit its own workflow and its own numbers, so the verdict made here is the one that counts."
    if claimed and set(claimed) != {made}:
        return f"The run itself said {' and '.join(claimed)}; judged again by the policy of the base branch it is {made}. {why}"
    if judgement.exit_status and conclusion == "success":
        return f"The run itself ended green; judged again by the policy of the base branch it is {made}. {why}"
    return ""


def say_refused(sent: Sent) -> tuple[str, ...]:
    """Return what GitHub did not allow, a sentence each."""
    return tuple(f"not written: {why}" for why in sent.refused)


def tell_thread(
    github: PullRequests, thread: Thread, ruling: Ruling, rules: PublishRules, *, links: Links, dry_run: bool
) -> tuple[Publication, Sent, str]:
    """Write comment and check runs to a pull request, unless this is a dry run; return requests, what became of them, and why."""
    publication, why = plan_publication(
        ruling.pages,
        ruling.judgement,
        thread,
        tested_head=ruling.model.measured.head.change.head,
        rules=rules,
        repository=links.repository,
        run_id=links.run_id,
        attempt=links.attempt,
    )
    sent = Sent() if dry_run else github.send(publication, thread)
    return publication, sent, why
