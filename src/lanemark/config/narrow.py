"""One lane cut down to one stage, for a closer look at it."""

from difflib import get_close_matches

import msgspec

from lanemark.config.types import Config
from lanemark.errors import UsageError


def narrow_lane(config: Config, lane_name: str, stage: str) -> Config:
    """Return `config` with the lane's stages, budgets and bands cut down to `stage` (what it needs still runs).

    A configuration without that lane or stage is returned with an empty lane, for the judge to say `new` or `missing`. Raises
    UsageError when the lane exists and no stage of the file has that name.
    """
    if stage not in config.stages:
        close = get_close_matches(stage, config.stages, 1, 0.7)
        help_text = f"did you mean {close[0]!r}?" if close else f"the stages are {', '.join(config.stages)}"
        raise UsageError(f"there is no stage {stage!r}", help=help_text)
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
