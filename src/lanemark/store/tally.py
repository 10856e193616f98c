"""How often results were replayed, and what that saved: a line for each run, added at the end of one small file."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 << 10
"""A longer file is added up to one line when the store is pruned."""


def add_use(store: str, hits: int, misses: int, saved_s: float) -> None:
    """Note what a run replayed (`hits`), what it had to run although it could have been kept, and the seconds that were spared.

    A line this short is added whole or not at all, however many runs end at once. A store that is read-only counts nothing.
    """
    try:
        opened = os.open(_path(store), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError:
        return
    try:
        os.write(opened, f"{hits} {misses} {saved_s:.3f}\n".encode("ascii"))
    except OSError:
        pass
    finally:
        os.close(opened)


Uses = tuple[int, int, float]
"""Hits, misses, and the seconds that hits spared."""


def count_uses(store: str) -> Uses:
    """Return the sum over all runs; a line that is not one of ours counts nothing."""
    hits, misses, saved_s = 0, 0, 0.0
    for one in _read_lines(store):
        hits, misses, saved_s = hits + one[0], misses + one[1], saved_s + one[2]
    return hits, misses, saved_s


def add_up(store: str) -> None:
    """Make one line of a file that grew long; what a run adds in this moment may be lost. Raise OSError where it cannot be."""
    from lanemark.store.entries import write_whole

    if os.path.exists(_path(store)) and os.stat(_path(store)).st_size > MOST_BYTES:
        hits, misses, saved_s = count_uses(store)
        write_whole(_path(store), f"{hits} {misses} {saved_s:.3f}\n".encode("ascii"))


def _read_lines(store: str) -> Iterator[Uses]:
    """Yield what each line says."""
    try:
        with open(_path(store), encoding="ascii", errors="replace") as opened:
            lines = opened.read(16 * MOST_BYTES).splitlines()
    except OSError:
        return
    for line in lines:
        words = line.split(" ")
        if len(words) == 3 and all(word.replace(".", "", 1).isdecimal() and len(word) < 20 for word in words):
            yield int(float(words[0])), int(float(words[1])), float(words[2])


def _path(store: str) -> str:
    return f"{store}/tally"
