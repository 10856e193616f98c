"""GitHub's list of a pull request's files does not say which are generated; the base side's attributes do."""

from msgspec.structs import replace

from lanemark.change import Change
from lanemark.change.generated import NAME, is_generated, read_marks
from lanemark.config.types import Config
from lanemark.errors import DataError
from lanemark.lane.lifts import count_lines
from lanemark.path import RepoPath
from lanemark.pipeline.policy import CONFIG_LIMIT, Texts

MOST_LISTS = 20
"""How many folders are asked for a list of their own; each is a request."""


def mark_generated(change: Change, policy: Config, texts: Texts) -> Change:
    """Return a change that GitHub listed with its generated files marked, by the attributes of its base.

    Only asked where the lines would lift the change by `policy`. Raises GitHubError where GitHub fails.
    """
    limits = [lane.when.lines for lane in policy.lanes if lane.when.lines is not None]
    if change.source != "github" or change.base is None or not limits or count_lines(change.files) < min(limits):
        return change
    lists = {}
    for folder in _folders(change):
        if (text := _read(texts, change.base, f"{folder}/{NAME}" if folder else NAME)) is not None:
            lists[folder] = read_marks(text)
    files = tuple(replace(file, generated=is_generated(file.path, lists)) for file in change.files)
    return replace(change, files=files) if lists else change


def _folders(change: Change) -> list[str]:
    """Return the root and the folders of the changed files with all above them, the highest first, as many as are asked."""
    found = {""}
    for file in change.files:
        folder = file.path.rpartition("/")[0]
        while folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))[:MOST_LISTS]


def _read(texts: Texts, commit: str, path: str) -> str | None:
    """Return a list, None where there is none that can be read."""
    try:
        return texts.text(commit, RepoPath(path), CONFIG_LIMIT)
    except DataError:
        return None
