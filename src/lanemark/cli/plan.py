"""lanemark plan: the stages of a lane, in order."""

import json
from collections.abc import Sequence
from functools import partial

from msgspec import to_builtins

from lanemark.cache.policy import choose_policy
from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.event import find_event
from lanemark.cli.finish import read_given_past
from lanemark.cli.options import add_change_options, add_earlier_option, read_asked
from lanemark.cli.workflow import write_outputs
from lanemark.config.doubts import find_doubts
from lanemark.escape import visible
from lanemark.pipeline.deal import deal_lane
from lanemark.pipeline.jobs import usual_seconds
from lanemark.pipeline.prepare import Task, prepare_task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan
from lanemark.plan.shards import Matrix
from lanemark.report.lanes import stage_lines
from lanemark.settings import Settings
from lanemark.units import seconds
from lanemark.wiring.cache import foresee_here
from lanemark.wiring.compiled import compiled_folder, read_compiled
from lanemark.wiring.lane import open_checkout


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Print the plan of the lane that the change gets."""
    parser = Parser(prog="lanemark plan", description="The stages of a lane, in the order they run.")
    add_change_options(parser)
    add_earlier_option(parser)
    parser.add_argument("--matrix", type=int, metavar="N", help="deal the stages out to at most N jobs, as a strategy.matrix")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    usual_s = usual_seconds(read_given_past(settings, options.past))
    read = partial(read_compiled, folder=compiled_folder(settings))
    task = prepare_task(open_checkout(settings), find_event(settings), read_asked(options, settings), read=read)
    if options.matrix is not None:
        return _print_matrix(deal_lane(task, options.matrix, usual_s), task, settings)
    lane, stages = task.choice.lane, task.wanted.stages
    policy = choose_policy(task.policy, lane, settings.occasion)
    foreseen = foresee_here(settings, lane, stages, task.lane.stages, policy)
    kept_s = {name: one.estimate_s for name, one in foreseen.items() if one.estimate_s is not None}
    plan = build_plan(
        lane,
        task.lane.stages,
        stages,
        forecasts={name: one.forecast for name, one in foreseen.items()},
        durations_s={**kept_s, **usual_s},
    )
    for notice in task.notices:
        say(f"note: {visible(notice)}")
    for doubt in find_doubts(task.wanted):
        say(f"warning: {visible(doubt)}")
    if options.json:
        print_data(plan_view(plan))
        return 0
    print_text(f"{plan.lane}: {visible(task.choice.reason)}\n")
    for line in stage_lines(plan):
        print_text(f"  {line}\n")
    return 0


def _print_matrix(matrix: Matrix, task: Task, settings: Settings) -> int:
    """Print the jobs as the one line of JSON that a workflow hands on, and say what runs more than once."""
    say(f"{task.choice.lane}: {visible(task.choice.reason)}")
    for notice in task.notices:
        say(f"note: {visible(notice)}")
    for part in matrix.include:
        about = f", about {seconds(part.seconds)}" if part.seconds is not None else ""
        also = f"; {part.also} also run there, because these need them" if part.also else ""
        say(f"shard {part.shard} of {part.of}: {part.stages or 'no stages'}{also}{about}")
    text = json.dumps(matrix_view(matrix))
    write_outputs(settings, {"lane": task.choice.lane, "matrix": text})
    print_text(f"{text}\n")
    return 0


def matrix_view(matrix: Matrix) -> dict[str, object]:
    """Return the JSON of a matrix; what is not known is left out, because GitHub would show it as text."""
    rows = [to_builtins(part) for part in matrix.include]
    return {"include": [{name: value for name, value in row.items() if value is not None} for row in rows]}


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
