"""lanemark lane explain: per file the rule and the lists that did not win, what will run, and what every lane costs."""

from msgspec import to_builtins

from lanemark.change import Change
from lanemark.cli.console import print_data, print_text
from lanemark.cli.finish import read_given_past
from lanemark.cli.plan import plan_view
from lanemark.cli.workflow import write_outputs
from lanemark.config.types import Config
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.lane.trace import Trace, trace_claims
from lanemark.pipeline.jobs import usual_seconds
from lanemark.plan.options import Option, lane_options
from lanemark.report.lanes import write_explanation
from lanemark.settings import Settings


def show(
    change: Change, event: Event, choice: Choice, config: Config, wanted: Config, options: object, settings: Settings
) -> int:
    """Print why the change gets its lane; `config` decides about lanes, `wanted` defines the stages."""
    given = vars(options)
    write_outputs(settings, {"lane": choice.lane})
    usual_s = usual_seconds(read_given_past(settings, given["past"]))
    lanes = lane_options(change, event, config, choice, stages=wanted.stages, usual_s=usual_s)
    if given["json"]:
        print_data(explain_view(choice, tuple(trace_claims(choice.claims, config)), lanes))
        return 0
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    heaviest_first = sorted(choice.claims, key=lambda claim: -weights[claim.lane])
    print_text(write_explanation(choice, trace_claims(heaviest_first, config), lanes))
    return 0


def explain_view(choice: Choice, traces: tuple[Trace, ...], lanes: tuple[Option, ...]) -> dict[str, object]:
    """Return the JSON of an explanation: that of `detect`, and per file `others`, then lifts, wishes, stages and lanes."""
    chosen = next(option for option in lanes if option.chosen)
    return {
        "lane": choice.lane,
        "reason": choice.reason,
        "files": [
            {
                "path": trace.claim.path,
                "lane": trace.claim.lane,
                "rule": trace.claim.rule,
                "others": [{"list": other.lane, "rule": other.rule, "why": other.words} for other in trace.others],
            }
            for trace in traces
        ],
        "lifts": to_builtins(choice.lifts),
        "wishes": to_builtins(choice.wishes),
        "stages": plan_view(chosen.plan)["stages"],
        "estimate_s": chosen.cost.total_s,
        "lanes": [
            {
                "name": option.lane.name,
                "chosen": option.chosen,
                "possible": option.possible,
                "why": ": ".join(filter(None, (option.why, option.detail))),
                "estimate_s": option.cost.total_s,
            }
            for option in lanes
        ],
    }
