"""The change of a pull request as GitHub tells it, for jobs that have no checkout of it."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from lanemark.change import Change, ChangedFile
from lanemark.github.api import Api, NotThereError
from lanemark.path import RepoPath

MOST_FILES = 3000
"""GitHub lists no more files of a pull request than this."""

TEXT_LIMIT = 256 << 10
STATUS = {"added": "A", "removed": "D", "modified": "M", "changed": "M", "copied": "A", "unchanged": "M"}


def change_of_pull(api: Api, number: int) -> Change:
    """Return the change of a pull request; not `complete` where the list does not have as many files as GitHub counts."""
    pull = api.ask("GET", f"/pulls/{number}")
    files: list[ChangedFile] = []
    seen = 0
    for listed in api.pages(f"/pulls/{number}/files"):
        seen += 1
        files += _read_file(listed)
    whole = seen == int(pull["changed_files"]) and seen < MOST_FILES
    head = str(pull["head"]["sha"])
    reason = "" if whole else f"GitHub lists {seen} of {pull['changed_files']} changed files"
    return Change(
        base=str(pull["base"]["sha"]), tested=head, head=head, source="github", files=tuple(files), complete=whole, reason=reason
    )


def read_text(api: Api, commit: str, path: str) -> str | None:
    """Return a file of a commit, None where there is none; a link, a folder or a file beyond 256 KiB is none."""
    try:
        found = api.ask("GET", f"/contents/{quote(path)}", query={"ref": commit})
    except NotThereError:
        return None
    if not isinstance(found, dict) or found.get("type") != "file" or int(found.get("size") or 0) > TEXT_LIMIT:
        return None
    try:
        return base64.b64decode(str(found.get("content") or "")).decode("utf-8", "replace")
    except binascii.Error:
        return None


def _read_file(listed: dict[str, Any]) -> list[ChangedFile]:
    """Return one listed file; a rename counts on both sides."""
    path, status = RepoPath(str(listed["filename"])), str(listed["status"])
    added, deleted = int(listed.get("additions") or 0), int(listed.get("deletions") or 0)
    if status == "renamed":
        old = RepoPath(str(listed.get("previous_filename") or path))
        return [ChangedFile(path=old, status="D"), ChangedFile(path=path, status="A", added=added, deleted=deleted)]
    return [ChangedFile(path=path, status=STATUS.get(status, "M"), added=added, deleted=deleted)]
