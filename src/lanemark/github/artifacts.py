"""Artifacts of one run: list, fetch, read.

Fetching takes two steps: GitHub, asked with the token, says where the bytes lie, and that store must not see the token.
"""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lanemark.errors import DataError, GitHubError
from lanemark.escape import visible
from lanemark.github.answers import ArtifactPart
from lanemark.github.archive import MAX_ARCHIVE, read_archive
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError

RESULT_LIMIT = 24 << 20
"""The most bytes of one file of an artifact; the limit of `result.json`."""

RESULT_FILES = ("head/result.json", "base/result.json")
"""What a measuring run leaves."""

MAX_MEASURED = 64
"""The most lanes and shards of one run that are read."""

MAX_MEASURED_BYTES = 256 << 20
"""The most bytes of all of them, as packed: a run may upload 500 artifacts, and the one who reads them must not drown."""

_MEASURE = re.compile(r"lanemark-measure-(?P<lane>.+)-(?P<shard>\d{1,6})-(?P<attempt>\d{1,6})")

_CLAIM = re.compile(r"lanemark-verdict-(?P<verdict>pass|warn|fail|unknown|waived|error)-(?P<attempt>\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One artifact of a measuring run: its name in parts, and the files in it that were asked for."""

    name: str
    lane: str
    shard: int
    attempt: int
    files: dict[str, bytes]


def list_artifacts(github: GitHub, run_id: int) -> tuple[ArtifactPart, ...]:
    """Return every artifact of a run."""
    return tuple(github.pages(f"{github.root}/actions/runs/{run_id}/artifacts", ArtifactPart, inside="artifacts"))


def fetch_measured(github: GitHub, run_id: int) -> tuple[Measured, ...]:
    """Return what a run measured, one entry a lane and shard, each from its latest attempt.

    The files are hostile: they come from a run that executed the pull request's code. DataError when an archive was refused.
    """
    latest: dict[tuple[str, int], tuple[int, ArtifactPart]] = {}
    for artifact in list_artifacts(github, run_id):
        parts = _MEASURE.fullmatch(artifact.name)
        if parts is None:
            continue
        key, attempt = (parts["lane"], int(parts["shard"])), int(parts["attempt"])
        if key not in latest or attempt > latest[key][0]:
            latest[key] = (attempt, artifact)
    size = sum(artifact.size_in_bytes for _, artifact in latest.values())
    if len(latest) > MAX_MEASURED or size > MAX_MEASURED_BYTES:
        raise DataError(
            f"run {run_id} left {len(latest)} results of {size} bytes, at most {MAX_MEASURED} of {MAX_MEASURED_BYTES} are read",
            help="Use fewer shards.",
        )
    return tuple(
        Measured(name=artifact.name, lane=lane, shard=shard, attempt=attempt, files=fetch_files(github, artifact, RESULT_FILES))
        for (lane, shard), (attempt, artifact) in sorted(latest.items())
    )


def fetch_claims(github: GitHub, run_id: int) -> tuple[str, ...]:
    """Return the verdicts that a run's own job gave in its latest attempt, sorted: words from the names of its artifacts.

    A pull request can upload any name it likes, so this is a claim to hold against the verdict made here, and nothing else.
    """
    claims = [parts for artifact in list_artifacts(github, run_id) if (parts := _CLAIM.fullmatch(artifact.name))]
    latest = max((int(parts["attempt"]) for parts in claims), default=0)
    return tuple(sorted({parts["verdict"] for parts in claims if int(parts["attempt"]) == latest}))


def fetch_files(github: GitHub, artifact: ArtifactPart, names: Collection[str], *, limit: int = RESULT_LIMIT) -> dict[str, bytes]:
    """Return the files of an artifact that are called `names`.

    Raises GitHubError when it cannot be had, DataError when it has expired, is too large, was damaged, or is not an honest zip.
    """
    source = f"artifact {visible(artifact.name)}"
    if artifact.expired:
        raise DataError(
            f"{source} has expired", help="Run the job that made it again, or keep artifacts longer (`retention-days`)."
        )
    if artifact.size_in_bytes > MAX_ARCHIVE:
        raise DataError(f"{source}: {artifact.size_in_bytes} bytes, at most {MAX_ARCHIVE} are read")
    data = _download(github, artifact, source)
    if artifact.digest and artifact.digest != f"sha256:{hashlib.sha256(data).hexdigest()}":
        raise DataError(f"{source} was damaged on the way", help="Run the job again.")
    return read_archive(data, names, limit=limit, source=source)


def _download(github: GitHub, artifact: ArtifactPart, source: str) -> bytes:
    """The address lives for a minute, so a failed download asks for a new one."""
    fault = ""
    for _ in range(3):
        try:
            address = github.redirect(f"{github.root}/actions/artifacts/{artifact.id}/zip")
        except AnswerError as answer:
            if answer.status == 410:
                raise DataError(f"{source} has expired", help="Run the job that made it again.") from None
            raise
        try:
            return _read_address(
                address, secure=github.api_url.startswith("https:"), timeout=github.patience.timeout, source=source
            )
        except (OSError, ValueError) as failed:
            fault = f"{type(failed).__name__}: {failed}"
            github.pause(github.patience.backoff)
    raise GitHubError(f"{source} could not be downloaded: {fault}", help="Run the job again.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The store answers itself; another hop would be a stranger's."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


def _read_address(address: str, *, secure: bool, timeout: float, source: str) -> bytes:
    """Read at most `MAX_ARCHIVE` bytes from where GitHub sent us, with no header of ours on it."""
    scheme = urlsplit(address).scheme
    if scheme not in (("https",) if secure else ("https", "http")):
        raise ValueError(f"a download over {scheme}")
    request = urllib.request.Request(address, headers={"User-Agent": "lanemark"})  # noqa: S310 -- the scheme was checked
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout) as stream:
            data: bytes = stream.read(MAX_ARCHIVE + 1)
    except urllib.error.HTTPError as fault:
        fault.close()
        raise ValueError(f"the store answered {fault.code}") from None
    if len(data) > MAX_ARCHIVE:
        raise DataError(f"{source}: more than {MAX_ARCHIVE} bytes")
    return data
