"""Which pull request is it, and what of ours is there already? Asked of GitHub, never of an artifact.

An artifact comes from a run that executes the pull request's code, so a number in it is a claim. The trusted facts of a
`workflow_run` are its head commit and the id of the repository that commit lies in.
"""

from collections.abc import Iterator

from lanemark.errors import GitHubError
from lanemark.event import Event, TriggeringRun
from lanemark.github.answers import CheckPart, CommentPart, PullPart
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError
from lanemark.publish.types import OwnComment, Thread
from lanemark.report.marker import MARKER

CHECK_PREFIX = "Lanemark"
"""What the names of our check runs begin with."""

DELETED = 0
"""The id of a head repository that is no more: no repository's, so the pull request still counts as one from a fork."""


def find_thread(github: GitHub, event: Event, *, claimed: int | None = None) -> Thread | None:
    """Return the open or closed pull request of an event with what we wrote on it; None where the event has none.

    `claimed` is the number a result claims. It is only used to choose among pull requests that are proved to have the run's
    head already (one branch may be proposed to two bases).
    """
    if event.run is not None:
        pull = _pull_of_run(github, event, event.run, claimed)
    elif event.number is not None:
        pull = read_pull(github, event.number)
    else:
        pull = None
    return None if pull is None else _thread(github, event, pull)


def find_number(github: GitHub, event: Event, run: TriggeringRun) -> int | None:
    """Return the number of the open pull request that a run tested, None where it tested none."""
    pull = _pull_of_run(github, event, run, None)
    return None if pull is None else pull.number


def read_pull(github: GitHub, number: int) -> PullPart:
    """Return a pull request as it is now."""
    return github.get(f"{github.root}/pulls/{number}", PullPart)


def read_own_comments(github: GitHub, number: int) -> tuple[OwnComment, ...]:
    """Return our comments, oldest first: written by our login and beginning with the marker. All pages are read."""
    comments = github.pages(f"{github.root}/issues/{number}/comments", CommentPart)
    own = [OwnComment(id=each.id, body=each.body) for each in comments if _is_own(each, github.login)]
    return tuple(sorted(own, key=lambda each: each.id))


def find_check(github: GitHub, head: str, *, name: str, external_id: str) -> CheckPart | None:
    """Return the check run we posted under `external_id`."""
    checks = github.pages(
        f"{github.root}/commits/{head}/check-runs", CheckPart, inside="check_runs", check_name=name, filter="all"
    )
    return next((each for each in checks if each.external_id == external_id), None)


def _pull_of_run(github: GitHub, event: Event, run: TriggeringRun, claimed: int | None) -> PullPart | None:
    """A run of another event than `pull_request` has none: for `pull_request_target` its head is the default branch."""
    if run.event != "pull_request":
        return None
    found: dict[int, PullPart] = {}
    for candidates in (_by_branch(github, run), _by_commit(github, run)):
        found = {pull.number: pull for pull in candidates if _is_of_run(pull, event, run)}
        if found:
            break
    if len(found) > 1 and claimed in found:
        return found[claimed]
    if len(found) > 1:
        numbers = ", ".join(f"#{number}" for number in sorted(found))
        raise GitHubError(
            f"the pull requests {numbers} have the same head {run.head_sha}, and the run does not say which it is for",
            help="Close all but one of them, or push a commit to one.",
        )
    return next(iter(found.values()), None)


def _is_of_run(pull: PullPart, event: Event, run: TriggeringRun) -> bool:
    """Two forks may have a branch of one name, and a branch may have moved on: repository and commit must agree."""
    if pull.state != "open" or pull.head.repo is None or pull.base.repo is None:
        return False
    same_head = (pull.head.sha, pull.head.repo.id) == (run.head_sha, run.head_repository_id)
    return same_head and pull.base.repo.id == event.repository_id


def _by_branch(github: GitHub, run: TriggeringRun) -> Iterator[PullPart]:
    return github.pages(f"{github.root}/pulls", PullPart, state="open", head=f"{run.head_owner}:{run.head_branch}")


def _by_commit(github: GitHub, run: TriggeringRun) -> Iterator[PullPart]:
    """Works when the branch was renamed since; GitHub does not always know a fork's commits here."""
    try:
        yield from github.pages(f"{github.root}/commits/{run.head_sha}/pulls", PullPart)
    except AnswerError as fault:
        if fault.status not in (404, 409, 422):
            raise


def _thread(github: GitHub, event: Event, pull: PullPart) -> Thread:
    return Thread(
        number=pull.number,
        open=pull.state == "open",
        head=pull.head.sha,
        event=_event_of(event, pull),
        comments=read_own_comments(github, pull.number),
        checks=_own_checks(github, pull.head.sha),
    )


def _event_of(event: Event, pull: PullPart) -> Event:
    """The pull request as if its own event had started us; `run` is kept, because it says what was measured."""
    return Event(
        name="pull_request",
        action=event.action if event.name == "pull_request" else "",
        repository=event.repository,
        repository_id=event.repository_id,
        default_branch=event.default_branch,
        number=pull.number,
        base=pull.base.sha,
        base_ref=pull.base.ref,
        head=pull.head.sha,
        head_ref=pull.head.ref,
        head_repository_id=pull.head.repo.id if pull.head.repo else DELETED,
        labels=tuple(label.name for label in pull.labels),
        run=event.run,
    )


def _own_checks(github: GitHub, head: str) -> tuple[str, ...]:
    """A token that may comment but not read checks still comments."""
    try:
        checks = list(github.pages(f"{github.root}/commits/{head}/check-runs", CheckPart, inside="check_runs", filter="all"))
    except AnswerError as fault:
        if fault.status in (403, 404):
            return ()
        raise
    return tuple(each.external_id for each in checks if each.name.startswith(CHECK_PREFIX) and each.external_id)


def _is_own(comment: CommentPart, login: str) -> bool:
    """Anybody can write the marker; only we are our login. People cannot have `[bot]` in theirs, apps always do."""
    if comment.user is None or comment.user.login != login:
        return False
    an_app = comment.user.type == "Bot" or not login.endswith("[bot]")
    return an_app and comment.body.startswith(MARKER)
