"""Processes that somebody looks after: prepared before each run, quiet, and failing only where failing counts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lanemark.escape import visible
from lanemark.ports import Command, Exit, Files, Processes
from lanemark.result import Failure
from lanemark.result.timing import status_words
from lanemark.run.stage import SHELL, TAIL_BYTES, TAIL_LINES

CHATTY_BYTES = 1 << 20
"""A command that wrote more than this to its error output in one run is not kept a log of again: that fills a disk."""

STOPPED = Failure(kind="cancelled", evidence="stopped by hand")


class EndedError(Exception):
    """A run after which none can follow; never seen outside of this room."""

    def __init__(self, failure: Failure) -> None:
        """Say why."""
        super().__init__(failure.evidence)
        self.failure = failure


def _watch_nothing() -> None:
    """Do nothing."""


@dataclass(slots=True, kw_only=True)
class AttendedProcesses:
    """Implements `ports.Processes` around `processes`, for commands that belong to no repository.

    `prepare` is a shell command before every run, outside of its time. The output goes to `output` or nowhere, because commands
    that are timed may write gigabytes; error output is kept as long as it is short. With `ignore_failure` a run that ends with
    another status than 0 counts as one that worked, and is counted in `failures` by status. `watch` is called before every run.
    """

    processes: Processes
    files: Files
    prepare: str = ""
    ignore_failure: bool = False
    output: str | None = None
    watch: Callable[[], None] = _watch_nothing
    runs: int = 0
    survivors: int = 0
    failures: dict[int, int] = field(default_factory=dict)
    _chatty: set[str] = field(default_factory=set)

    def run(self, command: Command) -> Exit:
        """Run `command` to its end; raise EndedError where its preparation does not work."""
        self.watch()
        if self.prepare:
            self.run_aside(self.prepare, command, "prepare")
        self.runs += 1
        log = None if command.stderr in self._chatty else command.stderr
        ended = self.processes.run(replace(command, stdout=self.output, stderr=log))
        self.survivors += ended.survivors
        if log is not None and len(self.files.tail(log, limit=CHATTY_BYTES)) == CHATTY_BYTES:
            self._chatty.add(log)
        if not self.ignore_failure or ended.status == 0 or ended.error or ended.timed_out or ended.cancelled:
            return ended
        self.failures[ended.status] = self.failures.get(ended.status, 0) + 1
        return replace(ended, status=0)

    def run_aside(self, line: str, beside: Command, what: str) -> None:
        """Run a shell command of the user's around the timing, where `beside` runs; raise EndedError where it does not work."""
        log = f"{beside.stderr}.{what}" if beside.stderr else None
        ended = self.processes.run(replace(beside, argv=(*SHELL, line), stdout=log, stderr=log, account="time"))
        if ended.cancelled:
            raise EndedError(STOPPED)
        if ended.status or ended.error or ended.timed_out:
            why = ended.error or ("its time was up" if ended.timed_out else status_words(ended.status))
            evidence = f"the --{what} command {visible(line)!r} did not work: {why}"
            tail = read_tail(self.files, log) if log else ""
            raise EndedError(Failure(kind="exit", evidence=evidence, status=ended.status, tail=tail))


def read_tail(files: Files, log: str) -> str:
    """Return the last lines of a log, as text of hostile content."""
    text = files.tail(log, limit=TAIL_BYTES).decode("utf-8", "replace")
    return "\n".join(text.splitlines()[-TAIL_LINES:])
