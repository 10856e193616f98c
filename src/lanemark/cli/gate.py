"""lanemark gate: the Action's whole path in one process."""

from collections.abc import Sequence
from functools import partial

from lanemark.cli.caching import read_caching
from lanemark.cli.console import Parser, say
from lanemark.cli.finish import find_recorded, finish_ruling, publish_if_possible, read_given_past
from lanemark.cli.measure import measure_change
from lanemark.cli.options import (
    add_cache_options,
    add_change_options,
    add_expect_option,
    add_jobs_option,
    add_output_options,
    add_past_option,
    out_folder,
    read_asked,
    read_expected,
    read_jobs,
)
from lanemark.pipeline.measure import why_no_base
from lanemark.pipeline.past import as_baselines
from lanemark.pipeline.prepare import Task
from lanemark.pipeline.verdict import rule
from lanemark.settings import Settings, read_mode_cap
from lanemark.wiring.publish import read_links, read_today


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Measure, compare, judge and report; publish too where a token allows it."""
    parser = Parser(prog="lanemark gate", description="Measure the lane of a change, compare with the base, judge and report.")
    add_change_options(parser)
    add_output_options(parser)
    add_expect_option(parser)
    add_past_option(parser)
    add_jobs_option(parser, "1")
    add_cache_options(parser)
    parser.add_argument("--mode-cap", default="", help="the strictest mode a gate may have: shadow, inform or warn")
    options = parser.parse_args(arguments)
    cap = read_mode_cap(options.mode_cap)
    out, asked, jobs = out_folder(options, settings), read_asked(options, settings), read_jobs(options, 1)
    past = read_given_past(settings, options.past)
    expect = read_expected(options.expect)
    caching = read_caching(options, settings, fill=partial(_fill_from_base, expect=expect))
    task, pair = measure_change(settings, asked, out, jobs=jobs, past=past, caching=caching)
    found = find_recorded(settings, pair, task.policy, expect, with_past=not past)
    ruling = rule(
        pair,
        task.policy,
        links=read_links(settings),
        adopting=task.adopting,
        baselines=as_baselines(found.past),
        baseline_reason=found.reason or why_no_base(task),
        mode_cap=cap,
        notices=(*task.notices, *found.notices),
        past=past or found.past,
        today=read_today(),
    )
    finish_ruling(settings, ruling, out, as_json=options.json)
    publish_if_possible(settings, ruling, task.policy.publish)
    return ruling.judgement.exit_status


def _fill_from_base(settings: Settings, task: Task, expect: Sequence[str]) -> None:
    """Take what trusted runs of the base branch kept into the store, where a token allows to ask for it.

    No cache of the Actions is restored here: this job has a token, and everybody's pull requests may write to those.
    """
    if settings.token is None or task.change.base is None:
        return
    from lanemark.wiring.packs import fill_from_artifact

    fill_from_artifact(settings, task.event, task.choice.lane, task.change.base, expect, say)
