"""Keep the store small: what is old, what is many, what is too much, and contents that nobody names."""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lanemark.cache.policy import Policy
from lanemark.cache.types import Manifest
from lanemark.store.cache import DiskStore
from lanemark.store.checkpoints import named_by_checkpoints
from lanemark.store.entries import write_whole
from lanemark.store.tally import add_up

WAIT_S = 5.0
"""So long it waits for runs that write or restore right now; then it is left to the next run."""

EVERY_S = 3600.0
"""How often a run prunes by itself."""

YOUNG_S = 3600.0
"""Unnamed files younger than this may be in the making by somebody who cannot lock."""

DAMAGED_KEPT = 20
"""How many damaged files stay in quarantine for somebody to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What went: entries, contents, and how many bytes. `busy` says that somebody used the store, so that nothing was done."""

    entries: int = 0
    blobs: int = 0
    freed: int = 0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry, and when it was used last."""

    manifest: Manifest
    used: float


def prune_is_due(store: DiskStore) -> bool:
    """Return whether nobody pruned lately."""
    try:
        return time.time() - os.stat(_mark(store)).st_mtime > EVERY_S
    except OSError:
        return True


def prune_store(store: DiskStore, otherwise: Policy, lanes: Mapping[str, Policy], *, wait_s: float = WAIT_S) -> Pruned:
    """Remove entries that were not used for long, that are too many of one stage or too much, and what no entry names then.

    `lanes` are the rules of lanes, `otherwise` holds for entries of all others.
    Nobody writes or restores meanwhile; who only looks finds an entry or none. Raises OSError where the store cannot be changed.
    """
    with store.locks.hold("prune", limit_s=wait_s) as held:
        if not held:
            return Pruned(busy=True)
        write_whole(_mark(store), b"")
        entries = sorted(_read_entries(store), key=lambda entry: -entry.used)
        kept, gone = _choose(entries, otherwise, lanes, time.time())
        for entry in gone:
            store.entries.remove(entry.manifest.key)
        named = {digest for entry in kept for digest in named_blobs(entry.manifest)}
        blobs, freed = _sweep(store, named | named_by_checkpoints(store.folder))
        _forget_checkouts(store, longest_s=max(rules.ttl_s for rules in (otherwise, *lanes.values())))
        _empty_quarantine(store)
        add_up(store.folder)
        return Pruned(entries=len(gone), blobs=blobs, freed=freed)


def named_blobs(manifest: Manifest) -> Iterator[str]:
    """Yield the digests of all contents that an entry names."""
    yield from (entry.digest for entry in manifest.outputs.entries if entry.digest)
    yield from (digest for digest in (manifest.out, manifest.err, manifest.inputs) if digest)


def _choose(
    entries: list[_Entry], otherwise: Policy, lanes: Mapping[str, Policy], now: float
) -> tuple[list[_Entry], list[_Entry]]:
    """Return what stays and what goes of `entries`, which stand with the latest use first."""
    kept: list[_Entry] = []
    gone: list[_Entry] = []
    count: dict[tuple[str, str], int] = {}
    size = 0
    for entry in entries:
        one = entry.manifest
        rules = lanes.get(one.lane, otherwise)
        place = (one.scope, one.stage)
        count[place] = count.get(place, 0) + 1
        size += one.bytes
        stays = now - entry.used <= rules.ttl_s and count[place] <= rules.keep and size <= otherwise.max_size_bytes
        if not stays:
            size -= one.bytes
        (kept if stays else gone).append(entry)
    return kept, gone


def _read_entries(store: DiskStore) -> Iterator[_Entry]:
    """Yield the entries that can be read; damaged ones go into quarantine by being looked at."""
    for key in store.entries.list_keys():
        manifest = store.entries.find(key).manifest
        try:
            if manifest is not None:
                yield _Entry(manifest, os.stat(store.entries.path(key)).st_mtime)
        except OSError:
            continue


def _sweep(store: DiskStore, named: set[str]) -> tuple[int, int]:
    """Remove contents that no entry names, and what killed runs left half written."""
    count = freed = 0
    now = time.time()
    for path, digest in list_blobs(store):
        if digest in named:
            continue
        try:
            state = os.stat(path, follow_symlinks=False)
            if not digest and now - state.st_mtime < YOUNG_S:
                continue
            os.unlink(path)
        except OSError:
            continue
        count += 1
        freed += state.st_size
    return count, freed


def list_blobs(store: DiskStore) -> Iterator[tuple[str, str]]:
    """Yield path and digest of all contents; the digest is empty for a temporary file."""
    top = os.path.join(store.folder, "cas")
    for folder, _, names in os.walk(top):
        part = os.path.basename(folder)
        for name in names:
            yield os.path.join(folder, name), "" if folder == top else part + name


def _forget_checkouts(store: DiskStore, longest_s: float) -> None:
    """Remove what is known of files in checkouts where nothing ran for long; most of these are gone."""
    for folder in ("fh", "standing"):
        try:
            listed = list(os.scandir(os.path.join(store.folder, folder)))
        except OSError:
            continue
        for entry in listed:
            if time.time() - entry.stat().st_mtime > longest_s:
                os.unlink(entry.path)


def _empty_quarantine(store: DiskStore) -> None:
    """Remove all but the latest damaged files."""
    folder = os.path.join(store.folder, "quarantine")
    try:
        paths = [entry.path for entry in sorted(os.scandir(folder), key=lambda entry: -entry.stat().st_mtime)]
    except OSError:
        return
    for path in paths[DAMAGED_KEPT:]:
        os.unlink(path)


def _mark(store: DiskStore) -> str:
    return os.path.join(store.folder, "pruned")
