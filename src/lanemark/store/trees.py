"""Snapshots of declared paths on disk: taken, kept by content, and put back all or nothing."""

import os
import secrets
import stat
from collections.abc import Iterator
from hashlib import sha256

from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.path import RepoPath, from_bytes
from lanemark.pattern import Patterns
from lanemark.tree import Tree, TreeEntry

NEVER_ENTERED = frozenset({b".git", b".lanemark"})
"""Folders that are no part of any snapshot."""

PIECE = 1 << 20


class DiskTrees:
    """Is a ports.Trees; keeps blobs by digest below `folder`."""

    def __init__(self, folder: str) -> None:
        """Keep blobs below `folder`, which is ours alone."""
        self._blobs = folder
        self._digests: dict[tuple[int, int, int, int, int], str] = {}
        self._times: dict[tuple[str, str], tuple[str, int, int]] = {}

    def take(self, root: str, patterns: tuple[str, ...]) -> Tree:
        """Return what stands now under `patterns`, without keeping the bytes."""
        wanted = Patterns(patterns)
        return self._tree(root, [path for path in _walk(root, b"") if wanted.claim(from_bytes(path)) is not None])

    def keep(self, root: str, outputs: tuple[str, ...]) -> Tree:
        """Return what stands now under `outputs` and keep its bytes for `put`."""
        tree = self._tree(root, list(_walk_outputs(root, outputs)))
        for entry in tree.entries:
            if entry.mode in ("644", "755"):
                self._save_blob(_join(root, entry.path), entry.digest)
            self._remember(root, entry)
        return tree

    def put(self, root: str, outputs: tuple[str, ...], tree: Tree) -> None:
        """Make `outputs` exactly `tree`, which `keep` returned: restore what differs, delete what it lacks."""
        for entry in tree.entries:
            _refuse_outside(entry.path, outputs)
            if entry.mode in ("644", "755") and not os.path.exists(self._blob(entry.digest)):
                raise DataError(f"{visible(entry.path)} cannot be put back: its content is gone")
        wanted = {entry.path: entry for entry in tree.entries}
        for raw in sorted(_walk_outputs(root, outputs), reverse=True):
            path = from_bytes(raw)
            there = wanted.get(path)
            if there is not None and self._is_same(root, there):
                del wanted[path]
            elif there is None or there.mode != "dir":
                _remove(_join(root, path))
        _remove_empty(root, outputs, {entry.path for entry in tree.entries})
        for path in sorted(wanted):
            self._restore(root, wanted[path])

    def missing(self, root: str, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """Return the declared outputs that are not there."""
        return tuple(
            output
            for output in outputs
            if not (os.path.isdir if output.endswith("/") else os.path.lexists)(f"{root}/{output.rstrip('/')}")
        )

    def _tree(self, root: str, paths: list[bytes]) -> Tree:
        """Return the tree of some paths."""
        entries = tuple(self._entry(root, from_bytes(path)) for path in sorted(paths))
        total = sha256()
        for entry in entries:
            for field in (entry.path.encode("utf-8", "surrogateescape"), entry.mode.encode(), entry.digest.encode()):
                total.update(len(field).to_bytes(8, "big") + field)
        return Tree(digest=f"sha256:{total.hexdigest()}", entries=entries)

    def _entry(self, root: str, path: RepoPath) -> TreeEntry:
        """Return one path as an entry."""
        native = _join(root, path)
        found = os.lstat(native)
        if stat.S_ISLNK(found.st_mode):
            return TreeEntry(path=path, mode="link", digest=os.readlink(native))
        if stat.S_ISDIR(found.st_mode):
            return TreeEntry(path=path, mode="dir", digest="")
        return TreeEntry(path=path, mode="755" if found.st_mode & 0o100 else "644", digest=self._digest(native, found))

    def _digest(self, native: str, found: os.stat_result) -> str:
        """Return a file's digest; an unchanged file is not read twice, and ctime tells even an edit that kept size and mtime."""
        known = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if known not in self._digests:
            total = sha256()
            with open(native, "rb") as file:
                while piece := file.read(PIECE):
                    total.update(piece)
            self._digests[known] = f"sha256:{total.hexdigest()}"
        return self._digests[known]

    def _blob(self, digest: str) -> str:
        """Return where a blob lies."""
        name = digest.removeprefix("sha256:")
        return f"{self._blobs}/{name[:2]}/{name[2:]}"

    def _save_blob(self, native: str, digest: str) -> None:
        """Copy a file into the store; a copy, never a link, because a stage may write into its output in place."""
        blob = self._blob(digest)
        if os.path.exists(blob):
            return
        os.makedirs(os.path.dirname(blob), exist_ok=True)
        _copy(native, blob, 0o444)

    def _remember(self, root: str, entry: TreeEntry) -> None:
        """Note a kept file's stat, so that `put` sees in one `lstat` that nothing happened to it."""
        found = os.lstat(_join(root, entry.path))
        self._times[root, entry.path] = (entry.digest, found.st_mtime_ns, found.st_ctime_ns)

    def _is_same(self, root: str, entry: TreeEntry) -> bool:
        """Tell whether what stands at an entry's path is the entry."""
        native = _join(root, entry.path)
        found = os.lstat(native)
        known = self._times.get((root, entry.path))
        if known == (entry.digest, found.st_mtime_ns, found.st_ctime_ns):
            return True
        return self._entry(root, entry.path) == entry

    def _restore(self, root: str, entry: TreeEntry) -> None:
        """Put one entry where it belongs, through no symbolic link, with its old time of change."""
        native = _join(root, entry.path)
        _make_parents(root, entry.path)
        if entry.mode == "dir":
            os.makedirs(native, exist_ok=True)
            return
        if entry.mode == "link":
            temporary = f"{native}.{secrets.token_hex(4)}.tmp"
            os.symlink(entry.digest, temporary)
            os.replace(temporary, native)
            return
        known = self._times.get((root, entry.path))
        _copy(self._blob(entry.digest), native, 0o755 if entry.mode == "755" else 0o644)
        if known and known[0] == entry.digest:
            os.utime(native, ns=(known[1], known[1]))
        self._remember(root, entry)


def _join(root: str, path: RepoPath) -> str:
    """Return a path of the root as the system knows it."""
    return f"{root}/{path}"


def _walk(root: str, below: bytes) -> Iterator[bytes]:
    """Yield the files, links and empty folders below a folder of the root, following no link."""
    base = os.fsencode(root)
    try:
        entries = list(os.scandir(os.path.join(base, below) if below else base))
    except OSError:
        return
    if below and not entries:
        yield below
    for entry in entries:
        path = below + b"/" + entry.name if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in NEVER_ENTERED:
                yield from _walk(root, path)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            yield path


def _walk_outputs(root: str, outputs: tuple[str, ...]) -> Iterator[bytes]:
    """Yield what stands under declared outputs."""
    for output in outputs:
        raw = output.rstrip("/").encode("utf-8", "surrogateescape")
        native = os.path.join(os.fsencode(root), raw)
        if not output.endswith("/"):
            if os.path.lexists(native) and not (os.path.isdir(native) and not os.path.islink(native)):
                yield raw
        elif os.path.isdir(native) and not os.path.islink(native):
            yield from _walk(root, raw)
        elif os.path.lexists(native):
            yield raw


def _refuse_outside(path: RepoPath, outputs: tuple[str, ...]) -> None:
    """Raise where a path lies outside the declared outputs."""
    inside = any(path == output.rstrip("/") or (output.endswith("/") and path.startswith(output)) for output in outputs)
    if not inside or any(part in ("", ".", "..") for part in path.split("/")):
        raise DataError(f"{visible(path)} is outside of the declared outputs")


def _make_parents(root: str, path: RepoPath) -> None:
    """Make the folders above a path; a link or file among them is refused, because writing would go somewhere else."""
    native = root
    for part in path.split("/")[:-1]:
        native = f"{native}/{part}"
        try:
            os.mkdir(native)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(native).st_mode):
                raise DataError(f"{visible(path)} cannot be put back: {visible(part)} is no folder") from None


def _remove(native: str) -> None:
    """Remove a file, a link, or an empty folder."""
    if os.path.isdir(native) and not os.path.islink(native):
        os.rmdir(native)
    else:
        os.unlink(native)


def _remove_empty(root: str, outputs: tuple[str, ...], kept: set[RepoPath]) -> None:
    """Remove folders of the outputs that hold nothing now and held nothing that was kept."""
    for output in outputs:
        top = f"{root}/{output.rstrip('/')}"
        if not output.endswith("/") or os.path.islink(top):
            continue
        for folder, _, _ in os.walk(top, topdown=False):
            path = RepoPath(os.path.relpath(folder, root).replace(os.sep, "/"))
            if path not in kept and not os.listdir(folder):
                os.rmdir(folder)


def _copy(source: str, target: str, mode: int) -> None:
    """Copy bytes through a temporary file beside the target, so that the target is old or new and never half."""
    temporary = f"{target}.{secrets.token_hex(4)}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as out, open(source, "rb") as file:
        while piece := file.read(PIECE):
            out.write(piece)
    os.chmod(temporary, mode)
    os.replace(temporary, target)
