"""Which repository file does a report mean? Exactly one, or none; never a guess among several.

Reports write paths relative to `<source>` roots, to the folder a tool ran in, to a container's mount point, absolute on another
machine, or with backslashes. A wrong match would put one file's coverage on another file's lines, so what is not certain is
unmatched.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from lanemark.path import RepoPath

MAX_PATH = 4096
"""No file system has longer ones."""


class PathMatcher:
    """The tracked files of one side, whose worktree is at `root` (absolute; empty where there is none)."""

    def __init__(self, tracked: Collection[RepoPath], root: str) -> None:
        """Index `tracked` by file name."""
        self._tracked = frozenset(tracked)
        self._root = normalise(root) if root else ""
        self._by_name: dict[str, list[RepoPath]] = defaultdict(list)
        for path in self._tracked:
            self._by_name[path.rpartition("/")[2]].append(path)

    def match(self, name: str, sources: Sequence[str] = ()) -> RepoPath | None:
        """Return the file that a report with these `<source>` roots calls `name`, None for no file or more than one.

        Tried in this order, each step deciding if it finds anything: the name below each source; the name as it stands; the
        longer or shorter path that ends alike. A path inside `root` is exact: if git does not track it, no other file that ends
        alike is meant.
        """
        path = normalise(name) if len(name) <= MAX_PATH else ""
        if not path:
            return None
        if path.startswith("/"):
            return self._absolute(path)
        below = [normalise(f"{source}/{name}") for source in sources if source]
        places = [place for place in map(self._inside, below) if place is not None]
        exact = {RepoPath(place) for place in places if place in self._tracked}
        if exact:
            return _only(exact)
        foreign = [place for place in below if place.startswith("/") and self._inside(place) is None]
        meant = {found for place in foreign for found in self._endings(place) if len(found) >= len(path)}
        if path in self._tracked:
            meant.add(RepoPath(path))
        if meant:
            return _only(meant)
        anchored = any(place.startswith("/") and self._inside(place) is not None for place in below)
        return None if anchored else _only(self._ending_with(path))

    def _absolute(self, path: str) -> RepoPath | None:
        """Match a path that names its own root: ours, or another machine's."""
        place = self._inside(path)
        if place is not None:
            return RepoPath(place) if place in self._tracked else None
        return _only(found for found in self._endings(path) if "/" in found)

    def _inside(self, path: str) -> str | None:
        """Return `path` relative to the repository: relative ones as they are, absolute ones below `root`, None for others."""
        if not path.startswith("/"):
            return path
        if self._root and path.startswith(f"{self._root.rstrip('/')}/"):
            return path[len(self._root.rstrip("/")) + 1 :]
        return None

    def _endings(self, path: str) -> list[RepoPath]:
        """Return the tracked files that the absolute `path` ends with."""
        return [found for found in self._by_name.get(path.rpartition("/")[2], ()) if path.endswith(f"/{found}")]

    def _ending_with(self, path: str) -> Iterable[RepoPath]:
        """Return the tracked files that end with the relative `path`."""
        return (found for found in self._by_name.get(path.rpartition("/")[2], ()) if found.endswith(f"/{path}"))


def normalise(path: str) -> str:
    """Return `path` with slashes, without `.`, `..` and empty parts; absolute (`/…`, `/c:/…`) if it was.

    Leading `..` of a relative path are dropped: what it climbed to is not known, its end still is.
    """
    text = path.replace("\\", "/")
    drive = len(text) > 2 and text[1] == ":" and text[0].isascii() and text[0].isalpha() and text[2] == "/"
    if drive:
        text = f"/{text[0].lower()}{text[1:]}"
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if text.startswith("/") else "") + "/".join(parts)


def _only(found: Iterable[RepoPath]) -> RepoPath | None:
    """Return the one path in `found`, None if there are none or several."""
    several = iter(found)
    first = next(several, None)
    return first if next(several, None) is None else None
