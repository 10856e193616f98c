"""How checkpoints and differences between states are shown."""

from collections.abc import Mapping

from lanemark.cli.console import print_text
from lanemark.escape import visible
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import Checkpoint, Item
from lanemark.recover.rollback import Change
from lanemark.units import seconds, size

WHEN = {
    "start": "at the start",
    "stage": "after",
    "before": "before",
    "undo": "before a rollback",
    "restored": "after a rollback",
    "hand": "by hand",
}
MARKS: dict[Change, str] = {"added": "+", "removed": "-", "content": "~", "kind": "!", "mode": "m"}
MOST_SHOWN = 200


def checkpoint_data(one: Checkpoint, items: Mapping[str, tuple[Item, ...]] | None = None) -> dict[str, object]:
    """Return the JSON of a checkpoint; with `items` also what stands at each of its paths."""
    data: dict[str, object] = {
        "id": one.id,
        "created": one.created,
        "when": one.when,
        "stage": one.stage,
        "run": one.run,
        "lane": one.lane,
        "good": one.good,
        "identity": one.identity,
        "files": one.files,
        "bytes": one.bytes,
        "fresh_bytes": one.fresh_bytes,
        "took_s": one.took_s,
        "skipped": list(one.skipped),
        "notes": list(one.notes),
        "paths": [{"path": part.path, "files": part.files, "bytes": part.bytes} for part in one.parts],
    }
    if items is not None:
        data["items"] = [
            {
                "path": item.path,
                "kind": item.kind,
                "mode": f"{item.mode:04o}",
                "size": item.size,
                "mtime_ns": item.mtime_ns,
                "digest": item.digest,
            }
            for listed in items.values()
            for item in listed
        ]
    return data


def changes_data(changes: Mapping[RepoPath, Change]) -> list[dict[str, str]]:
    """Return the JSON of differences."""
    return [{"path": path, "change": change} for path, change in changes.items()]


def checkpoint_line(one: Checkpoint) -> str:
    """Return a checkpoint in one line."""
    where = f"{WHEN[one.when]} {one.stage}".strip()
    good = ", good" if one.good else ""
    new = f", {size(one.fresh_bytes)} new" if one.fresh_bytes else ""
    return f"{one.id}  {one.created}  {where}{good}: {one.files} files, {size(one.bytes)}{new}, {seconds(one.took_s)}\n"


def print_checkpoint(one: Checkpoint, items: Mapping[str, tuple[Item, ...]]) -> None:
    """Print a checkpoint with what it has."""
    print_text(checkpoint_line(one))
    for path, listed in items.items():
        print_text(f"{visible(path)}: {'nothing' if not listed else f'{len(listed)} items'}\n")
        for item in listed[:MOST_SHOWN]:
            print_text(f"  {item.kind:4} {item.mode:04o} {size(item.size):>10}  {visible(item.path)}\n")
        if len(listed) > MOST_SHOWN:
            print_text(f"  and {len(listed) - MOST_SHOWN} more; --json has all\n")
    for path in one.skipped:
        print_text(f"not kept (socket, pipe or device): {visible(path)}\n")
    for note in one.notes:
        print_text(f"note: {visible(note)}\n")


def print_changes(changes: Mapping[RepoPath, Change]) -> None:
    """Print differences, a line each."""
    for path, change in list(changes.items())[:MOST_SHOWN]:
        print_text(f"{MARKS[change]} {visible(path)}\n")
    if len(changes) > MOST_SHOWN:
        print_text(f"and {len(changes) - MOST_SHOWN} more; --json has all\n")
    if not changes:
        print_text("nothing differs\n")
