"""The repository as the rooms below see it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from lanemark.change import AddedLines, ChangedFile, FileHunks
from lanemark.git.call import Call
from lanemark.git.diff import list_changed_files
from lanemark.git.history import deepen_history, fetch_commit, find_merge_base, find_remote_tip, read_shallow
from lanemark.git.objects import has_tree, list_tracked, read_commits, read_text
from lanemark.git.tags import find_previous_tag
from lanemark.path import RepoPath


class Git:
    """The repository at `root`, the folder its files are checked out in. Is a `change.since.Repository`.

    Every method raises NotARepositoryError where there is none, and DataError where git fails. Commits are full hexadecimal ids
    as `resolve` returns them; only `resolve` takes anything else.
    """

    def __init__(self, root: str) -> None:
        """Look at the repository at `root`; nothing is started yet."""
        self._call = Call(root)
        self._parents: dict[str, tuple[str, ...]] = {}

    def top(self) -> str:
        """Return the folder of the checkout that `root` lies in."""
        return self._call.run("rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").removesuffix("\n")

    def resolve(self, *refs: str) -> tuple[str | None, ...]:
        """Return the commit each ref means (a bare name also a branch of the remote's), None for one that means none."""
        found = read_commits(self._call, refs)
        self._parents.update(found.values())
        return tuple(found[ref][0] if ref in found else None for ref in refs)

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents as the commit itself names them, also where a shallow history lacks them."""
        if commit not in self._parents:
            self.resolve(commit)
        return self._parents.get(commit, ())

    def obtain(self, commit: str) -> bool:
        """Make sure that the commit and its files are here, fetching them where they are not; False when that fails."""
        if commit in self._parents or has_tree(self._call, commit):
            return True
        return fetch_commit(self._call, commit) and has_tree(self._call, commit)

    def remote_tip(self, branch: str) -> str | None:
        """Return the tip of a branch of the remote, as last fetched or else as it is now; None where there is none."""
        (fetched,) = self.resolve(f"refs/remotes/origin/{branch}")
        return fetched or find_remote_tip(self._call, branch)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor; None where there is none, or where the history here is too short to be sure."""
        return find_merge_base(self._call, one, other)

    def is_shallow(self) -> bool:
        """Whether the history here is cut off somewhere."""
        return bool(read_shallow(self._call))

    def deepen(self, count: int, *commits: str) -> bool:
        """Fetch `count` more generations of the history of `commits`; False when that fails."""
        return deepen_history(self._call, count, commits)

    def previous_tag(self, tested: str) -> tuple[str, str] | None:
        """Return the youngest tag (name and commit) in the history of `tested`, itself not counted; None where none is seen."""
        return find_previous_tag(self._call, tested)

    def uncommitted_tree(self, *, staged: bool) -> str:
        """Return the id of a tree with what stands in the index, or else in the working tree with its new files."""
        from lanemark.git.uncommitted import write_uncommitted

        return write_uncommitted(self._call, staged=staged)

    def changed_files(self, base: str, tested: str) -> tuple[ChangedFile, ...]:
        """Return what differs between two commits' files, a rename as its two paths."""
        return list_changed_files(self._call, base, tested)

    def added_lines(self, base: str, tested: str, head: str) -> tuple[AddedLines, ...]:
        """Return the lines of `tested` that `base` does not have, with their numbers in `head`; regular files only."""
        from lanemark.git.patch import list_added_lines

        return list_added_lines(self._call, base, tested, head)

    def hunks(self, base: str, tested: str) -> tuple[FileHunks, ...]:
        """Return which lines of `base` became which lines of `tested`; regular files only."""
        from lanemark.git.patch import list_hunks

        return list_hunks(self._call, base, tested)

    def text(self, commit: str, path: RepoPath, limit: int) -> str | None:
        """Return a file of a commit as text, None where the commit lacks it; DataError beyond `limit` bytes or not UTF-8."""
        return read_text(self._call, commit, path, limit)

    def tracked(self, commit: str) -> tuple[RepoPath, ...]:
        """Return the paths of all files of a commit."""
        return list_tracked(self._call, commit)

    def generated(self, commit: str, paths: Sequence[RepoPath]) -> frozenset[RepoPath]:
        """Return which of `paths` the attributes of `commit` call generated or vendored."""
        from lanemark.git.attributes import list_generated

        return list_generated(self._call, commit, paths)

    def worktree(self, commit: str, folder: str) -> AbstractContextManager[str]:
        """Check `commit` out into the absolute `folder` for the time of a `with` block; what a killed run left is replaced."""
        from lanemark.git.worktrees import open_worktree

        return open_worktree(self._call, commit, folder)
