"""What lies between two commits: the questions a repository must answer, and a base that can be trusted."""

from typing import Protocol

from lanemark.change import Change, ChangedFile, Source
from lanemark.errors import DataError

DEEPEN = (50, 100, 200, 400, 800, 1600, 3200, 6400)
"""By how many commits a shallow history is deepened, step by step, until a merge base can be trusted."""


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

    def previous_tag(self, tested: str) -> tuple[str, str] | None:
        """Return the youngest tag (name and commit) in the history of `tested`, itself not counted; None where none is seen."""
        ...

    def uncommitted_tree(self, *, staged: bool) -> str:
        """Return the id of a tree with what stands in the index, or else in the working tree with its new files."""
        ...

    def changed_files(self, base: str, tested: str) -> tuple[ChangedFile, ...]:
        """Return what differs between two commits' files; raise DataError when git cannot tell."""
        ...


def unknown_change(tested: str, reason: str) -> Change:
    """Return a change of which nothing is known, and why."""
    return Change(base=None, tested=tested, head=tested, source="none", complete=False, reason=reason)


def change_since_merge_base(repository: Repository, tip: str, tested: str, source: Source, *, tip_name: str) -> Change:
    """Return what happened between the merge base of a branch's tip and the tested commit."""
    base, why = find_start(repository, tip, tested, tip_name=tip_name)
    return unknown_change(tested, why) if base is None else change_since(repository, base, tested, source)


def find_start(repository: Repository, tip: str, tested: str, *, tip_name: str) -> tuple[str | None, str]:
    """Return the merge base of a branch's tip and the tested commit, or None and why there is none to be trusted."""
    if not repository.obtain(tip):
        return None, f"{tip_name} (commit {tip[:10]}) is not here and could not be fetched"
    base = find_merge_base(repository, tip, tested)
    if base is not None:
        return base, ""
    if repository.is_shallow():
        return None, f"the history is too shallow to find where {tip_name} was left; check out with `fetch-depth: 0`"
    return None, f"{tip_name} and the tested commit have no common history"


def find_merge_base(repository: Repository, one: str, other: str) -> str | None:
    """Return a merge base that can be trusted, deepening a shallow history as far as it takes and may go."""
    found = repository.merge_base(one, other)
    for count in DEEPEN:
        if found is not None or not repository.is_shallow() or not repository.deepen(count, one, other):
            break
        found = repository.merge_base(one, other)
    return found


def change_since(repository: Repository, base: str, tested: str, source: Source, *, head: str | None = None) -> Change:
    """Return what differs between two commits' files."""
    if not repository.obtain(base):
        return unknown_change(tested, f"the base commit {base[:10]} is not here and could not be fetched")
    try:
        files = repository.changed_files(base, tested)
    except DataError as fault:
        return unknown_change(tested, f"git could not compare the commits: {fault.message}")
    return Change(base=base, tested=tested, head=head or tested, source=source, files=files)
