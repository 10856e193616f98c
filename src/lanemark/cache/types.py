"""What is kept of a stage that worked, where it is kept, and what its inputs are now."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from lanemark.codec import Record
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.ports import Pass
from lanemark.tree import Tree

SCHEMA = 1
"""The version of an entry; another one is a miss."""

BYPRODUCTS = frozenset({".git", ".lanemark", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"})
"""Folders that tools leave beside what they read, and can do without; no pattern makes what is in them an input."""


class TooMuchError(DataError):
    """The result of a stage takes more than is kept of one: nothing is wrong with the store."""


class Parts(Record, frozen=True, kw_only=True):
    """What decides whether a stage must run; each change of one of them is a reason. Values of variables stand as digests.

    `inputs` is the digest of the input tree, `needs` the digest of the output tree of each stage it needs, `platform` says which
    kind of machine it is, `place` the folder it runs in (empty where the stage is `relocatable`), `tools` the digest of what each
    tool says of its version.
    """

    version: str
    stage: str
    command: str
    shell: str
    env: Mapping[str, str]
    inputs: str
    needs: Mapping[str, str]
    outputs: tuple[str, ...]
    platform: str
    place: str
    tools: Mapping[str, str] = {}


class Manifest(Record, frozen=True, kw_only=True):
    """One stage that worked once: what it depended on, what it left behind, and what it printed.

    `scope` names the checkout it ran in, `commit` what was checked out there (empty where nobody said). `inputs` is the blob that
    lists the input files. `out` and `err` are the blobs of what it printed, empty where it printed nothing. `bytes` is what its
    outputs and logs take. `seal` is the digest of everything else in the file.
    """

    schema: int = SCHEMA
    generator: str
    created: str
    scope: str
    stage: str
    lane: str
    key: str
    parts: Parts
    inputs: str
    wall_s: float
    cpu_s: float
    account: Pass = "time"
    run_id: int = 0
    attempt: int = 1
    commit: str = ""
    outputs: Tree
    out: str = ""
    err: str = ""
    bytes: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that a stage reads, as they are now; `signs` changes with anything that was done to one of them."""

    tree: Tree
    signs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the store has under a key: an entry, or none and why (`corrupt`, `newer`; empty: there is none)."""

    manifest: Manifest | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What to write down of an execution: what it took, and the files with what it printed."""

    wall_s: float
    cpu_s: float
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What tools say of themselves, as digests by name; `failure` says why one of them could not be asked."""

    digests: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""


class Probes(Protocol):
    """Asks tools for their version; once a run."""

    def ask(self, tools: Mapping[str, str], env: Mapping[str, str]) -> Probed:
        """Return what `tools` (commands by name) say in the environment of a stage that has `env` of its own."""
        ...


class Fingerprints(Protocol):
    """The content of files, without reading what has been read."""

    def recall(self, patterns: tuple[str, ...], without: tuple[str, ...]) -> str | None:
        """Return the digest of the tree that `take` would return, if that is known without it."""
        ...

    def take(self, patterns: tuple[str, ...], without: tuple[str, ...]) -> Inputs:
        """Return what `patterns` claim now, except what stands at the outputs `without`."""
        ...

    def note_change(self) -> None:
        """Know that from now on files may change: what was seen so far is looked at again."""
        ...


class Store(Protocol):
    """Entries by key and contents by digest. What fails in it is a miss or a warning, never the run's failure."""

    def find(self, key: str) -> Found:
        """Return the entry under `key`, checked as a whole; its contents are checked where they are used."""
        ...

    def newest(self, scope: str, stage: str) -> Manifest | None:
        """Return the entry of a stage that was stored last."""
        ...

    def hold(self, key: str, *, limit_s: float | None) -> AbstractContextManager[None]:
        """Keep others from making the same entry meanwhile; wait for one who does, at most `limit_s` seconds."""
        ...

    def stands(self, root: str, outputs: tuple[str, ...], tree: Tree, *, read: bool) -> bool:
        """Return whether `outputs` are `tree` already; `read` means that no stat is trusted."""
        ...

    def survey(self, root: str, outputs: tuple[str, ...]) -> Tree:
        """Return what stands at `outputs`; DataError where that is not what they say."""
        ...

    def restore(self, root: str, outputs: tuple[str, ...], tree: Tree) -> None:
        """Make `outputs` exactly `tree`; DataError where a content is missing or damaged."""
        ...

    def write_log(self, manifest: Manifest, base: str) -> None:
        """Write what the stage printed to `base`.out and `base`.err; DataError where a content is missing or damaged."""
        ...

    def save(self, manifest: Manifest, inputs: Tree, root: str, outputs: tuple[str, ...], ran: Ran, *, limit: float) -> Manifest:
        """Keep outputs and logs, then the entry; DataError where that fails or takes more than `limit` bytes."""
        ...

    def list_inputs(self, manifest: Manifest) -> Mapping[RepoPath, str]:
        """Return mode and digest of the input files by path, empty where the list is gone."""
        ...

    def reject(self, key: str) -> None:
        """Put an entry that turned out bad out of the way."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is the same for all stages of a run. `passed` are the variables that they get besides their own `env`, as digests."""

    root: str
    scope: str
    lane: str
    platform: str
    passed: Mapping[str, str] = field(default_factory=dict)
    generator: str = ""
    created: str = ""
    run_id: int = 0
    attempt: int = 1
    commit: str = ""
