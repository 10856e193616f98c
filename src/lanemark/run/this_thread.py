"""Workers for one stage at a time: no thread, and nothing happens before somebody waits for it."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class ThisThread(Generic[T]):
    """Implements `ports.Workers` in the thread that waits."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._waiting: list[Callable[[], T]] = []

    def start(self, work: Callable[[], T]) -> None:
        """Note `work` for `wait`."""
        self._waiting.append(work)

    def wait(self) -> T:
        """Do the oldest work that was started and return what it gives, or raise what it raises."""
        return self._waiting.pop(0)()

    def stop(self) -> None:
        """Forget what was never begun."""
        self._waiting.clear()
