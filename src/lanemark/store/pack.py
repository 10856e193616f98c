"""Packs: what the last runs of a lane used, with its contents, in one file that can be carried to another machine.

Taken in object by object: each content is checked against its name before anybody can see it, and entries come last, when all
that they name is there.
"""

import contextlib
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from lanemark.cache.key import key_of
from lanemark.cache.types import Manifest
from lanemark.codec import Record, encode, parse
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.store.cache import DiskStore
from lanemark.store.entries import LIMIT, NewerError, read_entry
from lanemark.store.frame import HEAD, MAX_BYTES, MAX_OBJECTS, FrameWriter, Packed, header_size, read_frame, read_object
from lanemark.store.prune import named_blobs
from lanemark.store.runs import KEPT_RUNS, Keys, check_lane
from lanemark.store.trees import seal

SCHEMA = 1
"""The version of a pack; a newer one is refused."""

HEAD_LIMIT = 16 << 20
ENTRIES_LIMIT = 256 << 20
"""The most bytes of all entries of a pack."""


class PackHead(Record, frozen=True, kw_only=True):
    """What stands first in a pack: for which lane it is, and which entries its last runs used, the newest run first."""

    schema: int = SCHEMA
    lane: str
    runs: tuple[Keys, ...] = ()


@dataclass(slots=True, kw_only=True)
class Exported:
    """What went into a pack; `left_out` says what did not and why, `frame` is what the pack holds and where."""

    entries: int = 0
    bytes: int = 0
    left_out: list[str] = field(default_factory=list)
    frame: tuple[Packed, ...] = ()


@dataclass(slots=True, kw_only=True)
class Imported:
    """What came out of a pack; `known` entries were there already, `skipped` says what was not taken and why."""

    lane: str = ""
    entries: int = 0
    blobs: int = 0
    known: int = 0
    skipped: list[str] = field(default_factory=list)
    frame: tuple[Packed, ...] = ()


def export_pack(store: DiskStore, lane: str, path: str, *, limit: float) -> Exported:
    """Write what the last runs of a lane used to `path`, replaced as a whole: at most `limit` bytes, newest runs first.

    The same entries give the same bytes; where there are none, nothing is written. Raises OSError where that cannot be done.
    """
    done = Exported()
    with store.locks.hold("prune", shared=True):
        runs = store.runs.list_runs(lane)
        entries = _choose_entries(store, runs, min(limit, MAX_BYTES), done)
        if not entries:
            return done
        if os.path.exists(path) and not os.path.isfile(path):
            raise DataError(f"{visible(path)} is no regular file, so it is not replaced", help="Name a file.")
        temporary = f"{path}.{secrets.token_hex(8)}.tmp"
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        try:
            with open(temporary, "xb") as target:
                writer = FrameWriter(target)
                writer.add(HEAD, (encode(PackHead(lane=lane, runs=runs)),))
                lost = _write_contents(store, writer, {digest for one in entries.values() for digest in named_blobs(one)})
                _write_entries(store, writer, entries, lost, done)
                writer.finish()
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    done.bytes, done.frame = os.stat(path).st_size, tuple(writer.objects)
    return done


def import_pack(store: DiskStore, path: str, *, lane: str = "") -> Imported:
    """Take in what the store lacks of a pack; an object that is not what it says is left out and named.

    Raises DataError, and takes in nothing, for a file that is not a pack through and through, is of a newer version or for
    another lane than `lane`; OSError where it cannot be read or the store cannot be written.
    """
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        frame = read_frame(source, path)
        head = _read_head(_read_small(source, frame[0], HEAD_LIMIT, path), path)
        if lane and head.lane != lane:
            raise DataError(f"the pack {path} is for the lane {head.lane!r}, not {lane!r}")
        done = Imported(lane=head.lane, frame=frame)
        if sum(one.size for one in frame if one.name.startswith("ac/")) > ENTRIES_LIMIT:
            raise DataError(f"the pack {path}: its entries take more than {ENTRIES_LIMIT} bytes")
        with store.locks.hold("prune", shared=True):
            _take_contents(store, source, frame, done)
            taken = _take_entries(store, source, frame, head, done)
            store.runs.add_older(head.lane, (tuple(key for key in keys if key in taken) for keys in head.runs[:KEPT_RUNS]))
    finally:
        os.close(source)
    return done


def _choose_entries(store: DiskStore, runs: Iterable[Keys], limit: float, done: Exported) -> dict[str, Manifest]:
    """Return the entries by key that fit into `limit` bytes, those of the newest run first."""
    chosen: dict[str, Manifest] = {}
    counted: set[str] = set()
    size, objects = 1 << 16, 1
    for key in dict.fromkeys(key for keys in runs for key in keys):
        manifest = store.entries.find(key).manifest
        if manifest is None:  # removed since
            continue
        more = set(named_blobs(manifest)) - counted
        needs = os.stat(store.entries.path(key)).st_size + header_size(f"ac/{key}") + len(more) * header_size(f"cas/{key}")
        needs += sum(store.blobs.size(digest) for digest in more)
        if size + needs > limit or objects + len(more) + 1 > MAX_OBJECTS:
            done.left_out.append(f"{manifest.stage}: its {needs} bytes and {len(more) + 1} objects do not fit")
            continue
        chosen[key] = manifest
        counted |= more
        size, objects = size + needs, objects + len(more) + 1
    return chosen


def _write_contents(store: DiskStore, writer: FrameWriter, digests: set[str]) -> set[str]:
    """Write contents, and return which of them are missing or damaged."""
    lost: set[str] = set()
    for digest in sorted(digests):
        try:
            writer.add(f"cas/{digest}", _checked(store, digest))
        except DataError:
            lost.add(digest)
    return lost


def _checked(store: DiskStore, digest: str) -> Iterator[bytes]:
    """Yield a content; raise DataError where it is missing, or where it turns out at its end not to be what its name says."""
    try:
        source = store.blobs.open(digest)
    except OSError:
        raise DataError("missing") from None
    summed = sha256()
    with open(source, "rb", buffering=0) as opened:
        while piece := opened.read(1 << 18):
            summed.update(piece)
            yield piece
    if summed.hexdigest() != digest:
        store.blobs.reject(digest)
        raise DataError("damaged")


def _write_entries(store: DiskStore, writer: FrameWriter, entries: dict[str, Manifest], lost: set[str], done: Exported) -> None:
    """Write the entries whose contents are all there."""
    for key, manifest in sorted(entries.items()):
        if lost.intersection(named_blobs(manifest)):
            done.left_out.append(f"{manifest.stage}: part of what was kept is missing or damaged")
            continue
        with open(store.entries.path(key), "rb") as opened:
            writer.add(f"ac/{key.removeprefix('sha256:')}.json", (opened.read(LIMIT),))
        done.entries += 1


def _read_head(data: bytes, path: str) -> PackHead:
    """Return the head of a pack; raise DataError for one of a newer version."""
    plain = parse(data, limit=HEAD_LIMIT, source=f"the pack {path}")
    schema = plain.get("schema") if isinstance(plain, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise DataError(f"the pack {path} was written by a newer version: schema {schema}, {SCHEMA} is read")
    try:
        head = msgspec.convert(plain, PackHead, strict=True)
    except msgspec.ValidationError as fault:
        raise DataError(f"the pack {path}: {HEAD}: {visible(str(fault)[:200])}") from None
    check_lane(head.lane)
    return head


def _read_small(source: int, packed: Packed, limit: int, path: str) -> bytes:
    """Return an object that is read as a whole; raise DataError where it is longer than `limit` or damaged."""
    if packed.size > limit:
        raise DataError(f"the pack {path}: {packed.name} has {packed.size} bytes, at most {limit} are read")
    data = b"".join(read_object(source, packed))
    if len(data) != packed.size or zlib.crc32(data) != packed.crc:
        raise DataError(f"the pack {path}: {packed.name} is damaged")
    return data


def _take_contents(store: DiskStore, source: int, frame: Iterable[Packed], done: Imported) -> None:
    """Take in the contents that the store lacks."""
    for packed in frame:
        digest = packed.name.removeprefix("cas/")
        if digest == packed.name or store.blobs.holds(digest):
            continue
        if store.blobs.add_pieces(read_object(source, packed), digest):
            done.blobs += 1
        else:
            done.skipped.append(f"content {digest[:12]} is not what its name says")


def _take_entries(store: DiskStore, source: int, frame: Iterable[Packed], head: PackHead, done: Imported) -> set[str]:
    """Take in the entries whose contents are all there, those of the newest run last; return the keys of all that stand now."""
    packed_by_key = {f"sha256:{one.name[3:67]}": one for one in frame if one.name.startswith("ac/")}
    ranked = dict.fromkeys(key for keys in head.runs for key in keys if key in packed_by_key)
    stand: set[str] = set()
    for key in reversed((*ranked, *(key for key in packed_by_key if key not in ranked))):
        if store.entries.find(key).manifest is not None:
            done.known += 1
            stand.add(key)
            continue
        try:
            manifest = _read_packed(store, source, packed_by_key[key], key)
        except DataError as fault:
            done.skipped.append(f"entry {key[7:19]}: {fault.message}")
            continue
        store.entries.add(manifest)
        done.entries += 1
        stand.add(key)
    return stand


def _read_packed(store: DiskStore, source: int, packed: Packed, key: str) -> Manifest:
    """Return one entry of a pack; raise DataError where it is not whole, not of this key, or names what is not there."""
    try:
        manifest = read_entry(_read_small(source, packed, LIMIT, "it"), "it")
    except NewerError:
        raise DataError("kept by a newer version") from None
    if manifest.key != key or key_of(manifest.parts) != key or manifest.parts.stage != manifest.stage:
        raise DataError("it stands under another key")
    store.entries.check_names(manifest)
    try:
        honest = seal(manifest.outputs.entries) == manifest.outputs
    except UnicodeEncodeError:
        honest = False
    if not honest:
        raise DataError(f"the outputs of {manifest.stage} are not what their digest says")
    lacking = [digest for digest in named_blobs(manifest) if not store.blobs.holds(digest)]
    if lacking:
        raise DataError(f"{len(lacking)} of the contents of {manifest.stage} are missing")
    return manifest
