"""What a workflow step hands on: outputs and the job summary, as files that GitHub names."""

import secrets
from collections.abc import Mapping

from lanemark.errors import DataError
from lanemark.settings import Settings

SUMMARY_LIMIT = 1_000_000
"""GitHub drops a summary above 1 MiB as a whole."""


def write_outputs(settings: Settings, values: Mapping[str, str]) -> None:
    """Append the step's outputs, each fenced by a random delimiter, so that a value cannot become another output."""
    if not settings.output_file:
        return
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
