"""lanemark plan: the stages of a lane, in order."""

from collections.abc import Sequence

from lanemark.cli.console import Parser, print_data, print_text
from lanemark.cli.event import find_event
from lanemark.cli.finish import read_given_past
from lanemark.cli.options import add_change_options, add_earlier_option, read_asked
from lanemark.escape import visible
from lanemark.pipeline.jobs import usual_seconds
from lanemark.pipeline.prepare import prepare_task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan
from lanemark.report.lanes import stage_lines
from lanemark.settings import Settings
from lanemark.wiring.lane import open_checkout


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Print the plan of the lane that the change gets."""
    parser = Parser(prog="lanemark plan", description="The stages of a lane, in the order they run.")
    add_change_options(parser)
    add_earlier_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    usual_s = usual_seconds(read_given_past(settings, options.past))
    task = prepare_task(open_checkout(settings), find_event(settings), read_asked(options, settings))
    plan = build_plan(task.choice.lane, task.lane.stages, task.wanted.stages, durations_s=usual_s)
    if options.json:
        print_data(plan_view(plan))
        return 0
    print_text(f"{plan.lane}: {visible(task.choice.reason)}\n")
    for line in stage_lines(plan):
        print_text(f"  {line}\n")
    return 0


def plan_view(plan: Plan) -> dict[str, object]:
    """Return the JSON of a plan."""
    stages = [
        {
            "name": step.stage,
            "needs": list(step.needs),
            "cached": step.forecast.state == "hit",
            "reason": step.forecast.reason,
            "estimate_s": step.estimate_s,
        }
        for step in plan.steps
    ]
    return {"lane": plan.lane, "stages": stages}
