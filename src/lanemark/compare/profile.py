"""Where the time of one side goes: every stage's share, the chain of stages that nothing can shorten but themselves."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import median
from typing import Literal

from lanemark.codec import Record
from lanemark.result import Outcome, Result, Sample

WHOLE = 1000
"""All shares of one kind together, in tenths of a percent."""

MOST_S = 1e9
"""No stage takes longer (31 years); a record that says so is forged, and its figure is none."""


LEAST_S = 1e-6
"""What is shorter is no time to put another one in relation to: the kernel accounts microseconds."""

TimeMetric = Literal["wall", "cpu"]
"""The metrics whose sum over stages is a time of the lane."""


class StageTime(Record, frozen=True, kw_only=True):
    """What one stage takes, in seconds of one execution, and its shares in tenths of a percent.

    `source` says where the seconds are from: the median of `samples` warm samples of the first batch, or the deciding run. A
    stage that was replayed, failed or never ran has no time and no share, and `why` says so.
    """

    stage: str
    source: Literal["samples", "run", "none"]
    samples: int = 0
    wall_s: float | None = None
    cpu_s: float | None = None
    wall_tenths: int | None = None
    cpu_tenths: int | None = None
    why: str = ""


class Bottleneck(Record, frozen=True, kw_only=True):
    """The longest stage of the critical path, and what making it faster can give at most (Amdahl, AFIPS 1967).

    With `jobs` stages side by side no schedule ends before `lane_s`, the larger of the critical path and of all work divided by
    `jobs`; `best_s` is the same if the stage took no time, and `saving_tenths` how much less that is, rounded down.
    """

    stage: str
    jobs: int
    lane_s: float
    best_s: float
    saving_tenths: int


class Profile(Record, frozen=True, kw_only=True):
    """The stages in the order of the plan, with sums of wall and CPU seconds over those that have a time.

    The shares of wall sum to exactly `WHOLE`, and so do those of CPU, unless nothing took any time: then there are none. The
    critical path is the chain of `needs` with the most wall seconds; stages without a time are not listed in it.
    """

    stages: tuple[StageTime, ...]
    wall_s: float
    cpu_s: float
    path: tuple[str, ...] = ()
    path_s: float = 0.0
    path_tenths: int | None = None
    bottleneck: Bottleneck | None = None


def profile(side: Result) -> Profile:
    """Return where the time of `side` goes.

    `side` may be forged: figures that no stage can have count as unknown, and a need that does not stand before its stage in the
    plan as no need, so that there is no circle.
    """
    times = _stage_times(side)
    shares = {metric: share_out([getattr(one, f"{metric}_s") for one in times]) for metric in ("wall", "cpu")}
    stages = tuple(
        StageTime(
            stage=one.stage,
            source=one.source,
            samples=one.samples,
            wall_s=one.wall_s,
            cpu_s=one.cpu_s,
            wall_tenths=shares["wall"][index],
            cpu_tenths=shares["cpu"][index],
            why=one.why,
        )
        for index, one in enumerate(times)
    )
    walls = {one.stage: one.wall_s for one in stages if one.wall_s is not None}
    needs = _needs(side, walls)
    chain = longest_chain(needs, walls)
    path = tuple(stage for stage in chain if stage in walls)
    on_path = frozenset(path)
    tenths = [one.wall_tenths for one in stages if one.stage in on_path and one.wall_tenths is not None]
    return Profile(
        stages=stages,
        wall_s=sum(walls.values()),
        cpu_s=sum(one.cpu_s for one in stages if one.cpu_s is not None),
        path=path,
        path_s=sum(walls[stage] for stage in path),
        path_tenths=sum(tenths) if tenths else None,
        bottleneck=_bottleneck(side, needs, walls, path),
    )


def share_out(values: Sequence[float | None]) -> list[int | None]:
    """Return each value's share of their sum in tenths of a percent; all together are exactly `WHOLE`.

    Every share is rounded down, and what is left goes, a tenth each, to those that lost most (the largest remainder method).
    None has no share, and where the sum is zero nothing has one. No value may be negative.
    """
    exact = [Fraction(value) if value is not None else Fraction(0) for value in values]
    total = sum(exact)
    if not total:
        return [None] * len(values)
    shares = [value * WHOLE // total for value in exact]
    lost = sorted(range(len(exact)), key=lambda index: (shares[index] * total - exact[index] * WHOLE, index))
    for index in lost[: WHOLE - sum(shares)]:
        shares[index] += 1
    return [None if value is None else share for value, share in zip(values, shares, strict=True)]


def longest_chain(needs: Mapping[str, Sequence[str]], walls: Mapping[str, float]) -> tuple[str, ...]:
    """Return the chain of `needs` with the most wall seconds, first stage first; of equal ones the one that stands first.

    The keys of `needs` are all stages in an order in which every need stands before what needs it; `walls` lacks stages that take
    no time.
    """
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for stage, wanted in needs.items():
        before[stage] = max(wanted, key=lambda need: ends[need], default=None)
        came = before[stage]
        ends[stage] = walls.get(stage, 0.0) + (0.0 if came is None else ends[came])
    chain: list[str] = []
    at = max(ends, key=lambda stage: ends[stage], default=None)
    while at is not None:
        chain.append(at)
        at = before[at]
    return tuple(reversed(chain))


def _stage_times(side: Result) -> list[StageTime]:
    """Return the seconds of every stage that was planned or ran, without shares."""
    samples: dict[str, list[Sample]] = {}
    for sample in side.samples:
        if sample.account == "time" and sample.temperature == "warm" and sample.turn.batch == 0 and sample.loops > 0:
            samples.setdefault(sample.stage, []).append(sample)
    outcomes: dict[str, Outcome] = {}
    for outcome in side.outcomes:
        outcomes.setdefault(outcome.stage, outcome)
    names = dict.fromkeys([*(step.stage for step in side.plan.steps), *outcomes])
    return [_stage_time(name, outcomes.get(name), samples.get(name, ())) for name in names]


def _stage_time(name: str, outcome: Outcome | None, samples: Sequence[Sample]) -> StageTime:
    """Return the seconds of one stage."""
    if outcome is None or outcome.state == "skipped":
        return StageTime(stage=name, source="none", why="it did not run")
    if outcome.state == "failed":
        return StageTime(stage=name, source="none", why="it failed, so its time means nothing")
    if samples:
        wall_s = median(sample.usage.wall_s / sample.loops for sample in samples)
        cpu_s = median(sample.usage.cpu_s / sample.loops for sample in samples)
        return _believed(StageTime(stage=name, source="samples", samples=len(samples), wall_s=wall_s, cpu_s=cpu_s))
    if outcome.state == "replayed":
        return StageTime(stage=name, source="none", why="it was replayed from the cache, and a replay is no measurement")
    if outcome.usage is None:
        return StageTime(stage=name, source="none", why="it was not measured")
    return _believed(StageTime(stage=name, source="run", wall_s=outcome.usage.wall_s, cpu_s=outcome.usage.cpu_s))


def believed_seconds(seconds: float | None) -> float | None:
    """Return `seconds`, None where no stage can take such a time."""
    return seconds if seconds is not None and 0 <= seconds <= MOST_S else None


def _believed(one: StageTime) -> StageTime:
    """Return `one`, or what is said of it where no stage can take such a time."""
    if believed_seconds(one.wall_s) is not None and believed_seconds(one.cpu_s) is not None:
        return one
    return StageTime(stage=one.stage, source="none", why="its figures cannot be times")


def _needs(side: Result, walls: Mapping[str, float]) -> dict[str, list[str]]:
    """Return the needs of every stage, in the order of the plan; stages that only ran come last and need nothing."""
    needs: dict[str, list[str]] = {}
    for step in side.plan.steps:
        if step.stage not in needs:
            needs[step.stage] = [need for need in dict.fromkeys(step.needs) if need in needs]
    return needs | {stage: [] for stage in walls if stage not in needs}


def _bottleneck(
    side: Result, needs: Mapping[str, Sequence[str]], walls: Mapping[str, float], path: Sequence[str]
) -> Bottleneck | None:
    """Return the longest stage of the path, None where nothing took any time."""
    stage = max(path, key=lambda name: walls[name], default=None)
    if stage is None or walls[stage] <= 0:
        return None
    jobs = max(1, side.telemetry.jobs) if side.telemetry else 1
    lane_s, best_s = (_least_time(needs, found, jobs) for found in (walls, {**walls, stage: 0.0}))
    return Bottleneck(stage=stage, jobs=jobs, lane_s=lane_s, best_s=best_s, saving_tenths=int((lane_s - best_s) / lane_s * WHOLE))


def _least_time(needs: Mapping[str, Sequence[str]], walls: Mapping[str, float], jobs: int) -> float:
    """Return the time before which no schedule with `jobs` stages side by side can end (Graham, SIAM J. Appl. Math. 17, 1969)."""
    path_s = sum(walls.get(stage, 0.0) for stage in longest_chain(needs, walls))
    return max(path_s, sum(walls.values()) / jobs)
