"""From an event to the change it is about: which two commits, and is the list of files between them whole?

| event | base |
| --- | --- |
| `pull_request`, tested commit is GitHub's test merge | its first parent: the base branch as it is now |
| `pull_request`, anything else checked out | merge base of the base branch's tip and the tested commit |
| `merge_group` | `base_sha` |
| `push` | the previous tip if it is an ancestor, else the merge base with the default branch |
| `schedule`, `workflow_dispatch`, `workflow_run` | none |
| `local` | merge base with the default branch |

A base somebody names wins over all of these. Whatever cannot be found out is said in `Change.reason` and makes the change
incomplete, which the choice of the lane answers with the heaviest.
"""

from collections.abc import Iterable
from typing import Protocol

from lanemark.change import Change, ChangedFile, Source
from lanemark.errors import DataError, UnknownRefError
from lanemark.escape import visible
from lanemark.event import COMMIT, Event
from lanemark.path import RepoPath

DEEPEN = (50, 100, 200, 400, 800, 1600, 3200, 6400)
"""By how many commits a shallow history is deepened, step by step, until a merge base can be trusted."""

DEFAULT_BRANCHES = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "main", "master")
"""Where a person's work most likely started, the likeliest first."""


class Repository(Protocol):
    """Questions about commits, as git answers them. Commits are full hexadecimal ids."""

    def resolve(self, *refs: str) -> tuple[str | None, ...]:
        """Return the commit each ref or id means, None for one the repository does not have."""
        ...

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents as the commit itself names them, also where a shallow history lacks them."""
        ...

    def obtain(self, commit: str) -> bool:
        """Make sure that the commit and its files are here, fetching them where they are not; False when that fails."""
        ...

    def remote_tip(self, branch: str) -> str | None:
        """Return the tip of a branch of the remote, as last fetched or else as it is now; None where there is none."""
        ...

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor; None where there is none, or where the history here is too short to be sure."""
        ...

    def is_shallow(self) -> bool:
        """Whether the history here is cut off somewhere."""
        ...

    def deepen(self, count: int, *commits: str) -> bool:
        """Fetch `count` more generations of the history of `commits`; False when that fails."""
        ...

    def changed_files(self, base: str, tested: str) -> tuple[ChangedFile, ...]:
        """Return what differs between two commits' files; raise DataError when git cannot tell."""
        ...


def read_change(event: Event, repository: Repository, *, base: str | None = None, head: str | None = None) -> Change:
    """Return the change of `event`; `base` and `head` are refs that a person named and that win over the event's.

    Of a named base, too, the merge base with the tested commit counts: what happened on it since is not part of the change.
    Only commits count, never what stands uncommitted in the working tree. Raises UnknownRefError for a named ref that is not
    there.
    """
    tested, named = _resolve(repository, head or "HEAD", base)
    if named is not None:
        return _since_merge_base(repository, named, tested, "given", tip_name=f"`{base}`")
    if event.name == "pull_request" and event.base is not None:
        return _read_pull_request(event, event.base, repository, tested)
    if event.name == "merge_group" and event.base is not None:
        return _since(repository, event.base, tested, "merge-group")
    if event.name == "push":
        return _read_push(event, repository, tested)
    if event.name == "local":
        return _read_local(repository, tested)
    return unknown_change(tested, f"a `{event.name}` event is not about a change")


def exact_change(repository: Repository, base: str, head: str) -> Change:
    """Return what differs between two named refs as they are, without looking for a merge base (`compare BASE..HEAD`)."""
    tested, named = _resolve(repository, head, base)
    return _since(repository, named or tested, tested, "given")


def given_change(paths: Iterable[RepoPath]) -> Change:
    """Return a change of these files, which somebody else counted; it needs no repository and knows no commits."""
    files = tuple(ChangedFile(path=path, status="M") for path in dict.fromkeys(paths))
    return Change(base=None, tested="", head="", source="given", files=files)


def unknown_change(tested: str, reason: str) -> Change:
    """Return a change of which nothing is known, and why."""
    return Change(base=None, tested=tested, head=tested, source="none", complete=False, reason=reason)


def _resolve(repository: Repository, head: str, base: str | None) -> tuple[str, str | None]:
    """Return the commits of `head` and, where one is named, of `base`."""
    refs = (head,) if base is None else (head, base)
    found = repository.resolve(*refs)
    commits = [commit or _fetch_named(repository, ref) for ref, commit in zip(refs, found, strict=True)]
    return commits[0], commits[1] if base is not None else None


def _fetch_named(repository: Repository, ref: str) -> str:
    """Return a commit that somebody named by its whole id and that only the remote has."""
    if COMMIT.fullmatch(ref) and repository.obtain(ref):
        return ref
    raise UnknownRefError(
        f"the repository has no commit `{visible(ref)}`",
        help="check the name with `git log -1 NAME`; if only the remote has it, `git fetch origin NAME` first",
    )


def _read_pull_request(event: Event, tip: str, repository: Repository, tested: str) -> Change:
    """Return the change of a pull request, exactly against today's base branch where GitHub's test merge is checked out."""
    parents = repository.parents(tested)
    if len(parents) == 2 and parents[1] == event.head:
        return _since(repository, parents[0], tested, "merge-commit", head=parents[1])
    return _since_merge_base(repository, tip, tested, "merge-base", tip_name="the base branch")


def _read_push(event: Event, repository: Repository, tested: str) -> Change:
    """Return the change of a push; a forced push and a new branch have no previous tip to go by."""
    if (
        event.base is not None
        and repository.obtain(event.base)
        and _find_merge_base(repository, event.base, tested) == event.base
    ):
        return _since(repository, event.base, tested, "push")
    if event.head_ref.startswith("refs/"):
        return unknown_change(tested, "what was pushed is a tag, not a branch")
    why = "the branch is new" if event.base is None else "the previous tip is not an ancestor (a forced push?)"
    if event.head_ref == event.default_branch:
        return unknown_change(tested, f"{why}, and it is the default branch itself")
    tip = repository.remote_tip(event.default_branch) if event.default_branch else None
    if tip is None:
        return unknown_change(tested, f"{why}, and the default branch could not be fetched")
    return _since_merge_base(repository, tip, tested, "push", tip_name="the default branch")


def _read_local(repository: Repository, tested: str) -> Change:
    """Return the change since the likeliest default branch that is not the tested commit itself."""
    for tip in repository.resolve(*DEFAULT_BRANCHES):
        if tip is not None and tip != tested:
            return _since_merge_base(repository, tip, tested, "merge-base", tip_name="the default branch")
    return unknown_change(tested, "no branch to compare with was found; name one with --base")


def _since_merge_base(repository: Repository, tip: str, tested: str, source: Source, *, tip_name: str) -> Change:
    """Return what happened between the merge base of a branch's tip and the tested commit."""
    if not repository.obtain(tip):
        return unknown_change(tested, f"{tip_name} (commit {tip[:10]}) is not here and could not be fetched")
    base = _find_merge_base(repository, tip, tested)
    if base is not None:
        return _since(repository, base, tested, source)
    if repository.is_shallow():
        return unknown_change(
            tested, f"the history is too shallow to find where {tip_name} was left; check out with `fetch-depth: 0`"
        )
    return unknown_change(tested, f"{tip_name} and the tested commit have no common history")


def _find_merge_base(repository: Repository, one: str, other: str) -> str | None:
    """Return a merge base that can be trusted, deepening a shallow history as far as it takes and may go."""
    found = repository.merge_base(one, other)
    for count in DEEPEN:
        if found is not None or not repository.is_shallow() or not repository.deepen(count, one, other):
            break
        found = repository.merge_base(one, other)
    return found


def _since(repository: Repository, base: str, tested: str, source: Source, *, head: str | None = None) -> Change:
    """Return what differs between two commits' files."""
    if not repository.obtain(base):
        return unknown_change(tested, f"the base commit {base[:10]} is not here and could not be fetched")
    try:
        files = repository.changed_files(base, tested)
    except DataError as fault:
        return unknown_change(tested, f"git could not compare the commits: {fault.message}")
    return Change(base=base, tested=tested, head=head or tested, source=source, files=files)
