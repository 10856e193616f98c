"""Who looks on while stages run: a picture for people, a record that survives a cancelled run, a trace."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Literal, Protocol

from msgspec.structs import replace

from lanemark.plan import Plan, Step
from lanemark.result import Failure, Outcome, Side

Phase = Literal["waiting", "hashing", "restoring", "storing", "running"]
"""What a stage is busy with; `waiting` is for somebody else who makes the same entry of the cache."""


class Watch(Protocol):
    """Is told what happens. `phase` is called from any thread, everything else from the one that schedules."""

    def plan(self, plan: Plan, jobs: int) -> None:
        """Know what is going to run, and how much of it at a time."""
        ...

    def start(self, step: Step) -> None:
        """Know that a step begins."""
        ...

    def end(self, outcome: Outcome) -> None:
        """Know what became of a step; one that never began may end too."""
        ...

    def phase(self, stage: str, what: Phase) -> AbstractContextManager[None]:
        """Give a context that lasts as long as a stage is busy with one thing."""
        ...


class Watches:
    """Several who look on, told in their order; with none of them nothing is told."""

    def __init__(self, *watches: Watch) -> None:
        """Tell all of `watches`."""
        self._watches = watches

    def plan(self, plan: Plan, jobs: int) -> None:
        """Tell it to all."""
        for watch in self._watches:
            watch.plan(plan, jobs)

    def start(self, step: Step) -> None:
        """Tell it to all."""
        for watch in self._watches:
            watch.start(step)

    def end(self, outcome: Outcome) -> None:
        """Tell it to all."""
        for watch in self._watches:
            watch.end(outcome)

    @contextmanager
    def phase(self, stage: str, what: Phase) -> Iterator[None]:
        """Tell it to all."""
        with ExitStack() as stack:
            for watch in self._watches:
                stack.enter_context(watch.phase(stage, what))
            yield


class OneSide:
    """Tells what happens on one of two sides, with the side before the names of its stages."""

    def __init__(self, watch: Watch, side: Side) -> None:
        """Tell `watch` of `side`."""
        self._watch, self._side = watch, side

    def plan(self, plan: Plan, jobs: int) -> None:
        """Tell it with the side."""
        self._watch.plan(Plan(lane=plan.lane, steps=tuple(map(self._name_step, plan.steps))), jobs)

    def start(self, step: Step) -> None:
        """Tell it with the side."""
        self._watch.start(self._name_step(step))

    def end(self, outcome: Outcome) -> None:
        """Tell it with the side."""
        self._watch.end(replace(outcome, stage=self._name(outcome.stage)))

    def phase(self, stage: str, what: Phase) -> AbstractContextManager[None]:
        """Tell it with the side."""
        return self._watch.phase(self._name(stage), what)

    def _name(self, stage: str) -> str:
        return f"{self._side} {stage}"

    def _name_step(self, step: Step) -> Step:
        return replace(step, stage=self._name(step.stage), needs=tuple(map(self._name, step.needs)))


class Logbook:
    """What became of every step so far, for a run that is cut off in the middle."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._plan = Plan(lane="")
        self._started: dict[str, None] = {}
        self._ended: dict[str, Outcome] = {}

    def plan(self, plan: Plan, jobs: int) -> None:  # noqa: ARG002 -- how many run at a time changes nothing here
        """Note what there is."""
        self._plan = plan

    def start(self, step: Step) -> None:
        """Note a begin."""
        self._started[step.stage] = None

    def end(self, outcome: Outcome) -> None:
        """Note an end."""
        self._ended[outcome.stage] = outcome

    @contextmanager
    def phase(self, stage: str, what: Phase) -> Iterator[None]:  # noqa: ARG002 -- what it is busy with changes nothing here
        """Note nothing."""
        yield

    def cut_off(self) -> dict[str, Outcome]:
        """Return what became of every step of a run that was cancelled now, in the order of the plan."""
        return {step.stage: self._ended.get(step.stage) or self._cancelled(step.stage) for step in self._plan.steps}

    def _cancelled(self, stage: str) -> Outcome:
        if stage in self._started:
            failure = Failure(kind="cancelled", evidence="cancelled while it ran", cause="cancelled", confidence="certain")
            return Outcome(stage=stage, state="failed", failure=failure)
        return Outcome(stage=stage, state="skipped", unmeasured="the run was cancelled before it could start")
