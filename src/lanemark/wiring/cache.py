"""The outside of the cache: the store on the disk, and what files hold."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from lanemark import __version__
from lanemark.cache.ask import Cache, Foreseen, foresee_replays
from lanemark.cache.key import digest_passed, kept_outputs
from lanemark.cache.policy import Policy
from lanemark.cache.types import Surroundings
from lanemark.config.types import Stage
from lanemark.git.index import list_clean_files
from lanemark.plan.build import stage_order
from lanemark.run.replay import Replays
from lanemark.run.stage import SHELL
from lanemark.run.types import Workspace
from lanemark.settings import Settings
from lanemark.store.cache import DiskStore
from lanemark.store.inputs import DiskInputs
from lanemark.store.prune import prune_is_due, prune_store
from lanemark.store.stat_index import Objects, StatIndex
from lanemark.wiring.bench import Bench
from lanemark.wiring.place import scope_of, store_folder


def open_cache(
    settings: Settings, root: str, lane: str, stages: Mapping[str, Stage], names: Iterable[str], policy: Policy, created: str
) -> tuple[Cache, DiskStore, StatIndex]:
    """Return the cache for the stages `names` in the checkout at `root`, the store behind it, and the index to save."""
    folder, scope = store_folder(settings), scope_of(root)
    index = StatIndex(root, f"{folder}/fh/{scope}", Objects(f"{folder}/objects"))
    planned = [stages[name] for name in names]
    written = [output for stage in planned for output in kept_outputs(stage)]
    around = Surroundings(
        root=root,
        scope=scope,
        lane=lane,
        platform=f"{sys.platform} {os.uname().machine} {settings.image_os} {settings.image_version}".strip(),
        passed=digest_passed(settings.stage_environment),
        generator=f"lanemark {__version__}",
        created=created,
        run_id=settings.run_id,
        attempt=settings.attempt,
    )
    store = DiskStore(folder, {root: index.files})
    cache = Cache(
        store=store,
        fingerprints=DiskInputs(root, index, (stage.inputs for stage in planned), written, partial(list_clean_files, root)),
        around=around,
        policy=policy,
        stages=stages,
        shell=" ".join(SHELL),
    )
    return cache, store, index


def foresee_here(
    settings: Settings, lane: str, stages: Mapping[str, Stage], names: Iterable[str], policy: Policy
) -> dict[str, Foreseen]:
    """Return what would become of the stages `names` and all they need in the working tree now."""
    order = stage_order(names, stages)
    cache, _, index = open_cache(settings, settings.workspace, lane, stages, order, policy, "")
    found = foresee_replays(order, cache)
    with suppress(OSError):
        index.save()
    return found


Make = Callable[[Cache, StatIndex], Replays]
"""Makes the replays of a run from its cache and what is known of files."""


@contextmanager
def open_replays(
    settings: Settings, place: Workspace, policy: Policy, bench: Bench, make: Make | None = None
) -> Iterator[Replays]:
    """Give what a run replays from and keeps in; afterwards what is known of files is written down, and the store kept small."""
    names = [step.stage for step in place.plan.steps]
    created = bench.tools.clock.utc()
    cache, store, index = open_cache(settings, place.root, place.plan.lane, place.stages, names, policy, created)
    bench.waiting.append(store.locks.stop)
    replays = make(cache, index) if make else Replays(cache=cache, place=place, say=bench.tools.say)
    yield replays
    if policy.why_off:
        return
    try:
        index.save()
    except OSError as fault:
        bench.tools.say(f"warning: {store.folder} cannot be written to, so nothing is kept: {fault.strerror}")
        return
    if replays.stored and prune_is_due(store):
        prune_store(store, policy, {place.plan.lane: policy})
