"""lanemark verdict: step 2 of the Action. Judges results; runs nothing and writes nothing to GitHub."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from lanemark.change import Change
from lanemark.cli.console import Parser, say
from lanemark.cli.event import find_event
from lanemark.cli.finish import find_recorded, finish_ruling, read_given_past
from lanemark.cli.options import (
    add_expect_option,
    add_matrix_option,
    add_output_options,
    add_past_option,
    out_folder,
    read_expected,
)
from lanemark.codec import parse
from lanemark.config.read import read_config
from lanemark.config.types import Config
from lanemark.errors import DataError, LanemarkError, NoResultsError, StoppedError
from lanemark.event import Event
from lanemark.lane.choose import choose_lane
from lanemark.pipeline.decide import Decided, decide_lane
from lanemark.pipeline.generated import mark_generated
from lanemark.pipeline.join import join_left
from lanemark.pipeline.past import as_baselines
from lanemark.pipeline.policy import missing_config, read_changed_rules, read_policies
from lanemark.pipeline.verdict import event_head, rule
from lanemark.plan.shards import read_matrix
from lanemark.settings import Settings, read_mode_cap
from lanemark.wiring.coverage import read_config_text
from lanemark.wiring.publish import open_github, read_links, read_results, read_today


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Judge what a measure step found."""
    parser = Parser(
        prog="lanemark verdict", description="Judge results by the policy of the base side; only this turns a job red."
    )
    parser.add_argument("--results", required=True, metavar="DIR", help="the output folder of measure, or downloaded artifacts")
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    parser.add_argument("--mode-cap", default="", help="the strictest mode a gate may have: shadow, inform or warn")
    parser.add_argument("--needs", default="", help="the needs context of the job as JSON")
    add_output_options(parser)
    add_expect_option(parser)
    add_past_option(parser)
    parser.add_argument("--lane", default="", help="the lane that the measuring step was told to take")
    add_matrix_option(parser)
    options = parser.parse_args(arguments)
    matrix = read_matrix(options.matrix) if options.matrix else None
    cap, event = read_mode_cap(options.mode_cap), find_event(settings)
    refuse_cancelled(options.needs)
    past = read_given_past(settings, options.past)
    folder = options.results if options.results.startswith("/") else f"{settings.workspace}/{options.results}"
    try:
        measured = join_left(read_results(folder), head=event_head(event))
    except DataError as error:
        raise NoResultsError(f"no verdict, because there is no measurement: {error.message}", help=error.help) from None
    trusted = _trusted_change(settings, event)
    name = options.config or settings.config
    policy, adopting, notices = _find_policy(settings, name, trusted)
    asked = options.lane or event.lane or None
    decided = _decide_again(settings, event, policy, name, trusted, asked, measured.head.choice.lane)
    found = find_recorded(settings, measured, policy, read_expected(options.expect), with_past=not past)
    ruling = rule(
        measured,
        policy,
        links=read_links(settings),
        adopting=adopting,
        baselines=as_baselines(found.past),
        baseline_reason=found.reason,
        needed=decided.choice,
        mode_cap=cap,
        notices=(*notices, *decided.notices, *found.notices),
        past=past or found.past,
        matrix=matrix,
        event=event.name,
        today=read_today(),
    )
    finish_ruling(settings, ruling, out_folder(options, settings), as_json=options.json)
    return ruling.judgement.exit_status


def refuse_cancelled(needs: str) -> None:
    """Raise StoppedError where a job this one needs was cancelled: its verdict would be about nothing."""
    if not needs:
        return
    told = parse(needs.encode(), limit=1 << 20, source="needs")
    jobs: Mapping[str, object] = told if isinstance(told, dict) else {}
    for name, job in jobs.items():
        if isinstance(job, dict) and job.get("result") == "cancelled":
            raise StoppedError(f"the job {name!r} was cancelled, so there is nothing to judge")


def _trusted_change(settings: Settings, event: Event) -> Change | None:
    """Return the change as GitHub tells it, None where it cannot be asked; then the measurement's word on the lane has to do."""
    if settings.token is None or event.number is None or not settings.in_actions:
        return None
    try:
        return open_github(settings).change_of_pull(event.number)
    except LanemarkError as error:
        say(f"warning: the lane is the measurement's word, GitHub could not be asked: {error.message}")
        return None


def _decide_again(
    settings: Settings, event: Event, policy: Config, name: str, trusted: Change | None, asked: str | None, ran: str
) -> Decided:
    """Return the lane that the change needs by GitHub's word; `ran` is what was measured.

    Where that cannot be had, only what the event itself demands is known, and the rest is the measurement's word.
    """
    if trusted is None or event.number is None:
        nothing = Change(base=None, tested="", head="", source="none")
        return Decided(choice=choose_lane(nothing, event, policy, forced=asked), notices=())
    try:
        github = open_github(settings)
        current = replace(event, labels=github.labels_of(event.number))
        wanted = read_changed_rules(github, trusted, name)
        change = mark_generated(trusted, policy, github)
    except LanemarkError as error:
        say(f"warning: not all of the lane could be checked: {error.message}")
        return decide_lane(trusted, event, policy, wanted=None, forced=asked, people=None, ran=ran)
    return decide_lane(change, current, policy, wanted=wanted, forced=asked, people=github, ran=ran)


def _find_policy(settings: Settings, name: str, trusted: Change | None) -> tuple[Config, bool, tuple[str, ...]]:
    """Return the policy, whether it is not the base side's, and what to say about it.

    The template checks out the base side, so the file on the disk is it. Where there is none, GitHub is asked.
    """
    text = read_config_text(settings, name)
    if text is not None:
        return read_config(text, name), False, ()
    if trusted is None or settings.token is None:
        raise missing_config(name)
    policy, wanted, notices = read_policies(open_github(settings), trusted, name)
    return policy or wanted, policy is None, notices
