"""A run as a Chrome trace: every stage, what it was busy with, and what it waited for, for Perfetto or chrome://tracing.

The format is the "Trace Event Format" of the Chromium project: complete events (`X`, with `ts` and `dur` in microseconds) that
nest within a row, pairs of async events (`b`, `e`) for what overlaps, and metadata (`M`) that names the rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lanemark.codec import encode_plain
from lanemark.plan import Plan, Step
from lanemark.result import Outcome
from lanemark.run.watch import Phase

PROCESS = 1
SCHEDULER = 0
"""The row of the run as a whole; places have rows from 1 on."""

LEAST_WAIT_S = 0.001
"""Shorter waits are the scheduler's own time."""

Event = dict[str, object]


class Trace:
    """Implements `run.watch.Watch`; phases come from several threads, each of which only appends."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take the clock: monotonic seconds. The trace begins now."""
        self._now = now
        self._origin = now()
        self._plan = Plan(lane="")
        self._needs: dict[str, tuple[str, ...]] = {}
        self._rows: dict[str, int] = {}
        self._highest = SCHEDULER
        self._since: dict[str, float] = {}
        self._ends: dict[str, float] = {}
        self._events: list[Event] = []

    def plan(self, plan: Plan, jobs: int) -> None:  # noqa: ARG002 -- the rows show how many there were
        """Know what there is to do."""
        self._plan = plan
        self._needs = {step.stage: step.needs for step in plan.steps}

    def start(self, step: Step) -> None:
        """Give a stage the lowest free row, and note how long it waited for a place."""
        at = self._now()
        taken = {self._rows[stage] for stage in self._since}
        row = next(row for row in range(1, len(taken) + 2) if row not in taken)
        self._rows[step.stage], self._since[step.stage] = row, at
        self._highest = max(self._highest, row)
        ready = max((self._ends.get(need, self._origin) for need in step.needs), default=self._origin)
        if at - ready > LEAST_WAIT_S:
            self._note_wait(step.stage, ready, at)

    def end(self, outcome: Outcome) -> None:
        """Note a stage that came to its end; one that was skipped is a mark."""
        at = self._ends[outcome.stage] = self._now()
        since = self._since.pop(outcome.stage, None)
        about: Event = {
            "state": outcome.state,
            "why": outcome.unmeasured or (outcome.failure.evidence if outcome.failure else ""),
        }
        if since is None:
            self._events.append(
                {
                    "name": outcome.stage,
                    "cat": "skipped",
                    "ph": "i",
                    "s": "p",
                    "ts": self._micros(at),
                    **_row(SCHEDULER),
                    "args": about,
                }
            )
        else:
            self._note_span(outcome.stage, "stage", since, at, self._rows[outcome.stage], about)

    @contextmanager
    def phase(self, stage: str, what: Phase) -> Iterator[None]:
        """Note what a stage is busy with, within its own span."""
        since = self._now()
        try:
            yield
        finally:
            self._note_span(what, "phase", since, self._now(), self._rows.get(stage, SCHEDULER), {"stage": stage})

    def write(self, *, ending: str) -> bytes:
        """Return the trace as JSON; what still runs ends now. `ending` says how the run ended."""
        at = self._now()
        for stage, since in list(self._since.items()):
            self._note_span(stage, "stage", since, at, self._rows[stage], {"state": "cancelled", "why": ending})
        self._since.clear()
        self._note_span(f"lane {self._plan.lane}", "run", self._origin, at, SCHEDULER, {"ending": ending})
        names = ["run", *(f"place {row}" for row in range(1, self._highest + 1))]
        rows: list[Event] = [
            {"name": "process_name", "ph": "M", "ts": 0, **_row(SCHEDULER), "args": {"name": "lanemark run"}},
            *({"name": "thread_name", "ph": "M", "ts": 0, **_row(row), "args": {"name": name}} for row, name in enumerate(names)),
        ]
        return encode_plain({"displayTimeUnit": "ms", "traceEvents": [*rows, *self._events]})

    def _note_span(self, name: str, kind: str, since: float, until: float, row: int, about: Event) -> None:
        start, end = self._micros(since), self._micros(until)
        self._events.append({"name": name, "cat": kind, "ph": "X", "ts": start, "dur": end - start, **_row(row), "args": about})

    def _note_wait(self, stage: str, since: float, until: float) -> None:
        shared: Event = {"name": f"{stage} waits", "cat": "waiting", "id": stage, **_row(SCHEDULER)}
        self._events += [{**shared, "ph": "b", "ts": self._micros(since)}, {**shared, "ph": "e", "ts": self._micros(until)}]

    def _micros(self, at: float) -> int:
        return max(round((at - self._origin) * 1e6), 0)


def _row(row: int) -> Event:
    return {"pid": PROCESS, "tid": row}
