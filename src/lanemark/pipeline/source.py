"""Source files of a commit, for whoever says which of their lines are one statement."""

from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.pipeline.prepare import Checkout

SOURCE_LIMIT = 1 << 20
"""The most bytes of one source file that are looked at."""


def read_source(checkout: Checkout, commit: str, path: RepoPath) -> str | None:
    """Return a source file, None for one that is not text or too long to look at."""
    try:
        return checkout.text(commit, path, SOURCE_LIMIT)
    except DataError:
        return None
