"""lanemark lane: detect, explain, list."""

import sys
from collections.abc import Sequence

from lanemark.change import Change
from lanemark.change.read import given_change, read_change
from lanemark.cli.console import Parser, print_data, print_text, print_texts
from lanemark.cli.event import find_event
from lanemark.cli.workflow import write_outputs
from lanemark.config.read import read_config
from lanemark.config.types import Config
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.lane.choose import choose_lane
from lanemark.path import RepoPath
from lanemark.pipeline.policy import read_policies
from lanemark.settings import Settings
from lanemark.wiring.lane import open_checkout, read_disk

SHOWN = 40
"""The most files that are listed for people; JSON has all."""


def parser() -> Parser:
    """Return what the command takes."""
    found = Parser(prog="lanemark lane", description="Which lane a change gets, and why.")
    verbs = found.add_subparsers(prog="lanemark lane", dest="verb", required=True)
    for verb, help_text in (
        ("detect", "print the lane of a change"),
        ("explain", "print each file's lane and the rule that put it there"),
        ("list", "print the lanes of the configuration, lightest first"),
    ):
        one = verbs.add_parser(verb, help=help_text)
        one.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
        one.add_argument("--json", action="store_true", help="print JSON")
        if verb != "list":
            one.add_argument("--base", metavar="REF", help="compare with this commit's merge base")
            one.add_argument("--head", metavar="REF", help="the commit to look at (HEAD)")
            one.add_argument("--lane", default="", help="a lane to set, never below the protected floor")
        if verb == "detect":
            one.add_argument(
                "--files-from", metavar="FILE", help="read the changed paths from a file, or - for stdin; needs no git"
            )
            one.add_argument("-z", dest="zero", action="store_true", help="paths end in NUL, not newline")
        if verb == "explain":
            one.add_argument("files", nargs="*", metavar="FILE", help="only these files")
    return found


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Run `lanemark lane`."""
    options = parser().parse_args(arguments)
    name = options.config or settings.config
    if options.verb == "list":
        return _list_lanes(read_config(read_disk(settings, name), name), as_json=options.json)
    if options.verb == "explain" and options.files:
        change, config, event = (
            given_change(tuple(map(RepoPath, options.files))),
            _disk_config(settings, name),
            find_event(settings),
        )
    elif options.verb == "detect" and options.files_from:
        change, config, event = (
            given_change(_read_paths(options.files_from, zero=options.zero)),
            _disk_config(settings, name),
            None,
        )
    else:
        event = find_event(settings)
        change, config = _read_repository(settings, event, options.base, options.head, name)
    choice = choose_lane(change, event or _no_event(), config, forced=options.lane or None)
    write_outputs(settings, {"lane": choice.lane})
    if options.json:
        print_texts(lane_view(choice))
    elif options.verb == "detect":
        print_text(f"{choice.lane}\n")
        sys.stderr.write(f"{visible(choice.reason)}\n")
    else:
        print_text(_explain_text(choice))
    return 0


def lane_view(choice: Choice) -> dict[str, object]:
    """Return the JSON of a choice: `{"lane", "reason", "files": [{"path", "lane", "rule"}]}`."""
    files = [{"path": claim.path, "lane": claim.lane, "rule": claim.rule} for claim in choice.claims]
    return {"lane": choice.lane, "reason": choice.reason, "files": files}


def _read_repository(settings: Settings, event: Event, base: str | None, head: str | None, name: str) -> tuple[Change, Config]:
    """Return the change and the policy that decides about it, from git."""
    checkout = open_checkout(settings)
    change = read_change(event, checkout, base=base, head=head)
    policy, wanted, notices = read_policies(checkout, change, name)
    for notice in notices:
        sys.stderr.write(f"note: {notice}\n")
    return change, policy or wanted


def _disk_config(settings: Settings, name: str) -> Config:
    """Return the configuration as it lies on the disk."""
    return read_config(read_disk(settings, name), name)


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


def _explain_text(choice: Choice) -> str:
    """Return the lane, the reason, and a table of files."""
    lines = [f"{choice.lane}: {visible(choice.reason)}", ""]
    wide = max((len(visible(claim.path)) for claim in choice.claims[:SHOWN]), default=0)
    lane_wide = max((len(claim.lane) for claim in choice.claims), default=0)
    for claim in choice.claims[:SHOWN]:
        rule = visible(claim.rule) if claim.rule else "no rule, so the default lane"
        lines.append(f"  {visible(claim.path):{min(wide, 60)}}  {claim.lane:{lane_wide}}  {rule}")
    if len(choice.claims) > SHOWN:
        lines.append(f"  and {len(choice.claims) - SHOWN} more; --json has them all")
    return "\n".join(lines) + "\n"


def _list_lanes(config: Config, *, as_json: bool) -> int:
    """Print the lanes of a configuration."""
    if as_json:
        lanes = [
            {
                "name": lane.name,
                "default": lane.default,
                "paths": [rule.pattern for rule in lane.rules],
                "stages": list(lane.stages),
                "line": lane.line,
            }
            for lane in config.lanes
        ]
        print_data({"lanes": lanes})
        return 0
    wide = max(len(lane.name) for lane in config.lanes)
    for lane in config.lanes:
        paths = "everything else" if lane.default else ", ".join(rule.pattern for rule in lane.rules) or "nothing by itself"
        print_text(f"{lane.name:{wide}}  {visible(paths)}  ->  {', '.join(lane.stages) or 'no stages'}\n")
    return 0
