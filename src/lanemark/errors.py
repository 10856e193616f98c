"""Every error we raise: its class, its code, its exit status, and what to do about it.

The exit status table is design, not accident; `EXIT` is its one copy, and `docs/exit-status.md` is made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

EXIT: Mapping[int, str] = {
    0: "pass, warn, or unknown with `on_unknown: warn`",
    1: "our own fault; a report ready to paste was written",
    2: "usage: a bad option, an unknown ref, not a repository, a file that cannot be read",
    3: "a budget or a regression band failed",
    4: "a coverage floor failed",
    5: "unknown, with `on_unknown: fail`",
    6: "GitHub failed (`publish` and `record` only)",
    7: "a stage failed",
    8: "the configuration is invalid",
    10: "timed out or cancelled",
}
"""What each exit status means. Where several hold: 8, 10, 7, 3, 4, 5, 0 in this order."""


class LanemarkError(Exception):
    """A failure we can explain; it is shown without a traceback."""

    code: ClassVar[str] = "LG001"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, help: str = "") -> None:  # noqa: A002 -- the word users read
        """Say what happened and where (`message`), and what to do about it (`help`)."""
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(LanemarkError):
    """An option, argument or combination of them that means nothing."""

    code = "LG010"
    exit_status = 2


class NotARepositoryError(UsageError):
    """The folder is not inside a git repository, or git refuses it."""

    code = "LG011"


class UnknownRefError(UsageError):
    """A ref or commit that the repository does not have."""

    code = "LG012"


class TokenError(UsageError):
    """`measure` was started with a token in its reach; it runs a pull request's code and must not have one."""

    code = "LG013"


class DataError(UsageError):
    """A file or artifact was refused: missing, too long, not what it claims to be. The message says which and where in it."""

    code = "LG014"


class EventError(UsageError):
    """An event Lanemark does not act on, or a payload that lacks what it needs."""

    code = "LG015"


class NoResultsError(LanemarkError):
    """There is no measurement to judge. Never green, whatever `on_unknown` says: nothing at all was shown."""

    code = "LG016"
    exit_status = 5


class GitHubError(LanemarkError):
    """GitHub could not be asked or told. Never changes a verdict."""

    code = "LG400"
    exit_status = 6


class StoppedError(LanemarkError):
    """The lane's time ran out, or the run was cancelled."""

    code = "LG500"
    exit_status = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration file, with its place (`line` and `column` count from 1, `width` in characters)."""

    code: str
    path: str
    line: int
    column: int
    width: int
    message: str
    snippet: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the message as compilers write it: place, code, snippet, caret, help."""
        lines = [f"{self.path}:{self.line}:{self.column}: error {self.code}: {self.message}"]
        if self.snippet:
            margin = " " * len(str(self.line))
            lines += [
                f"{margin} |",
                f"{self.line} | {self.snippet}",
                f"{margin} | {' ' * (self.column - 1)}{'^' * max(self.width, 1)}",
            ]
        margin = " " * len(str(self.line)) if self.snippet else ""
        lines += [f"{margin} = note: {note}" for note in self.notes]
        if self.help:
            lines.append(f"{margin} = help: {self.help}")
        return "\n".join(lines)


class ConfigError(LanemarkError):
    """The configuration is invalid; every mistake is in `problems`."""

    code = "LG100"
    exit_status = 8

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Carry all problems of one file, in the order they stand."""
        count = len(problems)
        super().__init__(f"{count} error{'s' if count != 1 else ''} in the configuration")
        self.problems = problems
