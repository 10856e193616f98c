"""What a person at a terminal sees beside the result: colours, and one line that says how far it is."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from lanemark.report.style import Style

PAUSE_S = 0.1
"""The line is written this often at most; a terminal that scrolls is work for the machine that is measured."""

_START, _ERASE = "\r", "\x1b[K"


class StatusLine:
    """One line on stderr that is written over again and again, and gone afterwards; nothing where nobody looks at it."""

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        """Write to `stream`, or never where not `shown`."""
        self._stream = stream
        self._shown = shown
        self._written = False
        self._next = 0.0

    def show(self, text: str) -> None:
        """Write `text` over what stood there, cut to the width of the terminal."""
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + PAUSE_S
        width = shutil.get_terminal_size().columns - 1
        self._write(_START + text[: max(width, 1)] + _ERASE)
        self._written = True

    def clear(self) -> None:
        """Leave the line as it was before."""
        if self._written:
            self._write(_START + _ERASE)
        self._written, self._next = False, 0.0

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # a terminal that is gone, or cannot show a letter, must not end a measurement
            self._shown = False


@contextmanager
def open_status_line(environment: Mapping[str, str] = os.environ) -> Iterator[StatusLine]:
    """Give the line, shown on a terminal that can erase and nowhere else, and erase it at the end."""
    able = sys.stderr.isatty() and environment.get("TERM") != "dumb" and environment.get("GITHUB_ACTIONS") != "true"
    line = StatusLine(sys.stderr, shown=able)
    try:
        yield line
    finally:
        line.clear()


def find_style(environment: Mapping[str, str] = os.environ, stream: TextIO | None = None) -> Style:
    """Return colours where `stream` (stdout) is a terminal and `NO_COLOR` is not set; `FORCE_COLOR` sets them elsewhere too."""
    if environment.get("NO_COLOR"):
        return Style()
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return Style(colour=True)
    return Style(colour=(stream or sys.stdout).isatty() and environment.get("TERM") != "dumb")
