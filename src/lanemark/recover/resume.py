"""The plan of a resume: what of an interrupted run still holds, what is rolled back, and what runs again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lanemark.recover.checkpoint import Checkpoint
from lanemark.recover.journal import RunStart, StageEnd
from lanemark.recover.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """What to do with an interrupted run.

    `why_not` says why it cannot go on: then it is an ordinary run, and only what was interrupted is rolled back. `rollback` are
    the paths to put back to `checkpoint`, those that interrupted stages may have written; `missing` are whole paths that went
    away with another machine and come back from it. `finished` need not run again.
    """

    run: str = ""
    checkpoint: str = ""
    rollback: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    finished: Mapping[str, StageEnd] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def plan_resume(
    story: Story,
    now: RunStart,
    last: Checkpoint | None,
    writes: Mapping[str, tuple[str, ...]],
    stands: Callable[[str], bool | None],
) -> Resume:
    """Return how the run of `story` goes on as `now` would begin.

    `last` is its last checkpoint, `writes` what each stage may write. `stands` tells of a declared path whether it is what `last`
    has (False: something else is there, None: nothing is there although `last` has something).
    """
    changed = compare_runs(story.start, now)
    if last is None:
        return Resume(run=story.start.run, why_not=(*changed, "its last checkpoint is gone or damaged"))
    covered = {part.path for part in last.parts}
    rollback = tuple(path for path in story.dirty if path in covered)
    if changed:
        return Resume(run=story.start.run, checkpoint=last.id, rollback=rollback, why_not=changed)
    dirty = frozenset(story.dirty)
    finished: dict[str, StageEnd] = {}
    missing: dict[str, None] = {}
    notes: list[str] = []
    for stage, end in story.finished.items():
        paths = tuple(path for path in writes.get(stage, ()) if path not in dirty)
        states = {path: stands(path) if path in covered else False for path in paths}
        wrong = next((path for path, state in states.items() if state is False), None)
        if stage in story.unsettled:
            notes.append(f"{stage} runs again: what it left was not kept")
        elif wrong is not None:
            notes.append(f"{stage} runs again: {wrong} is not what it left")
        elif end.key is None and not (now.source and now.source == story.start.source):
            notes.append(f"{stage} runs again: it declares no inputs, and files of the checkout changed")
        else:
            finished[stage] = end
            missing.update({path: None for path, state in states.items() if state is None})
    again = tuple(stage for stage in now.stages if stage not in finished)
    return Resume(
        run=story.start.run,
        checkpoint=last.id,
        rollback=rollback,
        missing=tuple(missing),
        finished=finished,
        again=again,
        notes=tuple(notes),
    )


def compare_runs(before: RunStart, now: RunStart) -> tuple[str, ...]:
    """Return what differs between how two runs begin, in words; empty where the second can go on with the first."""
    found: list[str] = []
    if now.job and before.job != now.job:
        found.append(f"it was part of another run on GitHub ({before.job or 'none'})")
    if before.lane != now.lane:
        found.append(f"the lane was {before.lane} and is {now.lane} now")
    found += [f"stage {name} is not part of it any more" for name in before.stages if name not in now.stages]
    found += [f"stage {name} is new in it" for name in now.stages if name not in before.stages]
    found += [
        f"stage {name} is declared otherwise now"
        for name, digest in before.stages.items()
        if name in now.stages and now.stages[name] != digest
    ]
    if before.around != now.around:
        found.append("the machine or the variables that stages get are others")
    return tuple(found)
