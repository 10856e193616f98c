"""What JUnit XML says about tests: how many there were, which failed, which were slow. Every file is hostile.

Totals are counted from the test cases; the sums that a suite claims for itself are not read. One bad file never stops the others
and never goes unnoticed.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from lanemark.errors import DataError
from lanemark.ingest.cases import Cases
from lanemark.ingest.gather import shortened
from lanemark.ingest.types import BrokenCase, CaseTime, SuiteState, Tests
from lanemark.markup import Attributes, parse_markup

MOST_CASES = 1_000_000
"""The most test cases of one file; a file with more is refused, not cut."""

MOST_NAMES = 20_000
"""The most names that are kept, for new and removed tests; a result is bounded."""

MOST_BROKEN = 50
MOST_SLOW = 10

LONGEST_MESSAGE = 500
"""The most characters that are kept of what a failed test said."""

LIMIT = 100 << 20
"""The most bytes of one file that are read."""

LONGEST_S = 1e9
"""No test takes longer; what claims to has no time."""

State = Literal["failure", "error", "skipped", "passed"]
_WORST: tuple[State, ...] = ("error", "failure", "skipped", "passed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteInput:
    """One file, or with `chunks` None that there is none. `chunks` may raise DataError, then or while it is read."""

    path: str
    chunks: Callable[[], Iterator[bytes]] | None


@dataclass(slots=True)
class _Sums:
    """What was counted so far."""

    total: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    time_s: float = 0.0
    slow: list[CaseTime] = field(default_factory=list)
    broken: list[BrokenCase] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def count(self, name: str, state: State, time_s: float | None, message: str) -> None:
        """Add one test."""
        self.total += 1
        self.failures += state == "failure"
        self.errors += state == "error"
        self.skipped += state == "skipped"
        if len(self.names) <= MOST_NAMES:
            self.names.add(name)
        if time_s is not None:
            self.time_s += time_s
            self._keep_slow(CaseTime(name=name, time_s=time_s))
        if state in ("failure", "error") and len(self.broken) < MOST_BROKEN:
            self.broken.append(BrokenCase(name=name, state="error" if state == "error" else "failure", message=message))

    def _keep_slow(self, case: CaseTime) -> None:
        """Keep the slowest ones only."""
        if len(self.slow) == MOST_SLOW and case.time_s <= self.slow[-1].time_s:
            return
        self.slow = _slowest([*self.slow, case])

    def add(self, other: "_Sums") -> None:
        """Add what another file said."""
        self.total += other.total
        self.failures += other.failures
        self.errors += other.errors
        self.skipped += other.skipped
        self.time_s += other.time_s
        self.slow = _slowest([*self.slow, *other.slow])
        self.broken = [*self.broken, *other.broken][:MOST_BROKEN]
        if len(self.names) <= MOST_NAMES:
            self.names |= other.names


def read_suites(inputs: Sequence[SuiteInput]) -> Tests:
    """Return what the files say together. Never raises for what they contain."""
    sums = _Sums()
    states = tuple(_take(one, sums) for one in inputs)
    return Tests(
        reports=states,
        total=sums.total,
        failures=sums.failures,
        errors=sums.errors,
        skipped=sums.skipped,
        time_s=sums.time_s,
        slowest=tuple(sums.slow),
        broken=tuple(sums.broken),
        names=tuple(sorted(sums.names)) if len(sums.names) <= MOST_NAMES else None,
    )


def join_tests(parts: Sequence[Tests]) -> Tests | None:
    """Return what jobs say together, None where none of them read tests; a report that one job lacks is another's."""
    if not parts:
        return None
    found = {report.path for part in parts for report in part.reports if report.state != "missing"}
    reports = {report.path: report for part in parts for report in part.reports if report.path not in found}
    names = [part.names for part in parts]
    united = {name for some in names for name in some or ()}
    return Tests(
        reports=(
            *(report for part in parts for report in part.reports if report.state != "missing"),
            *(reports[path] for path in sorted(reports)),
        ),
        total=sum(part.total for part in parts),
        failures=sum(part.failures for part in parts),
        errors=sum(part.errors for part in parts),
        skipped=sum(part.skipped for part in parts),
        time_s=math.fsum(part.time_s for part in parts),
        slowest=tuple(_slowest(chain.from_iterable(part.slowest for part in parts))),
        broken=tuple(chain.from_iterable(part.broken for part in parts))[:MOST_BROKEN],
        names=tuple(sorted(united)) if None not in names and len(united) <= MOST_NAMES else None,
    )


def _slowest(cases: Iterable[CaseTime]) -> list[CaseTime]:
    return sorted(cases, key=lambda case: (-case.time_s, case.name))[:MOST_SLOW]


def _take(one: SuiteInput, sums: _Sums) -> SuiteState:
    """Count one file's tests and say what became of it; an unreadable one leaves nothing behind."""
    if one.chunks is None:
        return SuiteState(path=one.path, state="missing", reason="no such file was written in this run")
    cases = _Counted()
    try:
        parse_markup(_limited(one.chunks()), cases.attach)
    except DataError as fault:
        return SuiteState(path=one.path, state="unreadable", reason=fault.message)
    sums.add(cases.sums)
    return SuiteState(path=one.path, state="read", reason="" if cases.sums.total else "it names no test")


def _limited(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `chunks` until there are too many."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LIMIT:
            raise DataError(f"it is longer than {LIMIT >> 20} MiB; write one file for each part of the tests")
        yield chunk


class _Counted(Cases):
    """Counts the test cases of one document."""

    def __init__(self) -> None:
        super().__init__()
        self.sums = _Sums()
        self._state: State = "passed"
        self._message = ""
        self._listens = False

    def begin(self, case: Attributes) -> None:  # noqa: ARG002
        """Take a test for passed until something in it says otherwise."""
        self._state, self._message = "passed", ""

    def hold(self, name: str, attributes: Attributes) -> None:
        """Take what says that it did not pass; the worst word counts."""
        if name in ("failure", "error", "skipped"):
            state: State = "failure" if name == "failure" else "error" if name == "error" else "skipped"
            if _WORST.index(state) < _WORST.index(self._state):
                self._state, self._message = state, attributes.get("message", "")[:LONGEST_MESSAGE]
                self._listen(wanted=not self._message and state != "skipped")

    def leave(self) -> None:
        """Stop listening: the element whose text was wanted is over."""
        if self._listens:
            self._listen(wanted=False)

    def end(self, case: Attributes) -> None:
        """Count it."""
        if self.sums.total == MOST_CASES:
            raise DataError(f"there are more than {MOST_CASES:,} test cases")
        self.sums.count(_name(case), self._state, _seconds(case.get("time", "")), " ".join(self._message.split()))

    def _listen(self, *, wanted: bool) -> None:
        """Take the text of a failure that has no message of its own; text costs a call for every piece, so only there."""
        self._listens = wanted
        self.parser.CharacterDataHandler = self._hear if wanted else None

    def _hear(self, text: str) -> None:
        if len(self._message) < LONGEST_MESSAGE:
            self._message += text[: LONGEST_MESSAGE - len(self._message)]


def _name(case: Attributes) -> str:
    """Return `classname.name`, as far as a test case says; cut where it is long."""
    parts = (case.get("classname", "").strip(), case.get("name", "").strip())
    return shortened(".".join(part for part in parts if part)) or "(no name)"


def _seconds(text: str) -> float | None:
    """Return a test's time, None where it has none that can be one; Surefire writes thousands with commas."""
    try:
        found = float(text.strip().replace(",", "")) if len(text) <= 60 else math.nan
    except ValueError:
        return None
    return found if 0 <= found <= LONGEST_S else None
