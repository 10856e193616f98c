"""What makes a change at least as heavy as a lane, whatever lists its files are on: `when:` of the lanes, and what is built in.

A lift can only make a change heavier. Built in are what a list of paths cannot see: a symbolic link that leads out of the
repository, a file that changes its kind or its executable bit, and a pull request with more files than GitHub lists, whose lane
nobody could check.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from lanemark.change import Change, ChangedFile
from lanemark.config.types import Config, Lane
from lanemark.event import Event
from lanemark.lane import Claim, Lift

LISTED = 3_000
"""GitHub lists no more files of a pull request; beyond, nobody but git can tell what changed."""


def find_lifts(change: Change, event: Event, config: Config, claims: Sequence[Claim]) -> tuple[Lift, ...]:
    """Return everything that lifts the change, the heaviest first; `claims` are its files' lanes in the same order."""
    found: list[Lift] = []
    for lane in reversed(config.lanes):
        found += _built_in(change, event, config, lane)
        found += _asked_for(change, event, config, lane, claims)
    return tuple(found)


def count_lines(files: Iterable[ChangedFile]) -> int:
    """Return the added and deleted lines, without those of binaries, which have none, and of generated files."""
    return sum((file.added or 0) + (file.deleted or 0) for file in files if not file.generated)


def count_folders(files: Iterable[ChangedFile]) -> int:
    """Return how many folders the files lie in; the root is one."""
    return len({file.path.rpartition("/")[0] for file in files})


def _built_in(change: Change, event: Event, config: Config, lane: Lane) -> Iterator[Lift]:
    """Yield what lifts to `lane` in every repository: to the heaviest, or out of the lanes below the default."""
    if lane is config.heaviest:
        for file in islice((file for file in change.files if file.escapes), 1):
            why = f"the symbolic link {file.path} leads out of the repository"
            yield Lift(lane=lane.name, rule="built-in: links that leave the repository", why=_lifting(why, lane))
        if event.number is not None and len(change.files) > LISTED:
            why = (
                f"{len(change.files):,} changed files, and GitHub lists only {LISTED:,}, so that no lighter lane could be checked"
            )
            yield Lift(lane=lane.name, rule="built-in: more files than GitHub lists", why=_lifting(why, lane))
    if lane.default and lane is not config.lanes[0]:
        for file in islice(filter(_changes_kind, change.files), 1):
            why = f"{file.path} becomes another kind of file ({file.old_mode} to {file.new_mode})"
            yield Lift(lane=lane.name, rule="built-in: changed kinds of files", why=_lifting(why, lane))
        for file in islice(filter(_changes_mode, change.files), 1):
            why = f"{file.path} {'becomes' if file.new_mode.endswith('755') else 'is no longer'} executable"
            yield Lift(lane=lane.name, rule="built-in: changed modes", why=_lifting(why, lane))


def _asked_for(change: Change, event: Event, config: Config, lane: Lane, claims: Sequence[Claim]) -> Iterator[Lift]:
    """Yield what lifts to `lane` by its `when`."""
    when, files = lane.when, change.files
    counted = (
        ("files", len(files), when.files, "changed file"),
        ("lines", count_lines(files) if when.lines else 0, when.lines, "changed line"),
        ("dirs", count_folders(files) if when.dirs else 0, when.dirs, "changed folder"),
    )
    for key, count, limit, what in counted:
        if limit is not None and count >= limit:
            why = f"{count:,} {what}{'' if count == 1 else 's'}, {limit:,} lift{'s' if limit == 1 else ''} it to {lane.name}"
            yield _by_when(config, lane, key, why)
    names = {label.casefold() for label in event.labels}
    for label in islice((label for label in when.labels if label.casefold() in names), 1):
        yield _by_when(config, lane, "labels", _lifting(f"the label {label}", lane))
    if event.name in when.events:
        yield _by_when(config, lane, "events", _lifting(f"the event {event.name}", lane))
    for file in islice((file for file in files if when.submodule and file.submodule), 1):
        yield _by_when(config, lane, "submodule", _lifting(f"the submodule {file.path}", lane))
    for file in islice(_unlisted_binaries(files, claims) if when.binary else (), 1):
        yield _by_when(config, lane, "binary", _lifting(f"{file.path}, a file without readable lines that no list claims,", lane))


def _unlisted_binaries(files: Sequence[ChangedFile], claims: Sequence[Claim]) -> Iterator[ChangedFile]:
    """Yield what is there after the change, has nothing that could be read in a review, and that no list of a lane claims.

    A file of which only the mode changed counts too: GitHub's list, by which the lane is checked, cannot tell the two apart.
    """
    for file, claim in zip(files, claims, strict=True):
        unread = file.binary or (_changes_mode(file) and not file.added and not file.deleted)
        if claim.rule is None and unread and file.status != "D" and not file.submodule:
            yield file


def _changes_kind(file: ChangedFile) -> bool:
    """Whether a file becomes a link, a link a file, or either a submodule."""
    return file.status == "T"


def _changes_mode(file: ChangedFile) -> bool:
    """Whether a file that stays a file gains or loses the executable bit; sources without modes tell none."""
    return file.status == "M" and file.old_mode != file.new_mode and "000000" not in (file.old_mode, file.new_mode)


def _by_when(config: Config, lane: Lane, key: str, why: str) -> Lift:
    """Return the lift of one key of a lane's `when`, with its place."""
    return Lift(lane=lane.name, rule=f"{config.name}:{lane.when.line} when.{key}", why=why)


def _lifting(what: str, lane: Lane) -> str:
    """Return the sentence of what lifts to `lane`."""
    return f"{what} lifts it to {lane.name}"
