"""What a journal tells: what ended, what was interrupted, which checkpoint was the last, and how the run itself ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lanemark.recover.journal import Checkpointed, Entry, Heartbeat, Restored, RunEnd, RunStart, StageEnd, StageStart

SCARCE = 0.03
"""A run whose last sign of life saw less than this share of its memory left probably died of it."""


@dataclass(slots=True, kw_only=True)
class Story:
    """One run. `ended` has the end of each stage that came to one, `interrupted` what the others that started may have written.

    `unsettled` has what stages may have written that no checkpoint has: they were interrupted, failed, or could not be kept.
    """

    start: RunStart
    ended: dict[str, StageEnd] = field(default_factory=dict)
    interrupted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unsettled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    checkpoint: str = ""
    heartbeat: Heartbeat | None = None
    end: RunEnd | None = None

    @property
    def worked(self) -> bool:
        """Whether the run came to its end and nothing of it failed."""
        return self.end is not None and self.end.state == "worked"

    @property
    def finished(self) -> dict[str, StageEnd]:
        """The stages that worked, or were replayed."""
        return {stage: end for stage, end in self.ended.items() if end.state != "failed"}

    @property
    def dirty(self) -> tuple[str, ...]:
        """The paths that stages may have written since the last checkpoint that has what they left."""
        return tuple(dict.fromkeys(path for paths in self.unsettled.values() for path in paths))


def replay_journal(entries: Iterable[Entry]) -> Story | None:
    """Return the story of a journal, None for one in which not even the start stands."""
    story: Story | None = None
    for entry in entries:
        event = entry.event
        if isinstance(event, RunStart):
            story = Story(start=event)
        elif story is not None:
            _tell(story, event)
    return story


def _tell(story: Story, event: object) -> None:
    """Add one event."""
    match event:
        case StageStart():
            story.interrupted[event.stage] = story.unsettled[event.stage] = event.writes
            story.ended.pop(event.stage, None)
        case StageEnd():
            story.interrupted.pop(event.stage, None)
            story.ended[event.stage] = event
            if event.state != "failed" and (event.checkpoint or not story.unsettled.get(event.stage)):
                story.unsettled.pop(event.stage, None)
            story.checkpoint = event.checkpoint or story.checkpoint
        case Checkpointed():
            story.checkpoint = event.id
        case Restored():
            for stage, paths in list(story.unsettled.items()):
                story.unsettled[stage] = tuple(path for path in paths if path not in event.paths)
        case Heartbeat():
            story.heartbeat = event
        case RunEnd():
            story.end = event


def explain_loss(story: Story) -> str:
    """Return in words how a run ended that did not say so itself."""
    if story.end is not None:
        return {"worked": "it worked", "failed": "a stage failed", "cancelled": "it was cancelled"}[story.end.state]
    beat = story.heartbeat
    if beat is not None and beat.available is not None and beat.available < SCARCE * ((beat.rss or 0) + beat.available):
        return "it was lost, probably out of memory: its last sign of life saw hardly any left"
    if beat is not None and beat.disk_free is not None and beat.disk_free < 64 << 20:
        return "it was lost, perhaps because the disk was full"
    return "it was lost without a word: killed, or its machine went away"
