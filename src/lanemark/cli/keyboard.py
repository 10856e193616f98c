"""A terminal that gives single keys, and is as it was before when we are done with it, whatever ends us."""

import os
import select
import signal
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from lanemark.errors import StoppedError

ENTER, ESCAPE, CANCEL, BACKSPACE, CLEAR = "enter", "escape", "cancel", "backspace", "clear"
UP, DOWN, PAGE_UP, PAGE_DOWN, HOME, END = "up", "down", "page-up", "page-down", "home", "end"
REDRAW = "redraw"
"""What a key means; one that is none of these is the character itself. `redraw` says that the terminal has another size."""

_CONTROLS = {
    "\r": ENTER, "\n": ENTER, "\x03": CANCEL, "\x04": ESCAPE, "\x7f": BACKSPACE, "\x08": BACKSPACE, "\x15": CLEAR,
    "\x10": UP, "\x0e": DOWN,
}  # fmt: skip
_SEQUENCES = {
    "A": UP, "B": DOWN, "H": HOME, "F": END, "5~": PAGE_UP, "6~": PAGE_DOWN, "1~": HOME, "7~": HOME, "4~": END, "8~": END,
}  # fmt: skip

LINGER_S = 0.05
"""An escape character that nothing follows for so long is the key Esc; terminals send the bytes of other keys at once."""

ENDING = (signal.SIGTERM, signal.SIGINT, *(getattr(signal, name) for name in ("SIGHUP", "SIGQUIT") if hasattr(signal, name)))
"""Signals that end what goes on, as Ctrl-C does."""

CHUNK = 256
"""Bytes that are written at a time: a terminal that takes no more must not keep a signal from being heard."""

_ENTER_SCREEN, _LEAVE_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


def can_pick(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether somebody can press keys here and see what they do."""
    if environment.get("TERM", "dumb") == "dumb" or environment.get("CI") or sys.platform == "win32":
        return False
    return sys.stdin.isatty() and sys.stderr.isatty()


class Keyboard:
    """The keys of a terminal, one at a time, and whole pictures on its screen."""

    def __init__(self, keys: int, screen: int, alarm: int) -> None:
        """Read from the descriptor `keys`, draw on `screen`; `alarm` gets the number of each signal as a byte."""
        self._keys, self._screen, self._alarm = keys, screen, alarm
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._typed = ""
        self._changed = False

    def size(self) -> tuple[int, int]:
        """Return columns and lines of the terminal; 80 and 24 where it does not tell."""
        found = os.get_terminal_size(self._screen)
        return found.columns or 80, found.lines or 24

    def take_over(self) -> None:
        """Make the terminal give every key at once, and show an empty screen beside the one that was there."""
        import termios
        import tty

        tty.setraw(self._keys, termios.TCSANOW)
        self._write(_ENTER_SCREEN.encode())

    def draw(self, lines: Sequence[str]) -> None:
        """Show `lines`, which must fit, in place of what was there; raise StoppedError when a signal says so."""
        body = "".join(f"{line}\x1b[K\r\n" for line in lines[:-1]) + f"{lines[-1]}\x1b[J"
        self._write(f"\x1b[H{body}".encode("utf-8", "replace"))

    def read_key(self) -> str:
        """Return the next key, `redraw` where the terminal changed; raise StoppedError when a signal says so."""
        while not self._typed and not self._changed:
            self._wait_for_keys(None)
        if self._changed:
            self._changed = False
            return REDRAW
        first, self._typed = self._typed[0], self._typed[1:]
        return self._read_sequence() if first == "\x1b" else _CONTROLS.get(first, first)

    def _read_sequence(self) -> str:
        """Return the key whose escape character was read; one that means nothing to us is an empty text."""
        if not self._typed:
            self._wait_for_keys(LINGER_S)
        if not self._typed or self._typed[0] not in "[O":
            return ESCAPE
        self._typed = self._typed[1:]
        found = ""
        while not found or not "@" <= found[-1] <= "~":
            if not self._typed:
                self._wait_for_keys(LINGER_S)
            if not self._typed:
                break
            found, self._typed = found + self._typed[0], self._typed[1:]
        return _SEQUENCES.get(found, "")

    def _wait_for_keys(self, timeout_s: float | None) -> None:
        """Wait until something was typed, a signal came, or the time is over."""
        ready, _, _ = select.select([self._alarm, self._keys], [], [], timeout_s)
        if self._alarm in ready:
            self._hear_signals()
        if self._keys in ready:
            try:
                data = os.read(self._keys, 1024)
            except OSError:
                data = b""
            if not data:
                raise StoppedError("the terminal is gone")
            self._typed += self._decoder.decode(data)

    def _write(self, data: bytes) -> None:
        """Write to the screen, with an ear for signals."""
        while data:
            rung, free, _ = select.select([self._alarm], [self._screen], [])
            if rung:
                self._hear_signals()
            if free:
                try:
                    data = data[os.write(self._screen, data[:CHUNK]) :]
                except OSError:
                    raise StoppedError("the terminal is gone") from None

    def _hear_signals(self) -> None:
        """Act on the signals that came; after a stop and a continue the shell has put its own settings back."""
        numbers = os.read(self._alarm, 64)
        if any(number in ENDING for number in numbers):
            raise StoppedError("cancelled")
        self._changed = True
        if signal.SIGCONT in numbers:
            self.take_over()


@contextmanager
def open_keyboard() -> Iterator[Keyboard]:
    """Give the keyboard of stdin with pictures on stderr, and put the terminal back as it was whatever happens inside.

    Signals that end a program end the context with StoppedError, but only while a key is waited for or a picture drawn, so
    that nothing is cut in two. Keys that would send signals are keys like others here.
    """
    import termios

    sys.stderr.flush()
    keys, screen = sys.stdin.fileno(), sys.stderr.fileno()
    before = termios.tcgetattr(keys)
    with _open_alarm() as alarm:
        keyboard = Keyboard(keys, screen, alarm)
        try:
            keyboard.take_over()
            yield keyboard
        finally:
            with suppress(OSError):
                os.write(screen, _LEAVE_SCREEN.encode())
            with suppress(termios.error):  # the terminal is gone, so nobody misses its settings
                termios.tcsetattr(keys, termios.TCSANOW, before)


@contextmanager
def _open_alarm() -> Iterator[int]:
    """Give a descriptor that gets the number of every signal that matters to a terminal, in place of what it would do."""
    heard = (*ENDING, signal.SIGWINCH, signal.SIGCONT)
    alarm, ring = os.pipe()
    os.set_blocking(ring, False)
    woken = signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    old = {number: signal.signal(number, lambda *_: None) for number in heard}
    old[signal.SIGTTOU] = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # from the background, too, settings are put back
    try:
        yield alarm
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        os.close(alarm)
        os.close(ring)
