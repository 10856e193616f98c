"""The store on this machine's disk: implements `cache.types.Store`.

Contents come first and the entry last, each under a temporary name that is replaced as a whole, so an entry implies its contents;
where they were lost since, or damaged, the entry is a miss. Nothing in it is ever linked into a workspace.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from lanemark.cache.types import Found, Manifest, Ran, TooMuchError
from lanemark.codec import Record, decode, encode
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.store.blobs import Blobs
from lanemark.store.entries import Entries, write_whole
from lanemark.store.locks import Locks
from lanemark.store.runs import Runs
from lanemark.store.trees import DiskTrees, Known
from lanemark.tree import Tree, TreeEntry

LIST_LIMIT = 256 << 20
TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# What lanemark keeps of stages; it may be deleted at any time.\n"


class InputList(Record, frozen=True, kw_only=True):
    """The input files of one execution, for people and for reasons."""

    files: tuple[TreeEntry, ...] = ()


class DiskStore:
    """Entries in `ac/`, contents in `cas/`, what turned out bad in `quarantine/`."""

    def __init__(self, folder: str, known: Known) -> None:
        """Keep below `folder`; `known` is what is known of files, shared with who looks at inputs."""
        self.folder = folder
        self._known = known
        quarantine = os.path.join(folder, "quarantine")
        self.blobs = Blobs(os.path.join(folder, "cas"), quarantine)
        self.entries = Entries(folder)
        self.runs = Runs(folder)
        self.locks = Locks(os.path.join(folder, "locks"))
        self._trees = DiskTrees(self.blobs, known)

    def find(self, key: str) -> Found:
        """Return the entry under `key`, checked as a whole."""
        found = self.entries.find(key)
        if found.manifest is not None:
            self.entries.note_use(key)
        return found

    def newest(self, scope: str, stage: str) -> Manifest | None:
        """Return the entry of a stage that was stored last."""
        return self.entries.newest(scope, stage)

    @contextmanager
    def hold(self, key: str, *, limit_s: float | None) -> Iterator[None]:
        """Keep others from making the same entry meanwhile."""
        with self.locks.hold(key.removeprefix("sha256:"), limit_s=limit_s):
            yield

    def stands(self, root: str, outputs: tuple[str, ...], tree: Tree, *, read: bool) -> bool:
        """Return whether `outputs` are `tree` already; `read` means that no stat is trusted."""
        if read:
            for entry in tree.entries:
                self._known.get(root, {}).pop(entry.path, None)
        try:
            return self._trees.survey(root, outputs) == tree
        except DataError:
            return False

    def survey(self, root: str, outputs: tuple[str, ...]) -> Tree:
        """Return what stands at `outputs`."""
        return self._trees.survey(root, outputs)

    def restore(self, root: str, outputs: tuple[str, ...], tree: Tree) -> None:
        """Make `outputs` exactly `tree`; nobody prunes meanwhile."""
        with self.locks.hold("prune", shared=True):
            self._trees.put(root, outputs, tree)

    def write_log(self, manifest: Manifest, base: str) -> None:
        """Write what the stage printed; a stream that was empty leaves no file."""
        for digest, path in ((manifest.out, f"{base}.out"), (manifest.err, f"{base}.err")):
            if not digest:
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as target:
                target.writelines(self._trees.chunks(digest))

    def save(self, manifest: Manifest, inputs: Tree, root: str, outputs: tuple[str, ...], ran: Ran, *, limit: float) -> Manifest:
        """Keep outputs and logs, then the entry."""
        try:
            self._open()
            with self.locks.hold("prune", shared=True):
                tree = self._trees.keep(root, outputs)
                out, err = (self._add_log(path) for path in (ran.out, ran.err))
                listed = self.blobs.add_bytes(encode(InputList(files=inputs.entries)))
                size = sum(self._size(digest) for digest in (*{entry.digest for entry in tree.entries}, out, err))
                if size > limit:
                    raise TooMuchError(f"its outputs and logs take {size} bytes, at most {limit:.0f} are kept")
                full = msgspec.structs.replace(manifest, outputs=tree, out=out, err=err, inputs=listed, bytes=size)
                self.entries.add(full)
        except OSError as fault:
            raise DataError(f"{self.folder}: {fault.strerror}", help="Check the folder and the free space.") from None
        return full

    def list_inputs(self, manifest: Manifest) -> Mapping[RepoPath, str]:
        """Return mode and digest of the input files by path."""
        try:
            data = b"".join(self._trees.chunks(manifest.inputs))
            listed = decode(data, InputList, limit=LIST_LIMIT, source="the list of inputs")
        except DataError:
            return {}
        return {entry.path: f"{entry.mode} {entry.digest}" for entry in listed.files}

    def reject(self, key: str) -> None:
        """Put an entry that turned out bad into quarantine."""
        self.entries.reject(key)

    def _open(self) -> None:
        """Make the folder, marked so that backups leave it out."""
        tag = os.path.join(self.folder, "CACHEDIR.TAG")
        if not os.path.exists(tag):
            write_whole(tag, TAG)

    def _add_log(self, path: str) -> str:
        """Keep what a stage printed, and return its digest; empty where it printed nothing."""
        try:
            source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return ""
        try:
            return self.blobs.add_file(source) if os.fstat(source).st_size else ""
        finally:
            os.close(source)

    def _size(self, digest: str) -> int:
        return self.blobs.size(digest) if digest else 0
