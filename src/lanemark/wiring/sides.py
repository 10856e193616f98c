"""The two sides of a change: where their worktrees lie, and what their deciding runs are replayed from."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from lanemark.cache.policy import Policy
from lanemark.errors import StoppedError
from lanemark.pipeline.measure import OpenSide
from lanemark.ports import Say
from lanemark.run.replay import Replays
from lanemark.run.types import Workspace
from lanemark.settings import Settings
from lanemark.store.cache import DiskStore
from lanemark.store.locks import Locks
from lanemark.store.stat_index import StatIndex
from lanemark.wiring.bench import Bench
from lanemark.wiring.cache import close_run, open_cache
from lanemark.wiring.place import scope_of, store_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The folder of the worktrees, and how a side is opened (None: the cache is off)."""

    folder: str
    open_side: OpenSide | None = None


@contextmanager
def open_sides(settings: Settings, bench: Bench, lane: str, policy: Policy) -> Iterator[Sides]:
    """Give the place for both sides and their cache; afterwards what was used is written down, the store kept small.

    The folder is the same in every run of this checkout, because a stage that is not relocatable is only replayed where it ran.
    Where somebody else measures there right now, it is one of this run alone.
    """
    if policy.why_off:
        yield Sides(folder=bench.work)
        return
    scope = scope_of(settings.workspace)
    with Locks(f"{store_folder(settings)}/locks").hold(f"sides-{scope}", limit_s=0.0) as alone:
        folder = f"{os.path.realpath(settings.cache)}/sides-{scope}" if alone else bench.work
        opened: list[tuple[Replays, DiskStore, StatIndex]] = []

        def open_side(place: Workspace, commit: str, must_run: Mapping[str, str]) -> Replays:
            names = [step.stage for step in place.plan.steps]
            cache, store, index = open_cache(
                settings, place.root, lane, place.stages, names, policy, bench.tools.clock.utc(), commit=commit
            )
            bench.waiting.append(store.locks.stop)
            replays = Replays(cache=cache, place=place, say=_prefixed(bench, place), must_run=must_run)
            opened.append((replays, store, index))
            return replays

        stopped: StoppedError | None = None
        try:
            yield Sides(folder=folder, open_side=open_side)
        except StoppedError as fault:  # what was done until then is written down like any other
            stopped = fault
        finally:
            with suppress(OSError):  # it was not made, or holds what could not be removed
                os.rmdir(folder)
        if opened:
            replays, stores, indexes = zip(*opened, strict=True)
            # The worktrees are gone, so nothing is left to know of their files but which contents git's objects have.
            close_run(bench, lane, policy, stores[0], replays, [index.objects.save for index in indexes])
        if stopped is not None:
            raise stopped


def _prefixed(bench: Bench, place: Workspace) -> Say:
    """Return how a side talks: its name before each line."""

    def say(line: str) -> None:
        warning = line.startswith("warning: ")
        bench.tools.say(f"warning: {place.side} {line.removeprefix('warning: ')}" if warning else f"{place.side} {line}")

    return say
