"""Packs that runs of the base branch kept, from runs that can be trusted: the same that can be a baseline."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lanemark.escape import visible
from lanemark.github.archive import MAX_ARCHIVE
from lanemark.github.artifacts import fetch_files, list_artifacts
from lanemark.github.baselines import DEPTH, list_ancestors, list_trusted_runs
from lanemark.github.client import GitHub

PACK_FILE = "pack.zip"
"""What the artifact holds."""

MOST_LOOKS = 5
"""So many runs are asked for a pack: it only saves time, and requests are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPack:
    """A pack, still hostile bytes, and which run kept it by GitHub's word; `reason` says why there is none."""

    data: bytes | None = None
    run_id: int = 0
    commit: str = ""
    reason: str = ""


def find_pack(github: GitHub, lane: str, base_sha: str, *, repository_id: int, workflow_paths: Sequence[str] = ()) -> FoundPack:
    """Return the pack of `lane` that was kept on `base_sha` or the nearest ancestor of it.

    With `workflow_paths` only runs of these files count. Raises GitHubError where it cannot be had, DataError where it is no
    honest archive.
    """
    behind = list_ancestors(github, base_sha, DEPTH)
    if not behind:
        return FoundPack(reason=f"GitHub does not know the base commit {base_sha}")
    runs = [run for path in workflow_paths or ("",) for run in list_trusted_runs(github, behind, repository_id, "", path)[0]]
    for run in sorted(runs, key=lambda each: (behind[each.head_sha], -each.id))[:MOST_LOOKS]:
        wanted = re.compile(rf"lanemark-pack-{re.escape(lane)}-{run.head_sha}-(\d{{1,6}})")
        named = [
            (int(parts[1]), artifact) for artifact in list_artifacts(github, run.id) if (parts := wanted.fullmatch(artifact.name))
        ]
        if named:
            _, latest = max(named, key=lambda each: (each[0], each[1].id))
            data = fetch_files(github, latest, (PACK_FILE,), limit=MAX_ARCHIVE).get(PACK_FILE)
            return FoundPack(
                data=data, run_id=run.id, commit=run.head_sha, reason="" if data else f"run {run.id} kept an empty one"
            )
    return FoundPack(reason=f"no trusted run of the last commits of the base kept one of the lane {visible(lane)}")
