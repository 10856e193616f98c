"""What the answer "nothing has to run" rests on: the look of every file and folder that would have made it another one.

Nothing may slip in between the decision and this look. So everything must have been settled before the run began, as
`blobs.is_settled` means it, and a file whose content counts must look as it did when its content became known. Where that is not
so, or where a link is read whose target nobody watches, there is no witness, and the next run decides anew.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from stat import S_ISDIR, S_ISREG

from lanemark.cache.types import BYPRODUCTS
from lanemark.path import RepoPath
from lanemark.store.blobs import is_settled
from lanemark.store.outputs import parents_of
from lanemark.store.standing import Place, Rest, Sign, place_of, sign_of

SKEW_NS = 5_000_000
"""A clock that went back by more than this during a run hides changes behind old times; then nothing is witnessed."""

Knows = Callable[[RepoPath, os.stat_result], bool]
"""Whether the content of a file with this stat is known."""

Claims = Callable[[RepoPath], bool]
"""Whether a stage reads a path."""


class UnsteadyError(Exception):
    """Something changed lately, is not known, or cannot be watched."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a run began, on the clock that files have and on the one that nobody can set."""

    wall_ns: int = field(default_factory=time.time_ns)
    steady_ns: int = field(default_factory=time.monotonic_ns)

    @property
    def clock_went_back(self) -> bool:
        """Whether the clock of files was set back since."""
        return time.time_ns() - self.wall_ns < time.monotonic_ns() - self.steady_ns - SKEW_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Where a run looked: `starts` are the folders and files that its stages read below `root`, `outputs` what they write."""

    root: str
    starts: Iterable[str]
    outputs: Iterable[str]
    claims: Claims
    knows: Knows


def witness(looked: Looked, also: Iterable[str], entries: Iterable[str], began: Beginning) -> Rest | None:
    """Return what an answer rests on, None where it stands on nothing firm.

    `also` are further files (relative or absolute), `entries` are files of the store.
    """
    signs: dict[str, Sign | None] = {}
    try:
        for path, state in _look_at_inputs(looked):
            signs[path] = _settled(state, began)
        for path, state in _look_at_outputs(looked):
            signs[path] = _settled(state, began)
        used = list(entries)
        for path in (*also, *used):
            signs[path] = _settled(_stat(_below(looked.root, path)), began)
        places = {parent: _place(looked.root, parent) for parent in _parents(signs)}
    except (UnsteadyError, OSError):
        return None
    if began.clock_went_back:
        return None
    return list(signs.items()), list(places.items()), used


def _look_at_inputs(looked: Looked) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield all that `inputs.scan` meets below the starts."""
    for path, state in _walk(looked.root, looked.starts, BYPRODUCTS):
        if (
            state is not None
            and not S_ISDIR(state.st_mode)
            and not _is_known(looked, path, state)
            and looked.claims(RepoPath(path))
        ):
            raise UnsteadyError(path)
        yield path, state


def _look_at_outputs(looked: Looked) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield all that stands at the outputs; a link there is content itself."""
    for path, state in _walk(looked.root, (output.rstrip("/") for output in looked.outputs), frozenset()):
        if state is not None and S_ISREG(state.st_mode) and not _is_known(looked, path, state):
            raise UnsteadyError(path)
        yield path, state


def _is_known(looked: Looked, path: str, state: os.stat_result) -> bool:
    """Return whether it is a file that has not changed since it was looked at; a link's target may change unseen."""
    return S_ISREG(state.st_mode) and looked.knows(RepoPath(path), state)


def _walk(root: str, starts: Iterable[str], passed_over: frozenset[str]) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield everything at and below `starts` with its stat, which follows no link; None where a start is missing."""
    waiting = list(dict.fromkeys(starts))
    while waiting:
        path = waiting.pop()
        state = _stat(_below(root, path))
        yield path or ".", state
        if state is None or not S_ISDIR(state.st_mode):
            continue
        with os.scandir(_below(root, path)) as listed:
            for entry in listed:
                inner = f"{path}/{entry.name}" if path else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    yield inner, entry.stat(follow_symlinks=False)
                elif entry.name not in passed_over:
                    waiting.append(inner)


def _settled(state: os.stat_result | None, began: Beginning) -> Sign | None:
    """Return the sign of what did not change since shortly before the run began."""
    if state is None:
        return None
    if not is_settled(state, began.wall_ns):
        raise UnsteadyError
    return sign_of(state)


def _stat(path: str) -> os.stat_result | None:
    """Return the stat of a path without following it, None where nothing is there."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _parents(signs: Mapping[str, Sign | None]) -> set[str]:
    """Return the folders on the way to what stands below the root, without those that are watched themselves."""
    there = (path for path, sign in signs.items() if sign is not None and not path.startswith("/"))
    return {str(parent) for path in there for parent in parents_of(path)} - signs.keys()


def _place(root: str, path: str) -> Place:
    """Return which folder stands at a path; a link or nothing on the way is nothing firm."""
    state = os.lstat(_below(root, path))
    if not S_ISDIR(state.st_mode):
        raise UnsteadyError(path)
    return place_of(state)


def _below(root: str, path: str) -> str:
    return path if path.startswith("/") else f"{root}/{path}" if path else root
