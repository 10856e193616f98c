"""Execute a step, or replay what it left behind when it ran before."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256

import msgspec

from lanemark.cache.ask import Answer, Cache
from lanemark.cache.breaker import MOST, Breaker, Part
from lanemark.cache.key import kept_outputs
from lanemark.cache.reasons import Reason, write_reasons
from lanemark.cache.types import Manifest, Ran, TooMuchError
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.plan import Step
from lanemark.ports import Say
from lanemark.result import Outcome, Replay, Try
from lanemark.result.recoveries import Recoveries
from lanemark.run.types import Workspace
from lanemark.run.watch import Watch, Watches
from lanemark.tree import Tree

NOTHING = Tree(digest="")

UNTOUCHED, RESTORED = "nothing changed", "outputs restored"
"""Why a stage was replayed: its outputs stood there already, or were put back."""


@dataclass(slots=True, kw_only=True)
class Replays:
    """What one run replays and keeps.

    `must_run` are stages that run whatever is kept of them, each with why. `why` says of every stage why it ran or how it was
    replayed, `saved_s` what replaying saved, `used` are the keys of all entries that were replayed or made, `damaged` is what was
    wrong with entries that were put aside.
    Stages of one plan come here from several threads; each writes what is its own.
    """

    cache: Cache
    place: Workspace
    say: Say
    watch: Watch = field(default_factory=Watches)
    must_run: Mapping[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    audited: dict[str, Manifest] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    saved_s: float = 0.0
    stored: int = 0

    @property
    def recoveries(self) -> Recoveries:
        """What checkpoints and rollbacks of this run cost: nothing where none are taken."""
        return Recoveries()

    @property
    def hits(self) -> int:
        """How many stages were replayed."""
        return sum(why in (UNTOUCHED, RESTORED) for why in self.why.values())

    @property
    def misses(self) -> int:
        """How many stages ran that would have been replayed, had their result been kept."""
        return sum(answer.key is not None for answer in self.answers.values()) - self.hits

    def replay_step(self, step: Step) -> Outcome | None:
        """Return the outcome of a step that need not run; where it must, say why and return None."""
        with self.watch.phase(step.stage, "hashing"):
            answer = self.answers[step.stage] = self._ask(step.stage)
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
            return self._finish(answer, self._execute(step, execute))
        with ExitStack() as held:
            with self.watch.phase(step.stage, "waiting"):
                held.enter_context(self.cache.store.hold(answer.key, limit_s=left_s()))
            with self.watch.phase(step.stage, "hashing"):
                fresh = self._ask(answer.stage)
            outcome = self._replay(fresh)
            if outcome is not None:
                return outcome
            outcome = self._execute(step, execute)
            with self.watch.phase(step.stage, "storing"):
                return self._note_damage(self._keep(fresh, outcome))

    def _ask(self, name: str) -> Answer:
        """Return what the cache says of a stage: to run it where it must, or where it is the one whose replay is checked."""
        if name in self.must_run:
            return self.cache.ask(name, run=Reason("judged", self.must_run[name]))
        if name in self.audited:
            return self.cache.ask(name, run=Reason("audit", str(self.cache.policy.audit)))
        answer = self.cache.ask(name)
        if answer.manifest is None or not is_audited(answer.manifest.key, self.cache) or self._has_outputs(name):
            return answer
        self.audited[name] = answer.manifest
        return self._ask(name)

    def _has_outputs(self, name: str) -> bool:
        """Return whether something stands at the outputs of a stage: on top of it a run does not repeat the first one."""
        try:
            return bool(self.cache.store.survey(self.place.root, kept_outputs(self.place.stages[name])).entries)
        except DataError:
            return True

    def _execute(self, step: Step, execute: Callable[[Step], Outcome]) -> Outcome:
        """Execute a step, with why it was not replayed where it could have been."""
        outcome = execute(step)
        return outcome if self.answers[step.stage].key is None else msgspec.structs.replace(outcome, cache=self.why[step.stage])

    def _note_damage(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a stage that ran because what was kept of it was damaged, with that written down."""
        damage = self.damaged.get(outcome.stage)
        if damage is None:
            return outcome
        action = "put what was kept of it aside and ran it"
        found = Try(cause="corrupt-state", confidence="certain", evidence=damage, signs=(damage,), action=action)
        return msgspec.structs.replace(outcome, tries=(found, *outcome.tries))

    def begin_change(self) -> None:
        """Know that outputs are about to be put back; a run that is written down writes down what stood there."""

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
                how = UNTOUCHED
            else:
                with self.watch.phase(answer.stage, "restoring"):
                    self.begin_change()
                    store.restore(self.place.root, outputs, manifest.outputs)
                how = RESTORED
            store.write_log(manifest, self.place.log(answer.stage))
        except DataError as fault:
            store.reject(manifest.key)
            self.damaged[answer.stage] = fault.message
            self.why[answer.stage] = f"part of what was kept is missing or damaged: {visible(fault.message)}"
            self._note_failure("reading")
            return None
        self.cache.left[answer.stage] = manifest.outputs.digest
        self.why[answer.stage] = how
        self.saved_s += manifest.wall_s
        self.used[manifest.key] = None
        return Outcome(stage=answer.stage, state="replayed", outputs=manifest.outputs.digest, replay=_origin(manifest))

    def _keep(self, answer: Answer, outcome: Outcome) -> Outcome:
        """Keep what a step left behind, if it worked and what it read is what it was."""
        if outcome.flaky:  # replayed, it would be plainly green
            return self._finish(answer, outcome)
        if outcome.state != "ran" or outcome.usage is None or answer.key is None or answer.parts is None or answer.inputs is None:
            return outcome
        stage, cache = self.place.stages[answer.stage], self.cache
        base = self.place.log(answer.stage)
        try:
            after = cache.fingerprints.take(stage.inputs, kept_outputs(stage))
            if after != answer.inputs:
                changed = _first_difference(answer.inputs.tree, after.tree)
                self._warn(f"{answer.stage} is not kept: its input {visible(changed)} changed while it ran")
                return self._finish(answer, outcome)
            if not cache.policy.write or not self._stands_audit(answer):
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
            if not isinstance(fault, TooMuchError):
                self._note_failure("writing")
            return self._finish(answer, outcome)
        self.stored += 1
        self.used[full.key] = None
        cache.left[answer.stage] = full.outputs.digest
        return msgspec.structs.replace(outcome, outputs=full.outputs.digest)

    def _stands_audit(self, answer: Answer) -> bool:
        """Return whether a run that was made to check what was kept left the same; where it did not, put that out of the way."""
        kept = self.audited.get(answer.stage)
        if kept is None:
            return True
        left = self.cache.store.survey(self.place.root, kept_outputs(self.place.stages[answer.stage]))
        if left.digest == kept.outputs.digest:
            return True
        self.cache.store.reject(kept.key)
        self._warn(
            f"{answer.stage} left other outputs than on {kept.created}, although nothing it depends on changed:"
            f" {visible(_first_difference(kept.outputs, left))}. What was kept is in quarantine, and this run is not kept."
            " It depends on something it does not declare, or on chance"
        )
        return False

    def _note_failure(self, part: Part) -> None:
        """Count a failure of the store; after a few of them it is left alone, because the run must go on."""
        if not self.breaker.note_failure(part):
            return
        policy, times = self.cache.policy, f"{part} failed {MOST} times in this run"
        if part == "reading":
            self.cache.policy = replace(policy, read=False, why_unread=times)
        else:
            self.cache.policy = replace(policy, write=False)
        self._warn(f"the cache is off for {part} from here on: {times}")

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
            commit=around.commit,
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


def is_audited(key: str, cache: Cache) -> bool:
    """Return whether this run checks the entry under `key` instead of replaying it: one in `audit`, by key, run and attempt.

    The same in every repetition of one attempt. Outside of GitHub's runs nothing is checked: there a person waits.
    """
    every, around = cache.policy.audit, cache.around
    if not every or not around.run_id:
        return False
    drawn = sha256(f"{key}/{around.run_id}/{around.attempt}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % every == 0


def _origin(manifest: Manifest) -> Replay:
    """Return which execution an entry is of."""
    return Replay(
        created=manifest.created,
        wall_s=manifest.wall_s,
        run_id=manifest.run_id,
        attempt=manifest.attempt,
        commit=manifest.commit,
    )


def _first_difference(before: Tree, after: Tree) -> str:
    """Return the first path that differs; files that were only touched differ in no digest."""
    old = {entry.path: entry for entry in before.entries}
    new = {entry.path: entry for entry in after.entries}
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return paths[0] if paths else "(written again)"
