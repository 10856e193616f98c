"""Packs on the disk and on GitHub: taken into this machine's store, and written from it. What fails is a line, never an error."""

import os
import tempfile
from collections.abc import Sequence

from lanemark.cache.policy import Policy
from lanemark.errors import DataError, LanemarkError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.github.client import GitHub
from lanemark.github.packs import PACK_FILE, find_pack
from lanemark.ports import Say
from lanemark.settings import Settings
from lanemark.store.cache import DiskStore
from lanemark.store.pack import Exported, Imported, export_pack, import_pack
from lanemark.units import size
from lanemark.wiring.place import store_folder

MOST_SAID = 5
"""So many objects that were left out are named; the others are counted."""


def import_here(settings: Settings, path: str, *, lane: str = "") -> Imported:
    """Take a pack into the store; raise DataError where it is not one, cannot be read, or the store cannot be written."""
    try:
        return import_pack(DiskStore(store_folder(settings), {}), path, lane=lane)
    except OSError as fault:
        where = fault.filename if isinstance(fault.filename, str) else path
        raise DataError(f"{where}: {fault.strerror}", help="Check the file and the free space.") from None


def export_here(settings: Settings, lane: str, path: str, *, limit: float) -> Exported:
    """Write a pack of the store; raise DataError where that cannot be done."""
    try:
        return export_pack(DiskStore(store_folder(settings), {}), lane, path, limit=limit)
    except OSError as fault:
        raise DataError(f"{path}: {fault.strerror}", help="Check the folder and the free space.") from None


def list_lanes(settings: Settings) -> list[str]:
    """Return the lanes of which there is something to put into a pack."""
    return DiskStore(store_folder(settings), {}).runs.list_lanes()


def fill_from_pack(settings: Settings, path: str, lane: str, say: Say) -> Imported | None:
    """Take what the last run left in a pack into the store; None where there is none or it is not used."""
    if not os.path.lexists(path):
        say(f"no pack of earlier runs at {visible(path)}")
        return None
    try:
        found = import_here(settings, path, lane=lane)
    except LanemarkError as fault:
        say(f"warning: the pack of earlier runs is not used: {visible(fault.message)}")
        return None
    tell_import(found, visible(path), say)
    return found


def keep_in_pack(settings: Settings, path: str, lane: str, policy: Policy, before: Imported | None, say: Say) -> bool:
    """Write what the last runs used to a pack; return whether it is another one than was there `before`."""
    try:
        made = export_here(settings, lane, path, limit=policy.max_pack_bytes)
    except LanemarkError as fault:
        say(f"warning: no pack was written: {visible(fault.message)}")
        return False
    for why in made.left_out[:MOST_SAID]:
        say(f"warning: not in the pack: {visible(why)}")
    if not made.entries:
        return False
    same = before is not None and before.frame == made.frame
    say(f"pack: {results(made.entries)}, {size(made.bytes)}{', the same as before' if same else ''}")
    return not same


def fill_from_artifact(settings: Settings, event: Event, lane: str, base: str, expect: Sequence[str], say: Say) -> None:
    """Take the pack of the nearest trusted run on the base branch into a store that knows nothing of the lane.

    Only runs count that may be a baseline too: a commit of our own that the base holds, by an event that runs merged code.
    """
    store = DiskStore(store_folder(settings), {})
    if settings.token is None or not settings.repository or store.runs.list_runs(lane):
        return
    github = GitHub(
        settings.token.value, api_url=settings.api_url, repository=settings.repository, server_url=settings.server_url
    )
    try:
        found = find_pack(github, lane, base, repository_id=event.repository_id, workflow_paths=tuple(expect))
        if found.data is None:
            say(f"no pack of the base branch: {visible(found.reason)}")
            return
        with tempfile.TemporaryDirectory(dir=settings.cache) as folder:
            path = os.path.join(folder, PACK_FILE)
            with open(path, "xb") as opened:
                opened.write(found.data)
            taken = import_here(settings, path, lane=lane)
    except (LanemarkError, OSError) as fault:
        why = fault.message if isinstance(fault, LanemarkError) else str(fault.strerror)
        say(f"warning: the pack of the base branch is not used: {visible(why)}")
        return
    tell_import(taken, f"run {found.run_id} on {found.commit[:7]}", say)


def tell_import(found: Imported, source: str, say: Say) -> None:
    """Say what came out of a pack, and what did not."""
    known = f", {found.known} were here already" if found.known else ""
    say(f"{results(found.entries)} of earlier runs from {source}{known}")
    for why in found.skipped[:MOST_SAID]:
        say(f"warning: left out of it: {visible(why)}")
    if len(found.skipped) > MOST_SAID:
        say(f"warning: {len(found.skipped) - MOST_SAID} more objects of it were left out")


def results(count: int) -> str:
    """Return `1 result` or `12 results`."""
    return f"{count} result{'s' if count != 1 else ''}"
