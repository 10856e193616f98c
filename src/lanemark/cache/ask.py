"""Must this stage run? Its key is asked for in the store; where nothing is found, the answer says why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lanemark.cache.key import kept_outputs, key_of, make_parts
from lanemark.cache.policy import Policy
from lanemark.cache.reasons import Reason, compare_parts, write_reasons
from lanemark.cache.types import Fingerprints, Found, Inputs, Manifest, Parts, Probed, Probes, Store, Surroundings
from lanemark.config.types import Stage
from lanemark.errors import DataError
from lanemark.plan import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known of a stage before it starts: an entry to replay, or why it must run.

    `key`, `parts` and `inputs` are None where it is untracked: then nothing of it is kept either.
    """

    stage: str
    key: str | None = None
    parts: Parts | None = None
    inputs: Inputs | None = None
    manifest: Manifest | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(slots=True, kw_only=True)
class Cache:
    """What a run asks and is told. `left` is the output digest of every stage that came to its end, None for untracked ones."""

    store: Store
    fingerprints: Fingerprints
    around: Surroundings
    policy: Policy
    stages: Mapping[str, Stage]
    shell: str
    probes: Probes | None = None
    left: dict[str, str | None] = field(default_factory=dict)

    def ask(self, name: str, *, run: Reason | None = None) -> Answer:
        """Return whether the stage can be replayed now; all it needs must have come to its end.

        What cannot be found out makes it untracked: it runs, and nothing is kept. `run` says why it must run whatever is kept.
        """
        stage = self.stages[name]
        why, tools = self._untracked(stage), self._probe(stage)
        if why is None and tools.failure:
            why = Reason("untracked", tools.failure)
        if why is not None:
            return Answer(stage=name, reasons=(why,))
        seen = None if run is not None else self._recall(stage)
        if seen is not None and seen.manifest is not None:
            return Answer(stage=name, key=seen.manifest.key, manifest=seen.manifest)
        try:
            inputs = self.fingerprints.take(stage.inputs, kept_outputs(stage))
        except DataError as fault:
            return Answer(stage=name, reasons=(Reason("untracked", f"its inputs cannot be read: {fault.message}"),))
        if not inputs.tree.entries:
            return Answer(stage=name, reasons=(Reason("no-input"),))
        parts = self._make_parts(stage, inputs.tree.digest)
        if run is not None:
            return Answer(stage=name, key=key_of(parts), parts=parts, inputs=inputs, reasons=(run,))
        return self._look_up(name, parts, inputs, seen if seen is not None and seen.reason else None)

    def _recall(self, stage: Stage) -> Found | None:
        """Return what the store has for a stage whose inputs did not change, None where they must be looked at closer."""
        digest = self.fingerprints.recall(stage.inputs, kept_outputs(stage)) if self.policy.read else None
        if digest is None:
            return None
        return self.store.find(key_of(self._make_parts(stage, digest)))

    def _make_parts(self, stage: Stage, inputs: str) -> Parts:
        """Return what decides whether the stage must run, now that all it needs came to its end."""
        needs = {need: self.left[need] or "" for need in stage.needs if need in self.stages}
        tools = self._probe(stage).digests
        return make_parts(stage, self.around, inputs=inputs, needs=needs, shell=self.shell, tools=tools)

    def _probe(self, stage: Stage) -> Probed:
        """Return what the stage's tools say of themselves; those who ask answer from memory the second time."""
        if not stage.tools or self.policy.why_off:
            return Probed()
        return (
            Probed(failure="its tools cannot be asked here") if self.probes is None else self.probes.ask(stage.tools, stage.env)
        )

    def _unread(self) -> Reason:
        """Return why nothing is replayed in this run."""
        return Reason("off", self.policy.why_unread) if self.policy.why_unread else Reason("forced")

    def _untracked(self, stage: Stage) -> Reason | None:
        """Return why nothing can be known of a stage, None where its key can be made."""
        if self.policy.why_off:
            return Reason("off", self.policy.why_off)
        if not stage.inputs:
            return Reason("untracked", "it declares no inputs")
        if stage.state:
            return Reason("untracked", "it changes state in place")
        lost = next((need for need in stage.needs if need in self.stages and self.left.get(need) is None), None)
        return None if lost is None else Reason("untracked", f"it needs {lost}, whose outputs are not known")

    def _look_up(self, name: str, parts: Parts, inputs: Inputs, seen: Found | None) -> Answer:
        """Return the answer for a stage with a key; `seen` is a bad entry that was found there and put away already."""
        key = key_of(parts)
        if not self.policy.read:
            return Answer(stage=name, key=key, parts=parts, inputs=inputs, reasons=(self._unread(),))
        found = seen or self.store.find(key)
        reasons: tuple[Reason, ...] = ()
        if found.manifest is None and found.reason:
            kind, _, what = found.reason.partition(": ")
            reasons = (Reason("newer") if kind == "newer" else Reason("corrupt", what or kind),)
        elif found.manifest is None:
            newest = self.store.newest(self.around.scope, name)
            listed = self.store.list_inputs(newest) if newest and newest.parts.inputs != parts.inputs else {}
            reasons = compare_parts(parts, inputs.tree, newest, listed)
        return Answer(stage=name, key=key, parts=parts, inputs=inputs, manifest=found.manifest, reasons=reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What would become of a stage now, every reason for it, and how long it would take; None where nobody knows."""

    forecast: Forecast
    reasons: tuple[Reason, ...] = ()
    estimate_s: float | None = None


def foresee_replays(order: Iterable[str], cache: Cache) -> dict[str, Foreseen]:
    """Return for each stage of `order` (needs first) whether it would be replayed now; nothing is run or restored.

    Behind a stage that must run nothing is known before it did: its output may be what it was.
    """
    found: dict[str, Foreseen] = {}
    for name in order:
        needs = [need for need in cache.stages[name].needs if need in found]
        behind = next((need for need in needs if found[need].forecast.state in ("miss", "after")), None)
        lost = any(found[need].forecast.state == "never" for need in needs)
        if behind is not None and not lost and cache.stages[name].inputs:
            usual_s = _usual_seconds(cache, name)
            found[name] = Foreseen(forecast=Forecast(state="after", reason=f"known when {behind} has run"), estimate_s=usual_s)
            continue
        answer = cache.ask(name)
        cache.left[name] = None if answer.manifest is None else answer.manifest.outputs.digest
        found[name] = _foresee(answer, cache)
    return found


def _foresee(answer: Answer, cache: Cache) -> Foreseen:
    """Return what an answer means for a stage."""
    if answer.manifest is not None:
        return Foreseen(forecast=Forecast(state="hit", reason="nothing changed since it was kept"), estimate_s=0.0)
    forecast = Forecast(state="never" if answer.key is None else "miss", reason=write_reasons(answer.reasons))
    return Foreseen(forecast=forecast, reasons=answer.reasons, estimate_s=_usual_seconds(cache, answer.stage))


def _usual_seconds(cache: Cache, name: str) -> float | None:
    """Return how long a stage took when it ran last and was kept."""
    newest = cache.store.newest(cache.around.scope, name)
    return None if newest is None else newest.wall_s
