"""From an event to the change it is about: which two commits, and is the list of files between them whole?

| event | base |
| --- | --- |
| `pull_request`, tested commit is GitHub's test merge | its first parent: the base branch as it is now |
| `pull_request`, anything else checked out | merge base of the base branch's tip and the tested commit |
| `pull_request` of which git cannot tell | GitHub's list of its files, where a token is there |
| `pull_request_target`, `workflow_run`, `issue_comment` | GitHub's list only; nothing is checked out or fetched |
| `merge_group` | `base_sha` |
| `push` | the previous tip if it is an ancestor, else the merge base with the default branch |
| `push` of a tag, `release` | the previous tag; never complete, so the lane is the heaviest |
| `schedule`, `workflow_dispatch`, `repository_dispatch` | none |
| `local` | merge base with the default branch |
| `local`, not committed | the same, on the default branch itself its last commit |

A base somebody names wins over all of these. Whatever cannot be found out is said in `Change.reason` and makes the change
incomplete, which the choice of the lane answers with the heaviest.
"""

from collections.abc import Iterable
from typing import Literal, Protocol

from msgspec.structs import replace

from lanemark.change import Change, ChangedFile
from lanemark.change.since import (
    DEEPEN,
    Repository,
    change_since,
    change_since_merge_base,
    find_merge_base,
    find_start,
    unknown_change,
)
from lanemark.errors import LanemarkError, UnknownRefError
from lanemark.escape import visible
from lanemark.event import COMMIT, Event
from lanemark.path import RepoPath

DEFAULT_BRANCHES = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "main", "master")
"""Where a person's work most likely started, the likeliest first."""

ONLY_LISTED = ("pull_request_target", "workflow_run", "issue_comment")
"""Events about a pull request whose files must not be fetched: the job holds a token that can write."""

Uncommitted = Literal["staged", "working-tree"]
"""What is looked at besides commits: the index, or everything as it lies there, new files too."""


class Listing(Protocol):
    """GitHub's own list of the files of a pull request."""

    def change_of(self, event: Event) -> Change | None:
        """Return the change of the event's pull request; None where it has none; raise LanemarkError where GitHub fails."""
        ...


def read_change(
    event: Event, repository: Repository, *, base: str | None = None, head: str | None = None, listing: Listing | None = None
) -> Change:
    """Return the change of `event`; `base` and `head` are refs that a person named and that win over the event's.

    Of a named base, too, the merge base with the tested commit counts: what happened on it since is not part of the change.
    Only commits count, never what stands uncommitted in the working tree. `listing` is asked where git cannot or must not tell.
    Raises UnknownRefError for a named ref that is not there.
    """
    if event.name in ONLY_LISTED and base is None and head is None:
        return _read_listed(event, repository, listing)
    tested, named = _resolve(repository, head or "HEAD", base)
    if named is not None:
        return change_since_merge_base(repository, named, tested, "given", tip_name=f"`{base}`")
    if event.name == "pull_request" and event.base is not None:
        change = _read_pull_request(event, event.base, repository, tested)
        return change if change.complete or listing is None else _ask_listing(event, listing, change)
    if event.name == "merge_group" and event.base is not None:
        return change_since(repository, event.base, tested, "merge-group")
    if event.tag:
        return _read_tag(event.tag, repository, tested)
    if event.name == "push":
        return _read_push(event, repository, tested)
    if event.name == "local":
        return _read_local(repository, tested)
    return unknown_change(tested, f"a `{visible(event.name)}` event is not about a change")


def read_uncommitted(repository: Repository, what: Uncommitted, *, base: str | None = None) -> Change:
    """Return what a person's commits would be about if `what` were committed now: its difference to `base`'s merge base.

    Without a named base it counts from where the default branch was left, and on that branch itself from its last commit.
    Raises UnknownRefError for a named ref that is not there, DataError where the index holds a conflict.
    """
    last, named = _resolve(repository, "HEAD", base)
    tip = named or _find_default_tip(repository, last)
    start, why = (
        (last, "") if tip is None else find_start(repository, tip, last, tip_name=f"`{base}`" if base else "the default branch")
    )
    if start is None:
        return unknown_change(last, why)
    tree = repository.uncommitted_tree(staged=what == "staged")
    return change_since(repository, start, tree, "uncommitted", head=last)


def exact_change(repository: Repository, base: str, head: str) -> Change:
    """Return what differs between two named refs as they are, without looking for a merge base (`compare BASE..HEAD`)."""
    tested, named = _resolve(repository, head, base)
    return change_since(repository, named or tested, tested, "given")


def given_change(paths: Iterable[RepoPath]) -> Change:
    """Return a change of these files, which somebody else counted; it needs no repository and knows no commits."""
    files = tuple(ChangedFile(path=path, status="M") for path in dict.fromkeys(paths))
    return Change(base=None, tested="", head="", source="given", files=files)


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
        return change_since(repository, parents[0], tested, "merge-commit", head=parents[1])
    return change_since_merge_base(repository, tip, tested, "merge-base", tip_name="the base branch")


def _read_listed(event: Event, repository: Repository, listing: Listing | None) -> Change:
    """Return the change as GitHub lists it; where it cannot be asked, nothing of the checkout but its commit is looked at."""
    if listing is None:
        why = f"on a `{event.name}` event only GitHub is asked what changed, and that needs a token"
    else:
        try:
            listed = listing.change_of(event)
        except LanemarkError as fault:
            why = f"GitHub could not be asked what changed: {fault.message}"
        else:
            if listed is not None:
                return listed
            why = f"this `{event.name}` event is about no open pull request"
    (tested,) = repository.resolve("HEAD")
    return unknown_change(tested or "", why)


def _ask_listing(event: Event, listing: Listing, change: Change) -> Change:
    """Return GitHub's list of the files for a change that git could not tell, or else why neither could."""
    try:
        listed = listing.change_of(event)
    except LanemarkError as fault:
        return replace(change, reason=f"{change.reason}; and GitHub could not be asked: {fault.message}")
    if listed is None or listed.head != event.head:
        return replace(
            change, reason=f"{change.reason}; and the pull request has moved on since, so GitHub's list is of later commits"
        )
    if not listed.complete:
        return replace(change, reason=f"{change.reason}; and {listed.reason}")
    return replace(listed, tested=change.tested)


def _read_tag(tag: str, repository: Repository, tested: str) -> Change:
    """Return what a release brings since the tag before it. Nothing of it is light, so it is never called complete."""
    found = repository.previous_tag(tested)
    for count in DEEPEN:
        if found is not None or not repository.is_shallow() or not repository.deepen(count, tested):
            break
        found = repository.previous_tag(tested)
    if found is None:
        return unknown_change(tested, f"`{visible(tag)}` is a tag, and there is none before it")
    name, commit = found
    change = change_since(repository, commit, tested, "tag")
    if not change.complete:
        return change
    return replace(
        change,
        complete=False,
        reason=f"`{visible(tag)}` is a tag; a release gets everything, whatever changed since `{visible(name)}`",
    )


def _read_push(event: Event, repository: Repository, tested: str) -> Change:
    """Return the change of a push; a forced push and a new branch have no previous tip to go by."""
    if event.base is not None and repository.obtain(event.base) and find_merge_base(repository, event.base, tested) == event.base:
        return change_since(repository, event.base, tested, "push")
    if event.head_ref.startswith("refs/"):
        return unknown_change(tested, "what was pushed is no branch")
    why = "the branch is new" if event.base is None else "the previous tip is not an ancestor (a forced push?)"
    if event.head_ref == event.default_branch:
        return unknown_change(tested, f"{why}, and it is the default branch itself")
    tip = repository.remote_tip(event.default_branch) if event.default_branch else None
    if tip is None:
        return unknown_change(tested, f"{why}, and the default branch could not be fetched")
    return change_since_merge_base(repository, tip, tested, "push", tip_name="the default branch")


def _read_local(repository: Repository, tested: str) -> Change:
    """Return the change since the default branch was left."""
    tip = _find_default_tip(repository, tested)
    if tip is None:
        return unknown_change(tested, "no branch to compare with was found; name one with --base")
    return change_since_merge_base(repository, tip, tested, "merge-base", tip_name="the default branch")


def _find_default_tip(repository: Repository, tested: str) -> str | None:
    """Return the likeliest default branch's commit that is not the tested commit itself."""
    return next((tip for tip in repository.resolve(*DEFAULT_BRANCHES) if tip is not None and tip != tested), None)
