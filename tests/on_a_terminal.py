"""A program that has a pseudo-terminal of its own, pressed and looked at as a person does."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

from command import ROOT

UP, DOWN, PAGE_DOWN, END, ESC, CTRL_C = "\x1b[A", "\x1b[B", "\x1b[6~", "\x1b[F", "\x1b", "\x03"
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
PATIENCE_S = 30


class Terminal:
    """The terminal is stdin and stderr (and the controlling terminal) of the program; stdout is a pipe, as in `$(…)`."""

    def __init__(self, folder, *words, columns=80, lines=24, **environment):
        self.ours, theirs = pty.openpty()
        self.shown = ""
        self.resize(columns, lines)
        self.before = termios.tcgetattr(self.ours)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lanemark.cli", *words],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": f"{folder}/../cache", "TERM": "xterm", **environment},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 -- one call into the kernel
        )
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        os.close(self.ours)

    def resize(self, columns, lines):
        """Change the size; the kernel tells the program with SIGWINCH."""
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, *keys):
        """Press keys, each in a write of its own."""
        for key in keys:
            os.write(self.ours, key.encode() if isinstance(key, str) else key)

    def read(self, patience_s=0.05):
        """Take what was written to the terminal; False where nothing came."""
        if not select.select([self.ours], [], [], patience_s)[0]:
            return False
        try:
            data = os.read(self.ours, 65536)
        except OSError:
            return False
        self.shown += data.decode()
        return bool(data)

    def picture(self):
        """Return the lines of the newest whole picture, without colours."""
        whole = [part for part in self.shown.split("\x1b[H")[1:] if "\x1b[J" in part]
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", whole[-1].split("\x1b[J")[0]).split("\r\n") if whole else []

    def wait_for(self, *texts):
        """Read until the newest picture has all `texts`, and return its lines."""
        end = time.monotonic() + PATIENCE_S
        while not all(any(text in line for line in self.picture()) for text in texts):
            assert time.monotonic() < end, f"{texts} not in {self.picture()}\n{self.shown!r}"
            self.read()
        return self.picture()

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """Return the exit status and stdout after the end, and check that the terminal is as it was."""
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it did not end: {self.shown!r}"
            self.read()
        while self.read():
            pass
        assert self.shown.count(ENTER_SCREEN) == self.shown.count(LEAVE_SCREEN) > 0
        assert "Traceback" not in self.shown
        return self.process.returncode, self.process.stdout.read().decode()

    def settings(self):
        """Return the terminal's settings, the same at both ends of it."""
        return termios.tcgetattr(self.ours)
