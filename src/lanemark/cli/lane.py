"""lanemark lane: detect, explain, list, select."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from lanemark.change import Change
from lanemark.change.read import ONLY_LISTED, Uncommitted, given_change, read_change, read_uncommitted
from lanemark.cli.console import Parser, print_text, print_texts
from lanemark.cli.event import find_event
from lanemark.cli.workflow import write_outputs
from lanemark.config.types import Config
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.path import RepoPath
from lanemark.pipeline.decide import decide_lane
from lanemark.pipeline.policy import missing_config, read_policies
from lanemark.settings import Settings
from lanemark.wiring.compiled import compiled_folder, read_compiled, read_here
from lanemark.wiring.lane import open_checkout, open_last_source

VERBS = {
    "detect": "print the lane of a change",
    "explain": "print each file's lane, the rule that put it there, what will run and what it costs",
    "list": "print the lanes of the configuration, lightest first",
    "select": "pick a lane at a terminal, and print the command that runs it",
}
"""What can be done with lanes. All but `detect` are modules of their own, because `detect` must start quickly."""


def parser() -> Parser:
    """Return what the command takes."""
    found = Parser(prog="lanemark lane", description="Which lane a change gets, and why.")
    verbs = found.add_subparsers(prog="lanemark lane", dest="verb", required=True)
    for verb, help_text in VERBS.items():
        one = verbs.add_parser(verb, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        one.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
        one.add_argument("--json", action="store_true", help="print JSON")
        if verb != "detect":
            one.add_argument("--past", default="", metavar="DIR", help="results of earlier runs: how long stages take")
        if verb != "list":
            one.add_argument("--base", metavar="REF", help="compare with this commit's merge base")
            one.add_argument("--head", metavar="REF", help="the commit to look at (HEAD)")
        if verb in ("detect", "explain"):
            one.add_argument("--lane", default="", help="a lane to set, never below the protected floor")
            one.add_argument("--staged", action="store_true", help="as if what is staged were committed")
            one.add_argument("--working-tree", action="store_true", help="as if everything here were committed, new files too")
        if verb == "detect":
            one.add_argument(
                "--files-from", metavar="FILE", help="read the changed paths from a file, or - for stdin; needs no git"
            )
            one.add_argument("-z", dest="zero", action="store_true", help="paths end in NUL, not newline")
        if verb == "explain":
            one.add_argument("files", nargs="*", metavar="FILE", help="only these files")
        if verb == "select":
            one.add_argument("name", nargs="?", default="", metavar="LANE", help="the lane, without asking for it")
            one.add_argument("--run", action="store_true", help="run the command instead of printing it")
    return found


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Run `lanemark lane`."""
    options = parser().parse_args(arguments)
    name = options.config or settings.config
    if options.verb == "list":
        return _show("list", read_here(settings, name), options, settings)
    wanted: Config | None = None
    if options.verb == "explain" and options.files:
        change, config, event = (
            given_change(tuple(map(RepoPath, options.files))),
            read_here(settings, name),
            find_event(settings, looking=True),
        )
    elif options.verb == "detect" and options.files_from:
        change, config, event = (
            given_change(_read_paths(options.files_from, zero=options.zero)),
            read_here(settings, name),
            _no_event(),
        )
    else:
        event = find_event(settings, looking=True)
        change, config, wanted = _read_repository(settings, event, options, name)
    forced = vars(options).get("lane") or event.lane or None
    decided = decide_lane(change, event, config, wanted=wanted, forced=forced, people=open_last_source(settings))
    choice = decided.choice
    for notice in decided.notices:
        sys.stderr.write(f"note: {visible(notice)}\n")
    if options.verb != "detect":
        return _show(options.verb, change, event, choice, config, wanted or config, options, settings)
    write_outputs(settings, {"lane": choice.lane})
    if options.json:
        print_texts(lane_view(choice))
    else:
        print_text(f"{choice.lane}\n")
        sys.stderr.write(f"{choice.lane}: {visible(choice.reason)}\n")  # a reason may begin with a file called `::error::`
    return 0


def _show(verb: str, *given: object) -> int:
    """Load the module of a verb, and let it show its answer."""
    show: Callable[..., int] = import_module(f"lanemark.cli.lane_{verb}").show
    return show(*given)


def lane_view(choice: Choice) -> dict[str, object]:
    """Return the JSON of a choice: `{"lane", "reason", "files": [{"path", "lane", "rule"}]}`."""
    files = [{"path": claim.path, "lane": claim.lane, "rule": claim.rule} for claim in choice.claims]
    return {"lane": choice.lane, "reason": choice.reason, "files": files}


def _read_repository(settings: Settings, event: Event, options: Namespace, name: str) -> tuple[Change, Config, Config]:
    """Return the change, the policy that decides about it, and the head's: from git, or from GitHub where git cannot tell."""
    checkout, listing = open_checkout(settings), open_last_source(settings)
    what = None if options.verb == "select" else _read_uncommitted_options(options)
    if what is not None:
        change = read_uncommitted(checkout, what, base=options.base)
    else:
        change = read_change(event, checkout, base=options.base, head=options.head, listing=listing)
    listed = listing is not None and change.source == "github"
    read = partial(read_compiled, folder=compiled_folder(settings))
    policy, wanted, notices = read_policies(listing if listing is not None and listed else checkout, change, name, read)
    if policy is None and event.name in ONLY_LISTED:
        raise missing_config(name, "the base side has no configuration, and on this event the head's has no say")
    for notice in notices:
        sys.stderr.write(f"note: {notice}\n")
    return change, policy or wanted, wanted


def _read_uncommitted_options(options: Namespace) -> Uncommitted | None:
    """Return what of the not committed files is asked about, None for commits only."""
    if options.staged and options.working_tree:
        raise UsageError("--staged and --working-tree together are one too many", help="--working-tree has the staged files, too")
    if (options.staged or options.working_tree) and options.head:
        raise UsageError("what is not committed has no --head", help="leave out --head, or --staged and --working-tree")
    return "staged" if options.staged else "working-tree" if options.working_tree else None


def _no_event() -> Event:
    """Return the event of a list of files that came from nowhere."""
    return Event(name="local")


def _read_paths(source: str, *, zero: bool) -> tuple[RepoPath, ...]:
    """Return the paths of a file or of stdin, one a line or NUL-terminated, as git prints them with `-z`."""
    try:
        if source == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(source, "rb") as file:
                data = file.read()
    except OSError as fault:
        raise UsageError(f"{source} cannot be read: {fault.strerror}") from None
    parts = data.split(b"\0" if zero else b"\n")
    return tuple(RepoPath(part.decode("utf-8", "surrogateescape")) for part in parts if part)
