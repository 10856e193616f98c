"""What a workflow step hands on: outputs and the job summary, as files that GitHub names."""

from collections.abc import Mapping

from lanemark.errors import ConfigError, DataError, LanemarkError, NoResultsError
from lanemark.escape import markdown, prose
from lanemark.settings import Settings

MOST_PROBLEMS = 50
SUMMARY_LIMIT = 1_000_000
"""GitHub drops a summary above 1 MiB as a whole."""


def write_outputs(settings: Settings, values: Mapping[str, str]) -> None:
    """Append the step's outputs, each fenced by a random delimiter, so that a value cannot become another output."""
    if not settings.output_file:
        return
    import secrets

    text = ""
    for name, value in values.items():
        fence = f"lanemark_{secrets.token_hex(16)}"
        if fence in value or "\r" in value:
            raise DataError(f"the output {name} cannot be handed on: it holds a carriage return")
        text += f"{name}<<{fence}\n{value}\n{fence}\n"
    with open(settings.output_file, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def write_summary(settings: Settings, markdown: str) -> None:
    """Append the job summary."""
    if not settings.summary_file:
        return
    with open(settings.summary_file, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(markdown if len(markdown.encode("utf-8", "replace")) <= SUMMARY_LIMIT else "The summary was too long.\n")


def write_failure(settings: Settings, command: str, error: LanemarkError) -> None:
    """Tell the workflow that a command ended without a verdict: the output `verdict` and a line in the job summary."""
    if command in ("gate", "verdict"):
        write_outputs(settings, {"verdict": "unknown" if isinstance(error, NoResultsError) else "error"})
    lines = [f"### Lanemark: no verdict. {prose(error.message)}"]
    if isinstance(error, ConfigError):
        lines += [
            f"- {markdown(f'{problem.path}:{problem.line}:{problem.column}')} {problem.code}: {prose(problem.message)}"
            for problem in error.problems[:MOST_PROBLEMS]
        ]
    write_summary(settings, "\n".join([*lines, "", "The log of this step says more.", ""]))
