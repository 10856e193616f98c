"""What to say to somebody who names a stage that there is not."""

from difflib import get_close_matches

from lanemark.config.types import Config
from lanemark.errors import UsageError

MOST_NAMED = 20


def no_stage(name: str, config: Config) -> UsageError:
    """Return the error for a stage that there is not, with what was most likely meant: a lane, a name much like it, or any."""
    close = get_close_matches(name, config.stages, 1, 0.7)
    more = len(config.stages) - MOST_NAMED
    if any(lane.name == name for lane in config.lanes):
        hint = f"{name!r} is a lane: --lane {name}"
    elif close:
        hint = f"did you mean {close[0]!r}?"
    else:
        hint = f"the stages are {', '.join(list(config.stages)[:MOST_NAMED])}{f' and {more} more' if more > 0 else ''}"
    return UsageError(f"there is no stage {name!r}", help=hint)
