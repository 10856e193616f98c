"""lanemark measure: step 1 of the Action."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from lanemark.cli.caching import UNCACHED, Caching, add_pack_option, open_caching, read_caching
from lanemark.cli.console import Parser, print_data, say
from lanemark.cli.event import find_event
from lanemark.cli.finish import read_given_past
from lanemark.cli.live import open_live
from lanemark.cli.options import (
    add_cache_options,
    add_change_options,
    add_earlier_option,
    add_jobs_option,
    add_matrix_option,
    add_output_options,
    out_folder,
    read_asked,
    read_jobs,
)
from lanemark.cli.results import write_pair
from lanemark.cli.stop import stopping
from lanemark.cli.workflow import write_outputs
from lanemark.errors import TokenError, UsageError
from lanemark.escape import visible
from lanemark.judge.types import Past
from lanemark.pipeline.deal import choose_part, read_shard
from lanemark.pipeline.jobs import choose_crew
from lanemark.pipeline.measure import measure
from lanemark.pipeline.prepare import Asked, Task, prepare_task
from lanemark.plan.shards import Matrix, read_matrix
from lanemark.ports import Files
from lanemark.report.replays import replay_sentence
from lanemark.result import Outcome, Pair
from lanemark.run.progress import Progress
from lanemark.run.watch import Watches
from lanemark.settings import Settings
from lanemark.wiring.bench import open_bench
from lanemark.wiring.lane import open_last_source
from lanemark.wiring.measure import measure_world
from lanemark.wiring.recovery import recovering_tools
from lanemark.wiring.sides import open_sides


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Run and measure the lane, and write the results."""
    parser = Parser(prog="lanemark measure", description="Run and measure the lane of a change; refuses to see a token.")
    add_change_options(parser)
    add_output_options(parser)
    add_jobs_option(parser, "1")
    add_earlier_option(parser)
    add_cache_options(parser)
    add_pack_option(parser)
    parser.add_argument("--shard", default="", metavar="K/N", help="only the stages of job K of N, and what they need")
    add_matrix_option(parser)
    options = parser.parse_args(arguments)
    if settings.token_name:
        raise TokenError(
            f"measure runs a pull request's code and must not see a token, but {settings.token_name} is set",
            help="remove github-token from this step, and GITHUB_TOKEN and GH_TOKEN from its env; publish has the token",
        )
    out, jobs = out_folder(options, settings), read_jobs(options, 1)
    past = read_given_past(settings, options.past)
    shard = read_given_shard(options.shard, options.matrix)
    caching = read_caching(options, settings)
    task, pair = measure_change(settings, read_asked(options, settings), out, jobs=jobs, past=past, shard=shard, caching=caching)
    write_outputs(settings, {"lane": pair.head.choice.lane, "results": out})
    if replayed := replay_sentence(pair):
        say(replayed)
    broken = failed_stages(pair)
    if options.json:
        print_data({"lane": task.choice.lane, "results": out, "failed": [outcome.stage for outcome in broken]})
    return failure_status(broken)


class GivenShard(NamedTuple):
    """Which job of how many this one is, and the matrix that says what it measures; without one that is dealt out here."""

    shard: tuple[int, int]
    matrix: Matrix | None


def read_given_shard(shard: str, matrix: str) -> GivenShard | None:
    """Return what `--shard` and `--matrix` say, None for a lane in one job."""
    if not shard:
        if matrix:
            raise UsageError("--matrix without --shard does not say which job this is", help="add --shard K/N")
        return None
    return GivenShard(read_shard(shard), read_matrix(matrix) if matrix else None)


def measure_change(
    settings: Settings,
    asked: Asked,
    out: str,
    *,
    jobs: int = 1,
    past: Past = (),
    shard: GivenShard | None = None,
    caching: Caching = UNCACHED,
) -> tuple[Task, Pair]:
    """Measure one change, or what one `shard` of it answers for, and write the results below `out`.

    `caching` says what the deciding run may be replayed from. Up to `jobs` stages of it go side by side, fewer where `past`
    advises against it, which is a notice of the task. Raises StoppedError when the run was cancelled; what was measured till then
    is written and marked as such.
    """
    progress = Progress(time.monotonic)
    with (
        open_live(progress, say, drawn=False),
        open_bench(settings, say, Watches(progress)) as bench,
        stopping(bench.cancel),
    ):
        world = measure_world(settings, bench)
        task = prepare_task(world.checkout, find_event(settings), asked, open_last_source(settings))
        say(f"lane {task.choice.lane}: {visible(task.choice.reason)}")
        crew = choose_crew(jobs, past, task.policy, task.choice.lane)
        task = replace(task, notices=(*task.notices, *filter(None, (crew.notice,))))
        for notice in task.notices:
            say(f"note: {notice}")
        part = None if shard is None else choose_part(task, shard.shard, shard.matrix, crew.usual_s)
        if part is not None:
            say(f"shard {part.shard} of {part.of}: {part.stages or 'no stages'}")
            if part.also:
                say(f"note: {part.also} also run here, because these need them, and are measured in another shard")
        world = replace(world, tools=recovering_tools(bench, settings, task.policy, task.choice.lane, jobs, crew.longest_s))
        with open_caching(settings, task, caching) as policy, open_sides(settings, bench, task.choice.lane, policy) as sides:
            world = replace(world, sides=sides.folder, replay=sides.open_side)
            pair = measure(world, task, asked, crew, part, partial(_keep_cut_off, settings, bench.tools.files, out))
        write_pair(bench.tools.files, out, pair)
    return task, pair


def _keep_cut_off(settings: Settings, files: Files, out: str, pair: Pair) -> None:
    """Write what was measured until the run was cancelled."""
    write_pair(files, out, pair)
    write_outputs(settings, {"lane": pair.head.choice.lane, "results": out})
    taken = len(pair.head.samples)
    say(f"note: what was measured until then is in {visible(out)}, marked as cancelled: {taken} samples of the head side")


def failed_stages(pair: Pair) -> list[Outcome]:
    """Return the head's stages that failed."""
    return [outcome for outcome in pair.head.outcomes if outcome.state == "failed"]


def failure_status(broken: Sequence[Outcome]) -> int:
    """Return 10 where the lane's time ran out, 7 where a stage failed, else 0."""
    if any(outcome.failure is not None and outcome.failure.kind == "lane-timeout" for outcome in broken):
        return 10
    return 7 if broken else 0
