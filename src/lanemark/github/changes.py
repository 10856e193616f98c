"""What changed and what stands at a commit, by REST: for jobs that have no clone (`publish`) or whose clone is too shallow."""

import base64
import binascii
import re
from urllib.parse import quote

from msgspec.structs import replace

from lanemark.change import SUBMODULE, Change, ChangedFile
from lanemark.change.links import leaves_repository
from lanemark.errors import DataError, GitHubError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.github.answers import CommitPart, ComparisonPart, ContentPart, FilePart, PullPart
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError
from lanemark.github.threads import find_number, read_pull
from lanemark.path import RepoPath

MAX_FILES = 3_000
"""GitHub lists no more files of a pull request, however many there are."""

TEXT_LIMIT = 256 << 10
"""The most bytes of a file that are read; the limit of a configuration."""

EMPTY = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
"""The empty file, by git's two kinds of ids: it has no lines, and is no binary."""

LINK_LINE = re.compile(r"^\+([^\n]*)\n\\ No newline at end of file\s*\Z", re.MULTILINE)
"""How the patch of a link ends; one of a short file without a last newline looks the same."""

SUBMODULE_LINE = re.compile(r"^[-+]Subproject commit [0-9a-f]{40}", re.MULTILINE)

_LETTER = {"added": "A", "copied": "A", "removed": "D", "modified": "M", "changed": "M", "renamed": "M"}


def change_of_pull(github: GitHub, number: int) -> Change:
    """Return the files of a pull request, from its merge base to its head.

    Not complete when GitHub lists fewer files than it counts (it stops at 3,000), or when the head moved while we read.
    """
    before = read_pull(github, number)
    listed = list(github.pages(f"{github.root}/pulls/{number}/files", FilePart))
    after = read_pull(github, number)
    files = [entry for part in listed if part.status != "unchanged" for entry in _entries(part)]
    reason = _doubt(before, after, len(listed))
    return Change(
        base=_merge_base(github, before),
        tested=before.head.sha,
        head=before.head.sha,
        source="github",
        files=tuple(files),
        complete=not reason,
        reason=reason,
    )


def change_of_event(github: GitHub, event: Event) -> Change | None:
    """Return the files of the pull request an event is about; None where it is about none.

    Of a `workflow_run` it is the open pull request with the run's head. Not complete where the pull request has moved on from the
    head that the event tells.
    """
    number = event.number if event.run is None else find_number(github, event, event.run)
    if number is None:
        return None
    change = change_of_pull(github, number)
    if event.head in (None, change.head):
        return change
    return replace(change, complete=False, reason=f"the pull request moved from {event.head} to {change.head}")


def read_text(github: GitHub, commit: str, path: str) -> str | None:
    """Return the text of a file at a commit, None where the commit has no such file.

    GitHub says 404 both for a file that is not there and for one the token may not see. The second must never look like the
    first (no policy would mean a softer one), so the commit is asked for before None is believed.
    """
    address = f"{github.root}/contents/{quote(path)}"
    try:
        part = github.get(address, ContentPart | list[object], ref=commit)  # type: ignore[arg-type]
    except AnswerError as fault:
        if fault.status != 404:
            raise
        github.get(f"{github.root}/commits", tuple[CommitPart, ...], sha=commit, per_page=1)
        return None
    return _text(part, f"{visible(path)} at {commit}")


def _text(part: object, what: str) -> str:
    if not isinstance(part, ContentPart) or part.type != "file":
        raise DataError(f"{what} is not a file", help="Make it a regular file.")
    if part.size > TEXT_LIMIT or part.encoding != "base64":
        raise DataError(f"{what} is {part.size} bytes, at most {TEXT_LIMIT} are read", help="Make it shorter.")
    try:
        raw = base64.b64decode("".join(part.content.split()), validate=True)
        return raw.decode("utf-8")
    except binascii.Error:
        raise GitHubError(f"GitHub's answer for {what} is not Base64", help="Run the job again.") from None
    except UnicodeDecodeError:
        raise DataError(f"{what} is not UTF-8", help="Save it as UTF-8.") from None


def _merge_base(github: GitHub, pull: PullPart) -> str:
    """The commit both sides come from; the base branch may have moved on since."""
    path = f"{github.root}/compare/{pull.base.sha}...{pull.head.sha}"
    return github.get(path, ComparisonPart, per_page=1).merge_base_commit.sha


def _doubt(before: PullPart, after: PullPart, listed: int) -> str:
    """Return why the list may not be whole, empty when it is."""
    if after.head.sha != before.head.sha:
        return f"the pull request moved from {before.head.sha} to {after.head.sha} while its files were read"
    if listed != before.changed_files:
        return f"GitHub lists {listed} of {before.changed_files} changed files (it stops at {MAX_FILES})"
    return ""


def _entries(part: FilePart) -> tuple[ChangedFile, ...]:
    """A rename is its old path deleted and its new path added. Without a patch and without counts GitHub did not count lines."""
    uncounted = part.patch is None and part.additions == 0 and part.deletions == 0 and part.status != "renamed"
    uncounted = uncounted and part.sha not in EMPTY
    added, deleted = (None, None) if uncounted else (part.additions, part.deletions)
    path, old_path = RepoPath(part.filename), RepoPath(part.previous_filename)
    mode, escapes = _new_mode(part), _may_escape(part)
    if part.status == "renamed":
        old = ChangedFile(path=old_path, status="D", deleted=deleted, added=0)
        return (old, ChangedFile(path=path, status="A", new_mode=mode, added=added, deleted=0, escapes=escapes))
    letter = _LETTER.get(part.status, "M")
    return (ChangedFile(path=path, status=letter, new_mode=mode, added=added, deleted=deleted, escapes=escapes),)


def _new_mode(part: FilePart) -> str:
    """Return a submodule's mode for what has a submodule's patch; GitHub tells no modes, so of the rest it is not known."""
    return SUBMODULE if part.patch and part.additions + part.deletions <= 2 and SUBMODULE_LINE.search(part.patch) else "000000"


def _may_escape(part: FilePart) -> bool:
    """Whether it could be a link that leads outside of the repository: GitHub does not tell links from one-line files."""
    found = LINK_LINE.search(part.patch or "") if part.additions == 1 else None
    return found is not None and leaves_repository(RepoPath(part.filename), found[1], {})
