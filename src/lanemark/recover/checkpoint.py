"""A checkpoint: what stood at declared paths at one moment, named by its content, with all that is needed to put it back.

A checkpoint has one part for each declared path. A part names a list of items by the digest of its bytes; two checkpoints between
which nothing happened at a path name the same list, so that only what changed is ever stored, and none depends on another.
"""

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import msgspec

from lanemark.codec import Record, decode, encode_sealed, parse
from lanemark.errors import DataError
from lanemark.path import RepoPath, to_bytes
from lanemark.tree import join_field, join_fields

SCHEMA = 1
"""The version of a checkpoint; another one is refused."""

RECORD_LIMIT = 16 << 20
LIST_LIMIT = 256 << 20
FILE_BITS = 0o1777
FOLDER_BITS = 0o3777
"""The permissions that are kept: everything but what would let a restored file run with somebody else's rights."""

Kind = Literal["file", "link", "dir"]
When = Literal["start", "stage", "before", "undo", "restored", "hand"]
"""Taken at the start of a run, after a stage that worked, before a destructive one, before and after a rollback, or by hand."""

_UNSEALED = b'\n  "seal": ""'
"""The empty seal as `encode_sealed` writes it: a line of its own, and no other one is so little indented and called so."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
DIGITS = 64
_ID = re.compile(r"[0-9]{8}t[0-9]{12}-[0-9a-f]{4}")


class Item(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One file, link or folder: permissions as the file system has them, times in ns, and what names the content.

    `digest` is that of the content, of the target for a link, and empty for a folder.
    """

    path: RepoPath
    kind: Kind
    mode: int
    size: int
    mtime_ns: int
    digest: str = ""


class Part(Record, frozen=True, kw_only=True):
    """What stood at one declared path. `items` names the list, `identity` all of it but times, sizes and folders' own times.

    `absent` are the folders on the way to the path that were not there. `files` counts, `bytes` is the length of all files.
    """

    path: str
    items: str
    identity: str
    files: int = 0
    bytes: int = 0
    absent: tuple[RepoPath, ...] = ()


class Checkpoint(Record, frozen=True, kw_only=True):
    """One moment. `order` is the time in ns, so that of two the later one is known; `good` says that a whole run worked.

    `skipped` are sockets, pipes and devices, which are not kept; `notes` say what comes back otherwise than it was. `fresh_bytes`
    had to be stored, `took_s` is what it cost. `seal` is the digest of everything else.
    """

    schema: int = SCHEMA
    id: str
    order: int
    created: str
    generator: str
    when: When
    run: str = ""
    lane: str = ""
    stage: str = ""
    commit: str = ""
    good: bool = False
    parts: tuple[Part, ...] = ()
    skipped: tuple[RepoPath, ...] = ()
    notes: tuple[str, ...] = ()
    fresh_bytes: int = 0
    took_s: float = 0.0
    seal: str = ""

    @property
    def identity(self) -> str:
        """Return the digest of the state: equal ones mean equal files, links, folders and permissions at equal paths."""
        fields = (text for part in self.parts for text in (part.path, part.identity))
        return sha256(join_fields(field.encode("utf-8", "surrogateescape") for field in fields)).hexdigest()

    @property
    def bytes(self) -> int:
        """Return how long all its files are."""
        return sum(part.bytes for part in self.parts)

    @property
    def files(self) -> int:
        """Return how many files and links it has."""
        return sum(part.files for part in self.parts)

    def part(self, path: str) -> Part | None:
        """Return the part of one declared path."""
        return next((part for part in self.parts if part.path == path), None)


def replace_parts(checkpoint: Checkpoint, parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts of a checkpoint with some of them replaced or added, sorted by path; none lies within another one."""
    new = {part.path: part for part in parts}
    known = {part.path: part for part in checkpoint.parts}
    if new.keys() <= known.keys():  # after each stage; comparing every path with every other costs more than the rest
        return tuple((known | new).values())
    found = {path: old for path, old in known.items() if not any(_overlap(path, other) for other in new)} | new
    return tuple(found[path] for path in sorted(found))


def _overlap(path: str, other: str) -> bool:
    one, two = path.rstrip("/"), other.rstrip("/")
    return one == two or one.startswith(f"{two}/") or two.startswith(f"{one}/")


def is_id(text: str) -> bool:
    """Return whether a text has the form of a checkpoint's id."""
    return _ID.fullmatch(text) is not None


def seal_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return the bytes of a checkpoint, sealed."""
    blank = encode_sealed(msgspec.structs.replace(checkpoint, seal=""))
    return blank.replace(_UNSEALED, _UNSEALED.replace(b'""', f'"{sha256(blank).hexdigest()}"'.encode()), 1)


def read_checkpoint(data: bytes, source: str) -> Checkpoint:
    """Return the checkpoint in `data`; raise DataError where it is not whole, of another version, or leads elsewhere."""
    found = decode(data, Checkpoint, limit=RECORD_LIMIT, source=source)
    if found.schema != SCHEMA:
        raise DataError(f"{source}: version {found.schema}, {SCHEMA} is read", help="Use the version of Lanemark that made it.")
    if sha256(encode_sealed(msgspec.structs.replace(found, seal=""))).hexdigest() != found.seal or not is_id(found.id):
        raise DataError(f"{source}: its seal does not fit what it says", help="It is damaged; take another checkpoint.")
    for part in found.parts:
        if not (_DIGEST.fullmatch(part.items) and _DIGEST.fullmatch(part.identity)):
            raise DataError(f"{source}: {part.path[:100]!r} has a digest that is none")
    return found


def encode_items(items: Iterable[Item]) -> bytes:
    """Return the list of a part as JSON; it is named by the digest of these bytes."""
    listed = list(items)
    try:
        return msgspec.json.encode(listed)
    except UnicodeEncodeError:  # a name that is not UTF-8
        return json.dumps(msgspec.to_builtins(listed), separators=(",", ":")).encode("ascii")


def decode_items(data: bytes, source: str) -> tuple[Item, ...]:
    """Return the list of a part; raise DataError for anything else. Paths are not checked here."""
    try:
        items = msgspec.json.decode(data, type=tuple[Item, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        try:
            items = msgspec.convert(parse(data, limit=LIST_LIMIT, source=source), tuple[Item, ...], strict=True)
        except msgspec.ValidationError as fault:
            raise DataError(f"{source}: {str(fault)[:200]}") from None
    if not all(_can_be(*form) for form in {(item.kind, item.mode, len(item.digest)) for item in items}):
        raise DataError(f"{source}: {_first_wrong(items)[:100]!r} has permissions or a digest that cannot be")
    if not _is_hex("".join([item.digest for item in items])):
        raise DataError(f"{source}: {_first_wrong(items)[:100]!r} has a digest that is none")
    return items


def _can_be(kind: Kind, mode: int, digits: int) -> bool:
    """Return whether an item may have these permissions, and a digest of so many digits."""
    return mode >= 0 and not mode & ~(FOLDER_BITS if kind == "dir" else FILE_BITS) and digits == (0 if kind == "dir" else DIGITS)


def _is_hex(text: str) -> bool:
    """Return whether there is nothing but small hexadecimal digits: one call for a whole list."""
    try:
        return 2 * len(bytes.fromhex(text)) == len(text) and text == text.lower()
    except ValueError:
        return False


def _first_wrong(items: Iterable[Item]) -> RepoPath:
    return next(item.path for item in items if not (_can_be(item.kind, item.mode, len(item.digest)) and _is_hex(item.digest)))


def identify_items(items: Iterable[Item]) -> str:
    """Return the digest over what must be equal for two states to be equal: paths, kinds, permissions, contents."""
    forms: dict[tuple[Kind, int], bytes] = {}
    fields: list[bytes] = []
    for item in items:
        form = forms.get((item.kind, item.mode))
        if form is None:
            mode = "" if item.kind == "link" else f"{item.mode:o}"  # links have no permissions of their own
            form = forms[item.kind, item.mode] = join_fields((item.kind.encode(), mode.encode()))
        fields += (join_field(to_bytes(item.path)), form, join_field(item.digest.encode()))
    return sha256(b"".join(fields)).hexdigest()


def named_digests(checkpoint: Checkpoint, lists: Mapping[str, tuple[Item, ...]]) -> set[str]:
    """Return every content that a checkpoint needs; `lists` are the lists of its parts by their digest."""
    found = {part.items for part in checkpoint.parts}
    for part in checkpoint.parts:
        found.update(item.digest for item in lists.get(part.items, ()) if item.digest)
    return found
