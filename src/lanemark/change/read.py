"""Which two commits does an event compare, and what lies between them? Answered by asking a repository simple questions."""

from collections.abc import Sequence
from typing import Protocol

from lanemark.change import Change, ChangedFile, Source
from lanemark.errors import UnknownRefError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.path import RepoPath


class Repository(Protocol):
    """What git knows about commits; every commit is full hexadecimal."""

    def resolve(self, ref: str) -> str | None:
        """Return the commit a ref names, None where there is none."""
        ...

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return a commit's parents, also those a shallow clone lacks."""
        ...

    def fetch(self, commit: str) -> bool:
        """Try to get a commit from the origin; tell whether it is there now."""
        ...

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, deepening a shallow clone; None where it cannot be trusted or there is none."""
        ...

    def is_ancestor(self, old: str, new: str) -> bool:
        """Tell whether `old` is `new` or an ancestor of it."""
        ...

    def changed_files(self, base: str, tested: str) -> tuple[ChangedFile, ...]:
        """Return every path that differs, renames as two."""
        ...


LOCAL_BASES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""What a branch is compared with when nobody says."""


def given_change(paths: Sequence[RepoPath]) -> Change:
    """Return the change of a list of paths that somebody gave us; nothing is known but their names."""
    files = tuple(ChangedFile(path=path, status="M", added=0, deleted=0) for path in paths)
    return Change(base=None, tested="", head="", source="given", files=files)


def read_change(event: Event, repository: Repository, *, base: str | None = None, head: str | None = None) -> Change:
    """Return the change of an event, or the one between two refs that were asked for (against their merge base).

    What cannot be known is said: then `complete` is False with the reason, and the lane becomes the heaviest. Raises
    UnknownRefError for a ref that was asked for and is not there.
    """
    tested = _resolve_asked(repository, head or "HEAD")
    if base is not None:
        return _since_merge_base(repository, _resolve_asked(repository, base), tested, "given")
    match event.name:
        case "pull_request":
            return _read_pull(event, repository, tested)
        case "merge_group":
            return _between(repository, event.base, tested, "merge-group")
        case "push":
            return _read_push(event, repository, tested)
        case "local":
            return _read_local(repository, tested)
        case _:
            return _unknown(tested, f"{event.name} has nothing to compare with")


def _read_pull(event: Event, repository: Repository, tested: str) -> Change:
    """Compare a test-merge commit with its first parent, because that is what was tested; else use the merge base."""
    parents = repository.parents(tested)
    if len(parents) == 2 and parents[1] == event.head:
        if repository.resolve(parents[0]) is None and not repository.fetch(parents[0]):
            return _unknown(tested, "the first parent of the merge commit could not be fetched", head=parents[1])
        return _between(repository, parents[0], tested, "merge-commit", head=parents[1])
    if event.base is None:
        return _unknown(tested, "the event names no base commit")
    if repository.resolve(event.base) is None and not repository.fetch(event.base):
        return _unknown(tested, "the base commit could not be fetched")
    return _since_merge_base(repository, event.base, tested, "merge-base")


def _read_push(event: Event, repository: Repository, tested: str) -> Change:
    """Compare with what the branch was before; a new or forced branch with where it left the default branch."""
    before = event.base
    there = before is not None and (repository.resolve(before) is not None or repository.fetch(before))
    if before is not None and there and repository.is_ancestor(before, tested):
        return _between(repository, before, tested, "push")
    default = repository.resolve(f"origin/{event.default_branch}") if event.default_branch else None
    if default is None or default == tested:
        return _unknown(tested, "the branch is new or was forced, and there is no default branch to compare with")
    return _since_merge_base(repository, default, tested, "push")


def _read_local(repository: Repository, tested: str) -> Change:
    """Compare the branch with where it left the default branch."""
    for name in LOCAL_BASES:
        found = repository.resolve(name)
        if found is not None:
            return _since_merge_base(repository, found, tested, "merge-base")
    return _unknown(tested, "there is no origin/HEAD, main or master to compare with; say --base")


def _since_merge_base(repository: Repository, base: str, tested: str, source: Source) -> Change:
    """Compare with the merge base of two commits."""
    found = repository.merge_base(base, tested)
    if found is None:
        return _unknown(tested, "no merge base could be found, or a shallow clone hides it; use fetch-depth: 0")
    return _between(repository, found, tested, source)


def _between(repository: Repository, base: str | None, tested: str, source: Source, *, head: str | None = None) -> Change:
    """Return what lies between two commits."""
    if base is None or (repository.resolve(base) is None and not repository.fetch(base)):
        return _unknown(tested, "the base commit is not there and could not be fetched", head=head)
    files = repository.changed_files(base, tested)
    return Change(base=base, tested=tested, head=head or tested, source=source, files=files)


def _unknown(tested: str, reason: str, *, head: str | None = None) -> Change:
    """Return a change of which only the tested commit is known."""
    return Change(base=None, tested=tested, head=head or tested, source="none", complete=False, reason=reason)


def _resolve_asked(repository: Repository, ref: str) -> str:
    """Return the commit of a ref that somebody asked for."""
    found = repository.resolve(ref)
    if found is None:
        raise UnknownRefError(
            f"there is no commit {visible(ref)!r} in this repository",
            help="git branch --all lists the branches; a clone may need git fetch",
        )
    return found
