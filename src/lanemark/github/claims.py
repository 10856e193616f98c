"""What GitHub says of a commit that is to be released: its checks of some names, and the jobs they are of."""

from collections.abc import Iterable
from urllib.parse import quote

from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.github.answers import CheckPart, ComparisonPart, HomePart, JobPart, RunPart
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError
from lanemark.release.types import Claim, Facts, Job

MOST = 100
"""The most check runs of one name that are looked at. GitHub's list has the newest first."""

ACTIONS = "github-actions"
"""The app that jobs are of. A workflow's token makes check runs in its name, too: those are of no job."""


def read_facts(github: GitHub, commit: str, names: Iterable[str], *, branch: str = "") -> Facts:
    """Return what GitHub knows of `commit`: whether it is on `branch` (the default branch) and all checks with these names.

    Raises UsageError for a commit or a branch that GitHub does not know.
    """
    home = github.get(github.root, HomePart)
    branch = branch or home.default_branch
    try:
        path = f"{github.root}/compare/{quote(commit, safe='')}...{quote(branch, safe='')}"
        on_branch = github.get(path, ComparisonPart, per_page=1).merge_base_commit.sha == commit
    except AnswerError as fault:
        if fault.status != 404:
            raise
        message = f"GitHub knows no way from the commit {visible(commit)} to the branch {visible(branch)}"
        raise UsageError(message, help="give the full commit id, and push it first") from None
    found = [_claim(github, check) for name in dict.fromkeys(names) for check in _checks(github, commit, name)]
    return Facts(commit=commit, branch=branch, on_branch=on_branch, repository_id=home.id, claims=tuple(found))


def _checks(github: GitHub, commit: str, name: str) -> list[CheckPart]:
    """Return the check runs of this name, of every attempt."""
    path = f"{github.root}/commits/{quote(commit, safe='')}/check-runs"
    found: list[CheckPart] = []
    for check in github.pages(path, CheckPart, inside="check_runs", check_name=name, filter="all"):
        if len(found) == MOST:
            raise UsageError(
                f"more than {MOST} checks are called {visible(name)} on this commit", help="nobody can say which counts"
            )
        found.append(check)
    return found


def _claim(github: GitHub, check: CheckPart) -> Claim:
    """Return a check run with the job it is of."""
    app = "" if check.app is None else check.app.slug
    job = _job(github, check) if app == ACTIONS else None
    conclusion = check.conclusion or "" if check.status == "completed" else ""
    return Claim(id=check.id, name=check.name, app=app, conclusion=conclusion, job=job)


def _job(github: GitHub, check: CheckPart) -> Job | None:
    """Return the job whose check this is, None where it is of none: made over the API with a workflow's token."""
    try:
        job = github.get(f"{github.root}/actions/jobs/{check.id}", JobPart)
        run = github.get(f"{github.root}/actions/runs/{job.run_id}", RunPart)
    except AnswerError as fault:
        if fault.status != 404:
            raise
        return None
    if (job.id, job.name, job.head_sha) != (check.id, check.name, check.head_sha) or run.head_sha != job.head_sha:
        return None
    return Job(
        run=run.id,
        attempt=job.run_attempt,
        event=run.event,
        workflow=run.path.partition("@")[0],
        head=run.head_sha,
        repository_id=None if run.head_repository is None else run.head_repository.id,
    )
