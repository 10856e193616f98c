"""The outside of the cache: the store on the disk, and what files hold."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from lanemark import __version__
from lanemark.cache.ask import Cache, Foreseen, foresee_replays
from lanemark.cache.key import digest_passed, kept_outputs
from lanemark.cache.policy import Policy
from lanemark.cache.types import Probes, Surroundings
from lanemark.config.types import Stage
from lanemark.git.index import list_clean_files
from lanemark.plan.build import stage_order
from lanemark.ports import Files, Processes
from lanemark.run.replay import Replays
from lanemark.run.stage import SHELL
from lanemark.run.types import Workspace
from lanemark.settings import Settings
from lanemark.store.cache import DiskStore
from lanemark.store.inputs import DiskInputs
from lanemark.store.prune import prune_is_due, prune_store
from lanemark.store.stat_index import Objects, StatIndex
from lanemark.store.tally import add_use
from lanemark.wiring.bench import Bench
from lanemark.wiring.place import scope_of, store_folder


def open_cache(
    settings: Settings,
    root: str,
    lane: str,
    stages: Mapping[str, Stage],
    names: Iterable[str],
    policy: Policy,
    created: str,
    probes: Probes | None = None,
    *,
    commit: str = "",
) -> tuple[Cache, DiskStore, StatIndex]:
    """Return the cache for the stages `names` in the checkout of `commit` at `root`, its store, and the index to save."""
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
        commit=commit,
    )
    store = DiskStore(folder, {root: index.files})
    cache = Cache(
        store=store,
        fingerprints=DiskInputs(root, index, (stage.inputs for stage in planned), written, partial(list_clean_files, root)),
        around=around,
        policy=policy,
        stages=stages,
        shell=" ".join(SHELL),
        probes=probes,
    )
    return cache, store, index


def foresee_here(
    settings: Settings, lane: str, stages: Mapping[str, Stage], names: Iterable[str], policy: Policy
) -> dict[str, Foreseen]:
    """Return what would become of the stages `names` and all they need in the working tree now."""
    order = stage_order(names, stages)
    with ExitStack() as stack:
        probes = None
        if any(stages[name].tools for name in order):
            probes = stack.enter_context(_open_probes(settings))
        cache, _, index = open_cache(settings, settings.workspace, lane, stages, order, policy, "", probes)
        found = foresee_replays(order, cache)
    with suppress(OSError):
        index.save()
    return found


@contextmanager
def _open_probes(settings: Settings) -> Iterator[Probes]:
    """Give who asks tools where nothing else is run."""
    from lanemark.wiring.bench import open_bench

    with open_bench(settings, lambda _: None) as bench:
        yield _make_probes(settings, bench.tools.processes, bench.tools.files, settings.workspace, f"{bench.work}/tool")


def _make_probes(settings: Settings, processes: Processes, files: Files, root: str, log: str) -> Probes:
    """Return who asks the tools of stages, and remembers their answers."""
    from lanemark.run.probe import ToolProbes
    from lanemark.store.tools import DiskRecall

    recall = DiskRecall(f"{store_folder(settings)}/tools")
    return ToolProbes(processes, files, settings.stage_environment, root=root, log=log, recall=recall)


Make = Callable[[Cache, StatIndex], Replays]
"""Makes the replays of a run from its cache and what is known of files."""


@contextmanager
def open_replays(
    settings: Settings, place: Workspace, policy: Policy, bench: Bench, make: Make | None = None
) -> Iterator[Replays]:
    """Give what a run replays from and keeps in; afterwards what is known of files is written down, and the store kept small."""
    names = [step.stage for step in place.plan.steps]
    created = bench.tools.clock.utc()
    probes = None
    if any(place.stages[name].tools for name in names):
        probes = _make_probes(settings, bench.tools.processes, bench.tools.files, place.root, f"{bench.work}/tool")
    cache, store, index = open_cache(settings, place.root, place.plan.lane, place.stages, names, policy, created, probes)
    bench.waiting.append(store.locks.stop)
    replays = make(cache, index) if make else Replays(cache=cache, place=place, say=bench.tools.say, watch=bench.tools.watch)
    yield replays
    if not policy.why_off:
        close_run(bench, place.plan.lane, policy, store, [replays], [index.save])


def close_run(
    bench: Bench, lane: str, policy: Policy, store: DiskStore, sides: Sequence[Replays], saves: Iterable[Callable[[], None]]
) -> None:
    """Write down what is known of files (`saves`) and which entries were used, and keep the store small; what fails is said."""
    for replays in sides:
        add_use(store.folder, replays.hits, replays.misses, replays.saved_s)
    try:
        for save in saves:
            save()
        store.runs.note_run(lane, (key for replays in sides for key in replays.used))
    except OSError as fault:
        bench.tools.say(f"warning: {store.folder} cannot be written to, so nothing is kept: {fault.strerror}")
        return
    if any(replays.stored for replays in sides) and prune_is_due(store):
        prune_store(store, policy, {lane: policy})
