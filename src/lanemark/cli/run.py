"""lanemark run: a lane, or some stages, once, in the working tree."""

import os
import time
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import msgspec

from lanemark.cache.policy import choose_policy
from lanemark.cli.console import Parser, print_data, say
from lanemark.cli.here import Here, settle_lane, settle_stages
from lanemark.cli.live import open_live
from lanemark.cli.options import add_cache_options, add_earlier_option, add_jobs_option, add_output_options, out_folder, read_jobs
from lanemark.cli.run_record import read_usual, record_run, write_usual
from lanemark.cli.stop import stopping
from lanemark.codec import encode_plain
from lanemark.config.types import ON_FAILURE, Config, OnFailure
from lanemark.errors import StoppedError, UsageError
from lanemark.escape import visible
from lanemark.pipeline.jobs import Crew
from lanemark.plan.build import build_plan
from lanemark.recover.story import Story
from lanemark.report.recoveries import recovery_words
from lanemark.report.telemetry import telemetry_words
from lanemark.result import Outcome, State, Telemetry
from lanemark.result.recoveries import Recoveries, count_recoveries, recoveries_view
from lanemark.run.echo import echo_stage
from lanemark.run.plan import execute_plan
from lanemark.run.progress import Progress
from lanemark.run.replay import Replays
from lanemark.run.telemetry import read_counters, read_telemetry
from lanemark.run.trace import Trace
from lanemark.run.types import Tools, Workspace
from lanemark.run.watch import Logbook, Watches
from lanemark.settings import Settings
from lanemark.wiring.bench import Bench, open_bench
from lanemark.wiring.compiled import read_here
from lanemark.wiring.lane import open_checkout
from lanemark.wiring.place import scope_of
from lanemark.wiring.record import open_recorded, read_story
from lanemark.wiring.recovery import recovering_tools
from lanemark.wiring.standing import begin_run, keep_standing


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Run stages once; nothing is compared."""
    began, options = begin_run(), _read_options(arguments)
    options.began = began
    name = options.config or settings.config
    config = read_here(settings, name)
    story = None if options.resume is None else read_story(settings, options.resume, say)
    asked = tuple(options.stages) or (story.start.asked if story and not options.lane else ())
    lane, here = _choose_stages(settings, config, options.lane or (story.start.lane if story else ""), asked)
    for line in (*(f"{one.stage} is left out: {one.why}." for one in here.left_out), *here.unmatched):
        say(f"note: {line}")
    progress, logbook = Progress(time.monotonic), Logbook()
    trace = Trace(time.monotonic) if options.trace else None
    watch = Watches(progress, logbook, *(() if trace is None else (trace,)))
    with open_live(progress, say) as talk, open_bench(settings, talk, watch) as bench, stopping(bench.cancel):
        ending = "failed"
        try:
            done, view = _run(settings, config, lane, here, bench, options, logbook, story, asked)
            ending = "ended"
        except StoppedError:
            ending = "cancelled"
            raise
        finally:
            if trace is not None:
                bench.tools.files.write(options.trace, trace.write(ending=ending))
    if options.json:
        print_data(view)
    failed = [outcome for outcome in done if outcome.state == "failed"]
    if not failed:
        return 0
    from lanemark.cli.measure import failure_status

    return failure_status(failed)


def _read_options(arguments: Sequence[str]) -> Namespace:
    """Return the options."""
    parser = Parser(prog="lanemark run", description="Run a lane, or some stages and what they need, once, in the working tree.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="stages to run (all of the lane)")
    parser.add_argument("--lane", default="", help="the lane (the one the change gets)")
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    add_output_options(parser)
    add_jobs_option(parser, "as many as there are cores")
    parser.add_argument(
        "--on-failure",
        choices=ON_FAILURE,
        metavar="WHAT",
        help="continue, after-level (start nothing deeper) or stop (start nothing)",
    )
    parser.add_argument("--fail-fast", action="store_true", help="short for --on-failure stop; what runs is let finish")
    parser.add_argument("--trace", default="", metavar="FILE", help="write a Chrome trace of the run, for Perfetto")
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
    options.given = arguments
    if options.fail_fast and options.on_failure not in (None, "stop"):
        raise UsageError(f"--fail-fast and --on-failure {options.on_failure} contradict each other", help="give one of them")
    if options.resume is not None and (options.no_cache or options.force):
        raise UsageError("--resume goes on with what is kept, and --no-cache and --force use nothing of it", help="choose one")
    if os.path.lexists(options.trace) and not os.path.isfile(options.trace):
        # A file is replaced as a whole, and that would take a device or a pipe away from everybody.
        raise UsageError(f"--trace {options.trace!r} is there and is no file", help="name a file, such as trace.json")
    return options


def _choose_stages(settings: Settings, config: Config, lane: str, stages: tuple[str, ...]) -> tuple[str, Here]:
    """Return the lane and its stages here, or the stages that were asked for."""
    if stages:
        return lane or config.default.name, settle_stages(settings, config, stages)
    from lanemark.cli.event import find_event

    event = find_event(settings)
    if not lane:
        from lanemark.change.read import read_change
        from lanemark.lane.choose import choose_lane

        choice = choose_lane(read_change(event, open_checkout(settings)), event, config)
        say(f"lane {choice.lane}: {visible(choice.reason)}")
        lane = choice.lane
    if all(one.name != lane for one in config.lanes):
        known = ", ".join(one.name for one in config.lanes)
        raise UsageError(f"there is no lane {lane!r}", help=f"the lanes are {known}")
    return lane, settle_lane(settings, config, lane, event.name)


def _run(
    settings: Settings,
    config: Config,
    lane: str,
    here: Here,
    bench: Bench,
    options: Namespace,
    logbook: Logbook,
    story: Story | None,
    asked: tuple[str, ...],
) -> tuple[list[Outcome], dict[str, object]]:
    """Run the stages, write down what became of them, and return it; a cancelled run is written down too before it raises."""
    out, times = out_folder(options, settings), f"{settings.cache}/usual/{scope_of(settings.workspace)}.json"
    crew = _choose_crew(settings, config, lane, read_jobs(options, bench.cores), options.past)
    tools = recovering_tools(bench, settings, config, lane, crew.jobs, crew.longest_s)
    if crew.notice:
        tools.say(f"note: {crew.notice}")
    before_s = read_usual(tools.files, times)
    plan = build_plan(lane, here.stages, here.config.stages, durations_s={**before_s, **crew.usual_s})
    place = Workspace(side="head", root=settings.workspace, stages=here.config.stages, plan=plan, logs=f"{bench.work}/log")
    policy = choose_policy(config, lane, settings.occasion, off=options.no_cache, force=options.force)
    rules = next((one for one in config.lanes if one.name == lane), config.default)
    on_failure: OnFailure = "stop" if options.fail_fast else options.on_failure or rules.on_failure
    before, stopped = read_counters(tools), None
    try:
        with open_recorded(settings, config, place, policy, bench, asked=asked, story=story) as replays:
            done = execute_plan(place, tools, timeout_s=rules.timeout_s, jobs=crew.jobs, on_failure=on_failure, replays=replays)
    except StoppedError as fault:
        done, stopped = logbook.cut_off(), fault
    telemetry = read_telemetry(plan, done.values(), jobs=crew.jobs, before=before, after=read_counters(tools))
    recoveries = count_recoveries(done.values(), replays.recoveries)
    cancelled = stopped is not None
    record = record_run(
        lane, done, telemetry, why=replays.why, left_out=here.left_out, cancelled=cancelled, recoveries=recoveries
    )
    tools.files.write(f"{out}/run.json", record)
    write_usual(tools.files, times, before_s, done.values())
    if settings.output_file or settings.summary_file:
        _tell_workflow(settings, lane, list(done.values()), replays, out, cancelled=cancelled)
    if stopped is not None:
        raise stopped
    if not (options.past or here.left_out or here.unmatched):
        again = partial(_say_again, done, telemetry, replays, tools, here, out, as_json=options.json)
        keep_standing(options.given, os.environ, replays, options.config or settings.config, options.began, again)
    tools.say(telemetry_words(telemetry))
    if words := recovery_words(recoveries):
        tools.say(words)
    return list(done.values()), _view(done, telemetry, recoveries, here, out)


def _view(done: Mapping[str, Outcome], telemetry: Telemetry, recoveries: Recoveries, here: Here, out: str) -> dict[str, object]:
    """Return the JSON of a run."""
    return {
        "result": f"{out}/run.json",
        "executed": _in_state(done.values(), "ran"),
        "cached": _in_state(done.values(), "replayed"),
        "failed": _in_state(done.values(), "failed"),
        "flaky": [outcome.stage for outcome in done.values() if outcome.flaky],
        "recovered": [outcome.stage for outcome in done.values() if outcome.recovered and not outcome.flaky],
        "left_out": [one.stage for one in here.left_out],
        "telemetry": msgspec.to_builtins(telemetry),
        "recoveries": recoveries_view(recoveries),
    }


def _tell_workflow(
    settings: Settings, lane: str, done: Sequence[Outcome], replays: Replays, out: str, *, cancelled: bool
) -> None:
    """Hand on what later steps of a job may want to know, and write its summary."""
    from lanemark.cli.workflow import write_outputs, write_summary
    from lanemark.report.run_summary import write_run_summary

    write_outputs(settings, {"lane": lane, "results": out})
    recoveries = count_recoveries(done, replays.recoveries)
    write_summary(settings, write_run_summary(lane, done, replays.why, recoveries, cancelled=cancelled))


def _in_state(done: Iterable[Outcome], state: State) -> list[str]:
    return [outcome.stage for outcome in done if outcome.state == state]


def _say_again(
    done: Mapping[str, Outcome], telemetry: Telemetry, replays: Replays, tools: Tools, here: Here, out: str, *, as_json: bool
) -> tuple[str, str, str, bytes]:
    """Return what this run, in which nothing ran, says and prints when it is asked again; nobody looks at the machine then."""
    lines: list[str] = []
    told, unseen = replace(tools, say=lines.append), msgspec.structs.replace(telemetry, cpu=None, iowait=None)
    for number, outcome in enumerate(done.values(), 1):
        echo_stage(outcome.stage, replays.place, told, outcome, f"[{number}/{len(done)}]")
    lines.append(telemetry_words(unseen))
    printed = encode_plain(_view(done, unseen, count_recoveries(done.values()), here, out)).decode("ascii") if as_json else ""
    said = "".join(f"{line}\n" for line in lines)
    lane, recoveries = replays.place.plan.lane, count_recoveries(done.values())
    record = record_run(lane, done, unseen, why=replays.why, left_out=(), cancelled=False, recoveries=recoveries)
    return said, printed, f"{out}/run.json", record


def _choose_crew(settings: Settings, config: Config, lane: str, asked: int, past: str) -> Crew:
    """Return how the stages run; only where earlier runs are given anything is loaded to look at them."""
    if not past:
        return Crew(jobs=asked)
    from lanemark.cli.finish import read_given_past
    from lanemark.pipeline.jobs import choose_crew

    return choose_crew(asked, read_given_past(settings, past), config, lane)
