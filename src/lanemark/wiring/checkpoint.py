"""The outside of checkpoints in one checkout: the store, the working tree, and what is known of its files."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from lanemark import __version__
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.ports import Say
from lanemark.recover.checkpoint import Checkpoint
from lanemark.settings import Settings
from lanemark.store.checkpoints import Checkpoints
from lanemark.store.journal import Journals
from lanemark.store.rollback import Rollbacks
from lanemark.store.snapshot import Digests
from lanemark.store.stat_index import Objects, StatIndex
from lanemark.wiring.place import scope_of, store_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a checkout can be brought back to. `save` writes down what was learnt of files."""

    keeper: Checkpoints
    journals: Journals
    rollbacks: Rollbacks
    save: Callable[[], None]


def open_recovery(settings: Settings, *, known: Digests | None = None) -> Recovery:
    """Return the checkpoints, journals and rollbacks of the working tree; `known` is what is known of its files already."""
    root, folder = settings.workspace, store_folder(settings)
    scope = scope_of(root)
    opened: list[StatIndex] = []

    def load() -> Digests:
        if known is not None:
            return known
        opened.append(StatIndex(root, f"{folder}/fh/{scope}", Objects(f"{folder}/objects")))
        return opened[0].files

    def save() -> None:
        for index in opened:
            index.save()

    keeper = Checkpoints(folder, scope, root, load)
    return Recovery(keeper=keeper, journals=Journals(folder, scope), rollbacks=Rollbacks(keeper), save=save)


def draft_checkpoint(settings: Settings, *, run: str = "", lane: str = "") -> Checkpoint:
    """Return what every checkpoint made now says; who takes it says when and of what."""
    return Checkpoint(
        id="",
        order=0,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        generator=f"lanemark {__version__}",
        when="hand",
        run=run,
        lane=lane,
        commit=settings.stage_environment.get("GITHUB_SHA", ""),
    )


def settle_rollback(recovery: Recovery, settings: Settings, say: Say) -> None:
    """Bring a rollback that was interrupted to its end, and say so; raise DataError where that cannot be done."""
    settled = recovery.rollbacks.settle(draft_checkpoint(settings))
    if settled is None:
        return
    word = "finished" if settled.finished else "taken back, because part of the checkpoint is missing"
    say(f"note: a rollback to {settled.target} was interrupted; it was {word}")
    if settled.kept:
        say(f"note: what was changed since is kept in the checkpoint {settled.kept}")


def save_quietly(recovery: Recovery, say: Say) -> None:
    """Write down what was learnt of files; where that fails only the next look takes longer."""
    try:
        recovery.save()
    except (DataError, OSError) as fault:
        say(f"warning: what is known of files could not be kept: {visible(str(fault))}")
