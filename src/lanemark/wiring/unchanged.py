"""The outside of an answer that is given before anything is loaded; loads nothing itself."""

from lanemark.store.unchanged import Said, find_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanemark.recover.checkpoint import Checkpoint
    from lanemark.settings import Settings
    from lanemark.wiring.checkpoint import Recovery


def find_unchanged(store: str, root: str) -> Said | None:
    """Return what `lanemark checkpoint create` said last at `root` where nothing has changed since."""
    return find_answer(store, root)


def keep_unchanged(settings: "Settings", recovery: "Recovery", taken: "Checkpoint", said: Said) -> None:
    """Keep what is to be said as long as nothing changes; nothing is kept where a change might not show."""
    from contextlib import suppress

    from lanemark.store.unchanged import write_answer

    rest = recovery.keeper.rest_of(taken, (f"{settings.workspace}/{settings.config}", recovery.rollbacks.path))
    if rest is not None:
        with suppress(OSError):
            write_answer(recovery.keeper.folder, settings.workspace, rest, said)
