"""What stands at declared paths, with everything a checkpoint keeps of it; nothing changed costs a stat per file.

Each declared path has a signature over the stats of all that is there. Where it is what it was when the last list was made, and
every file was old enough then, the list still holds and is not even read. Else the files are looked up one by one, and only those
that nobody knows are read. No link is followed on the way to anything.
"""

import contextlib
import os
import re
import stat
import struct
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import Self

from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import FILE_BITS, FOLDER_BITS, Item
from lanemark.store.blobs import Blobs, Sign, hash_file, is_settled, sign_of
from lanemark.store.outputs import check_path, parents_of
from lanemark.store.walk import DEEPEST, open_folder, open_parent, open_root

Digests = dict[RepoPath, tuple[Sign, str]]
"""The content of files by path, as it was when their stat was this sign."""

MARK = ".lanemark-"
TEMPORARY = re.compile(r"\.lanemark-[0-9a-f]{16}")
"""What a killed restore leaves behind; it is no part of any state."""

RAISED = 0o7777 & ~FILE_BITS

TRIES = 3
"""How often a file is read that changes meanwhile."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_by_name = attrgetter("name")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a walk saw at one declared path: paths and stats, a folder before what is in it."""

    paths: list[str]
    states: list[os.stat_result]
    absent: tuple[RepoPath, ...]

    def sign(self) -> str:
        """Return what changes when anything here changes."""
        figures: list[int] = []
        for state in self.states:
            figures += (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino & 0x7FFFFFFFFFFFFFFF, state.st_mode)
        summed = sha256(struct.pack(f"<{len(figures)}q", *figures))
        summed.update("\0".join((*self.paths, "", *self.absent)).encode("utf-8", "surrogateescape"))
        return summed.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The items at one declared path. `settled` says that every later change will show in the signature."""

    items: tuple[Item, ...]
    skipped: tuple[RepoPath, ...]
    notes: tuple[str, ...]
    settled: bool


def see_path(root: str, path: str) -> Seen:
    """Return what stands at the declared path; raise DataError where a link lies on the way or the system refuses a look."""
    name = check_path(path, "the path").rstrip("/")
    paths: list[str] = []
    states: list[os.stat_result] = []
    with explained(root), open_root(root) as top, open_parent(top, name) as parent:
        if parent is None:
            return Seen(paths, states, tuple(_absent(top, name)))
        last = name.rpartition("/")[2]
        try:
            state = os.stat(last, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return Seen(paths, states, ())
        paths.append(name)
        states.append(state)
        if stat.S_ISDIR(state.st_mode):
            _see_folder(open_folder(last, parent), f"{name}/", paths, states, 0)
    return Seen(paths, states, ())


def _see_folder(folder: int, prefix: str, paths: list[str], states: list[os.stat_result], depth: int) -> None:
    """Add what is in an open folder, which is closed afterwards."""
    try:
        if depth > DEEPEST:
            raise DataError(f"{prefix[:200]!r}…: folders are nested more than {DEEPEST} deep")
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=_by_name)
        for entry in entries:
            name = entry.name
            paths.append(prefix + name)
            states.append(entry.stat(follow_symlinks=False))
            if entry.is_dir(follow_symlinks=False):
                _see_folder(open_folder(name, folder), f"{prefix}{name}/", paths, states, depth + 1)
    finally:
        os.close(folder)


def _absent(top: int, name: str) -> Iterator[RepoPath]:
    """Yield the folders on the way to a path that are not there, innermost first."""
    for folder in reversed(parents_of(name)):
        with open_parent(top, f"{folder}/x") as opened:
            if opened is None:
                yield folder


def list_items(root: str, seen: Seen, digests: Digests, blobs: Blobs | None, kept: AbstractSet[str] = frozenset()) -> Listed:
    """Return the items that a walk saw; contents that nobody knows are read, and kept where there are `blobs`.

    `digests` learns what was read and will not change unnoticed. Contents that are `kept` are among the blobs already.
    """
    skipped: list[RepoPath] = []
    with explained(root), _Reading(root, digests, blobs) as reading:
        items: list[Item] = []
        for name, state in zip(seen.paths, seen.states, strict=True):
            path, kind = RepoPath(name), stat.S_IFMT(state.st_mode)
            if MARK in path and TEMPORARY.fullmatch(path.rpartition("/")[2]):
                continue
            if kind == stat.S_IFREG:
                sign, known = sign_of(state), digests.get(path)
                if known is not None and known[0] == sign and (known[1] in kept or reading.is_kept(known[1], sign[0])):
                    items.append(Item(path, "file", state.st_mode & FILE_BITS, sign[0], sign[1], known[1]))
                else:
                    items.append(reading.item(path, sign))
            elif kind == stat.S_IFDIR:
                items.append(Item(path, "dir", state.st_mode & FOLDER_BITS, 0, state.st_mtime_ns))
            elif kind == stat.S_IFLNK:
                items.append(Item(path, "link", 0, state.st_size, state.st_mtime_ns, reading.link(path)))
            else:
                skipped.append(path)
    settled = reading.steady and all(is_settled(state, reading.began) for state in seen.states)
    return Listed(
        items=tuple(items),
        skipped=tuple(skipped),
        notes=tuple(_notes(seen)),
        settled=settled,
    )


def _notes(seen: Seen) -> Iterator[str]:
    """Say what comes back otherwise than it was."""
    linked = [state for state in seen.states if state.st_nlink > 1 and stat.S_ISREG(state.st_mode)]
    if linked:
        yield f"{seen.paths[0]}: {len(linked)} files have several names; each comes back as a file of its own"
    special = [state for state in seen.states if state.st_mode & RAISED and stat.S_ISREG(state.st_mode)]
    if raised := len(special):
        yield f"{seen.paths[0]}: {raised} files run with the rights of others; they come back without"


class _Reading:
    """Reads files below a root; those of one folder stand one after the other, so the folder is kept open."""

    def __init__(self, root: str, digests: Digests, blobs: Blobs | None) -> None:
        self._root, self._digests, self._blobs = root, digests, blobs
        self.began = time.time_ns()
        self.steady = True
        self._stack = contextlib.ExitStack()
        self._folder: str | None = None
        self._parent = -1

    def __enter__(self) -> Self:
        self._top = self._stack.enter_context(open_root(self._root))
        self._inner = self._stack.enter_context(contextlib.ExitStack())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def link(self, path: str) -> str:
        """Return the digest of where a link points to."""
        target = os.fsencode(os.readlink(self._open(path), dir_fd=self._parent))
        return self._blobs.add_bytes(target) if self._blobs else sha256(target).hexdigest()

    def item(self, path: RepoPath, sign: Sign) -> Item:
        """Return the item of a file that must be read; `sign` is how it looked to the walk."""
        now, digest = self._read(path)
        self.steady = self.steady and sign_of(now) == sign
        if is_settled(now, self.began):
            self._digests[path] = (sign_of(now), digest)
        return Item(path, "file", now.st_mode & FILE_BITS, now.st_size, now.st_mtime_ns, digest)

    def is_kept(self, digest: str, size: int) -> bool:
        """Return whether a content is where it is wanted: anywhere, or among the blobs."""
        return self._blobs is None or self._blobs.has(digest, size)

    def _read(self, path: str) -> tuple[os.stat_result, str]:
        """Return stat and digest of a file."""
        name = self._open(path)
        source = os.open(name, _READ, dir_fd=self._parent)
        try:
            for _ in range(TRIES):
                before = os.fstat(source)
                digest = self._blobs.add_file(source) if self._blobs else hash_file(source)
                if sign_of(os.fstat(source)) == sign_of(before):
                    return before, digest
                os.lseek(source, 0, os.SEEK_SET)
        finally:
            os.close(source)
        raise DataError(f"{path!r} changes while it is read", help="Wait until nothing writes there.")

    def _open(self, path: str) -> str:
        """Open the folder of `path`, and return its name in it."""
        folder, _, name = path.rpartition("/")
        if folder != self._folder:
            self._inner.close()
            parent = self._inner.enter_context(open_parent(self._top, path))
            if parent is None:
                raise DataError(f"{path!r} went away while it was looked at")
            self._folder, self._parent = folder, parent
        return name


@contextlib.contextmanager
def explained(root: str) -> Iterator[None]:
    """Turn what the system refuses into an error that says where."""
    try:
        yield
    except OSError as fault:
        name = f" {fault.filename!r}" if fault.filename is not None else ""
        raise DataError(f"{root}:{name}: {fault.strerror}", help="Check permissions and free space there.") from None


Load = Callable[[], Digests]
"""Gives what is known of files; asked only where a signature does not say enough."""
