"""How far a run is, in words: what is done, what runs and since when, and about how long the rest takes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from lanemark.escape import visible
from lanemark.plan import Plan, Step
from lanemark.result import Outcome
from lanemark.run.watch import Phase
from lanemark.units import seconds

SHOWN = 5
"""The most running stages that are named."""


class Progress:
    """Implements `run.watch.Watch`. Another thread may ask while stages start and end: it sees the state of a moment ago."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take the clock: monotonic seconds."""
        self._now = now
        self._plans: list[tuple[Plan, int]] = []
        self._since: dict[str, float] = {}
        self._done: dict[str, None] = {}

    @property
    def busy(self) -> bool:
        """Whether anything runs."""
        return len(self._since) > 0

    def plan(self, plan: Plan, jobs: int) -> None:
        """Know what there is to do; of two sides that take turns each has a plan."""
        self._plans.append((plan, jobs))

    def start(self, step: Step) -> None:
        """Note a begin."""
        self._since[step.stage] = self._now()

    def end(self, outcome: Outcome) -> None:
        """Note an end."""
        self._done[outcome.stage] = None
        self._since.pop(outcome.stage, None)

    @contextmanager
    def phase(self, stage: str, what: Phase) -> Iterator[None]:  # noqa: ARG002 -- nobody is told in such detail
        """Note nothing."""
        yield

    def words(self) -> str:
        """Return one line: `3 of 12 done, unit 1 min 10 s so far, about 4 min left`."""
        running = self._running()
        named = [f"{visible(stage)} {_rough(passed)} so far" for stage, passed in running[:SHOWN]]
        more = [f"{len(running) - SHOWN} more run"] if len(running) > SHOWN else []
        return ", ".join([self._count(), *named, *more, *self._left_words(running)])

    def lines(self) -> list[str]:
        """Return the same as a picture of a few lines: a headline, and a line for each running stage, the oldest first."""
        running = self._running()
        usual = {stage: known for plan, _ in self._plans for stage, known in _estimates(plan).items()}
        found = [", ".join([self._count(), *self._left_words(running)])]
        for stage, passed in running[:SHOWN]:
            known = usual.get(stage)
            found.append(f"  {visible(stage)}  {_rough(passed)}" + ("" if known is None else f" of about {_rough(known)}"))
        return [*found, f"  and {len(running) - SHOWN} more"] if len(running) > SHOWN else found

    def _running(self) -> list[tuple[str, float]]:
        """Return what runs and for how many seconds, the oldest first."""
        now = self._now()
        return [(stage, now - since) for stage, since in list(self._since.items())]

    def _count(self) -> str:
        return f"{len(self._done)} of {sum(len(plan.steps) for plan, _ in self._plans)} done"

    def _left_words(self, running: list[tuple[str, float]]) -> list[str]:
        done = frozenset(list(self._done))
        left_s = [time_left(plan, done, dict(running), jobs) for plan, jobs in self._plans]
        known_s = [one for one in left_s if one is not None]
        return [f"about {_rough(sum(known_s))} left"] if len(known_s) == len(left_s) else []


def time_left(plan: Plan, done: frozenset[str], running: Mapping[str, float], jobs: int) -> float | None:
    """Return about how many seconds a run still takes, None where a stage that is left never ran before.

    No run ends before its longest chain of stages, or before its work divided by its places; the larger of both is taken, which
    list scheduling exceeds by little. What takes longer than usual counts as about to end.
    """
    usual = _estimates(plan)
    rest: dict[str, float] = {}
    chain: dict[str, float] = {}
    for step in plan.steps:
        if step.stage in done:
            continue
        if step.stage not in usual:
            return None
        rest[step.stage] = max(usual[step.stage] - running.get(step.stage, 0.0), 0.0)
        chain[step.stage] = rest[step.stage] + max((chain.get(need, 0.0) for need in step.needs), default=0.0)
    return max(max(chain.values(), default=0.0), sum(rest.values()) / max(jobs, 1))


def _estimates(plan: Plan) -> dict[str, float]:
    return {step.stage: step.estimate_s for step in plan.steps if step.estimate_s is not None and step.estimate_s >= 0}


def _rough(value: float) -> str:
    """Return whole seconds: nobody reads more of a figure that changes while it is read."""
    return seconds(float(round(value)))
