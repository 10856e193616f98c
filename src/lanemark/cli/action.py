"""The Action's entry: inputs from the environment become one command line; nothing of them reaches a shell."""

import os
import sys
from collections.abc import Mapping

from lanemark.cli.console import say
from lanemark.cli.main import guard
from lanemark.cli.workflow import write_outputs, write_summary
from lanemark.errors import LanemarkError, TokenError, UsageError
from lanemark.settings import Settings, read_settings

INPUTS = (
    "command",
    "config",
    "lane",
    "baseline",
    "mode-cap",
    "results",
    "needs",
    "expect",
    "shard",
    "matrix",
    "pack",
    "github-token",
)
"""The inputs of `action.yml`; a test holds the two equal."""

TAKES: Mapping[str, tuple[str, ...]] = {
    "gate": ("config", "lane", "baseline", "mode-cap", "expect"),
    "measure": ("config", "lane", "baseline", "shard", "matrix", "pack"),
    "merge": ("results",),
    "verdict": ("config", "lane", "mode-cap", "results", "needs", "expect", "matrix"),
    "publish": ("config", "lane", "mode-cap", "results", "expect"),
    "record": ("config", "lane", "results", "pack"),
    "detect": ("config", "lane"),
    "plan": ("config", "lane", "baseline", "matrix"),
    "run": ("config", "lane"),
    "release-gate": ("expect",),
}
"""Which inputs each command of the Action hands on as options of the same name."""

COMMANDS: Mapping[str, tuple[str, ...]] = {"detect": ("lane", "detect"), "release-gate": ("release", "gate")}
"""Commands of the Action that have other names at a terminal."""

NO_MATRIX = '{"include": [{"shard": 1, "of": 1, "lane": "disabled"}]}'
"""The matrix of a run that measures nothing: an empty one would fail the workflow."""


def main() -> int:
    """Run the Action's command and return the step's exit status."""
    environment = dict(os.environ)
    settings = read_settings(environment, folder=environment.get("GITHUB_WORKSPACE") or os.getcwd())
    inputs = read_inputs(environment)
    if inputs.get("mode-cap") == "disabled":
        say("Lanemark is disabled by mode-cap: nothing was run and nothing is gated.")
        write_summary(settings, "### Lanemark: disabled by `mode-cap`. Nothing was run and nothing is gated.\n")
        write_outputs(settings, {"verdict": "unknown", "matrix": NO_MATRIX})
        return 0
    given = to_arguments(inputs, attempt=settings.attempt)
    if not given:
        return _refuse(UsageError(f"there is no command {inputs['command']!r}", help=f"one of {', '.join(TAKES)}"), settings)
    if inputs["command"] == "run" and settings.token_name:
        help_text = "remove github-token from this step, and GITHUB_TOKEN and GH_TOKEN from its env"
        return _refuse(TokenError(f"run must not see a token, but {settings.token_name} is set", help=help_text), settings)
    return guard(given, settings)


def read_inputs(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs that are set; an empty one is the same as none."""
    found = {name: environment.get(f"LANEMARK_INPUT_{name.upper().replace('-', '_')}", "").strip() for name in INPUTS}
    return {"command": "gate"} | {name: value for name, value in found.items() if value}


def to_arguments(inputs: Mapping[str, str], *, attempt: int = 1) -> list[str]:
    """Return the command line that the inputs mean, empty for a command that there is not.

    From its second attempt on, a `run` goes on where the one before was left.
    """
    command = inputs["command"]
    if command not in TAKES:
        return []
    words = list(COMMANDS.get(command, (command,)))
    for name in TAKES[command]:
        if name in inputs and not (name == "lane" and inputs[name] == "auto"):
            words += [f"--{name}={inputs[name]}"]
    return [*words, "--resume"] if command == "run" and attempt > 1 else words


def _refuse(error: LanemarkError, settings: Settings) -> int:
    """Say why nothing is begun."""
    from lanemark.cli.console import show_error

    show_error(error, settings)
    return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
