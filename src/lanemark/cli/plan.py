"""lanemark plan: the stages of a lane, in order."""

from collections.abc import Sequence

from lanemark.cache.policy import choose_policy
from lanemark.cli.console import Parser, print_data, print_text
from lanemark.cli.event import find_event
from lanemark.cli.options import add_change_options, read_asked
from lanemark.escape import visible
from lanemark.pipeline.prepare import prepare_task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan
from lanemark.settings import Settings
from lanemark.wiring.cache import foresee_here
from lanemark.wiring.lane import open_checkout

STATES = {"hit": "replayed", "miss": "runs", "after": "runs or replayed", "never": "runs"}
"""What becomes of a stage, in words."""


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Print the plan of the lane that the change gets."""
    parser = Parser(prog="lanemark plan", description="The stages of a lane, in the order they run.")
    add_change_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    task = prepare_task(open_checkout(settings), find_event(settings), read_asked(options, settings))
    lane, stages = task.choice.lane, task.wanted.stages
    policy = choose_policy(task.policy, lane, settings.event_name)
    foreseen = foresee_here(settings, lane, stages, task.lane.stages, policy)
    plan = build_plan(
        lane,
        task.lane.stages,
        stages,
        forecasts={name: one.forecast for name, one in foreseen.items()},
        durations_s={name: one.estimate_s for name, one in foreseen.items() if one.estimate_s is not None},
    )
    if options.json:
        print_data(plan_view(plan))
        return 0
    print_text(f"{plan.lane}: {visible(task.choice.reason)}\n")
    for number, step in enumerate(plan.steps, 1):
        after = f"  after {', '.join(step.needs)}" if step.needs else ""
        print_text(f"  {number}. {step.stage}{after}  ({STATES[step.forecast.state]}: {step.forecast.reason})\n")
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
