"""Which repository file does a report mean? Exactly one, or none; never a guess among several.

Reports write paths relative to `<source>` roots, to the folder a tool ran in, to a container's mount point, absolute on another
machine, or with backslashes. A wrong match would put one file's coverage on another file's lines, so what is not certain is
unmatched.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from lanemark.path import RepoPath

MAX_PATH = 4096
"""No file system has longer ones."""


class PathMatcher:
    """The tracked files of one side, whose worktree is at `root` (absolute; empty where there is none)."""

    def __init__(self, tracked: Collection[RepoPath], root: str) -> None:
        """Take the tracked files; nothing is sorted before the first path that needs it."""
        self._tracked = frozenset(tracked)
        self._root = normalise(root) if root else ""
        self._backwards: list[str] = []

    def common_prefix(self, names: Iterable[str], *, modules: bool = False) -> str:
        """Return what most foreign `names` of one report have before a tracked path, "" where that is nothing or not one thing.

        `/app/src/shop/b.py` says that `/app` may be the root of the repository elsewhere, and then `/app/setup.py` is `setup.py`,
        which its name alone would not prove. `modules` are names that begin with the name of a module (Go's do).
        """
        votes: Counter[str] = Counter()
        for name in names:
            path = self._foreign(name, modules=modules)
            votes.update(path[: -len(found) - 1] for found in self._endings(path) if "/" in found)
        best = votes.most_common(2)
        unsure = not best or (len(best) > 1 and best[1][1] == best[0][1])
        return "" if unsure else best[0][0]

    def match(self, name: str, sources: Sequence[str] = (), *, prefix: str = "", modules: bool = False) -> RepoPath | None:
        """Return the file that a report with these `<source>` roots calls `name`, None for no file or more than one.

        Tried in this order, each step deciding if it finds anything: the name below each source; the name as it stands; the
        longer or shorter path that ends alike. A path inside `root` is exact: if git does not track it, no other file that ends
        alike is meant. `prefix` and `modules` are as in `common_prefix`.
        """
        path = normalise(name) if len(name) <= MAX_PATH else ""
        if not path:
            return None
        if foreign := self._foreign(name, modules=modules):
            return self._elsewhere(foreign, prefix)
        if path.startswith("/"):
            place = self._inside(path)
            return RepoPath(place) if place in self._tracked else None
        below = [normalise(f"{source}/{name}") for source in sources if source]
        places = [place for place in map(self._inside, below) if place is not None]
        exact = {RepoPath(place) for place in places if place in self._tracked}
        if exact:
            return _only(exact)
        abroad = [place for place in below if place.startswith("/") and self._inside(place) is None]
        meant = {found for place in abroad for found in self._endings(place) if len(found) >= len(path)}
        if path in self._tracked:
            meant.add(RepoPath(path))
        if meant:
            return _only(meant)
        anchored = any(place.startswith("/") and self._inside(place) is not None for place in below)
        return None if anchored else _only(self._ending_with(path))

    def _foreign(self, name: str, *, modules: bool) -> str:
        """Return `name` as a path of another machine or of a module, "" if it is neither."""
        path = normalise(name) if len(name) <= MAX_PATH else ""
        if path.startswith("/"):
            return path if self._inside(path) is None else ""
        return f"/{path}" if modules and path and path not in self._tracked else ""

    def _elsewhere(self, path: str, prefix: str) -> RepoPath | None:
        """Match a path that names another root: below `prefix` exactly, else the one file that ends alike, with a folder."""
        if prefix and path.startswith(f"{prefix}/"):
            rest = path[len(prefix) + 1 :]
            return RepoPath(rest) if rest in self._tracked else None
        return _only(found for found in self._endings(path) if "/" in found)

    def _inside(self, path: str) -> str | None:
        """Return `path` relative to the repository: relative ones as they are, absolute ones below `root`, None for others."""
        if not path.startswith("/"):
            return path
        if self._root and path.startswith(f"{self._root.rstrip('/')}/"):
            return path[len(self._root.rstrip("/")) + 1 :]
        return None

    def _endings(self, path: str) -> Iterator[RepoPath]:
        """Yield the tracked files that the absolute `path` ends with: one look for each of its folders."""
        at = path.find("/")
        while at >= 0:
            if path[at + 1 :] in self._tracked:
                yield RepoPath(path[at + 1 :])
            at = path.find("/", at + 1)

    def _ending_with(self, path: str) -> Iterator[RepoPath]:
        """Yield the tracked files that end with the relative `path`: they stand together where all paths are sorted backwards."""
        self._backwards = self._backwards or sorted(map(_backwards, self._tracked))
        start = f"{_backwards(path)}/"
        at = bisect_left(self._backwards, start)
        while at < len(self._backwards) and self._backwards[at].startswith(start):
            yield RepoPath(_backwards(self._backwards[at]))
            at += 1


def _backwards(path: str) -> str:
    """Return the parts of a path, the last one first."""
    return "/".join(reversed(path.split("/")))


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
