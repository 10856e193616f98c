"""What is checkpointed in which lane, and how long a checkpoint stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lanemark.config.types import CacheRules, Config, Stage
from lanemark.recover.checkpoint import Checkpoint

KEEP = 5
TTL_S = 7 * 86400.0
MAX_SIZE_BYTES = 2.0 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long checkpoints stay: those of the last `keep` runs, `ttl_s` seconds, at most `max_size_bytes` of contents in all.

    One that was made by hand counts as a run.
    """

    keep: int = KEEP
    ttl_s: float = TTL_S
    max_size_bytes: float = MAX_SIZE_BYTES


def choose_retention(rules: CacheRules) -> Retention:
    """Return what the file's `cache` block says of how much is kept, else the defaults."""
    return Retention(
        keep=KEEP if rules.keep is None else rules.keep,
        ttl_s=TTL_S if rules.ttl_s is None else rules.ttl_s,
        max_size_bytes=MAX_SIZE_BYTES if rules.max_size_bytes is None else rules.max_size_bytes,
    )


def takes_checkpoints(config: Config, lane: str) -> bool:
    """Return whether runs of `lane` are written down: all but those of the lightest of several lanes.

    It takes seconds, so there is nothing to resume; a file's only lane and its default lane are always written down.
    """
    return len(config.lanes) == 1 or config.lanes[0].name != lane or config.lanes[0].default


def written_paths(stage: Stage) -> tuple[str, ...]:
    """Return every path that a stage may write: outputs, files of figures, and what it changes in place."""
    return tuple(dict.fromkeys((*stage.writes, *(one.file for one in stage.metrics))))


def covered_paths(stages: Iterable[Stage]) -> tuple[str, ...]:
    """Return what a checkpoint of these stages covers: each path once, without those within another one, sorted."""
    found: list[str] = []
    for path in sorted({path for stage in stages for path in written_paths(stage)}):
        # What lies in a folder follows right behind it, before anything else.
        if not found or not lies_within(path, found[-1]):
            found.append(path)
    return tuple(found)


def lies_within(path: str, other: str) -> bool:
    """Return whether the declared path `path` is `other` or lies in that folder."""
    return path == other or (other.endswith("/") and path.startswith(other))


def choose_kept(
    checkpoints: Iterable[Checkpoint],
    needed: Iterable[str],
    sizes: Mapping[str, float],
    rules: Retention,
    *,
    now_ns: int,
) -> set[str]:
    """Return the ids of the checkpoints that stay.

    `needed` always stay (an open rollback, a run that can be resumed), and so does the last good one. `sizes` is how many bytes
    each one adds to those that are newer.
    """
    newest_first = sorted(checkpoints, key=lambda one: -one.order)
    kept = set(needed)
    kept.update([one.id for one in newest_first if one.good][:1])
    groups: dict[str, None] = {}
    size = sum(sizes.get(each, 0.0) for each in kept)
    for one in newest_first:
        groups.setdefault(one.run or one.id)
        if one.id in kept:
            continue
        size += sizes.get(one.id, 0.0)
        if len(groups) > rules.keep or now_ns - one.order > rules.ttl_s * 1e9 or size > rules.max_size_bytes:
            size -= sizes.get(one.id, 0.0)
            continue
        kept.add(one.id)
    return kept
