"""lanemark lane list: the lanes of the configuration, with what each is for, runs and costs."""

import msgspec

from lanemark.cli.console import print_data, print_text
from lanemark.cli.finish import read_given_past
from lanemark.config.types import Config
from lanemark.pipeline.jobs import usual_seconds
from lanemark.plan.options import Option, lane_costs
from lanemark.report.lanes import write_lanes
from lanemark.settings import Settings


def show(config: Config, options: object, settings: Settings) -> int:
    """Print the lanes of a configuration; what they cost comes from the folder that `--past` names."""
    given = vars(options)
    listed = lane_costs(config, config.stages, usual_seconds(read_given_past(settings, given["past"])))
    if given["json"]:
        floor = config.protected.floor or config.heaviest.name
        protected = {"paths": [rule.pattern for rule in config.protected.rules], "floor": floor}
        print_data({"lanes": [_view(one) for one in listed], "protected": protected})
    else:
        print_text(write_lanes(config, listed))
    return 0


def _view(option: Option) -> dict[str, object]:
    """Return the JSON of one lane."""
    lane = option.lane
    return {
        "name": lane.name,
        "default": lane.default,
        "paths": [rule.pattern for rule in lane.rules],
        "when": {key: value for key, value in msgspec.to_builtins(lane.when).items() if value and key != "line"},
        "stages": list(lane.stages),
        "timeout_s": lane.timeout_s,
        "estimate_s": option.cost.total_s,
        "line": lane.line,
    }
