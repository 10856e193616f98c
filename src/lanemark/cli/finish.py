"""After the verdict: files, job summary, outputs, console, and the pull request where that is possible."""

import secrets
from collections.abc import Sequence

from lanemark.cli.console import print_data, print_text, say
from lanemark.cli.event import find_event
from lanemark.cli.results import write_ruling
from lanemark.cli.workflow import write_outputs, write_summary
from lanemark.config.types import Config, PublishRules
from lanemark.errors import DataError, LanemarkError
from lanemark.escape import command_data, command_property, visible
from lanemark.judge.types import Past
from lanemark.judge.views import verdict_view
from lanemark.pipeline.past import Found, find_past, read_past
from lanemark.pipeline.publish import say_refused, tell_thread
from lanemark.pipeline.verdict import Ruling
from lanemark.report.console import write_console
from lanemark.result import Pair
from lanemark.settings import Settings
from lanemark.wiring.publish import open_files, open_github, read_links, recorded_files

MOST_MARKS = 10
"""GitHub shows so many notices, and so many warnings, of one step."""


def find_recorded(settings: Settings, pair: Pair, policy: Config, expect: Sequence[str], *, with_past: bool) -> Found:
    """Return what trusted runs of the `expect`ed workflow files recorded: for artifact mode, and `with_past` for budgets.

    What fails is a reason or a notice, never an error.
    """
    needed = pair.head.baseline == "artifact"
    if not needed and not (with_past and settings.token is not None and settings.repository):
        return Found()
    if settings.token is None:
        return Found(reason="no token, so no baseline could be looked up")
    try:
        return find_past(open_github(settings), pair.head, find_event(settings), policy, expect)
    except LanemarkError as error:
        return Found(reason=f"GitHub could not be asked for a baseline: {error.message}")


def read_given_past(settings: Settings, folder: str) -> Past:
    """Return the earlier runs below a folder that the user named, newest first; raise DataError where there is none."""
    if not folder:
        return ()
    place = folder if folder.startswith("/") else f"{settings.workspace}/{folder}"
    past, left_out = read_past(recorded_files(place))
    for why in left_out:
        say(f"warning: not counted as an earlier run: {visible(why)}")
    if not past:
        help_text = "give a folder of downloaded lanemark-baseline-* artifacts, or of earlier --out folders"
        raise DataError(f"{folder}: there is no result of an earlier run below it", help=help_text)
    return past


def finish_ruling(settings: Settings, ruling: Ruling, out: str, *, as_json: bool) -> None:
    """Write the files, the job summary and the outputs, and print the verdict."""
    write_ruling(open_files(), out, ruling)
    write_summary(settings, ruling.pages.summary)
    report = f"{out}/report.html" if ruling.pages.html is not None else ""
    lane = ruling.judgement.lane
    write_outputs(settings, {"lane": lane, "verdict": ruling.judgement.verdict.value, "report": report, "results": out})
    if as_json:
        print_data(verdict_view(ruling.judgement))
        say(visible(ruling.pages.sentence))
    else:
        print_text(_fence(settings, write_console(ruling.model)))
        if report:
            print_text(f"Report: {visible(report)}\n")


def _fence(settings: Settings, text: str) -> str:
    """Return text with hostile names such that no line of it is a workflow command."""
    if not settings.in_actions:
        return text
    guard = secrets.token_hex(16)
    return f"::stop-commands::{guard}\n{text}::{guard}::\n"


def publish_if_possible(settings: Settings, ruling: Ruling, rules: PublishRules) -> None:
    """Tell the pull request where there is one and a token; whatever fails here is said and changes no verdict."""
    if not settings.in_actions:
        return
    if settings.token is None or not _publish(settings, ruling, rules):
        for line in mark_lines(ruling, rules):
            say(line)


def _publish(settings: Settings, ruling: Ruling, rules: PublishRules) -> bool:
    """Write to the pull request; tell whether the remarks on its lines stand there, or there is no pull request to have any."""
    try:
        event = find_event(settings)
        github = open_github(settings)
        thread = github.find_thread(event) if event.number is not None else None
        if thread is None:
            return True
        _, sent, why = tell_thread(github, thread, ruling, rules, links=read_links(settings), dry_run=False)
    except LanemarkError as error:
        say(f"warning: not published: {visible(error.message)}")
        if error.help:
            say(f"  = help: {visible(error.help)}")
        return False
    for line in (why, *sent.done, *say_refused(sent)):
        say(visible(line))
    return not sent.unmarked


def mark_lines(ruling: Ruling, rules: PublishRules) -> list[str]:
    """Return the remarks of the check runs as workflow commands, for a token that may not make check runs.

    GitHub shows them on the same lines, but no more than MOST_MARKS of one level.
    """
    marks = [mark for check in ruling.pages.checks for mark in check.annotations] if rules.check_runs else []
    return [
        f"::{mark.level if mark.level != 'failure' else 'error'} file={command_property(mark.path)},line={mark.start},"
        f"endLine={mark.end},title={command_property(mark.title)}::{command_data(mark.message)}"
        for mark in marks[:MOST_MARKS]
    ]
