"""What `lanemark checkpoint create` said last, beside the look of everything that made it say so.

While all of that looks the same, nothing has changed since that checkpoint, and saying so again costs a stat for each file. It is
asked for before anything else is loaded, because loading takes longer than looking; so this module loads next to nothing and
decides nothing. Whatever is not exactly as it was then is looked at by `checkpoints`.
"""

from __future__ import annotations

import marshal
import os
from array import array
from binascii import crc32

from lanemark import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 256 << 20

Said = tuple[str, str, str]
"""What goes to stderr, what goes to stdout for people, and what as JSON."""

Rest = tuple[list[str], bytes, list[str], list[str]]
"""What an answer rests on: paths, relative to the root or absolute, and how they looked; folders that must be the same ones; and
paths that must not be there."""

MANY = 2000
"""With more paths than this a second process looks at half of them: git looks with several threads, which Python's cannot."""

FIGURES = 4
"""How many figures `look_at` takes of a path, of 8 bytes each."""


def answer_path(store: str, root: str) -> str:
    """Return where in `store` the answer for the checkout at `root` lies; the root stands in it, so a name may be shared."""
    return f"{store}/ck/unchanged-{crc32(os.fsencode(root)):08x}"


def write_answer(store: str, root: str, rest: Rest, said: Said) -> None:
    """Keep an answer with what it rests on; raise OSError where that cannot be done."""
    from lanemark.store.entries import write_whole

    paths, seen, places, absent = rest
    names = [list(map(os.fsencode, each)) for each in (paths, places, absent)]
    data = marshal.dumps((__version__, os.fsencode(root), *names, look_at_places(root, places), said, seen))
    write_whole(answer_path(store, root), crc32(data).to_bytes(4, "big") + data)


def find_answer(store: str, root: str) -> Said | None:
    """Return what was said last where all that it rests on is as it was, else None; the current folder must be `root`."""
    try:
        with open(answer_path(store, root), "rb") as opened:
            data = opened.read(LIMIT)
        if crc32(data[4:]).to_bytes(4, "big") != data[:4]:
            return None
        # Half a file or a flipped bit does not come so far; who can write here on purpose can write the program too.
        version, where, paths, places, absent, look_of_places, said, seen = marshal.loads(data[4:])  # noqa: S302
        if (version, where) != (__version__, os.fsencode(root)) or any(map(os.path.lexists, absent)):
            return None
        found: Said = said
        return found if _look_same(paths, seen) and look_at_places(root, places) == look_of_places else None
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _look_same(paths: list[bytes], seen: bytes) -> bool:
    """Return whether all paths look as they did; OSError where one is gone."""
    if len(paths) < MANY:
        return look_at(map(os.lstat, paths)) == seen
    half = len(paths) // 2
    child = os.fork()
    if child == 0:
        same = False
        try:
            same = look_at(map(os.lstat, paths[half:])) == seen[half * FIGURES * 8 :]
        finally:
            os._exit(not same)
    try:
        same = look_at(map(os.lstat, paths[:half])) == seen[: half * FIGURES * 8]
    finally:
        _, status = os.waitpid(child, 0)
    return same and status == 0


def look_at(states: Iterable[os.stat_result]) -> bytes:
    """Return what changes when any of these changes.

    The time of the last change of an inode stands for its content, its times and its permissions: nobody can set it.
    """
    figures: list[int] = []
    for state in states:
        figures += (state.st_ctime_ns, state.st_ino & 0x7FFFFFFFFFFFFFFF, state.st_size, state.st_mode)
    return array("q", figures).tobytes()


def look_at_places(root: str, places: Iterable[str | bytes]) -> list[tuple[int, int, int]]:
    """Return what changes when one of the folders below `root` becomes another one."""
    top = os.fsencode(root)
    states = (os.lstat(os.path.join(top, os.fsencode(place))) for place in places)
    return [(state.st_mode, state.st_ino, state.st_dev) for state in states]
