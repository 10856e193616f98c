"""What changed? Files and lines between base and tested commit, and how sure we are that the list is whole."""

from typing import Literal

from lanemark.codec import Record
from lanemark.path import RepoPath

SUBMODULE = "160000"
"""Git's mode of a submodule."""


class ChangedFile(Record, frozen=True, kw_only=True):
    """One path; a rename is two of these, its old path deleted and its new path added.

    `status` is git's letter (A, D, M, T), modes are git's six digits (`000000` where the side lacks it), `added` and `deleted`
    count lines and are None for binaries. `generated` says that the base side's attributes call it generated or vendored, so its
    lines do not count; `escapes` that it is a symbolic link whose new target lies outside of the repository; `lfs_bytes` is the
    size that a Git LFS pointer tells, None for everything else.
    """

    path: RepoPath
    status: str
    old_mode: str = "000000"
    new_mode: str = "000000"
    added: int | None = 0
    deleted: int | None = 0
    generated: bool = False
    escapes: bool = False
    lfs_bytes: int | None = None

    @property
    def submodule(self) -> bool:
        """Whether it is, or was, a submodule: another repository's commit, of which no file is seen here."""
        return SUBMODULE in (self.old_mode, self.new_mode)

    @property
    def binary(self) -> bool:
        """Whether git counts no lines in it."""
        return self.added is None


Source = Literal["merge-commit", "merge-base", "push", "merge-group", "tag", "given", "uncommitted", "github", "none"]
"""How base and tested commit were found.

`tag` is the previous tag, `given` is `--base` or `--files-from`, `uncommitted` is what a person has not committed yet, `github`
is GitHub's own list of a pull request's files, `none` means nothing to compare with.
"""


class Change(Record, frozen=True, kw_only=True):
    """The files between `base` and `tested`.

    Not `complete` means the list could not be proved whole, or that the event asks for everything (a tag): `reason` says why, and
    the lane is the heaviest. `base` is None where there is nothing to compare with. `tested` is a commit, or for what is not
    committed the tree of it. `head` is the commit GitHub shows (for a test-merge commit its second parent), where links and check
    runs point to.
    """

    base: str | None
    tested: str
    head: str
    source: Source
    files: tuple[ChangedFile, ...] = ()
    complete: bool = True
    reason: str = ""


class AddedRange(Record, frozen=True, kw_only=True):
    """Lines `start` to `end` (inclusive, from 1) of the tested commit that the base does not have.

    `head_start` is the number of `start` in the pull request's own head, for links and annotations; 0 where it is not there.
    """

    start: int
    end: int
    head_start: int


class Hunk(Record, frozen=True, kw_only=True):
    """`old` lines from `old_start` became `new` lines from `new_start`; where a count is 0, its start is the line before."""

    old_start: int
    old: int
    new_start: int
    new: int


class FileHunks(Record, frozen=True, kw_only=True):
    """What changed in one file's lines, in order; a renamed file has two paths, a deleted one the old path twice."""

    old_path: RepoPath
    path: RepoPath
    hunks: tuple[Hunk, ...]


class AddedLines(Record, frozen=True, kw_only=True):
    """The added lines of one path in the tested commit, in order."""

    path: RepoPath
    ranges: tuple[AddedRange, ...]
