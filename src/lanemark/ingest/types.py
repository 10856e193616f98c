"""What reading another tool's result file gives."""

from typing import Any, Literal

from lanemark.codec import Record

Content = dict[str, Any] | list[Any] | str | bytes
"""A file as its reader gets it: JSON as plain values, XML as its bytes, anything else as text."""

Better = Literal["lower", "higher", "unknown"]
"""Which direction is an improvement; `unknown` is shown, and called neither better nor worse: nothing is guessed."""


class Reading(Record, frozen=True, kw_only=True):
    """One figure of a file: its name (hostile text), its values in `unit` in the order they were taken, and its direction.

    Times are in seconds (`s`), sizes in bytes (`B`), rates in `B/s` or `1/s`; any other unit stands as the file has it, "" where
    it has none. `summary` is true where the file has only a summary (one value that stands for many samples).
    """

    name: str
    unit: str
    better: Better
    values: tuple[float, ...]
    summary: bool = False


class CaseTime(Record, frozen=True, kw_only=True):
    """How long one test took, in seconds; `name` is hostile text."""

    name: str
    time_s: float


class BrokenCase(Record, frozen=True, kw_only=True):
    """One test that failed, or that broke before it could (`error`), with the start of what it said."""

    name: str
    state: Literal["failure", "error"]
    message: str = ""


class SuiteState(Record, frozen=True, kw_only=True):
    """What became of one report of tests."""

    path: str
    state: Literal["read", "missing", "unreadable"]
    reason: str = ""


class Tests(Record, frozen=True, kw_only=True):
    """What JUnit XML told about the tests of one side; `time_s` is the sum over all of them.

    `names` are the different names of all tests, sorted; None where there are more than are kept. `broken` are the first ones,
    `slowest` the slowest first.
    """

    reports: tuple[SuiteState, ...]
    total: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    time_s: float = 0.0
    slowest: tuple[CaseTime, ...] = ()
    broken: tuple[BrokenCase, ...] = ()
    names: tuple[str, ...] | None = ()

    @property
    def whole(self) -> bool:
        """Whether every declared report was read."""
        return all(report.state == "read" for report in self.reports)
