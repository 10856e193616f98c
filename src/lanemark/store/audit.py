"""Look at the whole store: what it holds, and whether all of it is what it says."""

import os
import time
from dataclasses import dataclass, field

from lanemark.store.blobs import hash_file
from lanemark.store.cache import DiskStore
from lanemark.store.checkpoints import named_by_checkpoints
from lanemark.store.prune import list_blobs, named_blobs


@dataclass(slots=True, kw_only=True)
class Stage:
    """What is kept of one stage, in all checkouts."""

    entries: int = 0
    bytes: int = 0
    wall_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class Holdings:
    """What the store holds. `bytes` is what it takes on the disk, `unnamed` how many contents no entry needs any more."""

    entries: int = 0
    bytes: int = 0
    blobs: int = 0
    unnamed: int = 0
    quarantined: int = 0
    oldest_use_s: float | None = None
    stages: dict[str, Stage] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Audit:
    """What was looked at, and everything that is not as it should be."""

    entries: int = 0
    blobs: int = 0
    faults: list[str] = field(default_factory=list)


def count_holdings(store: DiskStore) -> Holdings:
    """Return what the store holds; damaged entries go into quarantine by being looked at."""
    found = Holdings()
    named = named_by_checkpoints(store.folder)
    for key in store.entries.list_keys():
        manifest = store.entries.find(key).manifest
        if manifest is None:
            continue
        found.entries += 1
        named.update(named_blobs(manifest))
        stage = found.stages.setdefault(manifest.stage, Stage())
        stage.entries += 1
        stage.bytes += manifest.bytes
        stage.wall_s = max(stage.wall_s, manifest.wall_s)
        used_s = time.time() - os.stat(store.entries.path(key)).st_mtime
        found.oldest_use_s = max(found.oldest_use_s or 0.0, used_s)
    for path, digest in list_blobs(store):
        found.blobs += 1
        found.bytes += os.stat(path).st_size
        found.unnamed += digest not in named
    quarantine = os.path.join(store.folder, "quarantine")
    found.quarantined = len(os.listdir(quarantine)) if os.path.isdir(quarantine) else 0
    return found


def audit_store(store: DiskStore) -> Audit:
    """Read every entry and every content; what is damaged goes into quarantine, an entry whose contents are missing too."""
    found = Audit()
    whole: set[str] = set()
    for path, digest in list_blobs(store):
        if not digest:
            continue
        found.blobs += 1
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            intact = hash_file(source) == digest
        finally:
            os.close(source)
        if intact:
            whole.add(digest)
        else:
            store.blobs.reject(digest)
            found.faults.append(f"content {digest[:12]} is damaged")
    for key in store.entries.list_keys():
        found.entries += 1
        held = store.entries.find(key)
        if held.manifest is None:
            found.faults.append(f"entry {key[7:19]}: {held.reason}")
            continue
        lacking = [digest for digest in named_blobs(held.manifest) if digest not in whole]
        if lacking:
            store.entries.reject(key)
            found.faults.append(
                f"entry {key[7:19]} of {held.manifest.stage}: {len(lacking)} of its contents are missing or damaged"
            )
    return found
