"""Where the state of a checkout is."""

from hashlib import sha256

from lanemark import state
from lanemark.settings import Settings


def store_folder(settings: Settings) -> str:
    """Return where entries, contents, checkpoints, journals and the stat index are."""
    return state.store_folder(settings.cache)


def scope_of(root: str) -> str:
    """Return a name for the checkout at `root`."""
    return sha256(root.encode("utf-8", "surrogateescape")).hexdigest()[:16]
