"""How many stages run at a time: implements `recover.recovery.Crowd`, and the pauses between tries, which a cancel ends."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lanemark.errors import StoppedError

POLL_S = 0.1
"""How often who waits looks whether the run was cancelled; a signal handler may only set a flag."""


class StageCrowd:
    """Lets in up to `jobs` stages, or one alone; who wants to be alone goes before those who come after."""

    def __init__(self, jobs: int) -> None:
        """Begin with nobody."""
        self._limit = max(jobs, 1)
        self._in = 0
        self._lonely = 0
        self._change = threading.Condition()
        self._stopped = False

    def stop(self) -> None:
        """Let nobody wait any more; safe in a signal handler."""
        self._stopped = True

    def halve(self) -> None:
        """Let in half as many from now on."""
        with self._change:
            self._limit = max(self._limit // 2, 1)

    @property
    def limit(self) -> int:
        """How many are let in at a time."""
        return self._limit

    @contextmanager
    def enter(self, *, alone: bool = False) -> Iterator[None]:
        """Wait for a place and keep it for as long as the context lasts; raise StoppedError after `stop`."""
        with self._change:
            self._lonely += alone
            try:
                while not self._may_enter(alone=alone):
                    if self._stopped:
                        raise StoppedError("cancelled while a stage waited for its turn")
                    self._change.wait(POLL_S)
            finally:
                self._lonely -= alone
            self._in += self._limit if alone else 1
            taken = self._limit if alone else 1
        try:
            yield
        finally:
            with self._change:
                self._in -= taken
                self._change.notify_all()

    def pause(self, pause_s: float) -> bool:
        """Wait so many seconds; return False where the run was cancelled meanwhile."""
        ends = time.monotonic() + pause_s
        while not self._stopped and (left_s := ends - time.monotonic()) > 0:
            time.sleep(min(left_s, POLL_S))
        return not self._stopped

    def _may_enter(self, *, alone: bool) -> bool:
        return self._in == 0 if alone else self._in < self._limit and not self._lonely
