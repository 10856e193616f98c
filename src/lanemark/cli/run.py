"""lanemark run: a lane, or some stages, once, in the working tree."""

from collections.abc import Mapping, Sequence

import msgspec

from lanemark.cache.policy import choose_policy
from lanemark.cli.console import Parser, print_data, say
from lanemark.cli.options import add_cache_options, add_earlier_option, add_jobs_option, add_output_options, out_folder, read_jobs
from lanemark.cli.stop import stopping
from lanemark.codec import encode_plain
from lanemark.config.read import read_config
from lanemark.config.types import Config
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.pipeline.jobs import Crew
from lanemark.plan.build import build_plan
from lanemark.report.telemetry import telemetry_words
from lanemark.result import Outcome, Telemetry
from lanemark.run.plan import execute_plan
from lanemark.run.replay import Replays
from lanemark.run.telemetry import read_counters, read_telemetry
from lanemark.run.types import Workspace
from lanemark.settings import Settings
from lanemark.wiring.bench import open_bench
from lanemark.wiring.lane import open_checkout, read_disk
from lanemark.wiring.record import open_recorded, read_story


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Run stages once; nothing is compared."""
    parser = Parser(prog="lanemark run", description="Run a lane, or some stages and what they need, once, in the working tree.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="stages to run (all of the lane)")
    parser.add_argument("--lane", default="", help="the lane (the one the change gets)")
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    add_output_options(parser)
    add_jobs_option(parser, "as many as there are cores")
    parser.add_argument("--fail-fast", action="store_true", help="start nothing after a failure; what runs is let finish")
    add_earlier_option(parser)
    add_cache_options(parser)
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run that was interrupted (the last one, or --resume=RUN)",
    )
    options = parser.parse_args(arguments)
    if options.resume is not None and (options.no_cache or options.force):
        raise UsageError("--resume goes on with what is kept, and --no-cache and --force use nothing of it", help="choose one")
    name, out = options.config or settings.config, out_folder(options, settings)
    config = read_config(read_disk(settings, name), name)
    with open_bench(settings, say) as bench, stopping(bench.cancel):
        story = None if options.resume is None else read_story(settings, options.resume, bench)
        asked = tuple(options.stages) or (story.start.asked if story and not options.lane else ())
        lane, stages = _choose_stages(settings, config, options.lane or (story.start.lane if story else ""), asked)
        crew = _choose_crew(settings, config, lane, read_jobs(options, bench.cores), options.past)
        if crew.notice:
            say(f"note: {crew.notice}")
        plan = build_plan(lane, stages, config.stages, durations_s=crew.usual_s)
        place = Workspace(side="head", root=settings.workspace, stages=config.stages, plan=plan, logs=f"{bench.work}/log")
        policy = choose_policy(config, lane, settings.event_name, off=options.no_cache, force=options.force)
        limit = next((one.timeout_s for one in config.lanes if one.name == lane), None)
        before = read_counters(bench.tools)
        with open_recorded(settings, config, place, policy, bench, asked=asked, story=story) as replays:
            done = execute_plan(place, bench.tools, timeout_s=limit, jobs=crew.jobs, fail_fast=options.fail_fast, replays=replays)
        telemetry = read_telemetry(plan, done.values(), jobs=crew.jobs, before=before, after=read_counters(bench.tools))
        bench.tools.files.write(f"{out}/run.json", encode_plain(_facts(lane, done, telemetry, replays)))
    failed = [outcome for outcome in done.values() if outcome.state == "failed"]
    view = {
        "result": f"{out}/run.json",
        "executed": [outcome.stage for outcome in done.values() if outcome.state == "ran"],
        "cached": [outcome.stage for outcome in done.values() if outcome.state == "replayed"],
        "failed": [outcome.stage for outcome in failed],
        "telemetry": msgspec.to_builtins(telemetry),
    }
    say(telemetry_words(telemetry))
    if options.json:
        print_data(view)
    if not failed:
        return 0
    from lanemark.cli.measure import failure_status

    return failure_status(failed)


def _choose_crew(settings: Settings, config: Config, lane: str, asked: int, past: str) -> Crew:
    """Return how the stages run; only where earlier runs are given anything is loaded to look at them."""
    if not past:
        return Crew(jobs=asked)
    from lanemark.cli.finish import read_given_past
    from lanemark.pipeline.jobs import choose_crew

    return choose_crew(asked, read_given_past(settings, past), config, lane)


def _choose_stages(settings: Settings, config: Config, lane: str, stages: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the lane and its stages, or the stages that were asked for."""
    for stage in stages:
        if stage not in config.stages:
            raise UsageError(f"there is no stage {stage!r}", help=f"the stages are {', '.join(config.stages)}")
    if stages:
        return lane or config.default.name, stages
    if not lane:
        from lanemark.change.read import read_change
        from lanemark.cli.event import find_event
        from lanemark.lane.choose import choose_lane

        event = find_event(settings)
        choice = choose_lane(read_change(event, open_checkout(settings)), event, config)
        say(f"lane {choice.lane}: {visible(choice.reason)}")
        lane = choice.lane
    try:
        return lane, config.lane(lane).stages
    except KeyError:
        known = ", ".join(one.name for one in config.lanes)
        raise UsageError(f"there is no lane {lane!r}", help=f"the lanes are {known}") from None


def _facts(lane: str, done: Mapping[str, Outcome], telemetry: Telemetry, replays: Replays) -> dict[str, object]:
    """Return what became of the stages and how the run used the machine, as it is written down."""
    stages = [
        {
            "stage": outcome.stage,
            "state": outcome.state,
            "wall_s": outcome.usage.wall_s if outcome.usage else None,
            "cpu_s": outcome.usage.cpu_s if outcome.usage else None,
            "cache": replays.why.get(outcome.stage, ""),
            "outputs": outcome.outputs,
            "started_s": outcome.started_s,
            "failure": outcome.failure.evidence if outcome.failure else None,
        }
        for outcome in done.values()
    ]
    return {"lane": lane, "stages": stages, "telemetry": msgspec.to_builtins(telemetry)}
