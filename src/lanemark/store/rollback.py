"""Put paths back to a checkpoint, all of it or nothing.

Every content that is needed is read before anything is touched. What stands there goes into an undo checkpoint first, and a
record of what is about to happen is forced to the disk. Each file is replaced as a whole, removals come last, and what stands in
the end is looked at. Whoever finds such a record later finishes the work, or takes it back where contents went away meanwhile;
both are done by making the paths what a checkpoint says, so to be killed and begin again is all the same.
"""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from lanemark.codec import decode, encode
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import Checkpoint, Item
from lanemark.recover.policy import lies_within
from lanemark.recover.rollback import Change, Open, Steps, compare_items, plan_steps
from lanemark.recover.story import Story
from lanemark.store.apply import apply_steps, remove_emptied, sweep_temporaries
from lanemark.store.blobs import sign_of
from lanemark.store.checkpoints import Checkpoints
from lanemark.store.files import DiskFiles
from lanemark.store.outputs import check_outputs
from lanemark.store.snapshot import Seen

LIMIT = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A rollback before it is done: what `target` has at `paths`, what stands there and how it looked, and what would change."""

    target: Checkpoint
    paths: tuple[str, ...]
    wanted: tuple[Item, ...]
    current: tuple[Item, ...]
    looked: dict[str, Seen]
    changes: dict[RepoPath, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """A rollback that was done: where to, the checkpoints of what stood before and after, what changed, the bytes written.

    It took `took_s` seconds, of which `verify_s` was reading what is needed before, and what stands there after.
    """

    target: str
    undo: str
    reached: str
    changes: dict[RepoPath, Change]
    bytes: int = 0
    took_s: float = 0.0
    verify_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An interrupted rollback that was brought to its end: finished, or taken back."""

    target: str
    undo: str
    finished: bool
    kept: str = ""


class Rollbacks:
    """Rollbacks in one checkout, one at a time."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        """Roll back to these checkpoints."""
        self._keeper = checkpoints
        self.path = os.path.join(checkpoints.folder, "rollback", f"{checkpoints.scope}.json")

    def prepare(self, target: Checkpoint, paths: tuple[str, ...]) -> Prepared:
        """Look what putting `paths` back to `target` would do."""
        paths = check_outputs(paths)
        wanted, surveyed = self._wanted(target, paths), {path: self._keeper.survey(path) for path in paths}
        current = tuple(item for _, items in surveyed.values() for item in items)
        looked = {path: seen for path, (seen, _) in surveyed.items()}
        changes = compare_items(current, wanted)
        return Prepared(target=target, paths=paths, wanted=wanted, current=current, looked=looked, changes=changes)

    def changed_by_hand(self, prepared: Prepared, story: Story | None) -> list[RepoPath]:
        """Return which changes would undo something that neither a checkpoint has nor a stage wrote.

        What stages wrote since the last checkpoint (they failed, or were interrupted) is known from the journal of the last run.
        """
        reference = self._keeper.newest()
        dirty: tuple[str, ...] = ()
        if story is not None and (reference is None or reference.run == story.start.run):
            dirty = story.dirty
        paths = tuple(path for path in prepared.paths if not any(lies_within(path, one) for one in dirty))
        known = () if reference is None else self._wanted(reference, (path for path in paths if _has(reference, path)))
        now: Iterable[Item] = prepared.current
        if paths != prepared.paths:
            now = [item for item in now if any(_stands_at(item.path, path) for path in paths)]
        return sorted(compare_items(known, now).keys() & prepared.changes.keys())

    def restore(self, prepared: Prepared, undo: Checkpoint) -> Rolled:
        """Do what was prepared; `undo` is the draft of the checkpoint that keeps what stands there now.

        Raise DataError before anything is touched where something that is needed is missing or damaged.
        """
        target, paths, began = prepared.target, prepared.paths, time.perf_counter()
        with self._alone():
            steps = plan_steps(prepared.current, prepared.wanted)
            self._check_contents(steps)
            verify_s = time.perf_counter() - began
            draft = msgspec.structs.replace(undo, when="undo", notes=(f"before a rollback to {target.id}",))
            going = {item.digest for item in prepared.current if item.path in prepared.changes}
            staying = {item.digest for item in prepared.wanted}  # where one is lost, the target lost it too
            kept, before = self._keeper.take(draft, paths, looked=prepared.looked, kept=staying), prepared.current
            lost = any(
                not self._keeper.blobs.has(item.digest, item.size) for item in before if item.digest in going and item.digest
            )
            if lost or self._wanted(kept, paths) != before or not _look_the_same(self._keeper.root, steps, prepared.looked):
                self._keeper.forget()  # the store lost something, or somebody changed something since it was prepared
                kept = self._keeper.take(draft, paths)
                before = self._wanted(kept, paths)
                steps = plan_steps(before, prepared.wanted)
                verify_s -= time.perf_counter()
                self._check_contents(steps)
                verify_s += time.perf_counter()
            self._flush(kept, before, prepared.wanted)
            DiskFiles().write(self.path, encode(Open(target=target.id, undo=kept.id, paths=paths, created=kept.created)))
            self._apply(target, paths, steps)
            verify_s -= time.perf_counter()
            last = self._check_reached(prepared, undo)
            verify_s += time.perf_counter()
            self._close()
            written = sum(item.size for item in steps.writes if item.kind == "file")
            changes = prepared.changes if before is prepared.current else compare_items(before, prepared.wanted)
            return Rolled(
                target=target.id,
                undo=kept.id,
                reached=last.id,
                changes=changes,
                bytes=written,
                took_s=round(time.perf_counter() - began, 6),
                verify_s=round(verify_s, 6),
            )

    def settle(self, undo: Checkpoint) -> Settled | None:
        """Bring an interrupted rollback to its end, None where there is none.

        What somebody changed at its paths since it was interrupted is kept in a checkpoint made from the draft `undo`.
        """
        if not os.path.exists(self.path):
            return None
        with self._alone():
            opened = self._read_open()
            if opened is None:  # somebody else brought it to its end meanwhile
                return None
            ends = [end for end in (self._keeper.get(opened.target), self._keeper.get(opened.undo)) if end is not None]
            kept = self._keep_changes(undo, opened, ends)
            sweep_temporaries(self._keeper.root, opened.paths)
            for end in ends:
                try:
                    prepared = self.prepare(end, opened.paths)
                    steps = plan_steps(prepared.current, prepared.wanted)
                    self._check_contents(steps)
                except DataError:
                    continue
                self._apply(end, opened.paths, steps)
                self._check_reached(prepared, undo)
                self._close()
                return Settled(target=opened.target, undo=opened.undo, finished=end.id == opened.target, kept=kept)
            raise DataError(
                f"a rollback to {opened.target} was interrupted, and neither it nor what stood before is whole any more",
                help=f"Look at the files below {', '.join(opened.paths[:5])}, then remove {self.path}",
            )

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The checkpoints that an interrupted rollback needs."""
        try:
            opened = self._read_open()
        except DataError:
            return ()
        return () if opened is None else (opened.target, opened.undo)

    def _read_open(self) -> Open | None:
        """Return the record of an interrupted rollback, None where there is none."""
        try:
            return decode(DiskFiles().read(self.path, limit=LIMIT), Open, limit=LIMIT, source=self.path)
        except DataError:
            if os.path.exists(self.path):
                raise
            return None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else roll back here, and nobody prune."""
        locks = self._keeper.locks
        with locks.hold(f"rollback-{self._keeper.scope}") as held, locks.hold("prune", shared=True):
            if not held:
                raise DataError(f"{self._keeper.folder} cannot be written to", help="Check the rights of the folder.")
            yield

    def _wanted(self, target: Checkpoint, paths: Iterable[str]) -> tuple[Item, ...]:
        """Return what `target` has at paths, each of which may lie within a declared one."""
        found: list[Item] = []
        for path in paths:
            part = next((part for part in target.parts if lies_within(path, part.path)), None)
            if part is None:
                raise DataError(f"the checkpoint {target.id} has nothing about {path!r}", help="`checkpoint show` lists it")
            items = self._keeper.items(part)
            found += items if path == part.path else (item for item in items if _stands_at(item.path, path))
        return tuple(found)

    def _check_contents(self, steps: Steps) -> None:
        """Raise DataError unless every content that is to be written is there and is what it should be."""
        for digest, path in {item.digest: item.path for item in steps.writes}.items():
            if not self._keeper.blobs.holds(digest):
                raise DataError(
                    f"the content of {path!r} ({digest[:12]}) is missing or damaged, so nothing was touched",
                    help="Choose another checkpoint; `lanemark checkpoint verify --deep` tells which are whole.",
                )

    def _flush(self, kept: Checkpoint, before: Iterable[Item], wanted: Iterable[Item]) -> None:
        """Force to the disk what soon will be nowhere else."""
        staying = {(item.path, item.digest) for item in wanted}
        going = {item.digest for item in before if item.digest and (item.path, item.digest) not in staying}
        self._keeper.blobs.flush((*going, *(part.items for part in kept.parts)))

    def _keep_changes(self, draft: Checkpoint, opened: Open, ends: list[Checkpoint]) -> str:
        """Keep what stands at the paths now, where a file of it is of neither end: somebody changed it since."""
        known: set[tuple[str, str]] = set()
        for end in ends:
            with contextlib.suppress(DataError):
                known.update((item.path, item.digest) for item in self._wanted(end, opened.paths))
        standing = (item for path in opened.paths for item in self._keeper.survey(path)[1])
        if all((item.path, item.digest) in known for item in standing if item.kind != "dir"):
            return ""
        notes = (f"changed after a rollback to {opened.target} was interrupted",)
        kept = self._keeper.take(msgspec.structs.replace(draft, when="undo", notes=notes), opened.paths)
        self._flush(kept, self._wanted(kept, opened.paths), ())
        return kept.id

    def _apply(self, target: Checkpoint, paths: tuple[str, ...], steps: Steps) -> None:
        apply_steps(self._keeper.root, steps, self._keeper.blobs)
        remove_emptied(self._keeper.root, (folder for part in target.parts if part.path in paths for folder in part.absent))

    def _check_reached(self, prepared: Prepared, draft: Checkpoint) -> Checkpoint:
        """Take the checkpoint of what stands now, from which later changes by hand are told; it must be what was wanted."""
        target, paths = prepared.target, prepared.paths
        whole = sorted({part.path for part in target.parts if any(lies_within(path, part.path) for path in paths)})
        notes = (f"a rollback to {target.id}",)
        reached = self._keeper.take(
            msgspec.structs.replace(draft, when="restored", notes=notes),
            whole,
            over=self._keeper.newest(),
            kept={item.digest for item in prepared.wanted},
        )
        if compare_items(self._wanted(reached, paths), prepared.wanted):
            raise DataError(
                f"{', '.join(paths[:5])}: not what the checkpoint {target.id} says although it was put back",
                help="Something writes there. End it; the next start of lanemark brings the rollback to its end.",
            )
        return reached

    def _close(self) -> None:
        """Forget the record: the work is done."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)


def _look_the_same(root: str, steps: Steps, looked: Mapping[str, Seen]) -> bool:
    """Return whether what is to be replaced or removed is still as it looked when it was read.

    The rest was looked at a moment ago too; of it nothing can be lost, and what stands in the end is looked at as a whole.
    """
    states = {path: state for seen in looked.values() for path, state in zip(seen.paths, seen.states, strict=True)}
    for item in (*steps.writes, *steps.removals):
        before = states.get(item.path)
        try:
            now = os.lstat(os.path.join(root, item.path))
        except OSError:  # gone, or no way to it any more
            now = None
        if (before and sign_of(before)) != (now and sign_of(now)):
            return False
    return True


def _has(checkpoint: Checkpoint, path: str) -> bool:
    return any(lies_within(path, part.path) for part in checkpoint.parts)


def _stands_at(item: str, path: str) -> bool:
    """Return whether an item stands at or below a declared path."""
    top = path.rstrip("/")
    return item == top or item.startswith(f"{top}/")
