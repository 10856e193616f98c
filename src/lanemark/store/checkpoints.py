"""Checkpoints on the disk: taken, found, listed, compared with what stands.

Records lie in `ck/<checkout>/<id>.json`, lists and contents among the other contents of the store. Contents come first and the
record last, so a record implies its contents; where they were lost since, the checkpoint is refused before anything is touched.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

import msgspec

from lanemark.errors import DataError, UsageError
from lanemark.recover.checkpoint import (
    Checkpoint,
    Item,
    Part,
    identify_items,
    is_id,
    read_checkpoint,
    replace_parts,
    seal_checkpoint,
)
from lanemark.store.blobs import Blobs, is_settled, put_away
from lanemark.store.entries import write_whole
from lanemark.store.files import DiskFiles
from lanemark.store.lists import Lists, read_list
from lanemark.store.locks import Locks
from lanemark.store.outputs import parents_of
from lanemark.store.snapshot import Digests, Load, Seen, list_items, see_path
from lanemark.store.stat_index import read_sealed, write_sealed
from lanemark.store.unchanged import Rest, look_at

RECORD_LIMIT = 16 << 20
NOWHERE: Mapping[str, Seen] = MappingProxyType({})


class _Last(msgspec.Struct, array_like=True):
    """What was made of one declared path last: the signature of what stood there, and the part. Empty where no stat can tell."""

    sign: str
    part: Part
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Table(msgspec.Struct, array_like=True):
    """What a checkout's paths were when the checkpoint `id` was taken."""

    version: int
    root: str
    id: str
    paths: dict[str, _Last]


class Checkpoints:
    """The checkpoints of one checkout at `root`; several threads may take them, one at a time."""

    def __init__(self, folder: str, scope: str, root: str, load: Load) -> None:
        """Keep below the store's `folder`; `load` gives what is known of files."""
        self.folder, self.scope, self.root = folder, scope, root
        self.blobs = Blobs(os.path.join(folder, "cas"), os.path.join(folder, "quarantine"))
        self.locks = Locks(os.path.join(folder, "locks"))
        self._top = os.path.join(folder, "ck", scope)
        self._load = load
        self._digests: Digests | None = None
        self._table: _Table | None = None
        self._seen: dict[str, Seen] = {}
        self._named: tuple[Part, ...] | None = None
        self._lists = Lists(self.blobs)

    def take(
        self,
        draft: Checkpoint,
        paths: Iterable[str],
        *,
        over: Checkpoint | None = None,
        unless: Checkpoint | None = None,
        durable: bool = True,
        looked: Mapping[str, Seen] = NOWHERE,
        kept: AbstractSet[str] = frozenset(),
    ) -> Checkpoint:
        """Look at `paths`, keep what stands there, and write the checkpoint `draft` down.

        With `over` its parts stand for all other paths, which are not looked at: somebody may be writing there. `durable` forces
        the record to the disk. Where nothing is otherwise than in `unless`, none is taken and that one is returned. Paths that
        were `looked` at a moment ago are not looked at again, and contents that are `kept` are not looked for: whoever passes
        them sees to it that they are the same, and there.

        Raise DataError where something cannot be read or kept; then nothing was written down.
        """
        started, before = time.perf_counter(), self.blobs.written
        with self.locks.hold("prune", shared=True), self._explained():
            table = self._read_table()
            taken = [self._take_part(path, table, looked.get(path), kept) for path in paths]
            parts = replace_parts(over or draft, [last.part for last in taken])
            if unless is not None and parts == unless.parts:
                self._note(table, unless)
                self._write_table(table)
                return unless
            full = msgspec.structs.replace(
                draft,
                id=draft.id or new_id(),
                order=time.time_ns(),
                parts=parts,
                skipped=tuple(path for last in taken for path in last.skipped),
                notes=(*draft.notes, *(note for last in taken for note in last.notes)),
                fresh_bytes=self.blobs.written - before,
                took_s=round(time.perf_counter() - started, 6),
            )
            data = seal_checkpoint(full)
            if durable:
                DiskFiles().write(self._path(full.id), data)
            else:
                write_whole(self._path(full.id), data)
            self._note(table, full)
            if durable:
                self._write_table(table)
        return full

    def stands(self, checkpoint: Checkpoint, path: str) -> bool | None:
        """Return whether `path` is what the checkpoint has: None where nothing is there although it has something."""
        wanted = checkpoint.part(path)
        if wanted is None:
            return False
        try:
            seen = see_path(self.root, path)
            table = self._read_table().paths.get(path)
            if table is not None and table.sign and table.sign == seen.sign():
                now = table.part.identity
            else:
                now = identify_items(list_items(self.root, seen, self.digests, None).items)
        except DataError:
            return False
        if now == wanted.identity:
            return True
        return None if not seen.paths else False

    def newest(self) -> Checkpoint | None:
        """Return the last checkpoint of a state that stood; one before a rollback is of what was left behind."""
        for id_ in reversed(ids_in(self._top)):
            found = self.get(id_)
            if found is not None and found.when != "undo":
                return found
        return None

    def survey(self, path: str) -> tuple[Seen, tuple[Item, ...]]:
        """Return what stands at a declared path, without keeping it."""
        seen = see_path(self.root, path)
        return seen, list_items(self.root, seen, self.digests, None).items

    def items(self, part: Part) -> tuple[Item, ...]:
        """Return the list of a part, checked; raise DataError where it is missing, damaged, or leads elsewhere."""
        return self._lists.items(part)

    def find(self, text: str) -> Checkpoint:
        """Return the checkpoint that `text` means: an id, the start of one, `last`, or `good` (of a run that worked)."""
        known = self.all()
        if text in ("last", "good"):
            found = [one for one in known if text == "last" or one.good][-1:]
        else:
            found = [one for one in known if len(text) >= 4 and one.id.startswith(text)]
        if len(found) == 1:
            return found[0]
        what = "means several checkpoints" if found else "is no checkpoint of this checkout"
        raise UsageError(f"{text[:60]!r} {what}", help="`lanemark checkpoint list` lists them")

    def get(self, id_: str) -> Checkpoint | None:
        """Return the checkpoint of that id, None where it is not there or not whole; a damaged one goes into quarantine."""
        if not is_id(id_):
            return None
        path = self._path(id_)
        try:
            data = DiskFiles().read(path, limit=RECORD_LIMIT)
        except DataError:
            return None
        try:
            found = read_checkpoint(data, path)
        except DataError:
            put_away(path, os.path.join(self.folder, "quarantine"))
            return None
        return found if found.id == id_ else None

    def all(self) -> tuple[Checkpoint, ...]:
        """Return all that can be read, the oldest first."""
        found = (self.get(id_) for id_ in ids_in(self._top))
        return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.order, one.id)))

    def mark_good(self, checkpoint: Checkpoint) -> Checkpoint:
        """Write down that the run the checkpoint was taken at the end of worked."""
        with self._explained():
            full = msgspec.structs.replace(checkpoint, good=True)
            DiskFiles().write(self._path(full.id), seal_checkpoint(full))
        return full

    def forget(self) -> None:
        """Let the next look at any path be a whole one, whatever was noted of it."""
        self._read_table().paths.clear()

    def remember(self) -> None:
        """Keep for the next process what was noted since the last durable checkpoint."""
        with self._explained():
            self._write_table(self._read_table())

    def remove(self, id_: str) -> None:
        """Forget a checkpoint; contents that only it named go with the next sweep."""
        with contextlib.suppress(OSError):
            os.unlink(self._path(id_))

    def verify(self, checkpoint: Checkpoint, *, deep: bool = False) -> list[str]:
        """Return what of a checkpoint is missing or damaged, in words. Lists are read, contents only where `deep` says so."""
        faults: list[str] = []
        for part in checkpoint.parts:
            try:
                items = self._lists.read(part)
            except DataError as fault:
                faults.append(fault.message)
                continue
            if identify_items(items) != part.identity:
                faults.append(f"{part.path!r}: its list is not what the checkpoint says")
            faults += [
                f"the content of {item.path!r} ({item.digest[:12]}) is missing or damaged"
                for item in items
                if item.digest and not (self.blobs.holds(item.digest) if deep else self.blobs.has(item.digest, item.size))
            ]
        return faults

    def rest_of(self, taken: Checkpoint, also: tuple[str, str]) -> Rest | None:
        """Return what it rests on that nothing has changed since `taken`, which was taken or found unchanged just now.

        `also` are a file that counts too and one that must not be there. None where a later change might not show.
        """
        table, now = self._read_table(), time.time_ns()
        paths: list[str] = []
        states: list[os.stat_result] = []
        try:
            for part in taken.parts:
                seen, last = self._seen.get(part.path), table.paths.get(part.path)
                if seen is None or last is None or not last.sign:
                    return None
                paths += seen.paths
                states += seen.states
            for path in (also[0], self._path(taken.id)):
                paths.append(path)
                states.append(os.lstat(path))
                if not is_settled(states[-1], now):
                    return None
        except OSError:
            return None
        gone = {folder for seen in self._seen.values() for folder in seen.absent}
        missing = [part.path.rstrip("/") for part in taken.parts if not self._seen[part.path].paths]
        places = {".", *(folder for part in taken.parts for folder in parents_of(part.path.rstrip("/")))} - gone
        return paths, look_at(states), sorted(places), [*missing, also[1]]

    @property
    def digests(self) -> Digests:
        """What is known of files."""
        if self._digests is None:
            self._digests = self._load()
        return self._digests

    def _take_part(self, path: str, table: _Table, looked: Seen | None, kept: AbstractSet[str]) -> _Last:
        """Return the part of one declared path, and what was noted of it."""
        seen = looked or see_path(self.root, path)
        sign, last = seen.sign(), table.paths.get(path)
        self._seen[path] = seen
        if last is not None and last.sign == sign and self.blobs.size(last.part.items):
            return last
        listed = list_items(self.root, seen, self.digests, self.blobs, kept)
        part = self._lists.add(path, listed.items, seen.absent)
        last = _Last(sign if listed.settled else "", part, listed.skipped, listed.notes)
        table.paths[path] = last
        return last

    def _read_table(self) -> _Table:
        """Return what was noted with the last checkpoint; nothing where that is gone, because its contents may be too."""
        if self._table is None:
            data = read_sealed(self._table_path())
            try:
                found = None if data is None else msgspec.json.decode(data, type=_Table)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                found = None
            if found is None or (found.version, found.root) != (1, self.root) or not os.path.exists(self._path(found.id)):
                found = _Table(1, self.root, "", {})
            self._table = found
        return self._table

    def _note(self, table: _Table, taken: Checkpoint) -> None:
        """Note that the paths are now what the checkpoint says."""
        table.id, self._named = taken.id, taken.parts

    def _write_table(self, table: _Table) -> None:
        """Keep for the next process what the last checkpoint names; anything else may be swept away at any time.

        Lost, it costs the next look some time.
        """
        if self._named is not None:
            named = {part.path: part for part in self._named}
            table.paths = {path: last for path, last in table.paths.items() if named.get(path) == last.part}
        with contextlib.suppress(UnicodeEncodeError):  # a name that is not UTF-8: the next look takes longer
            write_sealed(self._table_path(), msgspec.json.encode(table))

    def _path(self, id_: str) -> str:
        return os.path.join(self._top, f"{id_}.json")

    def _table_path(self) -> str:
        return os.path.join(self._top, "seen")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the system refuses into an error that says where."""
        try:
            yield
        except OSError as fault:
            raise DataError(f"{self.folder}: {fault.strerror}", help="Check the folder and the free space.") from None


def new_id() -> str:
    """Return a new id: when, to the microsecond, so that they stand in order, and something by chance."""
    now_ns = time.time_ns()
    when = time.strftime("%Y%m%dt%H%M%S", time.gmtime(now_ns // 1_000_000_000))
    return f"{when}{now_ns // 1000 % 1_000_000:06d}-{secrets.token_hex(2)}"


def ids_in(folder: str) -> list[str]:
    """Return the ids of all checkpoints in a folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json") and is_id(name.removesuffix(".json")))


def named_by_checkpoints(folder: str) -> set[str]:
    """Return every content that checkpoints of all checkouts name, so that nobody sweeps them away."""
    blobs, top = Blobs(os.path.join(folder, "cas")), os.path.join(folder, "ck")
    named: set[str] = set()
    lists: dict[str, set[str]] = {}
    for scope in _folders(top):
        keeper = Checkpoints(folder, scope, "", dict)
        for one in keeper.all():
            for part in one.parts:
                if part.items not in lists:
                    try:
                        lists[part.items] = {item.digest for item in read_list(blobs, part) if item.digest}
                    except DataError:
                        lists[part.items] = set()
                named |= {part.items, *lists[part.items]}
    return named


def _folders(top: str) -> list[str]:
    try:
        return sorted(os.listdir(top))
    except OSError:
        return []
