"""Snapshots of inputs and outputs: taken by digest, kept, and put back exactly."""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lanemark.errors import DataError
from lanemark.path import RepoPath, to_bytes
from lanemark.pattern import Patterns
from lanemark.store.blobs import COARSE_NS, PIECE, SETTLED_NS, Blobs, Sign, hash_file, is_settled, sign_of
from lanemark.store.outputs import OURS, check_entries, check_outputs, parents_of
from lanemark.store.restore import make_writable, remove, write_file, write_link
from lanemark.store.walk import Found, look, open_parent, open_root, walk
from lanemark.tree import Tree, TreeEntry, join_fields

Known = dict[str, dict[RepoPath, tuple[Sign, str]]]
"""The content of files by root and path, as it was when their stat was this sign."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a tree does not say of the place it was kept from: times and permissions of files, and parents that were not there."""

    mtimes: dict[RepoPath, int] = field(default_factory=dict)
    modes: dict[RepoPath, int] = field(default_factory=dict)
    absent: tuple[RepoPath, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A checked tree: its entries by path, and every folder that they need."""

    tree: Tree
    entries: dict[RepoPath, TreeEntry]
    folders: frozenset[RepoPath]


class DiskTrees:
    """Implements `ports.Trees`, with contents below one folder.

    A file whose size, times, inode and permissions are as they were is not read again in the life of this object. Everything
    the system refuses comes as DataError.
    """

    def __init__(self, folder: str | Blobs, known: Known | None = None) -> None:
        """Keep contents below `folder`, which no stage declares as an output; `known` is what is known of files by root."""
        self._blobs = folder if isinstance(folder, Blobs) else Blobs(folder)
        self._known: Known = {} if known is None else known
        self._kept: dict[tuple[str, tuple[str, ...], str], _Kept] = {}
        self._checked: dict[tuple[tuple[str, ...], str], _Wanted] = {}

    def take(self, root: str, patterns: tuple[str, ...]) -> Tree:
        """Return the files and links that `patterns` claim; folders as such, sockets and devices are no input.

        Nothing named `.git` or `.lanemark` is looked at, at any depth.
        """
        with _explained(root), open_root(root) as top:
            return seal(self._entry(root, found, keep=False) for found in _claimed(top, patterns))

    def evict(self, root: str, patterns: tuple[str, ...]) -> int:
        """Drop the files that `patterns` claim from the page cache and return of how many nothing is left there.

        Links are passed over. 0 where this platform cannot, and where the files live in memory.
        """
        from lanemark.store.evict import evict_files

        with _explained(root), open_root(root) as top:
            return evict_files(lambda: (found for found in _claimed(top, patterns) if found.kind == "file"))

    def keep(self, root: str, outputs: tuple[str, ...]) -> Tree:
        """Return what stands at `outputs` and keep its bytes; sockets and devices are passed over.

        Raise DataError where an exact path is a folder, or a folder is something else.
        """
        mtimes: dict[RepoPath, int] = {}
        modes: dict[RepoPath, int] = {}
        entries: list[TreeEntry] = []
        outputs = check_outputs(outputs)
        with _explained(root), open_root(root) as top:
            for found in _standing(top, outputs):
                entries.append(self._entry(root, found, keep=True))
                if found.kind == "file" and found.stat:
                    mtimes[found.path] = found.stat.st_mtime_ns
                    modes[found.path] = (
                        found.stat.st_mode & 0o777
                    )  # nothing that would let a copy run with somebody else's rights
            absent = tuple(_absent_parents(top, outputs))
        tree = seal(entries)
        self._kept[root, outputs, tree.digest] = _Kept(mtimes, modes, absent)
        return tree

    def survey(self, root: str, outputs: tuple[str, ...]) -> Tree:
        """Return what stands at `outputs` as `keep` does, without keeping it."""
        with _explained(root), open_root(root) as top:
            return seal(self._entry(root, found, keep=False) for found in _standing(top, check_outputs(outputs)))

    def put(self, root: str, outputs: tuple[str, ...], tree: Tree) -> None:
        """Make `outputs` exactly `tree`: restore what differs with its old times and permissions, delete what it lacks.

        Costs a stat per unchanged file. All contents are checked before anything is touched; each file is replaced as a whole.
        """
        outputs = check_outputs(outputs)
        wanted = self._check(tree, outputs)
        kept = self._kept.get((root, outputs, tree.digest), _Kept())
        with _explained(root), open_root(root) as top:
            stray, right = self._compare(root, top, outputs, wanted)
            stale = [entry for path, entry in wanted.entries.items() if path not in right]
            for entry in stale:
                if entry.mode != "dir" and not self._blobs.holds(entry.digest):
                    raise DataError(f"the content of {entry.path!r} ({entry.digest[:12]}) is missing or damaged in the store")
            for path in stray:
                with open_parent(top, path) as parent:
                    if parent is not None:
                        make_writable(parent)
                        remove(path.rpartition("/")[2], parent)
            for entry in stale:
                self._restore(root, top, entry, kept)
            _remove_emptied(top, kept.absent)

    def chunks(self, digest: str) -> Iterator[bytes]:
        """Yield a kept content in pieces; raise DataError where it is missing or damaged."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or not self._blobs.holds(digest):
            raise DataError(f"the content {digest[:12]!r} is missing or damaged in the store")
        source = self._blobs.open(digest)
        try:
            while piece := os.read(source, PIECE):
                yield piece
        finally:
            os.close(source)

    def missing(self, root: str, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """Return the outputs that are not there without following a link: a file or link, or a folder for a trailing slash."""
        lacking: list[str] = []
        with _explained(root), open_root(root) as top:
            for output in check_outputs(outputs):
                kinds = ("dir",) if output.endswith("/") else ("file", "link")
                try:
                    found = next(look(top, output, lambda _: False), None)
                except DataError:  # a link on the way
                    found = None
                if found is None or found.kind not in kinds:
                    lacking.append(output)
        return tuple(lacking)

    def _entry(self, root: str, found: Found, *, keep: bool) -> TreeEntry:
        """Return the entry of one file, link or empty folder."""
        if found.kind == "dir":
            return TreeEntry(path=found.path, mode="dir", digest="")
        if found.kind == "link":
            target = os.fsencode(os.readlink(found.name, dir_fd=found.folder))
            digest = self._blobs.add_bytes(target) if keep else hashlib.sha256(target).hexdigest()
            return TreeEntry(path=found.path, mode="link", digest=digest)
        digest, mode = self._digest(root, found, keep=keep)
        return TreeEntry(path=found.path, mode="755" if mode & 0o100 else "644", digest=digest)

    def _digest(self, root: str, found: Found, *, keep: bool) -> tuple[str, int]:
        """Return digest and permissions of a file, reading it only where its stat does not say enough."""
        known = self._known.setdefault(root, {})
        if found.stat and found.path in known:
            sign, digest = known[found.path]
            if sign == sign_of(found.stat) and (not keep or self._blobs.holds(digest)):
                return digest, found.stat.st_mode
        now = time.time_ns()
        source = os.open(found.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=found.folder)
        try:
            before = os.fstat(source)
            digest = self._blobs.add_file(source) if keep else hash_file(source)
            if is_settled(before, now) and sign_of(os.fstat(source)) == sign_of(before):
                known[found.path] = (sign_of(before), digest)
        finally:
            os.close(source)
        return digest, before.st_mode

    def _check(self, tree: Tree, outputs: tuple[str, ...]) -> _Wanted:
        """Return the checked tree; one that comes before every sample is checked once."""
        wanted = self._checked.get((outputs, tree.digest))
        if wanted is None or wanted.tree != tree:
            entries = check_entries(tree.entries, outputs)
            folders = {folder for path in entries for folder in parents_of(path)}
            folders |= {path for path, entry in entries.items() if entry.mode == "dir"}
            wanted = self._checked[outputs, tree.digest] = _Wanted(tree, entries, frozenset(folders))
        return wanted

    def _compare(self, root: str, top: int, outputs: tuple[str, ...], wanted: _Wanted) -> tuple[list[RepoPath], set[RepoPath]]:
        """Return what stands at `outputs` and must go, and what is as wanted."""
        stray: list[RepoPath] = []
        right: set[RepoPath] = set()
        for output in outputs:
            for found in look(top, output, wanted.folders.__contains__):
                if found.kind == "dir" and found.path in wanted.folders and output.endswith("/"):
                    right.add(found.path)
                    continue
                entry = wanted.entries.get(found.path)
                if entry and self._stands(root, found, entry):
                    right.add(found.path)
                elif not entry or entry.mode == "dir" or found.kind in ("dir", "special"):
                    stray.append(found.path)
        return list(dict.fromkeys(stray)), right

    def _stands(self, root: str, found: Found, entry: TreeEntry) -> bool:
        """Return whether a file or link is as `entry` has it, without reading the file: an unknown stat means no."""
        if found.kind == "link":
            return entry == self._entry(root, found, keep=False)
        if found.kind != "file" or not found.stat:
            return False
        executable = found.stat.st_mode & 0o100 != 0
        known = self._known[root].get(found.path) if root in self._known else None
        return known == (sign_of(found.stat), entry.digest) and executable == (entry.mode == "755")

    def _restore(self, root: str, top: int, entry: TreeEntry, kept: _Kept) -> None:
        """Write one entry over what stands there, with the time and the permissions it had where it was kept."""
        if entry.mode == "dir":
            with open_parent(top, f"{entry.path}/", make=True):
                return
        source = self._blobs.open(entry.digest)
        name = entry.path.rpartition("/")[2]
        try:
            with open_parent(top, entry.path, make=True) as parent:
                if parent is None:
                    return
                make_writable(parent)
                if entry.mode == "link":
                    write_link(name, parent, points_to=os.read(source, 1 << 16))
                    return
                now = time.time_ns()
                mode = kept.modes.get(entry.path, int(entry.mode, 8))
                new = write_file(name, parent, source=source, mode=mode, mtime_ns=kept.mtimes.get(entry.path))
        finally:
            os.close(source)
        if now - new.st_mtime_ns > (
            SETTLED_NS if new.st_ctime_ns % 1_000_000 else COARSE_NS
        ):  # its old time came back, so any later change shows
            self._known.setdefault(root, {})[entry.path] = (sign_of(new), entry.digest)


def seal(entries: Iterable[TreeEntry]) -> Tree:
    """Return a tree of `entries`, sorted, with the digest over their length-prefixed fields."""
    ordered = tuple(sorted(entries, key=lambda entry: entry.path))
    fields = (text for entry in ordered for text in (to_bytes(entry.path), entry.mode.encode(), entry.digest.encode()))
    return Tree(digest=hashlib.sha256(join_fields(fields)).hexdigest(), entries=ordered)


def _claimed(top: int, patterns: tuple[str, ...]) -> Iterator[Found]:
    """Yield the files and links below an open folder that `patterns` claim."""
    claims, starts = Patterns(patterns), literal_starts(patterns)

    def enter(path: str) -> bool:
        return path.rpartition("/")[2] not in OURS and _may_hold(path, starts)

    for found in walk(top, "", enter):
        if found.kind in ("file", "link") and found.name not in OURS and claims.claim(found.path) is not None:
            yield found


def literal_starts(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders below which all that `patterns` can claim must lie; "" means anywhere."""
    starts: set[str] = set()
    for line in patterns:
        if line.startswith("!"):
            continue
        names = line.strip("/").split("/")
        anchored = "/" in line.rstrip("/")
        plain = [name for name in names if not set(name) & set("*?[\\")]
        literal = names[: next((at for at, name in enumerate(names) if name not in plain), len(names))]
        starts.add("/".join(literal) if anchored else "")
    return tuple(sorted(starts))


def _may_hold(folder: str, starts: tuple[str, ...]) -> bool:
    """Return whether something below `folder` can lie below one of `starts`."""
    return any(
        not start or start == folder or start.startswith(f"{folder}/") or folder.startswith(f"{start}/") for start in starts
    )


def _standing(top: int, outputs: tuple[str, ...]) -> Iterator[Found]:
    """Yield what a tree holds of the checked `outputs`: files, links and empty folders; raise DataError for a wrong shape.

    What lies in two outputs, one in the other, comes once.
    """
    seen: set[RepoPath] = set()
    for output in outputs:
        for found in look(top, output, lambda _: True):
            _check_shape(found, output)
            if (found.kind in ("file", "link") or found.empty) and found.path not in seen:
                seen.add(found.path)
                yield found


def _check_shape(found: Found, output: str) -> None:
    """Refuse an output that is not what its declaration says."""
    if found.path != output.rstrip("/"):
        return
    if output.endswith("/") and found.kind != "dir":
        raise DataError(f"the output {output!r} is a {found.kind}, not a folder", help="Declare a file without a trailing slash.")
    if not output.endswith("/") and found.kind == "dir":
        raise DataError(f"the output {output!r} is a folder", help=f"Declare it with a trailing slash: {output}/")


def _absent_parents(top: int, outputs: tuple[str, ...]) -> Iterator[RepoPath]:
    """Yield the folders on the way to the outputs that are not there, innermost first."""
    parents = {parent for output in outputs for parent in parents_of(output.rstrip("/"))}
    for path in sorted(parents, key=len, reverse=True):
        if next(look(top, path, lambda _: False), None) is None:
            yield path


def _remove_emptied(top: int, folders: tuple[RepoPath, ...]) -> None:
    """Remove those of `folders` that are there and empty."""
    for path in folders:
        with open_parent(top, path) as parent, contextlib.suppress(OSError):
            if parent is not None:
                os.rmdir(path.rpartition("/")[2], dir_fd=parent)


@contextlib.contextmanager
def _explained(root: str) -> Iterator[None]:
    """Turn what the system refuses into an error that says where."""
    try:
        yield
    except OSError as fault:
        name = f" {fault.filename!r}" if fault.filename is not None else ""
        raise DataError(f"{root}:{name}: {fault.strerror}", help="Check permissions and free space there.") from None
