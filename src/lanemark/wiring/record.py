"""The outside of a run that is written down: replays with a recorder, and what a run that is resumed goes on with."""

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import msgspec

from lanemark.cache.ask import Cache
from lanemark.cache.identity import digest_fields
from lanemark.cache.policy import Policy
from lanemark.config.each import file_name
from lanemark.config.types import Config, Stage
from lanemark.errors import DataError, UsageError
from lanemark.escape import visible
from lanemark.ports import Say
from lanemark.recover.journal import Heartbeat, Restored, RunStart, StageEnd
from lanemark.recover.policy import choose_retention, covered_paths, takes_checkpoints
from lanemark.recover.resume import plan_resume
from lanemark.recover.story import Story, explain_loss
from lanemark.result.recoveries import Recoveries
from lanemark.run.recorded import Recorded
from lanemark.run.replay import Replays
from lanemark.run.types import Workspace
from lanemark.settings import Settings
from lanemark.store.journal import Journals
from lanemark.store.recorder import RunRecorder, add_restore, new_run
from lanemark.store.stat_index import StatIndex
from lanemark.wiring.bench import Bench
from lanemark.wiring.cache import open_replays
from lanemark.wiring.checkpoint import Recovery, draft_checkpoint, open_recovery, settle_rollback
from lanemark.wiring.place import scope_of, store_folder

PRUNE_S = 3600.0
"""How often a run forgets old checkpoints by itself."""


def read_story(settings: Settings, run: str, say: Say) -> Story | None:
    """Return the run to go on with, None (said why) where there is nothing to go on with.

    Raise UsageError where there is no such run, or it still goes on.
    """
    journals = open_recovery(settings).journals
    if not run and not journals.runs():
        say("note: no run was interrupted here; this is an ordinary run")
        return None
    found = journals.find(run)
    if journals.lives(found):
        raise UsageError(f"the run {found} still goes on", help="wait for it, or end it")
    try:
        story = _read_begun(journals, found)
    except DataError as fault:
        say(f"warning: cannot go on with the run {found}: {visible(fault.message)}; this is an ordinary run")
        return None
    if story is None:
        say(f"note: the run {found} was lost before it began anything; this is an ordinary run")
        return None
    say(f"going on with the run {story.start.run}: {explain_loss(story)}")
    logs = _old_logs(settings, story)
    if logs:
        from lanemark.process.orphans import end_orphans

        if count := end_orphans(os.path.realpath(logs)):
            say(f"note: ended {count} processes that it had left running")
    return story


def _old_logs(settings: Settings, story: Story) -> str:
    """Return the folder with the logs of a lost run, empty where it is not there (any more, or on this machine)."""
    folder = f"{settings.cache}/{story.start.work}/log"
    return folder if re.fullmatch(r"run-\w+", story.start.work) and os.path.isdir(folder) else ""


def _read_begun(journals: Journals, run: str) -> Story | None:
    """Return the story of a run; where it was lost before anything was kept, that of the run it went on with."""
    story = journals.read(run)
    while story is None or not story.checkpoint:
        if story is None:
            earlier = [one for one in journals.runs() if one < run]
            run = earlier[-1] if earlier else ""
        else:
            run = story.start.resumes
        if not run:
            return None
        story = journals.read(run)
    return story


@contextmanager
def open_recorded(
    settings: Settings,
    config: Config,
    place: Workspace,
    policy: Policy,
    bench: Bench,
    *,
    asked: tuple[str, ...] = (),
    story: Story | None = None,
) -> Iterator[Replays]:
    """Give what a run replays from and keeps in, and write the run down where its lane takes checkpoints.

    With `story` what was interrupted is rolled back first, and what was done holds. A rollback that was interrupted is brought to
    its end in any case.
    """
    say = bench.tools.say
    if os.path.exists(_open_rollback(settings)):
        settle_rollback(open_recovery(settings), settings, say)
    if not (policy.write and takes_checkpoints(config, place.plan.lane)):
        if story is not None:
            say("note: nothing of this run is kept, so it cannot go on with another; it is an ordinary run")
        with open_replays(settings, place, policy, bench) as replays:
            yield replays
        return
    made: list[tuple[RunRecorder, Recovery]] = []

    def make(cache: Cache, index: StatIndex) -> Replays:
        recorder, recovery = _make_recorder(settings, place, bench, cache, index, asked, story)
        made.append((recorder, recovery))
        return Recorded(cache=cache, place=place, say=say, watch=bench.tools.watch, recorder=recorder, finished=recorder.carried)

    with open_replays(settings, place, policy, bench, make) as replays:
        recorder, recovery = made[0]
        try:
            yield replays
        except BaseException:
            recorder.end(cancelled=True)
            raise
        begun = recorder.begun
        recorder.end(cancelled=False)
    if begun:
        _prune_sometimes(recovery, config)


def _make_recorder(
    settings: Settings,
    place: Workspace,
    bench: Bench,
    cache: Cache,
    index: StatIndex,
    asked: tuple[str, ...],
    story: Story | None,
) -> tuple[RunRecorder, Recovery]:
    """Return who writes the run down; what was interrupted before is rolled back."""
    stages = {step.stage: place.stages[step.stage] for step in place.plan.steps}
    covered = covered_paths(stages.values())
    recovery = open_recovery(settings, known=index.files)
    start = RunStart(
        run=new_run(),
        lane=place.plan.lane,
        stages={name: _digest_stage(stage) for name, stage in stages.items()},
        asked=asked,
        source=_name_source(settings, stages, covered),
        around=digest_fields((cache.around.platform, *(text for pair in sorted(cache.around.passed.items()) for text in pair))),
        resumes="" if story is None else story.start.run,
        work=os.path.basename(bench.work),
        job=settings.run_id,
    )
    went_on = _go_on(settings, place, bench, recovery, start, story)
    recorder = RunRecorder(
        keeper=recovery.keeper,
        rollbacks=recovery.rollbacks,
        journals=recovery.journals,
        start=start,
        draft=draft_checkpoint(settings, run=start.run, lane=place.plan.lane),
        covered=covered,
        say=bench.tools.say,
        utc=bench.tools.clock.utc,
        beat=lambda: _beat(settings.workspace),
        carried=went_on.finished,
        restored=went_on.restored,
        found=went_on.found,
        recoveries=went_on.recoveries,
    )
    if went_on.finished or went_on.restored:
        recorder.begin()  # what was put back and what holds must stand in a journal before anything else happens
    return recorder, recovery


@dataclass(frozen=True, slots=True)
class _WentOn:
    """What a run goes on with: stages that hold, what was put back, and checkpoints of what stages found that run again.

    `recoveries` is what putting back took.
    """

    finished: Mapping[str, StageEnd] = field(default_factory=dict)
    restored: tuple[Restored, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict)
    recoveries: Recoveries = field(default_factory=Recoveries)


def _go_on(
    settings: Settings, place: Workspace, bench: Bench, recovery: Recovery, start: RunStart, story: Story | None
) -> _WentOn:
    """Roll back what was interrupted and return what holds of the run in `story`."""
    if story is None:
        return _WentOn()
    say, keeper = bench.tools.say, recovery.keeper
    last = keeper.get(story.checkpoint)
    writes = {step.stage: covered_paths((place.stages[step.stage],)) for step in place.plan.steps}
    plan = plan_resume(story, start, last, writes, lambda path: None if last is None else keeper.stands(last, path))
    if plan.why_not:
        say(f"note: {'; '.join(plan.why_not[:5])}: this is an ordinary run")
    if last is None:
        return _WentOn()
    for note in plan.notes:
        say(f"note: {visible(note)}")
    declared = covered_paths(place.stages.values())
    paths = tuple(path for path in dict.fromkeys((*plan.rollback, *plan.missing)) if path in declared)
    # Their checkpoints are of another run, and the one at the start of this run has them all.
    finished = {name: msgspec.structs.replace(end, checkpoint="") for name, end in plan.finished.items()}
    # After a run that worked nothing is unfinished: what runs again does so because it changed, and begins from what stands.
    over = bool(plan.why_not) or story.worked
    found = {} if over else {name: end.before for name, end in story.finished.items() if end.before}
    _take_logs(_old_logs(settings, story), f"{bench.work}/log", finished)
    try:
        prepared = recovery.rollbacks.prepare(last, paths)
        if not prepared.changes:
            return _WentOn(finished, (), found)
        rolled = recovery.rollbacks.restore(prepared, draft_checkpoint(settings, run=start.run, lane=start.lane))
    except DataError as fault:
        say(f"warning: {visible(fault.message)}; this is an ordinary run")
        return _WentOn()
    say(f"put back to the checkpoint {last.id}: {', '.join(map(visible, paths[:10]))}; what stood there is in {rolled.undo}")
    restored = (Restored(id=last.id, undo=rolled.undo, paths=paths),)
    return _WentOn(finished, restored, found, add_restore(Recoveries(), rolled))


def _take_logs(old: str, new: str, stages: Iterable[str]) -> None:
    """Take over what finished stages printed, where it is still there."""
    for stage in stages if old else ():
        for stream in ("out", "err"):
            with suppress(OSError):
                os.makedirs(new, exist_ok=True)
                os.replace(f"{old}/{file_name(stage)}.{stream}", f"{new}/{file_name(stage)}.{stream}")
    if old:
        shutil.rmtree(os.path.dirname(old), ignore_errors=True)


def _digest_stage(stage: Stage) -> str:
    """Return what must be equal for a stage to be the same one: what it does, not how it is judged or where it stands."""
    lists = (stage.needs, stage.inputs, stage.outputs, stage.state, tuple(one.file for one in stage.metrics))
    fields = [stage.run, *(text for pair in sorted(stage.env.items()) for text in pair)]
    return digest_fields((*fields, *(text for each in lists for text in (str(len(each)), *each))))


def _name_source(settings: Settings, stages: Mapping[str, Stage], covered: tuple[str, ...]) -> str:
    """Return a name for the files of the checkout, empty where no stage needs it: those with inputs have keys of their own."""
    if all(stage.inputs and not stage.state for stage in stages.values()):
        return ""
    from lanemark.git.source import name_source

    out = os.path.relpath(settings.out, settings.workspace)
    return name_source(settings.workspace, (*covered, f"{out}/"))


def _beat(folder: str) -> Heartbeat:
    from lanemark.process.vitals import read_vitals

    seen = read_vitals(folder)
    return Heartbeat(rss=seen.rss, available=seen.available, disk_free=seen.disk_free)


def _prune_sometimes(recovery: Recovery, config: Config) -> None:
    """Forget old checkpoints, unless that was done lately."""
    from lanemark.store.entries import write_whole
    from lanemark.store.retention import prune_checkpoints

    mark = f"{recovery.keeper.folder}/ck/pruned-{recovery.keeper.scope}"
    try:
        if os.path.exists(mark) and time.time() - os.stat(mark).st_mtime < PRUNE_S:
            return
        write_whole(mark, b"")
        prune_checkpoints(recovery.keeper, recovery.journals, choose_retention(config.cache))
    except (DataError, OSError):
        return


def _open_rollback(settings: Settings) -> str:
    """Return where the record of a rollback in this checkout lies while it is open."""
    return f"{store_folder(settings)}/rollback/{scope_of(settings.workspace)}.json"


def saved_paths(settings: Settings) -> tuple[str, ...]:
    """Return the files and folders that must be saved, and put back at the same places, for a run to go on on another machine.

    They are journals, checkpoints, contents, entries of the cache and an open rollback; stats mean nothing there.
    """
    folder = store_folder(settings)
    return tuple(f"{folder}/{name}" for name in ("journal", "ck", "cas", "ac", "newest", "rollback"))
