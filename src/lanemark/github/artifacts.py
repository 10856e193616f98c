"""Results in artifacts: of the run that measured a pull request, and of the trusted runs that recorded baselines."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lanemark.codec import decode
from lanemark.compare.types import Baseline
from lanemark.errors import DataError, GitHubError
from lanemark.event import TriggeringRun
from lanemark.github.api import Api
from lanemark.github.archive import read_archive
from lanemark.result import LIMIT, SCHEMA, Result

ZIP_LIMIT = 32 << 20
MEMBERS = ("head/result.json", "base/result.json")
MEASURE = re.compile(r"lanemark-measure-([a-z0-9_-]+)-(\d+)-(\d+)")
BASELINE = re.compile(r"lanemark-baseline-([a-z0-9_-]+)-([0-9a-f]{40,64})-(\d+)")
TRUSTED = ("push", "schedule", "workflow_dispatch")
"""Events of runs that nobody outside of the repository can start."""

ANCESTORS = 50
MOST_TRIED = 5


def results_of_run(api: Api, run: TriggeringRun) -> tuple[str, Mapping[str, bytes]]:
    """Return the newest measurement of a run: the artifact's name and its members; raise DataError where there is none."""
    found: list[tuple[int, int, dict[str, Any]]] = []
    for artifact in api.pages(f"/actions/runs/{run.id}/artifacts", key="artifacts", most=5):
        name = MEASURE.fullmatch(str(artifact["name"]))
        if name and not artifact["expired"]:
            found.append((int(name[3]), int(artifact["id"]), artifact))
    if not found:
        raise DataError(
            "the run has no artifact lanemark-measure-…", help="its measure job broke before it measured; see its log"
        )
    artifact = max(found, key=lambda one: one[:2])[2]
    source = str(artifact["name"])
    return source, read_archive(
        api.download(f"/actions/artifacts/{int(artifact['id'])}/zip", limit=ZIP_LIMIT), MEMBERS, source=source
    )


def find_baselines(api: Api, head: Result, *, now: str) -> tuple[Sequence[Baseline], str]:
    """Return results that trusted runs recorded on ancestors of the base, nearest first, and why there are none.

    Trusted is a run of this repository (a fork's branch may be named `main` too), of an event nobody outside can start, that
    succeeded, and whose commit is the base or one of its 50 nearest ancestors. `now` is the time as `2026-11-21T14:03:00Z`.
    """
    base, lane = head.change.base, head.choice.lane
    if base is None:
        return (), "there is no base commit to look up"
    commits = api.pages("/commits", query={"sha": base}, most=1)
    distance = {str(commit["sha"]): place for place, commit in enumerate(commits) if place < ANCESTORS}
    candidates = sorted(_candidates(api, lane, distance), key=lambda one: (one[0], -one[1]))
    skipped = ""
    found: list[Baseline] = []
    for behind, _, artifact in candidates[:MOST_TRIED]:
        if artifact["expired"]:
            skipped = f"the baseline of {str(artifact['workflow_run']['head_sha'])[:7]} has expired"
            continue
        try:
            found.append(_read_baseline(api, artifact, behind, lane, now))
        except (DataError, GitHubError) as error:
            skipped = error.message
    if found:
        return found, ""
    recorded = f"no trusted run recorded the lane {lane} on the last {len(distance)} commits of the base"
    return (), skipped or f"{recorded}; lane-baseline.yml records them"


def _candidates(api: Api, lane: str, distance: Mapping[str, int]) -> list[tuple[int, int, dict[str, Any]]]:
    """Return the artifacts of trusted runs as (commits behind, run id, artifact)."""
    found = []
    repository = int(api.ask("GET", "")["id"])
    for event in TRUSTED:
        for run in api.pages("/actions/runs", key="workflow_runs", query={"event": event, "status": "success"}, most=1):
            sha, source = str(run["head_sha"]), run.get("head_repository") or {}
            if sha not in distance or source.get("id") != repository or run["event"] not in TRUSTED:
                continue
            for artifact in api.pages(f"/actions/runs/{int(run['id'])}/artifacts", key="artifacts", most=2):
                name = BASELINE.fullmatch(str(artifact["name"]))
                if name and name[1] == lane and name[2] == sha:
                    found.append((distance[sha], int(run["id"]), artifact))
    return found


def _read_baseline(api: Api, artifact: dict[str, Any], behind: int, lane: str, now: str) -> Baseline:
    """Return one recorded result, checked against the run that recorded it."""
    source = str(artifact["name"])
    members = read_archive(api.download(f"/actions/artifacts/{int(artifact['id'])}/zip", limit=ZIP_LIMIT), MEMBERS, source=source)
    if MEMBERS[0] not in members:
        raise DataError(f"{source}: there is no {MEMBERS[0]} in it")
    result = decode(members[MEMBERS[0]], Result, limit=LIMIT, source=source)
    if result.schema != SCHEMA or result.choice.lane != lane or result.commit != artifact["workflow_run"]["head_sha"]:
        raise DataError(f"{source}: it is not about the commit and lane of its run")
    age = datetime.fromisoformat(now) - datetime.fromisoformat(str(artifact["created_at"]))
    return Baseline(
        kind="artifact",
        result=result,
        age_s=max(age.total_seconds(), 0.0),
        behind=behind,
        run_id=int(artifact["workflow_run"]["id"]),
    )
