"""The outside of `lanemark cache`: the store as a whole."""

import os
from collections.abc import Mapping

from lanemark.cache.policy import Policy
from lanemark.errors import DataError
from lanemark.recover.policy import Retention
from lanemark.settings import Settings
from lanemark.store.audit import Audit, Holdings, audit_store, count_holdings
from lanemark.store.cache import DiskStore
from lanemark.store.checkpoints import Checkpoints
from lanemark.store.journal import Journals
from lanemark.store.prune import Pruned, prune_store
from lanemark.store.retention import Forgotten, prune_checkpoints
from lanemark.store.tally import Uses, count_uses
from lanemark.wiring.place import store_folder


def count_here(settings: Settings) -> Holdings:
    """Return what the store holds."""
    return count_holdings(DiskStore(store_folder(settings), {}))


def count_uses_here(settings: Settings) -> Uses:
    """Return how often runs found in the store what they needed."""
    return count_uses(store_folder(settings))


def audit_here(settings: Settings) -> Audit:
    """Read the whole store and put aside what is damaged."""
    return audit_store(DiskStore(store_folder(settings), {}))


def forget_here(keeper: Checkpoints, journals: Journals, rules: Retention) -> Forgotten:
    """Forget checkpoints and runs beyond the rules; raise DataError where that cannot be done."""
    try:
        return prune_checkpoints(keeper, journals, rules)
    except OSError as fault:
        raise DataError(f"{keeper.folder} cannot be changed: {fault.strerror}", help="Check the rights of the folder.") from None


def prune_here(settings: Settings, otherwise: Policy, lanes: Mapping[str, Policy]) -> Pruned:
    """Keep the store small; raise DataError where it cannot be changed."""
    folder = store_folder(settings)
    if not os.path.isdir(folder):
        return Pruned()
    try:
        return prune_store(DiskStore(folder, {}), otherwise, lanes)
    except OSError as fault:
        raise DataError(f"{folder} cannot be changed: {fault.strerror}", help="Check the rights of the folder.") from None
