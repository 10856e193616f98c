"""Lane against lane: what a run of each lane took on the base branch, from results of earlier runs."""

from collections.abc import Sequence
from statistics import median

from lanemark.codec import Record
from lanemark.compare.profile import Profile, profile
from lanemark.result import Result


class LaneTimes(Record, frozen=True, kw_only=True):
    """What a lane took: medians over `runs` whole runs, in seconds summed over its stages.

    `incomplete` counts further runs that are in no median, because a stage of theirs was replayed, failed or not measured: half a
    lane is not faster than a whole one.
    """

    lane: str
    runs: int
    incomplete: int
    wall_s: float | None = None
    cpu_s: float | None = None


def lane_times(past: Sequence[Result]) -> tuple[LaneTimes, ...]:
    """Return the lanes of `past`, fastest first, those without a whole run last.

    A lane's time is the sum over its stages, as in a profile. One run counts once, by experiment and commit, even when it stands
    twice in `past`.
    """
    found: dict[str, dict[tuple[str, str], Profile]] = {}
    for result in past:
        found.setdefault(result.choice.lane, {}).setdefault((result.experiment, result.commit), profile(result))
    lanes = [_lane_times(lane, list(runs.values())) for lane, runs in found.items()]
    return tuple(sorted(lanes, key=lambda one: (one.wall_s is None, one.wall_s or 0.0, one.lane)))


def _lane_times(lane: str, runs: Sequence[Profile]) -> LaneTimes:
    """Return the medians of one lane."""
    whole = [run for run in runs if run.stages and all(stage.wall_s is not None for stage in run.stages)]
    return LaneTimes(
        lane=lane,
        runs=len(whole),
        incomplete=len(runs) - len(whole),
        wall_s=median(run.wall_s for run in whole) if whole else None,
        cpu_s=median(run.cpu_s for run in whole) if whole else None,
    )
