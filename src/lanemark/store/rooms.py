"""Make room on a full disk: our own folders only; nothing of a workspace is ever deleted."""

import os
import shutil
import time

from lanemark.cache.policy import Policy
from lanemark.recover.recovery import Freed
from lanemark.store.cache import DiskStore
from lanemark.store.prune import prune_store
from lanemark.units import size

ABANDONED_S = 86400.0
"""A working folder that nothing touched for a day is of a run that was killed: no job of GitHub's own runners lasts longer."""

LOOK_S, MOST_ENTRIES = 2.0, 200_000
"""How long, and at how many entries, it is looked which folders are the largest."""

NAMED = 3


class OwnRooms:
    """Implements `recover.recovery.Rooms` for the folder where store, worktrees and working folders of runs lie."""

    def __init__(self, folder: str, work: str) -> None:
        """Know the `folder` of all runs, and the working folder of this one in it, which stays."""
        self._folder = folder
        self._work = os.path.realpath(work)

    def free(self, root: str) -> Freed:
        """Remove all results that are kept and what killed runs left behind; tell the largest folders at `root` and of ours."""
        return Freed(bytes=self._sweep_runs() + self._empty_store(), largest=largest_folders((root, self._folder)))

    def _sweep_runs(self) -> int:
        """Remove working folders that nobody uses any more, and return their size."""
        freed = 0
        for entry in _scan(self._folder):
            try:
                old = time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_S
            except OSError:
                continue
            mine = os.path.realpath(entry.path) == self._work
            if entry.name.startswith("run-") and entry.is_dir(follow_symlinks=False) and old and not mine:
                freed += folder_bytes(entry.path, time.monotonic() + LOOK_S)
                shutil.rmtree(entry.path, ignore_errors=True)
        return freed

    def _empty_store(self) -> int:
        """Remove every kept result; one that is in use right now keeps all."""
        try:
            pruned = prune_store(DiskStore(f"{self._folder}/store", {}), Policy(keep=0, max_size_bytes=0.0), {}, wait_s=1.0)
        except OSError:
            return 0
        return pruned.freed


def largest_folders(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names and sizes of the largest folders directly in `roots`, as far as a short look tells."""
    ends = time.monotonic() + LOOK_S
    sizes = [
        (folder_bytes(entry.path, ends), entry.name)
        for root in roots
        for entry in _scan(root)
        if entry.is_dir(follow_symlinks=False)
    ]
    return tuple(f"{name} ({size(held)})" for held, name in sorted(sizes, reverse=True)[:NAMED] if held)


def folder_bytes(folder: str, ends: float) -> int:
    """Return what a folder takes on the disk; what is not counted until `ends` is left out. No link is followed."""
    total = seen = 0
    waiting = [folder]
    while waiting and time.monotonic() < ends and seen < MOST_ENTRIES:
        for entry in _scan(waiting.pop()):
            seen += 1
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                continue
    return total


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listed:
            return list(listed)
    except OSError:
        return []
