"""Which stages of a plan may start now: a state machine of starts and ends that touches nothing outside."""

from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from statistics import median
from typing import Literal, NamedTuple

from lanemark.config.types import OnFailure
from lanemark.plan import Plan, Step

Stand = Literal["waiting", "ready", "running", "worked", "failed", "skipped"]
"""Where a stage stands; the last three are ends."""

_LOST = ("failed", "skipped")


class Skip(NamedTuple):
    """A stage that will never start, and why."""

    stage: str
    why: str


class Schedule:
    """The stages of one plan on `jobs` places.

    A stage is ready when all it needs worked. Of the ready ones the most urgent starts first (see `urgency`), with one place the
    one that stands first in the plan, because there no order is faster than another and the written one surprises nobody. A stage
    takes as many places as it weighs, at most all. The most urgent stage that does not fit yet keeps the free places for itself:
    lighter ones that would overtake it could keep a heavy one waiting to the end.

    What needs a stage that failed is skipped, the rest still runs. With `on_failure="stop"` nothing starts after a failure, with
    `after-level` nothing deeper than the stage that failed: a stage's level is the longest chain of needs before it. What runs is
    let finish, because its result is worth having. A need that does not stand before its stage in the plan counts as failed, so
    there is no circle.
    """

    def __init__(
        self, plan: Plan, *, jobs: int = 1, weights: Mapping[str, int] | None = None, on_failure: OnFailure = "continue"
    ) -> None:
        """Find what is ready at once."""
        self.jobs = max(jobs, 1)
        self._steps = {step.stage: step for step in plan.steps}
        self._places = {stage: min(max((weights or {}).get(stage, 1), 1), self.jobs) for stage in self._steps}
        self._order = _plan_order(plan) if self.jobs == 1 else _urgent_order(plan)
        self._on_failure = on_failure
        self._levels = levels(plan)
        self._stands: dict[str, Stand] = dict.fromkeys(self._steps, "waiting")
        self._open: dict[str, int] = {}
        self._behind: dict[str, list[str]] = {stage: [] for stage in self._steps}
        self._free = self.jobs
        self._skips: list[Skip] = []
        self._ready: list[tuple[int, str]] = []
        seen: set[str] = set()
        for step in plan.steps:
            self._place_step(step, seen)
            seen.add(step.stage)
        heapify(self._ready)

    @property
    def stands(self) -> Mapping[str, Stand]:
        """Where each stage stands now, in the order of the plan."""
        return dict(self._stands)

    @property
    def idle(self) -> bool:
        """Whether nothing runs."""
        return self._free == self.jobs

    @property
    def over(self) -> bool:
        """Whether every stage came to its end."""
        return self.idle and not self._ready

    def start(self) -> tuple[Step, ...]:
        """Return the steps to start now, the most urgent first; each counts as running until it is given to `finish`."""
        found: list[Step] = []
        while self._ready and self._places[self._ready[0][1]] <= self._free:
            _, stage = heappop(self._ready)
            self._free -= self._places[stage]
            self._stands[stage] = "running"
            found.append(self._steps[stage])
        return tuple(found)

    def finish(self, stage: str, *, worked: bool) -> None:
        """Note that `stage` ended; raise ValueError for one that does not run."""
        if self._stands.get(stage) != "running":
            raise ValueError(f"{stage} does not run")
        self._free += self._places[stage]
        self._stands[stage] = "worked" if worked else "failed"
        if worked:
            self._open_way(stage)
        else:
            self._close_way(stage)

    def take_skips(self) -> tuple[Skip, ...]:
        """Return the stages of which it became known since the last call that they never start, in the order of the plan."""
        found, self._skips = tuple(self._skips), []
        return found

    def _place_step(self, step: Step, seen: set[str]) -> None:
        """Note what one step waits for; `seen` are the stages before it."""
        lost = next((need for need in step.needs if need not in seen or self._stands[need] == "skipped"), None)
        if lost is not None:
            self._skip(step.stage, f"{lost} did not work")
            return
        needs = set(step.needs)
        self._open[step.stage] = len(needs)
        for need in needs:
            self._behind[need].append(step.stage)
        if not needs:
            self._stands[step.stage] = "ready"
            self._ready.append((self._order[step.stage], step.stage))

    def _open_way(self, stage: str) -> None:
        """Make ready what waited for `stage` alone."""
        for behind in self._behind[stage]:
            self._open[behind] -= 1
            if not self._open[behind] and self._stands[behind] == "waiting":
                self._stands[behind] = "ready"
                heappush(self._ready, (self._order[behind], behind))

    def _close_way(self, stage: str) -> None:
        """Skip what can never start now that `stage` failed."""
        for step in self._steps.values():
            if self._stands[step.stage] not in ("waiting", "ready"):
                continue
            lost = next((need for need in step.needs if self._stands[need] in _LOST), None)
            if lost is not None:
                self._skip(step.stage, f"{lost} did not work")
            elif self._on_failure == "stop":
                self._skip(step.stage, f"{stage} did not work, and nothing starts after a failure")
            elif self._on_failure == "after-level" and self._levels[step.stage] > self._levels[stage]:
                self._skip(step.stage, f"{stage} did not work, and nothing deeper starts after a failure")
        self._ready = [entry for entry in self._ready if self._stands[entry[1]] == "ready"]
        heapify(self._ready)

    def _skip(self, stage: str, why: str) -> None:
        self._stands[stage] = "skipped"
        self._skips.append(Skip(stage, why))


def levels(plan: Plan) -> dict[str, int]:
    """Return how many stages the longest chain of needs before each stage has; a need that stands later in the plan is none."""
    found: dict[str, int] = {}
    for step in plan.steps:
        found[step.stage] = max((found[need] + 1 for need in step.needs if need in found), default=0)
    return found


def urgency(plan: Plan) -> dict[str, tuple[float, int]]:
    """Return for each stage the seconds of the longest chain that begins with it, and how many stages depend on it.

    The longest chain first is list scheduling by critical path (Graham, SIAM J. Appl. Math. 17, 1969: at most twice the best
    time, in practice close to it). A stage whose duration nobody knows counts as the median of the known ones; where none is
    known each counts the same, so that the longest chain of stages decides.
    """
    known = [step.estimate_s for step in plan.steps if step.estimate_s is not None and step.estimate_s >= 0]
    usual_s = median(known) if known else 1.0
    chain_s: dict[str, float] = {}
    behind: dict[str, int] = {}
    bits = {step.stage: 1 << place for place, step in enumerate(plan.steps)}
    for step in reversed(plan.steps):
        own_s = usual_s if step.estimate_s is None or step.estimate_s < 0 else step.estimate_s
        chain_s[step.stage] = chain_s.get(step.stage, 0.0) + own_s
        dependents = behind.setdefault(step.stage, 0) | bits[step.stage]
        for need in step.needs:
            chain_s[need] = max(chain_s.get(need, 0.0), chain_s[step.stage])
            behind[need] = behind.get(need, 0) | dependents
    return {step.stage: (chain_s[step.stage], behind[step.stage].bit_count()) for step in plan.steps}


def _plan_order(plan: Plan) -> dict[str, int]:
    return {step.stage: place for place, step in enumerate(plan.steps)}


def _urgent_order(plan: Plan) -> dict[str, int]:
    """Return the place of each stage when the most urgent stands first; of equals the one that stands first in the plan."""
    known, place = urgency(plan), _plan_order(plan)
    order = sorted(place, key=lambda stage: (-known[stage][0], -known[stage][1], place[stage]))
    return {stage: rank for rank, stage in enumerate(order)}
