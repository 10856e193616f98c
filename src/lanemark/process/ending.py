"""End a whole process tree: ask, ask again, then kill until nothing is left."""

import contextlib
import os
import signal
import time
from collections.abc import Callable

from lanemark.process.listing import Relative

Step = tuple[signal.Signals, float]
"""A signal, and how many seconds its receivers get to end."""

KILL_FOR_S = 5.0
"""How long we go on killing. What lives longer hangs in the kernel, or belongs to another user (`sudo`)."""


def end_members(find: Callable[[], list[Relative]], root: int, steps: tuple[Step, ...]) -> int:
    """End every process that `find` gives, step by step; return how many could not be ended.

    `root` is the group to signal as a whole, so that each receiver gets one signal a step: two SIGINTs in a row make many
    programs give up the tidying that the first one asked for.
    """
    for step, grace_s in steps:
        _send_signal(find(), root, step)
        if _await_end(find, grace_s):
            return 0
    deadline = time.monotonic() + KILL_FOR_S
    while time.monotonic() < deadline:
        # Again and again: a process may have started another between our look and its end.
        _send_signal(find(), root, signal.SIGKILL)
        if _await_end(find, 0.05):
            return 0
    return count_living(find())


def count_living(members: list[Relative]) -> int:
    """Return how many of `members` have not ended."""
    return sum(member.alive for member in members)


def _send_signal(members: list[Relative], root: int, number: signal.Signals) -> None:
    """Send one signal to the group of `root` and to each member outside it."""
    living = [member for member in members if member.alive]
    if root > 1 and any(
        member.group == root for member in living
    ):  # as long as it has members, its number is not given away again
        with contextlib.suppress(OSError):
            os.killpg(root, number)
    for member in living:
        if member.group != root:
            with contextlib.suppress(OSError):
                os.kill(member.pid, number)


def _await_end(find: Callable[[], list[Relative]], grace_s: float) -> bool:
    """Return whether all members ended within `grace_s`; two empty looks, since a look may miss what forks under it."""
    deadline, pause_s, empty = time.monotonic() + grace_s, 0.002, 0
    while True:
        empty = 0 if count_living(find()) else empty + 1
        if empty == 2:
            return True
        if not empty and time.monotonic() >= deadline:
            return False
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 0.05)
