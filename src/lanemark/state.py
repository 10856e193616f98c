"""Where state lies that outlives a run. Loads nothing, because it is asked before anything is loaded."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def state_folder(environment: Mapping[str, str], folder: str) -> str:
    """Return the folder for store, worktrees and journal of a process started in `folder` with `environment`."""
    if chosen := environment.get("LANEMARK_CACHE"):
        return chosen
    if temporary := environment.get("RUNNER_TEMP"):
        return f"{temporary}/lanemark"
    return f"{environment.get('XDG_CACHE_HOME') or environment.get('HOME', folder) + '/.cache'}/lanemark"


def store_folder(cache: str) -> str:
    """Return where, below the folder for state `cache`, entries, contents and the stat index are."""
    return f"{cache}/store"
