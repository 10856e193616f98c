"""One lane cut down to one stage, for a closer look at it."""

import msgspec

from lanemark.config.types import Config
from lanemark.config.unknown import no_stage


def narrow_lane(config: Config, lane_name: str, stage: str) -> Config:
    """Return `config` with the lane's stages, budgets and bands cut down to `stage` (what it needs still runs).

    A configuration without that lane or stage is returned with an empty lane, for the judge to say `new` or `missing`. Raises
    UsageError when the lane exists and no stage of the file has that name.
    """
    if stage not in config.stages:
        raise no_stage(stage, config)
    lanes = tuple(
        msgspec.structs.replace(
            lane,
            stages=(stage,),
            budgets=tuple(budget for budget in lane.budgets if budget.stage == stage),
            bands=tuple(band for band in lane.bands if band.stage in (stage, "default")),
        )
        if lane.name == lane_name
        else lane
        for lane in config.lanes
    )
    return msgspec.structs.replace(config, lanes=lanes)
