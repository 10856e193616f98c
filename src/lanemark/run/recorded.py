"""A run that is written down as it goes, so that it can be resumed: what its steps do is told to somebody who keeps it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lanemark.config.types import Stage
from lanemark.plan import Step
from lanemark.result import Outcome
from lanemark.result.recoveries import Recoveries
from lanemark.run.replay import Replays


class Done(Protocol):
    """How a stage ended in the run that is resumed; `key` and `outputs` are None for an untracked one."""

    @property
    def key(self) -> str | None:
        """The stage's key then."""
        ...

    @property
    def outputs(self) -> str | None:
        """The digest of its outputs then."""
        ...


class Recorder(Protocol):
    """Keeps what a run does. Called from several threads; what fails in it is a warning, never the run's failure."""

    @property
    def recoveries(self) -> Recoveries:
        """What checkpoints and rollbacks have cost so far."""
        ...

    def begin(self) -> None:
        """Know that files are about to change; a run in which none does leaves nothing behind."""
        ...

    def start_stage(self, stage: Stage) -> None:
        """Know that the stage's command starts now."""
        ...

    def end_stage(self, stage: Stage, outcome: Outcome, key: str | None) -> None:
        """Know what became of a stage, when all it leaves stands."""
        ...


@dataclass(slots=True, kw_only=True)
class Recorded(Replays):
    """Replays with a recorder; `finished` are stages of the run that is resumed which need not run again.

    `same` are the stages that stand as they did in that run: only on these a finished one may rest.
    """

    recorder: Recorder
    finished: Mapping[str, Done] = field(default_factory=dict)
    same: set[str] = field(default_factory=set)

    @property
    def recoveries(self) -> Recoveries:
        """What checkpoints and rollbacks of this run cost."""
        return self.recorder.recoveries

    def replay_step(self, step: Step) -> Outcome | None:
        """Return the outcome of a step that need not run, because it did before the interruption or because it is kept."""
        outcome = self._go_on(step) or Replays.replay_step(self, step)
        if outcome is not None:
            done = self.finished.get(step.stage)
            if done is not None and done.outputs == outcome.outputs:
                self.same.add(step.stage)
            self.recorder.end_stage(self.place.stages[step.stage], outcome, self._key(step.stage))
        return outcome

    def execute_step(self, step: Step, execute: Callable[[Step], Outcome], left_s: Callable[[], float | None]) -> Outcome:
        """Execute a step that could not be replayed, and write down its start and its end."""
        stage = self.place.stages[step.stage]
        self.recorder.begin()

        def execute_noted(one: Step) -> Outcome:
            self.recorder.start_stage(stage)
            return execute(one)

        outcome = Replays.execute_step(self, step, execute_noted, left_s)
        self.recorder.end_stage(stage, outcome, self._key(step.stage))
        return outcome

    def begin_change(self) -> None:
        """Have what stands written down before outputs are put back."""
        self.recorder.begin()

    def _go_on(self, step: Step) -> Outcome | None:
        """Return the outcome of a step that was done before the interruption and still holds.

        One with a key must have the same key now. Where the store has its outputs and nobody changed them in place since, it is
        replayed like any other, with its log.
        """
        done, stage = self.finished.get(step.stage), self.place.stages[step.stage]
        needs = [need for need in stage.needs if need in self.place.stages]
        if done is None or not self.same.issuperset(needs):
            return None
        if done.key is not None:
            answer = self.answers[step.stage] = self.cache.ask(step.stage)
            if answer.key != done.key or (answer.manifest is not None and not self._is_changed_in_place(stage)):
                return None
        self.cache.left[step.stage] = done.outputs
        self.why[step.stage] = "done before the run was interrupted"
        return Outcome(stage=step.stage, state="replayed", outputs=done.outputs)

    def _is_changed_in_place(self, stage: Stage) -> bool:
        """Return whether some other stage changes what this one makes."""
        return any(not set(stage.outputs).isdisjoint(other.state) for other in self.place.stages.values())

    def _key(self, stage: str) -> str | None:
        """Return the key of a stage whose result is known by it."""
        answer = self.answers.get(stage)
        return None if answer is None or self.cache.left.get(stage) is None else answer.key
