"""Look at folders without ever following a link: every step is taken from an open folder, never from a path."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from lanemark.errors import DataError
from lanemark.path import RepoPath

DEEPEST = 100
"""Folders within folders. Each level holds a descriptor, and macOS gives 256; node_modules has about 30."""

Kind = Literal["file", "link", "dir", "special"]
Enter = Callable[[str], bool]
"""Whether to look into the folder of that path."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Found(NamedTuple):
    """One name in the open folder `folder`. `stat` stands for files only; `empty` says it of a folder that was entered."""

    path: RepoPath
    name: str
    folder: int
    kind: Kind
    stat: os.stat_result | None = None
    empty: bool = False


@contextlib.contextmanager
def open_root(root: str) -> Iterator[int]:
    """Yield the open folder `root`, which is ours and may be reached through links."""
    opened = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield opened
    finally:
        os.close(opened)


def open_folder(name: str, folder: int) -> int:
    """Return the open folder `name` in `folder`; NotADirectoryError where it is a link or a file."""
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError as fault:
        if fault.errno == errno.ELOOP:  # what macOS says of a link
            raise NotADirectoryError(fault.errno, fault.strerror, name) from None
        raise


@contextlib.contextmanager
def open_parent(root: int, path: str, *, make: bool = False) -> Iterator[int | None]:
    """Yield the open folder in which `path` stands, None where it is missing (or make it).

    Raise DataError where something on the way is a link or a file: following it would leave the declared paths.
    """
    opened = os.dup(root)
    try:
        for name in path.split("/")[:-1]:
            try:
                inner = _make_folder(name, opened) if make else open_folder(name, opened)
            except FileNotFoundError:
                yield None
                return
            except NotADirectoryError:
                raise DataError(f"{path!r}: {name!r} on the way to it is a link or a file, not a folder") from None
            os.close(opened)
            opened = inner
        yield opened
    finally:
        os.close(opened)


def _make_folder(name: str, folder: int) -> int:
    """Return the open folder `name` in `folder`, made where it is missing."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=folder)
    return open_folder(name, folder)


def walk(folder: int, prefix: str, enter: Enter, *, depth: int = 0) -> Iterator[Found]:
    """Yield everything below the open folder `folder`, whose path is `prefix`; a folder comes before what is in it.

    Raise DataError where folders are nested beyond `DEEPEST`.
    """
    if depth > DEEPEST:
        raise DataError(f"{prefix[:200]!r}…: folders are nested more than {DEEPEST} deep")
    with os.scandir(folder) as listed:
        entries = list(listed)
    for entry in entries:
        path, name = RepoPath(prefix + entry.name), entry.name
        if entry.is_symlink():
            yield Found(path, name, folder, "link")
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk_folder(Found(path, name, folder, "dir"), enter, depth)
        elif entry.is_file(follow_symlinks=False):
            yield Found(path, name, folder, "file", entry.stat(follow_symlinks=False))
        else:
            yield Found(path, name, folder, "special")


def look(root: int, output: str, enter: Enter) -> Iterator[Found]:
    """Yield what stands at one declared output, and below it where that is a folder with a trailing slash."""
    path = output.rstrip("/")
    with open_parent(root, path) as parent:
        if parent is None:
            return
        name = path.rpartition("/")[2]
        try:
            state = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return
        found = Found(RepoPath(path), name, parent, _kind(state), state)
        if found.kind == "dir" and output.endswith("/"):
            yield from _walk_folder(found, enter, 0)
        else:
            yield found


def _walk_folder(found: Found, enter: Enter, depth: int) -> Iterator[Found]:
    """Yield a folder, and what is in it where it may be entered."""
    if not enter(found.path):
        yield found
        return
    inner = open_folder(found.name, found.folder)
    try:
        below = walk(inner, f"{found.path}/", enter, depth=depth + 1)
        first = next(below, None)
        yield found._replace(empty=first is None)
        if first is not None:
            yield first
        yield from below
    finally:
        os.close(inner)


def _kind(state: os.stat_result) -> Kind:
    """Return what a stat that followed no link says."""
    if stat.S_ISREG(state.st_mode):
        return "file"
    if stat.S_ISLNK(state.st_mode):
        return "link"
    return "dir" if stat.S_ISDIR(state.st_mode) else "special"
