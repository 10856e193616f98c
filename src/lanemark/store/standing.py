"""Answers that still stand: what a run said when nothing had to run, beside the stat of everything that made it say so.

While nothing of that has changed, saying it again is right, and costs a stat for each file. `lanemark run` asks here before it
loads anything else: Python's `typing`, `re`, `json` and `dataclasses` alone take longer than looking at two thousand files. So
this module loads next to nothing, decides nothing, and knows no key: `witness` says what an answer rests on, and whatever is not
exactly as it was then is decided anew by those who decided it the first time.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from hashlib import sha256

from lanemark import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "standing-1"
"""Changes whenever the form below does."""

LIMIT = 256 << 20
USED_S = 3600.0
"""An entry that was not used for so long is noted as used, which only a whole run does; see `entries.USED_S`."""

UNSEEN = frozenset({"_", "SHLVL", "OLDPWD", "PWD", "WINDOWID", "SSH_TTY", "SSH_CLIENT", "SSH_CONNECTION", "TERM_SESSION_ID"})
"""Variables that differ from terminal to terminal; neither Lanemark nor a stage sees them unless `LANEMARK_PASS_ENV` is set."""

Sign = tuple[int, int, int, int, int, int]
"""What changes when anything about a file, link or folder does: mode, inode, device, size, modification and change time in ns."""

Place = tuple[int, int, int]
"""What changes when a folder becomes another one: mode, inode, device."""

Rest = tuple[list[tuple[str, Sign | None]], list[tuple[str, Place]], list[str]]
"""What an answer rests on: names that must look the same (None: must not be there), folders on the way to them that must be the
same, and entries of the store that must have been used lately."""

Answer = tuple[str, str, str, bytes, tuple[int, float]]
"""What was said, what was printed, the file for the facts and its content, and how many stages were spared how many seconds."""


def sign_of(state: os.stat_result) -> Sign:
    """Return the sign of what has this stat."""
    return state.st_mode, state.st_ino, state.st_dev, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def place_of(state: os.stat_result) -> Place:
    """Return which folder this stat is of."""
    return state.st_mode, state.st_ino, state.st_dev


def ask_question(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> str:
    """Return a digest of all that was asked: the words, the environment, the folder, and who answers."""
    passed = environment if environment.get("LANEMARK_PASS_ENV") else {k: v for k, v in environment.items() if k not in UNSEEN}
    parts = [VERSION, __version__, sys.version, sys.platform, os.uname().machine, folder, str(len(arguments)), *arguments]
    parts += [text for pair in sorted(passed.items()) for text in pair]
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogateescape")).hexdigest()


def answer_path(store: str, arguments: Sequence[str], folder: str) -> str:
    """Return where in `store` the answer to `arguments` in `folder` lies."""
    name = sha256("\0".join((folder, *arguments)).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{store}/standing/{name[:32]}"


def write_answer(path: str, question: str, rest: Rest, answer: Answer) -> None:
    """Keep an answer; raise OSError where that cannot be done."""
    from lanemark.store.entries import write_whole

    data = question.encode("ascii") + b"\n" + marshal.dumps((rest, answer))
    write_whole(path, sha256(data).hexdigest().encode("ascii") + b"\n" + data)


def find_answer(path: str, question: str) -> Answer | None:
    """Return the answer at `path` if it is one to `question` and all it rests on is as it was, else None."""
    try:
        with open(path, "rb") as opened:
            seal, _, data = opened.read(min(os.fstat(opened.fileno()).st_size, LIMIT)).partition(b"\n")
        # marshal is as quick as it gets, and may only be given what marshal wrote: hence the seal, before anything is read.
        if not data.startswith(question.encode("ascii") + b"\n") or sha256(data).hexdigest().encode("ascii") != seal:
            return None
        kept: tuple[Rest, Answer] = marshal.loads(data[len(question) + 1 :])  # noqa: S302 -- sealed, and below our own folder
        rest, answer = kept
        return answer if _stands(*rest) else None
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _stands(signs: list[tuple[str, Sign | None]], places: list[tuple[str, Place]], entries: list[str]) -> bool:
    """Return whether everything is as it was. The paths are relative to the current folder, or absolute."""
    look, missing = os.lstat, (FileNotFoundError, NotADirectoryError)
    for path, sign in signs:
        try:
            state = look(path)
        except missing:
            if sign is not None:
                return False
            continue
        found = (state.st_mode, state.st_ino, state.st_dev, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if found != sign:
            return False
    if any(place_of(look(path)) != place for path, place in places):
        return False
    oldest = time.time() - USED_S
    return all(look(path).st_mtime >= oldest for path in entries)
