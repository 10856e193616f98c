"""Do the steps of a rollback below one root, each file as a whole and nothing through a link."""

import contextlib
import os
import stat
from collections.abc import Iterable

from lanemark.path import RepoPath
from lanemark.recover.checkpoint import FILE_BITS, FOLDER_BITS, Item
from lanemark.recover.rollback import Steps
from lanemark.store.blobs import Blobs
from lanemark.store.restore import make_writable, remove, write_file, write_link
from lanemark.store.snapshot import TEMPORARY, explained, see_path
from lanemark.store.walk import open_folder, open_parent, open_root

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def apply_steps(root: str, steps: Steps, blobs: Blobs) -> None:
    """Do the steps in their order; raise DataError where the system refuses one or a link lies on the way."""
    with explained(root), open_root(root) as top:
        for item in steps.folders:
            with open_parent(top, item.path, make=True) as parent:
                if parent is not None:
                    _make_folder(item.path, parent)
        for item in steps.writes:
            with open_parent(top, item.path, make=True) as parent:
                if parent is not None:
                    _write(item, parent, blobs)
        for item in steps.removals:
            with open_parent(top, item.path) as parent:
                if parent is not None:
                    make_writable(parent)
                    with contextlib.suppress(FileNotFoundError):
                        remove(_name(item.path), parent)
        for item in steps.settings:
            with open_parent(top, item.path) as parent:
                if parent is not None:
                    _set(item, parent)


def remove_emptied(root: str, folders: Iterable[RepoPath]) -> None:
    """Remove those of `folders` that are there and empty."""
    with explained(root), open_root(root) as top:
        for path in folders:
            with open_parent(top, path) as parent, contextlib.suppress(OSError):
                if parent is not None:
                    os.rmdir(_name(path), dir_fd=parent)


def sweep_temporaries(root: str, paths: Iterable[str]) -> None:
    """Remove what a killed rollback left half written, in the folders and beside single files."""
    with explained(root), open_root(root) as top:
        for path in paths:
            for left in (*see_path(root, path).paths, *_beside(top, path)):
                if TEMPORARY.fullmatch(_name(left)):
                    with open_parent(top, left) as parent, contextlib.suppress(OSError):
                        if parent is not None:
                            os.unlink(_name(left), dir_fd=parent)


def _beside(top: int, path: str) -> list[str]:
    """Return what stands in the folder of a declared path."""
    folder = path.rstrip("/").rpartition("/")[0]
    with open_parent(top, path.rstrip("/")) as parent:
        names = [] if parent is None else os.listdir(parent)
    return [f"{folder}/{name}" if folder else name for name in names]


def _make_folder(path: str, parent: int) -> None:
    """Make a folder, in the place of whatever else stands there."""
    name = _name(path)
    make_writable(parent)
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=parent)
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)


def _write(item: Item, parent: int, blobs: Blobs) -> None:
    """Put one file or link in its place."""
    name = _name(item.path)
    make_writable(parent)
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            remove(name, parent)
    source = blobs.open(item.digest)
    try:
        if item.kind == "link":
            write_link(name, parent, points_to=os.read(source, 1 << 16))
            _set(item, parent)
        else:
            write_file(name, parent, source=source, mode=item.mode & FILE_BITS, mtime_ns=item.mtime_ns)
    finally:
        os.close(source)


def _set(item: Item, parent: int) -> None:
    """Set permissions and time of what stands already; a link has only a time."""
    name = _name(item.path)
    if item.kind == "link":
        os.utime(name, ns=(item.mtime_ns, item.mtime_ns), dir_fd=parent, follow_symlinks=False)
        return
    if item.kind == "dir":
        opened, bits = open_folder(name, parent), FOLDER_BITS
    else:
        opened, bits = os.open(name, _READ, dir_fd=parent), FILE_BITS
    try:
        os.fchmod(opened, item.mode & bits)
        os.utime(opened, ns=(item.mtime_ns, item.mtime_ns))
    finally:
        os.close(opened)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
