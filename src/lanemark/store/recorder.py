"""Writes a run down as it goes: its journal, and a checkpoint after each stage that leaves something.

Implements `run.recorded.Recorder`.

Nothing is written before something is about to change, so a run that only finds everything as it was costs nothing. A checkpoint
after a stage looks at what that stage may write and takes the rest from the one before: others may be writing there right now.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from lanemark.config.types import Stage
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.ports import Say
from lanemark.recover.checkpoint import Checkpoint
from lanemark.recover.journal import Checkpointed, Event, Heartbeat, Restored, RunEnd, RunStart, StageEnd, StageStart
from lanemark.recover.policy import covered_paths
from lanemark.result import Outcome
from lanemark.result.recoveries import Recoveries
from lanemark.store.checkpoints import Checkpoints
from lanemark.store.journal import Journal, Journals
from lanemark.store.rollback import Rollbacks, Rolled

BEAT_S = 5.0
"""How often a run gives a sign of life."""


@dataclass(slots=True, kw_only=True)
class RunRecorder:
    """Records one run. `start` is how it begins, `draft` what every checkpoint of it says, `covered` what they cover.

    `carried` are the stages of the resumed run that hold, and `restored` what was put back for it; both stand in the new journal,
    so that it can be resumed by itself. `found` are the checkpoints of what its stages found: one that worked then and runs again
    begins from there, so that nothing it changes in place is changed twice. `recoveries` is what checkpoints and rollbacks have
    cost so far.
    """

    keeper: Checkpoints
    rollbacks: Rollbacks
    journals: Journals
    start: RunStart
    draft: Checkpoint
    covered: tuple[str, ...]
    say: Say
    utc: Callable[[], str]
    beat: Callable[[], Heartbeat]
    beat_s: float = BEAT_S
    carried: Mapping[str, StageEnd] = field(default_factory=dict)
    restored: tuple[Restored, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict)
    last: Checkpoint | None = None
    recoveries: Recoveries = field(default_factory=Recoveries)
    _journal: Journal | None = None
    _off: bool = False
    _failed: bool = False
    _before: dict[str, str] = field(default_factory=dict)
    _written: set[str] = field(default_factory=set)
    _waiting: list[Event] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def begun(self) -> bool:
        """Whether anything was written down."""
        return self._journal is not None

    def begin(self) -> None:
        """Open the journal and take the checkpoint at the start, once."""
        with self._lock, self._forgiven():
            if self._journal is not None or self._off:
                return
            self._journal = Journal(self.journals.top, self.start.run, self.utc)
            for event in (self.start, *self.restored, *self.carried.values(), *self._waiting):
                self._journal.append(event)
            self._take("start", self.covered, "")
            threading.Thread(target=self._live, name="heartbeat", daemon=True).start()

    def start_stage(self, stage: Stage) -> None:
        """Write down that a stage starts, after a checkpoint where it is destructive."""
        with self._lock, self._forgiven():
            if self._journal is None:
                return
            self._rewind(stage)
            if stage.destructive:
                self._take("before", covered_paths((stage,)), stage.name)
            self._before[stage.name] = "" if self.last is None else self.last.id
            self._journal.append(StageStart(stage=stage.name, writes=covered_paths((stage,))))

    def end_stage(self, stage: Stage, outcome: Outcome, key: str | None) -> None:
        """Write down how a stage ended, with the checkpoint that has what it left."""
        if outcome.state == "skipped":
            return
        with self._lock, self._forgiven():
            self._failed = self._failed or outcome.state == "failed"
            event = StageEnd(
                stage=stage.name,
                state=outcome.state,
                key=key,
                before=self._before.get(stage.name, ""),
                outputs=outcome.outputs,
                wall_s=0.0 if outcome.usage is None else outcome.usage.wall_s,
                failure="" if outcome.failure is None else visible(f"{outcome.failure.kind}: {outcome.failure.evidence}")[:500],
            )
            if self._journal is None:
                self._waiting.append(event)
                return
            if outcome.state == "failed":
                self._written.update(covered_paths((stage,)))
            else:
                event = msgspec.structs.replace(event, checkpoint=self._keep_stage(stage, outcome))
            self._journal.append(event)

    def end(self, *, cancelled: bool) -> None:
        """Write down how the run ended; the last checkpoint of one that worked is a good one."""
        self._over.set()
        with self._lock, self._forgiven():
            if self._journal is None:
                return
            worked = not (cancelled or self._failed)
            if worked and self.last is not None:
                self.last = self.keeper.mark_good(self.last)
            self.keeper.remember()
            self._journal.append(RunEnd(state="worked" if worked else "cancelled" if cancelled else "failed"))
            self._journal.close()

    def _keep_stage(self, stage: Stage, outcome: Outcome) -> str:
        """Take the checkpoint after a stage and return its id; empty where there is nothing new to keep."""
        paths = covered_paths((stage,))
        if not paths or self.last is None:
            return ""
        if outcome.state == "replayed" and all(self.keeper.stands(self.last, path) is True for path in paths):
            return ""
        self._written.update(paths)
        draft = msgspec.structs.replace(self.draft, when="stage", stage=stage.name)
        self.last = self._count(self.keeper.take(draft, paths, over=self.last, durable=False))
        return self.last.id

    def _rewind(self, stage: Stage) -> None:
        """Put back what a stage found when it ran in the resumed run, but for what others have written in this run since."""
        target = self.keeper.get(self.found.get(stage.name, ""))
        if target is None or self._journal is None:
            return
        paths = tuple(path for path in covered_paths((stage,)) if path not in self._written and target.part(path) is not None)
        prepared = self.rollbacks.prepare(target, paths)
        if prepared.changes:
            rolled = self.rollbacks.restore(prepared, self.draft)
            self.recoveries = add_restore(self.recoveries, rolled)
            self.last = self.keeper.get(rolled.reached)
            self._journal.append(Restored(id=target.id, undo=rolled.undo, paths=paths))
            self._journal.append(Checkpointed(id=rolled.reached))

    def _take(self, when: str, paths: tuple[str, ...], stage: str) -> None:
        """Take a checkpoint that stands in a line of its own."""
        assert self._journal is not None
        draft = msgspec.structs.replace(self.draft, when=when, stage=stage)
        self.last = self._count(self.keeper.take(draft, paths, over=self.last))
        self._journal.append(Checkpointed(id=self.last.id, stage=stage))

    def _count(self, taken: Checkpoint) -> Checkpoint:
        """Add what a checkpoint cost, and return it."""
        known = self.recoveries
        self.recoveries = msgspec.structs.replace(
            known,
            checkpoints=known.checkpoints + 1,
            create_s=known.create_s + taken.took_s,
            covered_bytes=known.covered_bytes + taken.bytes,
            new_bytes=known.new_bytes + taken.fresh_bytes,
        )
        return taken

    def _live(self) -> None:
        """Give signs of life until the run is over."""
        pause_s = min(1.0, self.beat_s)
        while not self._over.wait(pause_s):
            pause_s = self.beat_s
            with self._forgiven():
                if self._journal is not None and not self._over.is_set():
                    self._journal.append(self.beat())

    @contextlib.contextmanager
    def _forgiven(self) -> Iterator[None]:
        """Warn once, and write nothing more, where something cannot be written down: the run goes on."""
        try:
            yield
        except (DataError, OSError) as fault:
            if not self._off and not self._over.is_set():
                why = fault.message if isinstance(fault, DataError) else fault.strerror or "unknown"
                self.say(f"warning: this run cannot be resumed: {visible(why)}")
            self._off = True
            self._journal = None


def add_restore(known: Recoveries, rolled: Rolled) -> Recoveries:
    """Return the figures of a run with one more rollback."""
    return msgspec.structs.replace(
        known,
        restores=known.restores + 1,
        restore_s=known.restore_s + rolled.took_s,
        verify_s=known.verify_s + rolled.verify_s,
        restored_bytes=known.restored_bytes + rolled.bytes,
    )


def new_run() -> str:
    """Return the id of a run: when it began, so that they stand in order, and something by chance."""
    import secrets

    return f"{time.strftime('%Y%m%dt%H%M%S', time.gmtime())}{time.time_ns() // 1_000_000 % 1000:03d}-{secrets.token_hex(3)}"
