"""What stages read, by content: from the stat index, from git's index where it can be trusted, else by reading.

Implements `cache.types.Fingerprints`. The whole checkout is listed once; every stage picks from the list. From the moment when a
command runs nothing of that list is trusted any more, and what stages leave behind never stood in it: both are looked at when
they are asked for.
"""

import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from stat import S_ISREG

from lanemark.cache.types import BYPRODUCTS, Inputs
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.pattern import Patterns
from lanemark.store.blobs import Sign, is_settled, sign_of
from lanemark.store.stat_index import StatIndex
from lanemark.store.trees import literal_starts, seal
from lanemark.tree import TreeEntry

MOST_BEHIND = 10_000
"""How many files a linked folder may have; a stage that reads through such a link is not worth following further."""

View = Callable[[], Mapping[RepoPath, str]]
"""Returns git's object ids of the files below the root that are as git's index has them; none where it cannot tell."""

FEW = 50
"""So many files are read before git is asked: starting it costs as much as reading about a hundred of them."""


class DiskInputs:
    """The files below one root."""

    def __init__(
        self, root: str, index: StatIndex, patterns: Iterable[tuple[str, ...]], outputs: Iterable[str], view: View | None = None
    ) -> None:
        """Take what all stages of the run read and write, and who looks at git's index."""
        self._root = root
        self._index = index
        self._starts = outermost(start for each in patterns for start in literal_starts(each))
        self._output_set = frozenset(outputs)
        self._outputs = sorted(self._output_set)
        self._view = view
        self._quiet = True
        self._clean: Mapping[RepoPath, str] | None = None
        self._before: dict[str, Sign] = {}
        self._listed: list[str] | None = None

    def note_change(self) -> None:
        """Know that from now on files may change."""
        self._quiet = False

    def knows(self, path: RepoPath, state: os.stat_result) -> bool:
        """Return whether the content of the file with this stat is known without reading it."""
        return self._index.known(path, state) is not None

    def recall(self, patterns: tuple[str, ...], without: tuple[str, ...]) -> str | None:
        """Return the digest of the tree that `take` would return, where no file that could be in it has changed since it did.

        Costs a stat per file and no look at a pattern; None where only `take` can tell. While stages run folders are listed anew.
        """
        found = self._index.recalled.get(_question(patterns, without))
        if found is None:
            return None
        starts = outermost(literal_starts(patterns))
        try:
            candidates = self._digest_candidates(self._find(starts) if self._quiet else sorted(scan(self._root, starts)))
        except OSError:
            return None
        return found[1] if candidates == found[0] else None

    def take(self, patterns: tuple[str, ...], without: tuple[str, ...]) -> Inputs:
        """Return what `patterns` claim now, except what stands at the outputs `without`."""
        claims, starts = Patterns(patterns), outermost(literal_starts(patterns))
        own, own_folders = set(without), tuple(output for output in without if output.endswith("/"))
        trusted, entries, signs = self._quiet, [], sha256()
        try:
            paths = self._find(starts) if trusted else sorted(scan(self._root, starts))
            for path in paths:
                if claims.claim(RepoPath(path)) is None or path in own or (own_folders and path.startswith(own_folders)):
                    continue
                entry, sign = self._entry(path, trusted=trusted)
                if entry is not None:
                    entries.append(entry)
                    signs.update(sign)
            if entries and (candidates := self._digest_candidates(paths)):
                self._index.recalled[_question(patterns, without)] = (candidates, seal(entries).digest)
        except (OSError, ValueError) as fault:
            raise DataError(f"{self._root}: {fault}") from None
        return Inputs(seal(entries), signs.hexdigest())

    def _digest_candidates(self, paths: list[str]) -> str | None:
        """Return a digest over names, modes and contents of all files that patterns could claim, None where one is not known."""
        parts: list[str] = []
        for path in paths:
            state = os.stat(f"{self._root}/{path}", follow_symlinks=False)
            digest = self._index.known(RepoPath(path), state)
            if digest is None or not S_ISREG(state.st_mode):
                return None
            parts.append(f"{digest}{'x' if state.st_mode & 0o100 else '-'}{path}")
        return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    def _find(self, starts: tuple[str, ...]) -> list[str]:
        """Return the paths below `starts`: from the list, and what stands at outputs of stages."""
        if self._listed is None:
            self._listed = self._list()
        found: list[str] = []
        for start in starts:
            if start:
                found += _below(self._listed, start)
                at = bisect_left(self._listed, start)
                found += self._listed[at : at + 1] if self._listed[at : at + 1] == [start] else []
            else:
                found += self._listed
        found += scan(self._root, self._outputs_at(starts))
        return sorted(found)

    def _outputs_at(self, starts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the folders and files among the outputs of stages that can hold something below `starts`."""
        found: set[str] = set()
        for start in starts:
            if not start:
                return outermost(output.rstrip("/") for output in self._outputs)
            found.update(output.rstrip("/") for output in _below(self._outputs, start))
            parts = start.split("/")
            above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
            found.update(start for folder in above if f"{folder}/" in self._output_set or folder in self._output_set)
        return outermost(found)

    def _list(self) -> list[str]:
        """List everything that stages can read, without what stages write."""
        if not self._outputs_at(self._starts):
            return sorted(scan(self._root, self._starts))
        exact = {output for output in self._outputs if not output.endswith("/")}
        folders = {output for output in self._outputs if output.endswith("/")}
        return sorted(path for path in scan(self._root, self._starts) if path not in exact and not _within(path, folders))

    def _entry(self, path: str, *, trusted: bool) -> tuple[TreeEntry | None, bytes]:
        """Return a file's entry, None where it is gone, and its sign for the check after the run."""
        name = RepoPath(path)
        try:
            state = os.stat(f"{self._root}/{path}", follow_symlinks=False)
        except FileNotFoundError:
            return None, b""
        if not S_ISREG(state.st_mode):
            return self._link(path)
        digest = self._index.known(name, state) or (self._ask_git(name, state) if trusted else None)
        if digest is None:
            digest = self._index.read(name)
        entry = TreeEntry(path=name, mode="755" if state.st_mode & 0o100 else "644", digest=digest)
        # Signs are for the check after a run, which compares two looks that trust nothing.
        return entry, b"" if trusted else repr((path, *_sign(state))).encode("utf-8", "surrogatepass")

    def _ask_git(self, path: RepoPath, state: os.stat_result) -> str | None:
        """Return the digest of a file that the stat index does not know, from the content that git's index says it has.

        Worth its while only where many are unknown: after a fresh checkout.
        """
        if self._view is None or self._index.reads < FEW:
            return None
        if self._clean is None:
            now = time.time_ns()
            # Whoever changes a file after git looked at it changes this sign too.
            self._before = {one: sign for one in self._listed or () if (sign := self._settled_sign(one, now)) is not None}
            self._clean = self._view()
        oid = self._clean.get(path)
        if oid is None or self._before.get(path) != sign_of(state):
            return None
        return self._index.learn(path, sign_of(state), oid)

    def _settled_sign(self, path: str, now: int) -> Sign | None:
        """Return the sign of a file that did not change lately."""
        try:
            state = os.stat(f"{self._root}/{path}", follow_symlinks=False)
        except OSError:
            return None
        return sign_of(state) if is_settled(state, now) else None

    def _link(self, path: str) -> tuple[TreeEntry | None, bytes]:
        """Return the entry of a link: where it points to, and what is there, which the command reads through it."""
        full = f"{self._root}/{path}"
        try:
            parts = [os.readlink(os.fsencode(full))]
        except OSError:
            return None, b""
        signs = b""
        try:
            state = os.stat(full)
        except OSError:
            parts.append(b"nothing")
        else:
            if S_ISREG(state.st_mode):
                parts.append(self._index.read_elsewhere(full).encode())
                signs = repr(_sign(state)).encode()
            else:
                for count, behind in enumerate(sorted(scan(full, ("",)))):
                    if count >= MOST_BEHIND:
                        raise ValueError(f"the link {path!r} leads to more than {MOST_BEHIND} files")
                    parts += [behind.encode("utf-8", "surrogateescape"), self._index.read_elsewhere(f"{full}/{behind}").encode()]
        digest = sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()
        return TreeEntry(path=RepoPath(path), mode="link", digest=digest), digest.encode() + signs


def _question(patterns: tuple[str, ...], without: tuple[str, ...]) -> str:
    """Return what was asked for as one text; no pattern and no path has a zero byte."""
    return "\0".join((*patterns, "", *without))


def scan(root: str, starts: Iterable[str]) -> Iterator[str]:
    """Yield the paths of files and links at and below `starts` in `root`; no link is followed, no folder of tools is entered."""
    waiting: list[str] = []
    for start in starts:
        full = f"{root}/{start}" if start else root
        if start and (os.path.islink(full) or not os.path.isdir(full)):
            if os.path.lexists(full):
                yield start
        else:
            waiting.append(start)
    while waiting:
        folder = waiting.pop()
        prefix = f"{folder}/" if folder else ""
        try:
            listed = os.scandir(f"{root}/{folder}" if folder else root)
        except (FileNotFoundError, NotADirectoryError):
            continue
        with listed:
            for entry in listed:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in BYPRODUCTS:
                        waiting.append(prefix + entry.name)
                elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                    yield prefix + entry.name


def outermost(folders: Iterable[str]) -> tuple[str, ...]:
    """Return `folders` without those that lie within another one of them; "" is the root, which holds all."""
    found: set[str] = set()
    for folder in sorted(set(folders), key=len):
        if "" in found or folder in found or any(folder[:at] in found for at, char in enumerate(folder) if char == "/"):
            continue
        found.add(folder)
    return tuple(sorted(found))


def _below(listed: list[str], folder: str) -> list[str]:
    """Return what lies below a folder in a sorted list."""
    return listed[bisect_left(listed, f"{folder}/") : bisect_left(listed, f"{folder}0")]  # "0" follows "/"


def _within(path: str, folders: set[str]) -> bool:
    """Return whether a path lies below one of some folders, which end with a slash."""
    at = path.find("/")
    while at >= 0:
        if path[: at + 1] in folders:
            return True
        at = path.find("/", at + 1)
    return False


def _sign(state: os.stat_result) -> tuple[int, ...]:
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_mode
