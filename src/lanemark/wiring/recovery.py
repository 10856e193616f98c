"""The outside of recoveries: what the machine says, who may run, what may be emptied."""

import random
from collections.abc import Mapping
from dataclasses import replace

from lanemark.config.types import Config
from lanemark.process.crowd import StageCrowd
from lanemark.process.scene import SystemScene
from lanemark.recover.recovery import Recovery
from lanemark.run.types import Tools
from lanemark.settings import Settings
from lanemark.store.rooms import OwnRooms
from lanemark.wiring.bench import Bench


def recovering_tools(
    bench: Bench, settings: Settings, config: Config, lane: str, jobs: int, longest: Mapping[str, float]
) -> Tools:
    """Return the tools of the bench such that they look into failures and try again what `config` allows in `lane`.

    `jobs` is how many stages may run side by side, `longest` the longest that each took in earlier runs.
    """
    crowd = StageCrowd(jobs)
    bench.waiting.append(crowd.stop)
    recovery = Recovery(
        scene=SystemScene(),
        crowd=crowd,
        rooms=OwnRooms(settings.cache, bench.work),
        pause=crowd.pause,
        random=random.SystemRandom().random,
        rules=config.recovery,
        most=next((one.retries for one in config.lanes if one.name == lane), None),
        longest=longest,
    )
    return replace(bench.tools, recovery=recovery)
