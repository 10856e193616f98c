"""Locks that end with the process that holds them, on files that nobody needs afterwards."""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator

POLL_S = 0.05


class Locks:
    """File locks below a folder. Where it cannot be written to, nothing is locked: then nothing is written either."""

    def __init__(self, folder: str) -> None:
        """Lock below `folder`, which is made when it is needed."""
        self._folder = folder
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Wait for nobody any more."""
        self._stopped.set()

    @contextlib.contextmanager
    def hold(self, name: str, *, shared: bool = False, limit_s: float | None = None) -> Iterator[bool]:
        """Hold the lock `name`, alone or with others who share it; yield whether it is held.

        It is not where `limit_s` seconds were not enough, after `stop`, and where the folder cannot be written to.
        """
        opened = self._acquire(name, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, limit_s)
        try:
            yield opened is not None
        finally:
            if opened is not None:
                if not shared:  # nobody else has it open and locked; who waits for it looks whether it is still there
                    with contextlib.suppress(OSError):
                        os.unlink(self._path(name))
                os.close(opened)

    def _acquire(self, name: str, kind: int, limit_s: float | None) -> int | None:
        """Return the open, locked file, None where it cannot be had."""
        ends = None if limit_s is None else time.monotonic() + limit_s
        while True:
            try:
                opened = self._open(name)
            except OSError:
                return None
            try:
                fcntl.flock(opened, kind | fcntl.LOCK_NB)
                if os.fstat(opened).st_nlink:  # else its last holder took it away
                    return opened
            except OSError:
                if self._stopped.is_set() or (ends is not None and time.monotonic() >= ends):
                    os.close(opened)
                    return None
                self._stopped.wait(POLL_S)
            os.close(opened)

    def _open(self, name: str) -> int:
        try:
            return os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except FileNotFoundError:
            os.makedirs(self._folder, exist_ok=True)
            return os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.lock")
