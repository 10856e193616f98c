"""The plan of a rollback: from what stands to what a checkpoint has, in an order in which it can be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lanemark.codec import Record
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import Item

Change = Literal["added", "removed", "content", "kind", "mode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What to do, in the order of the fields; folders are made outermost first, removals and settings go innermost first.

    `settings` are items that stand and whose permissions and times are to be set.
    """

    folders: tuple[Item, ...] = ()
    writes: tuple[Item, ...] = ()
    removals: tuple[Item, ...] = ()
    settings: tuple[Item, ...] = ()

    @property
    def digests(self) -> tuple[str, ...]:
        """The contents that are needed."""
        return tuple(dict.fromkeys(item.digest for item in self.writes))

    @property
    def empty(self) -> bool:
        """Whether everything is as it should be, apart from permissions and times of folders."""
        return not (self.folders or self.writes or self.removals or any(item.kind != "dir" for item in self.settings))


class Open(Record, frozen=True, kw_only=True):
    """A rollback that was begun: where to, which paths, and the checkpoint with what stood there before."""

    schema: int = 1
    target: str
    undo: str
    paths: tuple[str, ...]
    created: str


def plan_steps(current: Iterable[Item], wanted: Iterable[Item]) -> Steps:
    """Return the steps from `current` to `wanted`."""
    now = {item.path: item for item in current}
    then = {item.path: item for item in wanted}
    folders, writes, settings = [], [], []
    for path in sorted(then):
        item, there = then[path], now.get(path)
        if item.kind == "dir":
            if there is None or there.kind != "dir":
                folders.append(item)
            settings.append(item)  # what is done inside changes its times
        elif there is None or (there.kind, there.digest) != (item.kind, item.digest) or not _can_be_set(there):
            writes.append(item)
        elif (there.mode, there.mtime_ns) != (item.mode, item.mtime_ns):
            settings.append(item)
    removals = [now[path] for path in sorted(now, reverse=True) if path not in then and not _is_covered(path, then)]
    settings.sort(key=lambda item: item.path, reverse=True)
    return Steps(folders=tuple(folders), writes=tuple(writes), removals=tuple(removals), settings=tuple(settings))


def _can_be_set(item: Item) -> bool:
    """Return whether permissions can be changed without writing the file again, which must be opened for that."""
    return item.kind != "file" or item.mode & 0o400 != 0


def _is_covered(path: str, then: Mapping[RepoPath, Item]) -> bool:
    """Return whether a path goes away because something that is no folder is written over one above it."""
    above = RepoPath(path.rpartition("/")[0])
    while above:
        if above in then and then[above].kind != "dir":
            return True
        above = RepoPath(above.rpartition("/")[0])
    return False


def compare_items(before: Iterable[Item], after: Iterable[Item]) -> dict[RepoPath, Change]:
    """Return what differs by path; times are no difference."""
    old = {item.path: item for item in before}
    new = {item.path: item for item in after}
    found: dict[RepoPath, Change] = {}
    for path in sorted(old.keys() | new.keys()):
        one, other = old.get(path), new.get(path)
        if one is None or other is None:
            found[path] = "added" if one is None else "removed"
        elif one.kind != other.kind:
            found[path] = "kind"
        elif one.digest != other.digest:
            found[path] = "content"
        elif one.kind != "link" and one.mode != other.mode:
            found[path] = "mode"
    return found


def check_items(items: Iterable[Item], path: str) -> tuple[Item, ...]:
    """Return the items of a part, which all must stand at or in its declared path; raise DataError for one that leads elsewhere.

    No item may stand within something that is not a folder of the list: what is written through a link would land anywhere.
    """
    listed, top = tuple(items), path.rstrip("/")
    kinds: dict[str, str] = {}
    for item in listed:
        names = item.path.split("/")
        inside = item.path == top or item.path.startswith(f"{top}/")
        if not inside or "\0" in item.path or not {"", ".", ".."}.isdisjoint(names) or item.path in kinds:
            raise DataError(f"the checkpoint's path {item.path[:200]!r} lies outside of {path!r}, or stands there twice")
        kinds[item.path] = item.kind
    for item in listed:
        above = item.path.rpartition("/")[0]
        if item.path != top and kinds.get(above) != "dir":
            raise DataError(f"the checkpoint's path {item.path[:200]!r} stands in something that is not a folder")
    return listed
