"""The outside of `verdict` and `publish`: GitHub and files. No process can be started from here."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from lanemark.errors import DataError, UsageError
from lanemark.github.client import GitHub
from lanemark.pipeline.join import Left
from lanemark.report.types import Links
from lanemark.result import LIMIT
from lanemark.settings import Settings
from lanemark.store.files import DiskFiles
from lanemark.store.folders import find_files
from lanemark.wiring.pull_requests import PullRequestsOnGitHub

MEMBERS = ("head/result.json", "base/result.json")

MOST_LEFT = 256
"""How many results of one run are read from a folder: all shards, in a few attempts."""

MOST_RECORDED = 100
"""How many results of earlier runs are read from a folder; thirty of one lane are looked at."""


def open_github(settings: Settings) -> PullRequestsOnGitHub:
    """Return the client; raise UsageError where there is no token or no repository."""
    if settings.token is None or not settings.repository:
        missing = "a token" if settings.token is None else "GITHUB_REPOSITORY"
        raise UsageError(f"GitHub cannot be asked without {missing}", help="pass github-token: ${{ github.token }} to this step")
    github = GitHub(
        settings.token.value, api_url=settings.api_url, repository=settings.repository, server_url=settings.server_url
    )
    return PullRequestsOnGitHub(github)


def open_files() -> DiskFiles:
    """Return the disk."""
    return DiskFiles()


def read_links(settings: Settings) -> Links:
    """Return where things are, by the environment's word."""
    return Links(
        server=settings.server_url if settings.repository else "",
        repository=settings.repository,
        run=settings.run_url,
        run_id=settings.run_id,
        run_number=settings.run_number,
        attempt=settings.attempt,
    )


def read_results(folder: str) -> tuple[Left, ...]:
    """Return the measurements below `folder`, each with its name and its files by their names inside it.

    `folder` is an output folder, or holds downloaded artifacts, one folder each. A result of its own counts alone: what lies
    below it is not looked at. Raises DataError where there is none, and beyond MOST_LEFT.
    """
    files = DiskFiles()
    depth = 0 if os.path.lexists(f"{folder}/head/result.json") else 3
    places = [path.removesuffix("/head/result.json") for path in find_files(folder, "head/result.json", depth=depth)]
    if not places:
        raise DataError(f"{folder}: there is no head/result.json below it", help="download the artifact of the measure job there")
    if len(places) > MOST_LEFT:
        raise DataError(f"{folder}: {len(places)} results, at most {MOST_LEFT} are read", help="keep those of the last attempt")
    return tuple(Left(place, dict(_read_members(files, place))) for place in sorted(places))


def recorded_files(folder: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the path of each result below `folder`, sorted, and how to read it, which raises DataError where it cannot be read.

    They lie as `head/result.json` in an output folder or artifact, or as `result.json` where an upload took the folder off.
    Raises DataError beyond MOST_RECORDED files.
    """
    found = sorted(path for path in find_files(folder, "result.json", depth=4) if path.split("/")[-2] != "base")
    if len(found) > MOST_RECORDED:
        raise DataError(f"{folder}: {len(found)} results, at most {MOST_RECORDED} are read", help="keep the newest ones there")
    for path in found:
        yield path, partial(DiskFiles().read, path, limit=LIMIT)


def _read_members(files: DiskFiles, place: str) -> Iterator[tuple[str, bytes]]:
    """Yield the members that are there."""
    for name in MEMBERS:
        if os.path.lexists(f"{place}/{name}"):
            yield name, files.read(f"{place}/{name}", limit=LIMIT)


def read_today() -> str:
    """Return this day, as `2026-11-21`."""
    return datetime.now(UTC).date().isoformat()
