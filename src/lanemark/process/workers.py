"""Threads that wait for processes: one a piece of work, none of them left behind."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, NoReturn, TypeVar

from lanemark.errors import UsageError

T = TypeVar("T")


class ThreadWorkers(Generic[T]):
    """Implements `ports.Workers`: each piece of work has a thread of its own, which mostly sleeps until a process ends.

    The thread that made this object starts, waits and stops; signals reach it while it waits. No more threads than there are
    pieces of work at a time, which the caller bounds.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        """Take how to end what runs: after `cancel` every piece of work must come to its end soon."""
        self._cancel = cancel
        self._ended: SimpleQueue[tuple[threading.Thread, Callable[[], T]]] = SimpleQueue()
        self._running: set[threading.Thread] = set()

    def start(self, work: Callable[[], T]) -> None:
        """Begin `work` in a thread of its own; raise UsageError where the system gives no more threads."""
        thread = threading.Thread(target=self._do, args=(work,), name="stage")
        self._running.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._running.discard(thread)
            raise UsageError("the system gives no more threads to run stages side by side", help="ask for fewer --jobs") from None

    def wait(self) -> T:
        """Return what the next work that ends gives, or raise what it raised; raise ValueError where nothing runs."""
        if not self._running:
            raise ValueError("nothing runs, so there is nothing to wait for")
        return self._take_next()()

    def stop(self) -> None:
        """Cancel what runs and wait until it ended; what it gives or raises is thrown away."""
        if not self._running:
            return
        self._cancel()
        while self._running:
            self._take_next()

    def _do(self, work: Callable[[], T]) -> None:
        """Do one piece of work and tell how it ended, whatever happened."""
        thread = threading.current_thread()
        try:
            value = work()
        except BaseException as fault:  # noqa: BLE001 -- it is raised where somebody waits
            self._ended.put((thread, _Fault(fault)))
        else:
            self._ended.put((thread, lambda: value))

    def _take_next(self) -> Callable[[], T]:
        """Return what the next work that ends has to tell."""
        thread, tell = self._ended.get()
        thread.join()
        self._running.discard(thread)
        return tell


class _Fault:
    """What a piece of work raised, to raise again."""

    def __init__(self, fault: BaseException) -> None:
        self._fault = fault

    def __call__(self) -> NoReturn:
        raise self._fault
