"""How much a command printed into its files: a runaway loop fills a disk within a minute."""

import os

from lanemark.units import quantity

LIMIT = 1 << 30
"""Bytes of output and error output together. No reader wants more, and a hosted runner has 14 GB for everything."""

KEPT = 1 << 20
"""Bytes that stay of each file of a command that printed too much: its beginning, a flood repeats itself."""

LOOK_S = 0.5
"""How often to look: shorter samples get no look at all, and within it a fast disk takes about as much again as the limit."""


class Logs:
    """The open files into which one command prints. Their size is looked at, no pipe is drained: that would disturb times.

    A limit that the kernel keeps (`RLIMIT_FSIZE`) would hold for the files the command makes for itself too.
    """

    def __init__(self, opened: frozenset[int], limit: int) -> None:
        """Watch files that are open for writing."""
        self._opened = opened
        self._limit = limit

    @property
    def look_s(self) -> float | None:
        """After how many seconds to look again, None where nothing is written down."""
        return LOOK_S if self._opened else None

    @property
    def reason(self) -> str:
        """Why a command was ended here."""
        return f"printed more than {quantity(self._limit, 'B')}; the log has how it began"

    def overflow(self) -> bool:
        """Return whether more was printed than is kept."""
        return sum(os.fstat(opened).st_size for opened in self._opened) > self._limit

    def cut(self) -> None:
        """Give the disk back what nobody will read."""
        for opened in self._opened:
            if os.fstat(opened).st_size > KEPT:
                os.ftruncate(opened, KEPT)
