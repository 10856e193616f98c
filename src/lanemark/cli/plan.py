"""lanemark plan: the stages of a lane, in order."""

from collections.abc import Sequence

from lanemark.cli.console import Parser, print_data, print_text
from lanemark.cli.event import find_event
from lanemark.cli.options import add_change_options, read_asked
from lanemark.escape import visible
from lanemark.pipeline.prepare import prepare_task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan
from lanemark.settings import Settings
from lanemark.wiring.lane import open_checkout


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Print the plan of the lane that the change gets."""
    parser = Parser(prog="lanemark plan", description="The stages of a lane, in the order they run.")
    add_change_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    task = prepare_task(open_checkout(settings), find_event(settings), read_asked(options, settings))
    plan = build_plan(task.choice.lane, task.lane.stages, task.wanted.stages)
    if options.json:
        print_data(plan_view(plan))
        return 0
    print_text(f"{plan.lane}: {visible(task.choice.reason)}\n")
    for number, step in enumerate(plan.steps, 1):
        after = f"  after {', '.join(step.needs)}" if step.needs else ""
        print_text(f"  {number}. {step.stage}{after}\n")
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
