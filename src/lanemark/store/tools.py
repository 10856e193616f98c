"""What programs said of their version, remembered as long as the program's file is what it was.

Only plain questions to plain programs are remembered: a script may ask somebody else (pyenv, asdf), and one program under many
names (rustup, mise, busybox) decides by the folder it is started in. Those are asked in every run.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from hashlib import sha256

from lanemark.config.tools import TOOL_NAME, usual_probe

LIMIT = 4096
MOST = 200
"""Answers that are remembered; beyond that all are forgotten, which costs a few questions."""

_BINARY = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How programs begin that the system runs by itself: Linux, macOS."""


class DiskRecall:
    """Implements `run.probe.Recall` with a file for each program and question."""

    def __init__(self, folder: str) -> None:
        """Remember below `folder`."""
        self._folder = folder

    def find(self, command: str, environment: Mapping[str, str]) -> str | None:
        """Return the digest of what the command printed before, None where it has to be asked."""
        path = self._path(command, environment)
        if path is None:
            return None
        try:
            with open(path, "rb") as opened:
                found = json.loads(opened.read(LIMIT))
        except (OSError, ValueError):
            return None
        digest = found.get("digest") if isinstance(found, dict) else None
        return digest if isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest) else None

    def keep(self, command: str, environment: Mapping[str, str], digest: str) -> None:
        """Remember what the command printed; what fails here is only asked again."""
        path = self._path(command, environment)
        if path is None:
            return
        try:
            os.makedirs(self._folder, exist_ok=True)
            known = os.listdir(self._folder)
            for old in known if len(known) >= MOST else ():
                os.unlink(os.path.join(self._folder, old))
            with open(f"{path}.{os.getpid()}", "w", encoding="ascii") as opened:
                json.dump({"digest": digest}, opened)
            os.replace(f"{path}.{os.getpid()}", path)
        except OSError:
            return

    def _path(self, command: str, environment: Mapping[str, str]) -> str | None:
        """Return where the answer to a command stands, None where more than the program and the variables decides about it."""
        name = command.split(" ", 1)[0]
        if not re.fullmatch(TOOL_NAME, name) or command != usual_probe(name):
            return None
        program = shutil.which(name, path=environment.get("PATH", os.defpath))
        if program is None:
            return None
        real = os.path.realpath(program)
        try:
            state = os.stat(real)
            with open(real, "rb") as opened:
                begins = opened.read(4)
        except OSError:
            return None
        if begins not in _BINARY or not os.path.basename(real).startswith(name) or state.st_nlink > 1:
            return None
        sign = (command, program, real, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        text = repr((sign, sorted(environment.items()))).encode("utf-8", "backslashreplace")
        return os.path.join(self._folder, sha256(text).hexdigest())
