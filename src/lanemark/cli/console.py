"""Talk on stderr, data on stdout, and errors as people and GitHub read them."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lanemark import REPOSITORY, __version__
from lanemark.codec import encode_plain, encode_texts
from lanemark.errors import ConfigError, LanemarkError, UsageError
from lanemark.escape import command_data, command_property, visible
from lanemark.settings import Settings

MOST_ANNOTATIONS = 10
"""GitHub shows at most ten errors of a step."""


def _terminal_width() -> int:
    """Return how many columns help may take, as argparse finds it, without loading what it loads for that."""
    try:
        return int(os.environ.get("COLUMNS") or os.get_terminal_size().columns) - 2
    except (OSError, ValueError):
        return 78


class _Formatter(argparse.HelpFormatter):
    """Help as argparse writes it. One is made for every option, only to look at the option."""

    def __init__(self, prog: str) -> None:
        """Start the help of `prog`."""
        super().__init__(prog, width=_terminal_width())


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are UsageErrors like all others."""

    def __init__(self, **options: Any) -> None:
        """Take what `ArgumentParser` takes, by name."""
        super().__init__(**{"formatter_class": _Formatter, **options})

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and leaving."""
        raise UsageError(message, help=f"{self.prog} --help")


def say(line: str) -> None:
    """Print one line of talk, at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def print_data(value: object) -> None:
    """Print a JSON value."""
    sys.stdout.write(encode_plain(value).decode("ascii"))


def print_texts(value: object) -> None:
    """Print a JSON value in which there are no numbers."""
    sys.stdout.write(encode_texts(value).decode("ascii"))


def print_text(text: str) -> None:
    """Print text for people; lone surrogates were escaped before."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def show_error(error: LanemarkError, settings: Settings) -> None:
    """Show an error that somebody can do something about; in Actions as annotations too."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            say(_lines(problem.text()))
        say(f"{error.message}.  Explain one: lanemark explain {error.problems[0].code}")
    else:
        say(f"lanemark: error {error.code}: {visible(error.message)}")
        if error.help:
            say(_lines(f"  = help: {error.help}"))
    if settings.in_actions:
        for line in _annotations(error):
            say(line)


def _annotations(error: LanemarkError) -> list[str]:
    """Return the error as workflow commands."""
    if not isinstance(error, ConfigError):
        return [f"::error title={error.code}::{command_data(visible(error.message))}"]
    return [
        f"::error file={command_property(problem.path)},line={problem.line},col={problem.column},title={problem.code}::"
        + command_data("\n".join(filter(None, (problem.message, problem.help))))
        for problem in error.problems[:MOST_ANNOTATIONS]
    ]


def show_crash(fault: Exception, given: Sequence[str], settings: Settings) -> None:
    """Write a report of our own fault, ready to paste, and say where it is."""
    import platform
    import traceback

    told = "".join(traceback.format_exception(fault))
    report = (
        f"lanemark {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: {' '.join(map(visible, given))}\n\n{told}"
    )
    path = f"{settings.out}/crash.txt"
    try:
        os.makedirs(settings.out, exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report)
        where = f"it is in {path}"
    except OSError:
        where = f"here it is:\n{report}"
    say(f"lanemark: this is our fault, not yours: {type(fault).__name__}: {visible(str(fault))[:300]}")
    say(f"  = help: please send the report to https://github.com/{REPOSITORY}/issues; {where}")
    if settings.in_actions:
        say(f"::error title=Lanemark::{command_data('Lanemark failed by its own fault; see the log')}")


def _lines(text: str) -> str:
    """Return text of several lines with each made visible."""
    return "\n".join(visible(line) for line in text.split("\n"))
