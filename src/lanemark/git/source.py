"""Which files a checkout holds, as one short name: the commit, and everything that differs from it."""

import os
import stat
from collections.abc import Collection
from hashlib import sha256

from lanemark.cache.types import BYPRODUCTS
from lanemark.errors import LanemarkError
from lanemark.git.call import Call
from lanemark.git.index import STRICT

MOST_CHANGED = 10_000
MOST_BYTES = 256 << 20
PIECE = 1 << 18


def name_source(root: str, without: Collection[str]) -> str:
    """Return a name that changes with the commit and with every changed or new file of the checkout at `root`.

    What lies at the declared paths `without`, what tools leave beside their sources, and what git ignores does not count. Empty
    where nobody can tell: not the top of a repository, no commit, another repository within, too much to read.
    """
    if not os.path.lexists(os.path.join(root, ".git")):
        return ""
    call = Call(root)
    pins = [word for pin in STRICT for word in ("-c", pin)]
    try:
        head = call.run("rev-parse", "--verify", "HEAD")
        listed = call.run(
            *pins, "status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none"
        )
        changed = [line for line in listed.split(b"\0") if line and not _is_left_out(_path(line), without)]
        if len(changed) > MOST_CHANGED:
            return ""
        summed, left = sha256(head), MOST_BYTES
        for line in changed:
            content, size = _digest(os.path.join(os.fsencode(root), _path(line)), left)
            left -= size
            summed.update(b"%d:%b%b" % (len(line), line, content))
    except (LanemarkError, OSError, ValueError):
        return ""
    return summed.hexdigest()


def _path(line: bytes) -> bytes:
    """Return the path of one line of `git status --porcelain=v2`; its fields before are nine, ten or one."""
    fields = {b"1": 8, b"u": 10, b"?": 1}[line[:1]]
    return line.split(b" ", fields)[fields]


def _is_left_out(path: bytes, without: Collection[str]) -> bool:
    name = os.fsdecode(path)
    if not BYPRODUCTS.isdisjoint(name.split("/")):
        return True
    return any(name == one or (one.endswith("/") and name.startswith(one)) for one in without)


def _digest(path: bytes, limit: int) -> tuple[bytes, int]:
    """Return kind, permissions and content of a file as a digest, and its length; ValueError for what has none."""
    try:
        state = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return b"gone", 0
    if stat.S_ISLNK(state.st_mode):
        return sha256(b"link" + os.readlink(path)).digest(), 0
    if not stat.S_ISREG(state.st_mode) or state.st_size > limit:
        raise ValueError("no file, or too long")
    summed = sha256(b"x" if state.st_mode & 0o100 else b"-")
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while piece := os.read(source, PIECE):
            summed.update(piece)
    finally:
        os.close(source)
    return summed.digest(), state.st_size
