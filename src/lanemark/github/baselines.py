"""Results recorded on the base branch, from runs that can be trusted.

The list of runs mixes in forks: a fork may call its branch `main` and run a workflow of our name. So the branch is never the
proof; the repository the head lies in, the event, the workflow file and the ancestry of the commit are.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from lanemark.errors import DataError, GitHubError
from lanemark.escape import visible
from lanemark.github.answers import ArtifactPart, CommitPart, RunPart
from lanemark.github.artifacts import fetch_files, list_artifacts
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError

TRUSTED_EVENTS = ("push", "schedule", "workflow_dispatch")
BASELINE_FILES = ("head/result.json", "result.json")
"""Where a recording run leaves its result; `upload-artifact` strips folders that all files share."""

DEPTH = 100
"""How many ancestors of the base commit are looked at: one page."""

MAX_RUNS = 300
"""How many runs are looked through, newest first."""

MAX_BYTES = 96 << 20
"""How many bytes of results are fetched before no further one is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded result, still bytes, and what GitHub (not the result) says of its run.

    `behind` counts commits from the base commit back to `commit`, `age_s` the seconds since the run began. Whoever decodes
    `result` must hold its `commit` against this one.
    """

    result: bytes
    run_id: int
    attempt: int
    commit: str
    behind: int
    age_s: float
    recorded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """What was found, nearest first, and a sentence for each run that was passed over; `reason` says why nothing was found."""

    found: tuple[Recorded, ...] = ()
    skipped: tuple[str, ...] = ()
    reason: str = ""


def find_baselines(
    github: GitHub,
    lane: str,
    base_sha: str,
    *,
    repository_id: int,
    branch: str = "",
    workflow_path: str = "",
    most: int = 3,
    looks: int = MAX_RUNS,
    depth: int = DEPTH,
) -> Baselines:
    """Return at most `most` results of `lane` recorded on `base_sha` or an ancestor, the nearest first.

    `repository_id` is our own. `branch` only shortens the list of runs, it proves nothing. With `workflow_path`
    (`.github/workflows/lane-baseline.yml`) runs of other files are not looked at. `looks` bounds the requests: so many runs are
    asked at most what they kept. Where GitHub fails after something was found, that is what is returned.
    """
    behind = list_ancestors(github, base_sha, depth)
    if not behind:
        return Baselines(reason=f"GitHub does not know the base commit {base_sha}")
    trusted, skipped = list_trusted_runs(github, behind, repository_id, branch, workflow_path)
    found: list[Recorded] = []
    for run in sorted(trusted, key=lambda each: (behind[each.head_sha], -each.id))[:looks]:
        try:
            result, why = _fetch_result(github, run, lane)
        except GitHubError as fault:
            if not found:
                raise
            skipped.append(f"run {run.id}: {fault.message}")
            break
        if result is None:
            skipped.append(why)
            continue
        found.append(_recorded(run, result, behind[run.head_sha]))
        if len(found) == most or sum(len(each.result) for each in found) > MAX_BYTES:
            break
    reason = "" if found else f"no trusted run recorded the lane {visible(lane)} on the last {len(behind)} commits of the base"
    return Baselines(found=tuple(found), skipped=tuple(skipped), reason=reason)


def list_ancestors(github: GitHub, base_sha: str, depth: int) -> dict[str, int]:
    """Return the base commit and its ancestors, each with how far behind it is; empty when GitHub does not know the commit."""
    path = f"{github.root}/commits"
    try:
        commits = github.get(path, tuple[CommitPart, ...], sha=base_sha, per_page=min(depth, 100))
    except AnswerError as fault:
        if fault.status in (404, 422):
            return {}
        raise
    return {commit.sha: index for index, commit in enumerate(commits)}


def list_trusted_runs(
    github: GitHub, behind: dict[str, int], repository_id: int, branch: str, workflow_path: str
) -> tuple[list[RunPart], list[str]]:
    """Return the runs on these commits that are believed, and a sentence for each that is not."""
    trusted: list[RunPart] = []
    skipped: list[str] = []
    for run in _runs(github, branch, workflow_path):
        if run.head_sha not in behind:
            continue
        why = distrust(run, repository_id, workflow_path)
        if why:
            skipped.append(f"run {run.id}: {why}")
        else:
            trusted.append(run)
    return trusted, skipped


def _runs(github: GitHub, branch: str, workflow_path: str) -> list[RunPart]:
    file = quote(workflow_path.rpartition("/")[2], safe="")
    path = f"{github.root}/actions/workflows/{file}/runs" if file else f"{github.root}/actions/runs"
    query = {"status": "success", **({"branch": branch} if branch else {})}
    found: list[RunPart] = []
    try:
        for run in github.pages(path, RunPart, inside="workflow_runs", **query):
            found.append(run)
            if len(found) == MAX_RUNS:
                break
    except AnswerError as fault:
        if fault.status != 404:  # the workflow has no runs yet
            raise
    return found


def distrust(run: RunPart, repository_id: int, workflow_path: str) -> str:
    """Return why a run is not believed, empty when it is."""
    if run.head_repository is None or run.head_repository.id != repository_id:
        return "its head lies in another repository"
    if run.event not in TRUSTED_EVENTS:
        return f"started by {visible(run.event)}, which may run code that was not merged"
    if workflow_path and run.path.partition("@")[0] != workflow_path:
        return f"made by another workflow, {visible(run.path)}"
    return "" if run.conclusion == "success" else f"ended with {visible(run.conclusion or 'nothing')}"


def _fetch_result(github: GitHub, run: RunPart, lane: str) -> tuple[bytes | None, str]:
    """The result in the run's artifact for this lane, or why there is none."""
    wanted = re.compile(rf"lanemark-baseline-{re.escape(lane)}-{run.head_sha}-(\d{{1,6}})")
    named: list[tuple[int, ArtifactPart]] = []
    for artifact in list_artifacts(github, run.id):
        parts = wanted.fullmatch(artifact.name)
        if parts:
            named.append((int(parts[1]), artifact))
    if not named:
        return None, f"run {run.id}: recorded nothing for this lane"
    _, latest = max(named, key=lambda each: (each[0], each[1].id))
    try:
        files = fetch_files(github, latest, BASELINE_FILES)
    except DataError as fault:
        return None, f"run {run.id}: {fault.message}"
    result = next((files[name] for name in BASELINE_FILES if name in files), None)
    return result, f"run {run.id}: its artifact holds no result"


def _recorded(run: RunPart, result: bytes, behind: int) -> Recorded:
    try:
        age_s = (datetime.now(UTC) - datetime.fromisoformat(run.created_at)).total_seconds()
    except (ValueError, TypeError):
        age_s = 0.0
    return Recorded(
        result=result,
        run_id=run.id,
        attempt=run.run_attempt,
        commit=run.head_sha,
        behind=behind,
        age_s=max(0.0, age_s),
        recorded=run.created_at,
    )
