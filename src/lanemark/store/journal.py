"""Journals of runs on the disk: appended to while a run lives, read by who comes after it.

A line is in the kernel's hands as soon as it is written, so a killed process loses none. What must outlast a power cut is forced
to the disk by a thread beside the run: no stage waits for the disk.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable

from lanemark.errors import DataError, UsageError
from lanemark.recover.journal import LIMIT, Checkpointed, Entry, Event, Restored, RunEnd, StageEnd, read_journal, write_line
from lanemark.recover.story import Story, replay_journal
from lanemark.store.blobs import write_all
from lanemark.store.files import DiskFiles

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_LASTING = (StageEnd, Checkpointed, Restored, RunEnd)


class Journal:
    """The journal of one run that lives; locked as long as it does. Several threads may write."""

    def __init__(self, folder: str, run: str, utc: Callable[[], str]) -> None:
        """Make the journal of `run` in `folder`; raise OSError where that cannot be done."""
        os.makedirs(folder, exist_ok=True)
        self._utc = utc
        self._opened = os.open(journal_path(folder, run), _APPEND, 0o644)
        fcntl.flock(self._opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._lock = threading.Lock()
        self._count = 0
        self._due = threading.Event()
        self._over = False
        self._flusher = threading.Thread(target=self._flush, name="journal", daemon=True)
        self._flusher.start()

    def append(self, event: Event) -> None:
        """Write one event down; raise OSError where that cannot be done."""
        with self._lock:
            if self._over:  # the descriptor may be somebody else's by now
                return
            self._count += 1
            write_all(self._opened, write_line(Entry(seq=self._count, at=self._utc(), event=event)))
        if isinstance(event, _LASTING):
            self._due.set()

    def close(self) -> None:
        """Have everything on the disk, and let others have the journal."""
        with self._lock:
            self._over = True
        self._due.set()
        self._flusher.join()
        with contextlib.suppress(OSError):
            os.fsync(self._opened)
        os.close(self._opened)

    def _flush(self) -> None:
        while not self._over:
            self._due.wait()
            self._due.clear()
            with contextlib.suppress(OSError):
                os.fsync(self._opened)


class Journals:
    """The journals of one checkout."""

    def __init__(self, folder: str, scope: str) -> None:
        """Look below the store's `folder`."""
        self.top = os.path.join(folder, "journal", scope)

    def runs(self) -> list[str]:
        """Return the ids of all runs that have a journal, the oldest first."""
        try:
            names = os.listdir(self.top)
        except OSError:
            return []
        return sorted(name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl"))

    def find(self, run: str) -> str:
        """Return the id of the run that is meant: the last one where `run` is empty; raise UsageError where there is none."""
        known = self.runs()
        found = known[-1:] if not run else [one for one in known if len(run) >= 4 and one.startswith(run)]
        if len(found) == 1:
            return found[0]
        what = (
            f"{run[:60]!r} means several runs"
            if found
            else f"there is no run {run[:60]!r} here"
            if run
            else "nothing ran here yet"
        )
        raise UsageError(what, help=f"the last ones are {', '.join(known[-5:])}" if known else "run without --resume")

    def read(self, run: str) -> Story | None:
        """Return what a run's journal tells, None where its start does not stand in it; raise DataError where it is damaged."""
        path = journal_path(self.top, run)
        return replay_journal(read_journal(DiskFiles().read(path, limit=LIMIT), f"the journal of {run}").entries)

    def last(self) -> Story | None:
        """Return the story of the last run, None where there is none or its journal is damaged."""
        try:
            return self.read(self.runs()[-1])
        except (DataError, IndexError):
            return None

    def lives(self, run: str) -> bool:
        """Return whether a process still writes the journal of a run."""
        try:
            opened = os.open(journal_path(self.top, run), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(opened)
        return False

    def remove(self, run: str) -> None:
        """Forget a run."""
        with contextlib.suppress(OSError):
            os.unlink(journal_path(self.top, run))


def journal_path(folder: str, run: str) -> str:
    """Return where the journal of a run lies."""
    return os.path.join(folder, f"{run}.jsonl")
