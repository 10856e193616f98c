"""The journal of a run: one line an event, numbered, each with a checksum; what is read back is exactly what was written.

A line is JSON: `{"crc":"1a2b3c4d","seq":1,"at":"…","event":{"type":"run_start",…}}`. The checksum (CRC-32, as in zlib) covers the
line without it. A process that is killed can leave half a last line, which is passed over; anything else that does not fit is
damage, and a damaged journal proves nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import msgspec

from lanemark.codec import Record, decode
from lanemark.errors import DataError

LINE_LIMIT = 4 << 20
LIMIT = 64 << 20
"""The most bytes of a line and of a journal."""

_HEAD = len(b'{"crc":"00000000",')


class RunStart(Record, frozen=True, kw_only=True, tag="run_start", tag_field="type"):
    """A run of `lane` began, or goes on with `resumes`. `stages` are digests of its stages in order, `asked` what was asked for.

    `source` names the files of the checkout; empty where nobody can tell. `work` is the folder below ours where its logs are, and
    `job` the run on GitHub that it was part of, 0 for none; all attempts of such a run have one number.
    """

    run: str
    lane: str
    stages: Mapping[str, str]
    asked: tuple[str, ...] = ()
    source: str = ""
    around: str = ""
    resumes: str = ""
    work: str = ""
    job: int = 0


class StageStart(Record, frozen=True, kw_only=True, tag="stage_start", tag_field="type"):
    """A stage's command is about to start; it may write `writes`."""

    stage: str
    writes: tuple[str, ...] = ()


class Heartbeat(Record, frozen=True, kw_only=True, tag="heartbeat", tag_field="type"):
    """The run lives: memory of all its processes, memory that could still be had, free disk.

    In bytes, None where the platform does not tell.
    """

    rss: int | None = None
    available: int | None = None
    disk_free: int | None = None


class StageEnd(Record, frozen=True, kw_only=True, tag="stage_end", tag_field="type"):
    """A stage came to its end. `key` and `outputs` stand as the cache has them, None for an untracked stage.

    `checkpoint` has what it left. It stands here and not in a line of its own, so that no kill can come between the two. `before`
    has what it found when it started.
    """

    stage: str
    state: Literal["ran", "replayed", "failed"]
    key: str | None = None
    outputs: str | None = None
    checkpoint: str = ""
    before: str = ""
    wall_s: float = 0.0
    failure: str = ""


class Checkpointed(Record, frozen=True, kw_only=True, tag="checkpoint", tag_field="type"):
    """A checkpoint was taken: at the start, or before the destructive stage `stage`."""

    id: str
    stage: str = ""


class Restored(Record, frozen=True, kw_only=True, tag="restore", tag_field="type"):
    """`paths` were put back to a checkpoint; what stood there is in the checkpoint `undo`."""

    id: str
    undo: str
    paths: tuple[str, ...] = ()


class RunEnd(Record, frozen=True, kw_only=True, tag="run_end", tag_field="type"):
    """The run came to its end by itself, or was cancelled."""

    state: Literal["worked", "failed", "cancelled"]


Event = RunStart | StageStart | Heartbeat | StageEnd | Checkpointed | Restored | RunEnd


class Entry(Record, frozen=True, kw_only=True):
    """One line without its checksum."""

    seq: int
    at: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a journal says, in order. `torn` says that its last line was not whole."""

    entries: tuple[Entry, ...]
    torn: bool = False


def write_line(entry: Entry) -> bytes:
    """Return one line with its checksum."""
    body = msgspec.json.encode(entry)
    return b'{"crc":"%08x",%b\n' % (crc32(body), body[1:])


def read_journal(data: bytes, source: str) -> Read:
    """Return what stands in a journal; raise DataError for damage that a killed process cannot have left."""
    *lines, rest = data.split(b"\n")
    return Read(entries=tuple(_read_lines(lines, source)), torn=bool(rest))


def _read_lines(lines: list[bytes], source: str) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        where = f"{source}: line {number}"
        body = b"{" + line[_HEAD:]
        if line[:_HEAD] != b'{"crc":"%08x",' % crc32(body):
            raise DataError(f"{where} is damaged", help="A damaged journal proves nothing; run without --resume.")
        entry = decode(body, Entry, limit=LINE_LIMIT, source=where)
        if entry.seq != number:
            raise DataError(f"{where} has the number {entry.seq}: a line is missing", help="Run without --resume.")
        yield entry
