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
