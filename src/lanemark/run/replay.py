"""Execute a step, or replay what it left behind when it ran before."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from lanemark.cache.ask import Answer, Cache
from lanemark.cache.key import kept_outputs
from lanemark.cache.reasons import write_reasons
from lanemark.cache.types import Manifest, Ran
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.plan import Step
from lanemark.ports import Say
from lanemark.result import Outcome, Try
from lanemark.run.types import Workspace
from lanemark.tree import Tree

NOTHING = Tree(digest="")


@dataclass(slots=True, kw_only=True)
class Replays:
    """What one run replays and keeps. `why` says of every stage why it ran or was replayed, `saved_s` what replaying saved.

    `damaged` is what was wrong with entries that were put aside. Stages of one plan come here from several threads; each writes
    what is its own.
    """

    cache: Cache
    place: Workspace
    say: Say
    why: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    saved_s: float = 0.0
    stored: int = 0

    def replay_step(self, step: Step) -> Outcome | None:
        """Return the outcome of a step that need not run; where it must, say why and return None."""
        answer = self.answers[step.stage] = self.cache.ask(step.stage)
        outcome = self._replay(answer)
        if outcome is None:
            if answer.manifest is None:
                self.why[step.stage] = write_reasons(answer.reasons)
            self.say(f"{step.stage} runs: {self.why[step.stage]}")
        return outcome

    def execute_step(self, step: Step, execute: Callable[[Step], Outcome], left_s: Callable[[], float | None]) -> Outcome:
        """Execute a step that could not be replayed, and keep what it leaves behind.

        Somebody else who makes the same entry is waited for; what he made is replayed. What the step reads is looked at right
        before it starts, because that is what the entry will stand for.
        """
        answer = self.answers[step.stage]
        self.cache.fingerprints.note_change()
        if answer.key is None or not (self.cache.policy.read or self.cache.policy.write):
            return self._finish(answer, execute(step))
        with self.cache.store.hold(answer.key, limit_s=left_s()):
            fresh = self.cache.ask(answer.stage)
            outcome = self._replay(fresh)
            if outcome is not None:
                return outcome
            return self._note_damage(self._keep(fresh, execute(step)))

    def _note_damage(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a stage that ran because what was kept of it was damaged, with that written down."""
        damage = self.damaged.get(outcome.stage)
        if damage is None:
            return outcome
        action = "put what was kept of it aside and ran it"
        found = Try(cause="corrupt-state", confidence="certain", evidence=damage, signs=(damage,), action=action)
        return msgspec.structs.replace(outcome, tries=(found, *outcome.tries))

    def _replay(self, answer: Answer) -> Outcome | None:
        """Make the outputs what the entry has, and the log; None where there is no entry, or a bad one."""
        manifest, stage = answer.manifest, self.place.stages[answer.stage]
        if manifest is None:
            corrupt = next((reason.text for reason in answer.reasons if reason.kind == "corrupt"), None)
            if corrupt is not None:
                self.damaged[answer.stage] = corrupt
            return None
        store, outputs = self.cache.store, kept_outputs(stage)
        try:
            if store.stands(self.place.root, outputs, manifest.outputs, read=self.cache.policy.read_outputs):
                how = "nothing changed"
            else:
                store.restore(self.place.root, outputs, manifest.outputs)
                how = "outputs restored"
            store.write_log(manifest, f"{self.place.logs}/{answer.stage}")
        except DataError as fault:
            store.reject(manifest.key)
            self.damaged[answer.stage] = fault.message
            self.why[answer.stage] = f"part of what was kept is missing or damaged: {visible(fault.message)}"
            return None
        self.cache.left[answer.stage] = manifest.outputs.digest
        self.why[answer.stage] = how
        self.saved_s += manifest.wall_s
        return Outcome(stage=answer.stage, state="replayed", outputs=manifest.outputs.digest)

    def _keep(self, answer: Answer, outcome: Outcome) -> Outcome:
        """Keep what a step left behind, if it worked and what it read is what it was."""
        if outcome.flaky:  # replayed, it would be plainly green
            return self._finish(answer, outcome)
        if outcome.state != "ran" or outcome.usage is None or answer.key is None or answer.parts is None or answer.inputs is None:
            return outcome
        stage, cache = self.place.stages[answer.stage], self.cache
        base = f"{self.place.logs}/{answer.stage}"
        try:
            after = cache.fingerprints.take(stage.inputs, kept_outputs(stage))
            if after != answer.inputs:
                changed = _first_difference(answer.inputs.tree, after.tree)
                self._warn(f"{answer.stage} is not kept: its input {visible(changed)} changed while it ran")
                return self._finish(answer, outcome)
            if not cache.policy.write:
                return self._finish(answer, outcome)
            full = cache.store.save(
                self._manifest(answer, outcome),
                answer.inputs.tree,
                self.place.root,
                kept_outputs(stage),
                Ran(wall_s=outcome.usage.wall_s, cpu_s=outcome.usage.cpu_s, out=f"{base}.out", err=f"{base}.err"),
                limit=cache.policy.max_entry_bytes,
            )
        except DataError as fault:
            self._warn(f"{answer.stage} is not kept: {visible(fault.message)}")
            return self._finish(answer, outcome)
        self.stored += 1
        cache.left[answer.stage] = full.outputs.digest
        return msgspec.structs.replace(outcome, outputs=full.outputs.digest)

    def _manifest(self, answer: Answer, outcome: Outcome) -> Manifest:
        """Return the entry as far as it is known before its contents are kept."""
        around, usage = self.cache.around, outcome.usage
        assert answer.key is not None
        assert answer.parts is not None
        assert usage is not None
        return Manifest(
            generator=around.generator,
            created=around.created,
            scope=around.scope,
            stage=answer.stage,
            lane=around.lane,
            key=answer.key,
            parts=answer.parts,
            inputs="",
            wall_s=usage.wall_s,
            cpu_s=usage.cpu_s,
            run_id=around.run_id,
            attempt=around.attempt,
            outputs=NOTHING,
        )

    def _finish(self, answer: Answer, outcome: Outcome) -> Outcome:
        """Note what a step that is not kept left behind, for the keys of those that need it; an untracked one makes them so."""
        left: str | None = None
        if answer.key is not None and outcome.state == "ran":
            try:
                left = self.cache.store.survey(self.place.root, kept_outputs(self.place.stages[answer.stage])).digest
            except DataError:
                left = None
        self.cache.left[answer.stage] = left
        return outcome if left is None else msgspec.structs.replace(outcome, outputs=left)

    def _warn(self, line: str) -> None:
        self.say(f"warning: {line}")


def _first_difference(before: Tree, after: Tree) -> str:
    """Return the first path that differs; files that were only touched differ in no digest."""
    old = {entry.path: entry for entry in before.entries}
    new = {entry.path: entry for entry in after.entries}
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return paths[0] if paths else "(written again)"
