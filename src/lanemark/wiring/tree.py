"""The working tree as a list of files, for stages that are declared for each of them."""

from lanemark.errors import NotARepositoryError
from lanemark.git.standing import list_standing_files
from lanemark.path import RepoPath
from lanemark.store.inputs import scan


def list_files(root: str) -> tuple[RepoPath, ...]:
    """Return the files below `root` that git tracks or would add; all of them where there is no repository."""
    try:
        return list_standing_files(root)
    except NotARepositoryError:
        return tuple(sorted(map(RepoPath, scan(root, ("",)))))
