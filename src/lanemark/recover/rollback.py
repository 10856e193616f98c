"""The plan of a rollback: from what stands to what a checkpoint has, in an order in which it can be done."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from lanemark.codec import Record
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import Item

_by_path = attrgetter("path")

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
    for item in sorted([item for item in then.values() if item.kind == "dir" or now.get(item.path) != item], key=_by_path):
        there = now.get(item.path)
        if item.kind == "dir":
            if there is None or there.kind != "dir":
                folders.append(item)
            settings.append(item)  # what is done inside changes its times
        elif there is None or (there.kind, there.digest) != (item.kind, item.digest) or not _can_be_set(there):
            writes.append(item)
        elif (there.mode, there.mtime_ns) != (item.mode, item.mtime_ns):
            settings.append(item)
    removals = [now[path] for path in sorted(now.keys() - then.keys(), reverse=True) if not _is_covered(path, then)]
    settings.sort(key=_by_path, reverse=True)
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
    for path in sorted({path for path, item in new.items() if old.get(path) != item} | (old.keys() - new.keys())):
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
    kinds: dict[str, str] = {item.path: item.kind for item in listed}
    if len(kinds) != len(listed) or _leads_elsewhere(kinds, top):  # all at once; one by one only to say which
        once: set[str] = set()
        for item in listed:
            if item.path in once or _leads_elsewhere([item.path], top):
                raise DataError(f"the checkpoint's path {item.path[:200]!r} lies outside of {path!r}, or stands there twice")
            once.add(item.path)
    above = {one.rpartition("/")[0] for one in kinds if one != top}
    if any(kinds.get(folder) != "dir" for folder in above):
        wrong = next(one for one in kinds if one != top and kinds.get(one.rpartition("/")[0]) != "dir")
        raise DataError(f"the checkpoint's path {wrong[:200]!r} stands in something that is not a folder")
    return listed


def _leads_elsewhere(paths: Collection[str], top: str) -> bool:
    """Return whether any path does not stand at or below `top`, or has a name in it that is none."""
    named = "/" + "/\n/".join(paths) + "/"
    if "\0" in named or "/../" in named or "/./" in named or "//" in named:
        return True
    inside = f"{top}/"
    return any(not path.startswith(inside) and path != top for path in paths)
