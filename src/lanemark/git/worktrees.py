"""A commit's files in a folder of their own, beside the checkout, for as long as they are needed."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lanemark.errors import DataError, UsageError
from lanemark.escape import visible
from lanemark.git.call import Call


@contextmanager
def open_worktree(call: Call, commit: str, folder: str) -> Iterator[str]:
    """Check `commit` out into the absolute `folder`, give its path, and remove it at the end whatever happened.

    What a killed run left there is replaced. No hook runs, submodules stay empty. Raises UsageError where the folder holds
    something that is not ours to delete.
    """
    place = Path(folder)
    _refuse_foreign(Path(call.root), place)
    _remove(call, place)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        call.run("worktree", "add", "--quiet", "--detach", "--force", "--force", "--no-guess-remote", folder, commit)
        yield folder
    finally:
        _remove(call, place)


def _refuse_foreign(root: Path, place: Path) -> None:
    """Raise UsageError unless `place` is free, or what an earlier worktree left (whose `.git` is a file)."""
    if not place.is_absolute():
        raise UsageError(f"the folder for a worktree must be absolute, not {visible(str(place))}")
    if root.resolve().is_relative_to(place.resolve()) or (place / ".git").is_dir():
        raise UsageError(
            f"{visible(str(place))} holds a repository, no worktree can be made there",
            help="point LANEMARK_CACHE at a folder of its own",
        )


def _remove(call: Call, place: Path) -> None:
    """Delete the folder and make the repository forget this one worktree; raise DataError where something in it resists.

    The folder goes first: what ran in it may have changed its `.git`, and git would believe that.
    """
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
        if place.exists():
            _make_writable(place)
            shutil.rmtree(place, ignore_errors=True)
    if os.path.lexists(place):
        raise DataError(f"{visible(str(place))} could not be removed", help="a process may still use it; remove it by hand")
    call.run("worktree", "remove", "--force", "--force", str(place), fine=(0, 128))


def _make_writable(place: Path) -> None:
    """Give all folders back the rights that a stage took away, as Go's module cache does; links are not followed."""
    place.chmod(stat.S_IRWXU)
    for folder, names, _ in os.walk(place):
        for name in names:
            inner = Path(folder, name)
            if not inner.is_symlink():
                inner.chmod(stat.S_IRWXU)
