"""The one program: choose the command, run it, and turn whatever happens into an exit status.

Nothing is loaded here before it is needed: an unchanged workspace is answered sooner than the rest could be loaded.
"""

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lanemark.errors import LanemarkError
    from lanemark.settings import Settings

GARBAGE = 100_000
"""So many new objects between two looks for garbage in circles; Python's 700 make loading our own modules an eighth dearer."""

COMMANDS = {
    "demo": "a small sample repository end to end, in about 20 seconds; touches nothing else",
    "lane": "which lane a change gets, and why (detect, explain, list, select)",
    "plan": "the stages of a lane, in order",
    "run": "run a lane, or some stages, once, here",
    "recover": "what the last run failed of, and what may help (plan, apply)",
    "cache": "what is kept of stages (stats, why, verify, prune)",
    "checkpoint": "what stages left, to go back to (create, list, show, restore, verify, diff, prune)",
    "gate": "the Action's whole path, here: measure, compare, judge, report",
    "compare": "two commits, two result files, or two commands, fairly",
    "time": "one command, measured well",
    "measure": "step 1 of the Action: run and measure, without a token",
    "merge": "join the results of jobs that measured shards of a lane",
    "verdict": "step 2: judge what was measured",
    "publish": "step 3: tell the pull request",
    "record": "measure the default branch, for later comparisons",
    "release": "may a commit ship? by checks that no pull request can have made (gate)",
    "coverage": "read coverage reports (report, diff, explain)",
    "report": "write html, csv, md or json from results",
    "config": "check, show or describe the configuration (validate, show, schema)",
    "explain": "what an error code means and what to do",
}
"""Every command, in the order people need them."""

USAGE = """lanemark: lanes, timings and coverage of a change, judged against its base

usage: lanemark COMMAND [options]      lanemark COMMAND --help

{commands}

First time here?  lanemark demo
"""


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run the program with `arguments` (default: those of the process) and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(USAGE.format(commands="\n".join(f"  {name:10} {line}" for name, line in COMMANDS.items())))
        return 0
    if given[0] in ("--version", "version"):
        from lanemark import __version__

        sys.stdout.write(f"lanemark {__version__}\n")
        return 0
    return guard(given)


def guard(given: "Sequence[str]", settings: "Settings | None" = None) -> int:
    """Run one command, with the settings of the process if no others are given.

    Errors are shown as sentences, our own faults as a report that can be pasted.
    """
    gc.set_threshold(GARBAGE)
    try:
        if settings is None and given[0] == "run":
            from lanemark.cli.standing import say_again

            if say_again(given[1:]):
                return 0
        if settings is None and list(given[:2]) == ["checkpoint", "create"]:
            from lanemark.cli.unchanged import say_unchanged

            if say_unchanged(given[2:]):
                return 0
        return _run_command(given, settings or _read_settings())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except (Exception, KeyboardInterrupt) as fault:  # noqa: BLE001 -- the one place that turns our own faults into a report
        return _explain(fault, given, settings or _read_settings())


def _run_command(given: "Sequence[str]", settings: "Settings") -> int:
    """Run one command."""
    from importlib import import_module

    from lanemark.errors import UsageError

    name = given[0]
    if name not in COMMANDS:
        from difflib import get_close_matches

        close = get_close_matches(name, COMMANDS, 1, 0.6)
        hint = f"did you mean {close[0]!r}?" if close else "lanemark --help lists the commands"
        raise UsageError(f"there is no command {name!r}", help=hint)
    status: int = import_module(f"lanemark.cli.{name}").command(list(given[1:]), settings)
    return status


def _read_settings() -> "Settings":
    from lanemark.settings import read_settings

    return read_settings(os.environ, folder=os.getcwd())


def _explain(fault: BaseException, given: "Sequence[str]", settings: "Settings") -> int:
    """Show what went wrong, and return the exit status."""
    from lanemark.cli.console import show_crash
    from lanemark.errors import LanemarkError, StoppedError

    if isinstance(fault, LanemarkError):
        return _end(fault, given[0], settings)
    if isinstance(fault, Exception):
        show_crash(fault, given, settings)
        return 1
    return _end(StoppedError("cancelled"), given[0], settings)


def _end(error: "LanemarkError", command: str, settings: "Settings") -> int:
    """Show an error, tell the workflow that there is no verdict, and return the exit status."""
    from lanemark.cli.console import show_error

    show_error(error, settings)
    if settings.in_actions:
        from lanemark.cli.workflow import write_failure

        write_failure(settings, command, error)
    return error.exit_status
