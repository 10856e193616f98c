"""A run as people see it while it lasts: a picture at a terminal, a line every half minute in a log."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from lanemark.ports import Say
from lanemark.run.progress import Progress

EVERY_S = 30.0
"""How often a log gets a line."""

FRAME_S = 0.25
"""How often the picture is drawn anew; before that nothing is shown, so a run that replays everything shows none."""

_HIDE, _SHOW, _ERASE_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[J"


class Picture:
    """A few lines at the end of what a terminal shows, written over again and again; talk goes above them."""

    def __init__(self, stream: TextIO, progress: Progress) -> None:
        """Draw on `stream` what `progress` tells."""
        self._stream = stream
        self._progress = progress
        self._lock = threading.Lock()
        self._height = 0
        self._touched = False

    def draw(self) -> None:
        """Draw the picture in one write, so that nothing flickers."""
        with self._lock:
            if not self._progress.busy:
                return
            size = shutil.get_terminal_size()
            lines = [line[: max(size.columns - 1, 1)] for line in self._progress.lines()][: max(size.lines - 1, 1)]
            self._write(self._begin() + "".join(f"{line}\x1b[K\n" for line in lines) + _ERASE_BELOW)
            self._height = len(lines)

    def say(self, line: str) -> None:
        """Write a line that stays, above the picture, which comes back with the next frame."""
        with self._lock:
            self._write(self._begin() + (_ERASE_BELOW if self._height else "") + f"{line}\n")
            self._height = 0

    def close(self) -> None:
        """Take the picture away and give the cursor back."""
        with self._lock:
            if self._touched:
                self._write(self._begin() + _ERASE_BELOW + _SHOW)
            self._height, self._touched = 0, False

    def _begin(self) -> str:
        """Return what leads from the end of the picture to its first line, and hides the cursor while there is one."""
        if not self._height and not self._progress.busy:
            return ""
        hide = "" if self._touched else _HIDE
        self._touched = True
        return hide + (f"\r\x1b[{self._height}A" if self._height else "")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # a terminal that is gone must not end the run
            self._height = 0


@contextmanager
def open_live(
    progress: Progress, talk: Say, environment: Mapping[str, str] = os.environ, *, drawn: bool = True, every_s: float = EVERY_S
) -> Iterator[Say]:
    """Show how far a run is for as long as the context lasts, and give what says a line meanwhile; `talk` says it otherwise.

    The picture is for a terminal that can erase. Wherever nobody looks, or it is not to be `drawn`, a line comes every `every_s`
    seconds: four pictures a second are work for a machine that is measured.
    """
    dull = environment.get("NO_COLOR") or environment.get("TERM") == "dumb" or environment.get("GITHUB_ACTIONS") == "true"
    picture = Picture(sys.stderr, progress) if drawn and sys.stderr.isatty() and not dull else None
    over = threading.Event()

    def look() -> None:
        while not over.wait(every_s if picture is None else FRAME_S):
            if picture is not None:
                picture.draw()
            elif progress.busy:
                talk(f"progress: {progress.words()}")

    looking = threading.Thread(target=look, name="live", daemon=True)
    looking.start()
    try:
        yield talk if picture is None else picture.say
    finally:
        over.set()
        looking.join()
        if picture is not None:
            picture.close()
