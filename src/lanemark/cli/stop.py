"""Signals of a cancelled run reach the running stage, and the process ends by itself with everything written."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping(cancel: Callable[[], None]) -> Iterator[None]:
    """Call `cancel` on SIGINT and SIGTERM for as long as the context lasts.

    GitHub sends SIGINT, 7.5 s later SIGTERM, and kills 2.5 s after that.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        cancel()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
