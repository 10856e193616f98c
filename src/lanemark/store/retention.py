"""Keep checkpoints and journals few: what is needed, the last good one, and those of the last runs."""

import time
from dataclasses import dataclass

from lanemark.errors import DataError
from lanemark.recover.checkpoint import Checkpoint
from lanemark.recover.policy import Retention, choose_kept
from lanemark.store.checkpoints import Checkpoints
from lanemark.store.journal import Journals
from lanemark.store.rollback import Rollbacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What went: ids of checkpoints and of runs."""

    checkpoints: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def prune_checkpoints(keeper: Checkpoints, journals: Journals, rules: Retention) -> Forgotten:
    """Forget checkpoints beyond the rules and the journals of runs that have none left; contents go with the next sweep.

    What an interrupted rollback needs stays, and so does the last checkpoint of the last run that can be resumed.
    """
    known = keeper.all()
    needed = set(Rollbacks(keeper).open_ids)
    runs = journals.runs()
    last = journals.last()
    if last is not None and last.checkpoint and (last.end is None or last.end.state != "worked"):
        needed.update((last.checkpoint, *(end.before for end in last.ended.values() if end.before)))
    kept = choose_kept(known, needed, _sizes(keeper, known), rules, now_ns=time.time_ns())
    gone = tuple(one.id for one in known if one.id not in kept)
    for id_ in gone:
        keeper.remove(id_)
    stay = {one.run for one in known if one.id in kept}
    ended = tuple(run for run in runs[:-1] if run not in stay and not journals.lives(run))
    for run in ended:
        journals.remove(run)
    return Forgotten(checkpoints=gone, runs=ended)


def _sizes(keeper: Checkpoints, known: tuple[Checkpoint, ...]) -> dict[str, float]:
    """Return for each checkpoint how many bytes of contents only it and older ones name, the newest counted first."""
    seen: set[str] = set()
    lists: dict[str, list[tuple[str, int]]] = {}
    found: dict[str, float] = {}
    for one in reversed(known):
        size = 0.0
        for part in one.parts:
            if part.items not in lists:
                try:
                    lists[part.items] = [(item.digest, item.size) for item in keeper.items(part) if item.digest]
                except DataError:
                    lists[part.items] = []
                for digest, length in lists[part.items]:
                    size += 0 if digest in seen else length
                    seen.add(digest)
        found[one.id] = size
    return found
