"""Declared outputs: exact paths, or folders with a trailing slash; what they cover and what is refused."""

from collections.abc import Iterable

from lanemark.errors import DataError
from lanemark.path import RepoPath, to_bytes
from lanemark.tree import TreeEntry

OURS = frozenset({".git", ".lanemark"})
"""Names that no snapshot enters: the repository's own state, and ours."""


def check_path(path: str, what: str) -> str:
    """Return `path` when it stands below the root, by its letters alone; raise DataError otherwise."""
    names = path.removesuffix("/").split("/")
    try:
        raw = to_bytes(RepoPath(path))
    except UnicodeEncodeError:
        raise DataError(f"{what} {path!r} is no name of a file") from None
    if b"\0" in raw or not {"", ".", ".."}.isdisjoint(names):
        raise DataError(
            f"{what} {path!r} is not a plain path below the root", help="Write it relative, without `.`, `..` or `//`."
        )
    if names[0] in OURS:
        raise DataError(f"{what} {path!r} lies in {names[0]}, which no stage may declare")
    return path


def check_outputs(outputs: Iterable[str]) -> tuple[str, ...]:
    """Return the declared outputs, each once; raise DataError for one that could lead elsewhere."""
    return tuple(dict.fromkeys(check_path(output, "the output") for output in outputs))


def check_entries(entries: tuple[TreeEntry, ...], outputs: tuple[str, ...]) -> dict[RepoPath, TreeEntry]:
    """Return a tree's entries by path; raise DataError for one outside `outputs`, and for two that cannot both stand."""
    exact = {output for output in outputs if not output.endswith("/")}
    folders = tuple(output for output in outputs if output.endswith("/"))
    found: dict[RepoPath, TreeEntry] = {}
    for entry in entries:
        path = check_path(entry.path, "the snapshot's path")
        inside = path.startswith(folders) or (entry.mode == "dir" and f"{path}/" in folders)
        if path.endswith("/") or not (inside or (path in exact and entry.mode != "dir")):
            raise DataError(f"the snapshot's path {path!r} lies outside the declared outputs")
        if entry.mode not in ("644", "755", "link", "dir"):
            raise DataError(f"the snapshot's path {path!r} has the mode {entry.mode!r}")
        found[entry.path] = entry
    for entry in found.values():
        blocked = next((folder for folder in parents_of(entry.path) if folder in found and found[folder].mode != "dir"), None)
        if blocked:
            raise DataError(f"the snapshot has {blocked!r} both as a folder and as something else")
    return found


def parents_of(path: str) -> tuple[RepoPath, ...]:
    """Return the folders on the way to `path`, outermost first."""
    return tuple(RepoPath(path[:at]) for at, char in enumerate(path) if char == "/" and at != len(path) - 1)
