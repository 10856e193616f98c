"""Put paths back to a checkpoint, all of it or nothing.

Every content is read before anything is touched. What stands there goes into an undo checkpoint first, and a record of what is
about to happen is forced to the disk. Each file is replaced as a whole, removals come last, and what stands in the end is looked
at. Whoever finds such a record later finishes the work, or takes it back where contents went away meanwhile; both are done by
making the paths what a checkpoint says, so to be killed and begin again is all the same.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from lanemark.codec import decode, encode
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import FILE_BITS, FOLDER_BITS, Checkpoint, Item, identify_items
from lanemark.recover.policy import lies_within
from lanemark.recover.rollback import Change, Open, Steps, compare_items, plan_steps
from lanemark.recover.story import Story
from lanemark.store.checkpoints import Checkpoints
from lanemark.store.files import DiskFiles
from lanemark.store.outputs import check_outputs
from lanemark.store.restore import make_writable, remove, write_file, write_link
from lanemark.store.snapshot import TEMPORARY, explained, see_path
from lanemark.store.walk import open_folder, open_parent, open_root

LIMIT = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """A rollback that was done: where to, the checkpoint of what stood before, what changed, and how many bytes were written."""

    target: str
    undo: str
    changes: dict[RepoPath, Change]
    bytes: int = 0


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

    def compare(self, target: Checkpoint, paths: Iterable[str]) -> dict[RepoPath, Change]:
        """Return what would change at `paths`."""
        found: dict[RepoPath, Change] = {}
        for path in paths:
            found |= compare_items(self._keeper.survey(path), self._wanted(target, path))
        return found

    def changed_by_hand(self, paths: Iterable[str], changes: Mapping[RepoPath, Change], story: Story | None) -> list[RepoPath]:
        """Return which of `changes` would undo something that neither a checkpoint has nor a stage wrote.

        What stages wrote since the last checkpoint (they failed, or were interrupted) is known from the journal of the last run.
        """
        reference = self._keeper.newest()
        dirty: tuple[str, ...] = ()
        if story is not None and (reference is None or reference.run == story.start.run):
            dirty = story.dirty
        found: set[RepoPath] = set()
        for path in paths:
            if any(lies_within(path, one) for one in dirty):
                continue
            known = () if reference is None or not _has(reference, path) else self._wanted(reference, path)
            found |= compare_items(known, self._keeper.survey(path)).keys() & changes.keys()
        return sorted(found)

    def restore(self, target: Checkpoint, paths: tuple[str, ...], undo: Checkpoint) -> Rolled:
        """Make `paths` what `target` has; `undo` is the draft of the checkpoint that keeps what stands there now.

        Raise DataError before anything is touched where something that is needed is missing or damaged.
        """
        paths = check_outputs(paths)
        with self._alone():
            wanted = {path: self._wanted(target, path) for path in paths}
            self._check_contents(item for items in wanted.values() for item in items)
            kept = self._keep_undo(undo, paths, target)
            before = [item for path in paths for item in self._listed(kept, path)]
            opened = Open(target=target.id, undo=kept.id, paths=paths, created=kept.created)
            DiskFiles().write(self.path, encode(opened))
            written = self._apply(target, paths, wanted)
            # From now on this is what stood last, so that what somebody changes after it is told from it.
            reached = msgspec.structs.replace(undo, when="restored", notes=(f"a rollback to {target.id}",))
            whole = {part.path for part in target.parts if any(lies_within(path, part.path) for path in paths)}
            self._keeper.take(reached, sorted(whole), over=self._keeper.newest())
            self._close()
            after = [item for items in wanted.values() for item in items]
            return Rolled(target=target.id, undo=kept.id, changes=compare_items(before, after), bytes=written)

    def settle(self, undo: Checkpoint) -> Settled | None:
        """Bring an interrupted rollback to its end, None where there is none.

        What somebody changed at its paths since it was interrupted is kept in a checkpoint made from the draft `undo`.
        """
        if not os.path.exists(self.path):
            return None
        with self._alone():
            try:
                opened = decode(DiskFiles().read(self.path, limit=LIMIT), Open, limit=LIMIT, source=self.path)
            except DataError:
                if not os.path.exists(self.path):  # somebody else brought it to its end meanwhile
                    return None
                raise
            ends = [self._keeper.get(opened.target), self._keeper.get(opened.undo)]
            whole = next((end for end in ends if end is not None and self._is_whole(end, opened.paths)), None)
            if whole is None:
                raise DataError(
                    f"a rollback to {opened.target} was interrupted, and neither it nor what stood before is whole any more",
                    help=f"Look at the files below {', '.join(opened.paths[:5])}, then remove {self.path}",
                )
            kept = self._keep_changes(undo, opened, [end for end in ends if end is not None])
            self._sweep_temporaries(opened.paths)
            self._apply(whole, opened.paths, {path: self._wanted(whole, path) for path in opened.paths})
            self._close()
            return Settled(target=opened.target, undo=opened.undo, finished=whole.id == opened.target, kept=kept)

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The checkpoints that an interrupted rollback needs."""
        try:
            opened = decode(DiskFiles().read(self.path, limit=LIMIT), Open, limit=LIMIT, source=self.path)
        except DataError:
            return ()
        return opened.target, opened.undo

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else roll back here, and nobody prune."""
        locks = self._keeper.locks
        with locks.hold(f"rollback-{self._keeper.scope}") as held, locks.hold("prune", shared=True):
            if not held:
                raise DataError(f"{self._keeper.folder} cannot be written to", help="Check the rights of the folder.")
            yield

    def _wanted(self, target: Checkpoint, path: str) -> tuple[Item, ...]:
        """Return what `target` has at a path, which may lie within a declared one."""
        part = next((part for part in target.parts if lies_within(path, part.path)), None)
        if part is None:
            raise DataError(f"the checkpoint {target.id} has nothing about {path!r}", help="`lanemark checkpoint show` lists it")
        items = self._keeper.items(part)
        top = path.rstrip("/")
        return items if path == part.path else tuple(one for one in items if one.path == top or one.path.startswith(f"{top}/"))

    def _listed(self, checkpoint: Checkpoint, path: str) -> tuple[Item, ...]:
        part = checkpoint.part(path)
        return () if part is None else self._keeper.items(part)

    def _check_contents(self, items: Iterable[Item]) -> None:
        """Raise DataError unless every content is there and is what it should be."""
        for digest, path in {item.digest: item.path for item in items if item.digest}.items():
            if not self._keeper.blobs.holds(digest):
                raise DataError(
                    f"the content of {path!r} ({digest[:12]}) is missing or damaged, so nothing was touched",
                    help="Choose another checkpoint; `lanemark checkpoint verify --deep` tells which are whole.",
                )

    def _is_whole(self, target: Checkpoint, paths: Iterable[str]) -> bool:
        try:
            for path in paths:
                self._check_contents(self._wanted(target, path))
        except DataError:
            return False
        return True

    def _keep_undo(self, draft: Checkpoint, paths: tuple[str, ...], target: Checkpoint) -> Checkpoint:
        """Take the checkpoint with what stands now, forced to the disk with its contents: soon they will be nowhere else."""
        kept = self._keeper.take(msgspec.structs.replace(draft, when="undo", notes=(f"before a rollback to {target.id}",)), paths)
        known = {item.digest for part in target.parts for item in self._keeper.items(part) if item.digest}
        new = {item.digest for path in paths for item in self._listed(kept, path) if item.digest} - known
        self._keeper.blobs.flush((*new, *(part.items for part in kept.parts)))
        return kept

    def _keep_changes(self, draft: Checkpoint, opened: Open, ends: list[Checkpoint]) -> str:
        """Keep what stands at the paths now, where a file of it is of neither end: somebody changed it since."""
        known = {(item.path, item.digest) for end in ends for path in opened.paths for item in self._wanted(end, path)}
        now = [item for path in opened.paths for item in self._keeper.survey(path)]
        if all((item.path, item.digest) in known for item in now if item.kind != "dir"):
            return ""
        notes = (f"changed after a rollback to {opened.target} was interrupted",)
        kept = self._keeper.take(msgspec.structs.replace(draft, when="undo", notes=notes), opened.paths)
        self._keeper.blobs.flush(item.digest for path in opened.paths for item in self._listed(kept, path) if item.digest)
        return kept.id

    def _apply(self, target: Checkpoint, paths: tuple[str, ...], wanted: dict[str, tuple[Item, ...]]) -> int:
        """Make the paths what is wanted and look at what stands then; return how many bytes were written."""
        written = 0
        with explained(self._keeper.root), open_root(self._keeper.root) as top:
            for path in paths:
                steps = plan_steps(self._keeper.survey(path), wanted[path])
                self._do(top, steps)
                written += sum(item.size for item in steps.writes if item.kind == "file")
            for part in target.parts:
                if part.path in paths:
                    _remove_emptied(top, part.absent)
        for path in paths:
            if identify_items(self._keeper.survey(path)) != identify_items(wanted[path]):
                raise DataError(
                    f"{path!r} is not what the checkpoint {target.id} says although it was put back: somebody writes there",
                    help="End what writes there; the next start of lanemark brings the rollback to its end.",
                )
        return written

    def _do(self, top: int, steps: Steps) -> None:
        """Do the steps below the open root, none of them through a link."""
        for item in steps.folders:
            with open_parent(top, item.path, make=True) as parent:
                if parent is not None:
                    _make_room(item.path, parent)
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(_name(item.path), 0o700, dir_fd=parent)
        for item in steps.writes:
            with open_parent(top, item.path, make=True) as parent:
                if parent is not None:
                    self._write(item, parent)
        for item in steps.removals:
            with open_parent(top, item.path) as parent:
                if parent is not None:
                    make_writable(parent)
                    with contextlib.suppress(FileNotFoundError):
                        remove(_name(item.path), parent)
        for item in steps.settings:
            with open_parent(top, item.path) as parent:
                if parent is not None:
                    _set(item, parent)

    def _write(self, item: Item, parent: int) -> None:
        """Put one file or link in its place."""
        make_writable(parent)
        name = _name(item.path)
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                remove(name, parent)
        source = self._keeper.blobs.open(item.digest)
        try:
            if item.kind == "link":
                write_link(name, parent, points_to=os.read(source, 1 << 16))
                _set(item, parent)
            else:
                write_file(name, parent, source=source, mode=item.mode & FILE_BITS, mtime_ns=item.mtime_ns)
        finally:
            os.close(source)

    def _sweep_temporaries(self, paths: Iterable[str]) -> None:
        """Remove what a killed rollback left half written, in the folders and beside single files."""
        root = self._keeper.root
        with explained(root), open_root(root) as top:
            for path in paths:
                for left in (*see_path(root, path).paths, *_beside(top, path)):
                    if TEMPORARY.fullmatch(_name(left)):
                        with open_parent(top, left) as parent, contextlib.suppress(OSError):
                            if parent is not None:
                                os.unlink(_name(left), dir_fd=parent)

    def _close(self) -> None:
        """Forget the record: the work is done."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)


def _has(checkpoint: Checkpoint, path: str) -> bool:
    return any(lies_within(path, part.path) for part in checkpoint.parts)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _beside(top: int, path: str) -> list[str]:
    """Return what stands in the folder of a declared path."""
    folder = path.rstrip("/").rpartition("/")[0]
    with open_parent(top, path.rstrip("/")) as parent:
        names = [] if parent is None else os.listdir(parent)
    return [f"{folder}/{name}" if folder else name for name in names]


def _make_room(path: str, parent: int) -> None:
    """Remove what is not a folder where one is to stand."""
    make_writable(parent)
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(os.stat(_name(path), dir_fd=parent, follow_symlinks=False).st_mode):
            os.unlink(_name(path), dir_fd=parent)


def _set(item: Item, parent: int) -> None:
    """Set permissions and time of what stands already; a link has only a time."""
    name = _name(item.path)
    if item.kind == "link":
        os.utime(name, ns=(item.mtime_ns, item.mtime_ns), dir_fd=parent, follow_symlinks=False)
        return
    if item.kind == "dir":
        opened, bits = open_folder(name, parent), FOLDER_BITS
    else:
        opened, bits = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent), FILE_BITS
    try:
        os.fchmod(opened, item.mode & bits)
        os.utime(opened, ns=(item.mtime_ns, item.mtime_ns))
    finally:
        os.close(opened)


def _remove_emptied(top: int, folders: Iterable[RepoPath]) -> None:
    """Remove those of `folders` that are there and empty."""
    for path in folders:
        with open_parent(top, path) as parent, contextlib.suppress(OSError):
            if parent is not None:
                os.rmdir(_name(path), dir_fd=parent)
