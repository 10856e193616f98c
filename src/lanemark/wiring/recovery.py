"""The outside of recoveries: what the machine says, who may run, what may be emptied. Made when the first stage runs."""

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from lanemark.config.types import Config
from lanemark.run.types import Tools
from lanemark.settings import Settings
from lanemark.store.files import DiskFiles
from lanemark.wiring.bench import Bench

if TYPE_CHECKING:
    from lanemark.recover.recovery import Freed, Recovery
    from lanemark.recover.types import Manager


def recovering_tools(
    bench: Bench, settings: Settings, config: Config, lane: str, jobs: int, longest: Mapping[str, float]
) -> Tools:
    """Return the tools of the bench such that they look into failures and try again what `config` allows in `lane`.

    `jobs` is how many stages may run side by side, `longest` the longest that each took in earlier runs.
    """
    made: list[Recovery] = []
    lock = Lock()

    def make_once() -> "Recovery":
        with lock:  # the first stages may start at the same time
            if not made:
                made.append(_make_recovery(bench, settings, config, lane, jobs, longest))
        return made[0]

    return replace(bench.tools, recovery=make_once)


def _make_recovery(
    bench: Bench, settings: Settings, config: Config, lane: str, jobs: int, longest: Mapping[str, float]
) -> "Recovery":
    """Return the recovery of one run, which a cancel of the bench ends too."""
    import random

    from lanemark.process.crowd import StageCrowd
    from lanemark.process.scene import SystemScene
    from lanemark.recover.recovery import Recovery
    from lanemark.store.rooms import OwnRooms

    crowd = StageCrowd(jobs)
    bench.waiting.append(crowd.stop)
    return Recovery(
        scene=SystemScene(),
        crowd=crowd,
        rooms=OwnRooms(settings.cache, bench.work),
        pause=crowd.pause,
        random=random.SystemRandom().random,
        rules=config.recovery,
        most=next((one.retries for one in config.lanes if one.name == lane), None),
        longest=longest,
    )


def free_disk(settings: Settings) -> "Freed":
    """Empty our own folders; no run of ours uses them now."""
    from lanemark.store.rooms import OwnRooms

    return OwnRooms(settings.cache, settings.cache).free(settings.workspace)


def empty_manager(settings: Settings, manager: "Manager") -> str:
    """Empty the cache of a package manager; return what went wrong, empty where nothing did."""
    from lanemark.process.spawn import Spawner
    from lanemark.run.cures import empty_cache

    return empty_cache(manager, settings.workspace, settings.stage_environment, Spawner())


def read_file(path: str, *, limit: int) -> bytes:
    """Return a whole file; raise DataError where it is missing, no regular file or too long."""
    return DiskFiles().read(path, limit=limit)


def write_file(path: str, data: bytes) -> None:
    """Replace a file as a whole."""
    DiskFiles().write(path, data)
