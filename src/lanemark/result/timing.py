"""One command by itself, as `lanemark time` measured it: facts only."""

from collections.abc import Mapping

from lanemark.codec import Record
from lanemark.ports import Pass
from lanemark.result import Failure, Sample

STAGE = "command"
"""The name under which the samples of a bare command stand."""


class Timing(Record, frozen=True, kw_only=True):
    """The samples of one command, in the order they were taken, and all that a reader must know to believe them.

    `command` are the words as they were given, of which a shell read one where `shell`. `warmups` counts the samples that were
    thrown away, `first_s` is the wall time of the very first run, and `empty_s` what a command that does nothing takes here, None
    where nobody asked. `failures` counts the runs that ended with another exit status than 0, by status, of `runs` in all, and
    `survivors` the processes that outlived their run and were ended by us. `time_up` says that `--max-time` ended it, `failure`
    why it ended before its end; the samples taken until then stand.
    """

    command: tuple[str, ...]
    shell: bool = False
    prepare: str = ""
    samples: tuple[Sample, ...] = ()
    warmups: int = 0
    wanted: int | None = None
    runs: int = 0
    first_s: float | None = None
    empty_s: float | None = None
    failures: Mapping[int, int] = {}
    survivors: int = 0
    time_up: bool = False
    failure: Failure | None = None

    def of(self, account: Pass) -> tuple[Sample, ...]:
        """Return the samples of one pass."""
        return tuple(sample for sample in self.samples if sample.account == account)

    @property
    def loops(self) -> int:
        """The executions in the largest timing sample."""
        return max((sample.loops for sample in self.of("time")), default=1)

    @property
    def loops_words(self) -> str:
        """The executions in a timing sample, in words: `84 runs`, or `3 to 84 runs` where it had to be found out."""
        least = min((sample.loops for sample in self.of("time")), default=1)
        return f"{self.loops} runs" if least == self.loops else f"{least} to {self.loops} runs"


def status_words(status: int) -> str:
    """Return an exit status in words; above 128 it names the signal's number."""
    return f"exit status {status}" + (f" (signal {status - 128})" if 128 < status < 160 else "")
