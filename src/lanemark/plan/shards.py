"""The stages of a lane dealt out to jobs of their own: each is measured in exactly one, and what it needs runs with it.

Longest processing time first (Graham, SIAM J. Appl. Math. 17, 1969): the costliest stage goes to the job that is done first with
it. Without needs the longest job is at most 4/3 of the best split; a stage that several need runs again in each of their jobs.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from lanemark.codec import Record, decode
from lanemark.config.types import Stage
from lanemark.errors import DataError, UsageError
from lanemark.plan import Plan

MOST_SHARDS = 64
"""The most jobs that a lane is dealt out to; so many results of one run are read."""

NOMINAL_S = 1.0
"""What a stage counts as where no earlier run tells how long any takes."""

MATRIX_LIMIT = 256 << 10
"""The most bytes of a matrix that are read."""


class Part(Record, frozen=True, kw_only=True):
    """One job of a matrix, as GitHub takes it: number `shard` of `of`, the `stages` it answers for and `also` what these need.

    Both are names with spaces between, because a matrix shows its values in names of jobs. `seconds` is about how long it takes,
    None where no earlier run tells.
    """

    shard: int
    of: int
    lane: str
    stages: str = ""
    also: str = ""
    seconds: int | None = None

    @property
    def own(self) -> tuple[str, ...]:
        """The stages it answers for."""
        return tuple(self.stages.split())


class Matrix(Record, frozen=True, kw_only=True):
    """A `strategy.matrix` with one entry a job."""

    include: tuple[Part, ...]


def split_plan(plan: Plan, stages: Mapping[str, Stage], most: int) -> Matrix:
    """Deal the stages of `plan` out to at most `most` jobs, never more than there are stages to deal; the same every time.

    Dealt are stages that are measured and those that nothing needs. A stage that is only needed runs where it is, and the first
    of these jobs answers for it. A lane without stages still has one job, because GitHub refuses an empty matrix.
    """
    if not 1 <= most <= MOST_SHARDS:
        raise UsageError(f"--matrix {most} cannot be", help=f"from 1 to {MOST_SHARDS} jobs")
    needs = {step.stage: step.needs for step in plan.steps}
    order = {stage: place for place, stage in enumerate(needs)}
    whole = {stage: _closure(stage, needs) for stage in order}
    costs = _costs(plan, stages)
    needed = {need for names in needs.values() for need in names}
    dealt = [stage for stage in order if stages[stage].measure is not None or stage not in needed]
    shards = [_Shard() for _ in range(max(1, min(most, len(dealt))))]
    for stage in sorted(dealt, key=lambda stage: (-costs[stage].own_s, order[stage])):
        least = min(shards, key=lambda shard: (shard.cost_s([*shard.own, stage], whole, costs), len(shard.own)))
        least.own.append(stage)
    return _matrix(plan, shards, whole, costs, order)


def read_matrix(text: str) -> Matrix:
    """Return the matrix that `plan --matrix` printed; raise DataError where it is none, or not whole."""
    source = "the matrix"
    matrix = decode(text.encode("utf-8", "surrogatepass"), Matrix, limit=MATRIX_LIMIT, source=source)
    parts = matrix.include
    if not 1 <= len(parts) <= MOST_SHARDS or [part.shard for part in parts] != [*range(1, len(parts) + 1)]:
        raise DataError(f"{source}: its jobs are not numbered from 1 to at most {MOST_SHARDS}")
    named = [stage for part in parts for stage in part.own]
    if len(set(named)) < len(named) or len({part.lane for part in parts}) > 1 or {part.of for part in parts} != {len(parts)}:
        raise DataError(f"{source}: its jobs contradict each other", help="give what `lanemark plan --matrix N` printed")
    return matrix


class _Cost:
    """What a stage costs a job, in seconds: where the job answers for it, and where it is only needed there."""

    def __init__(self, once_s: float, stage: Stage) -> None:
        both_s = 2 * once_s
        rules = stage.measure
        self.guest_s = both_s
        self.own_s = both_s + (min(both_s * rules.min_pairs, rules.max_time_s) if rules is not None else 0.0)


class _Shard:
    """One job while stages are dealt."""

    def __init__(self) -> None:
        self.own: list[str] = []

    def cost_s(self, own: Sequence[str], whole: Mapping[str, frozenset[str]], costs: Mapping[str, _Cost]) -> float:
        """Return what the job takes when it answers for `own`."""
        guests = frozenset[str]().union(*(whole[stage] for stage in own)).difference(own)
        return sum(costs[stage].own_s for stage in own) + sum(sorted(costs[stage].guest_s for stage in guests))


def _costs(plan: Plan, stages: Mapping[str, Stage]) -> dict[str, _Cost]:
    """Return what stages cost, by earlier runs; one that none of them knows costs what is usual."""
    known = [step.estimate_s for step in plan.steps if step.estimate_s is not None]
    usual_s = median(known) if known else NOMINAL_S
    return {step.stage: _Cost(usual_s if step.estimate_s is None else step.estimate_s, stages[step.stage]) for step in plan.steps}


def _closure(stage: str, needs: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return a stage and all it needs."""
    found: set[str] = set()
    queue = [stage]
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += needs.get(name, ())
    return frozenset(found)


def _matrix(
    plan: Plan,
    shards: Sequence[_Shard],
    whole: Mapping[str, frozenset[str]],
    costs: Mapping[str, _Cost],
    order: Mapping[str, int],
) -> Matrix:
    """Number the jobs by their first stage in the order of the plan, and give each needed stage to the first that runs it."""
    shards = sorted(shards, key=lambda shard: min((order[stage] for stage in shard.own), default=0))
    answered = {stage for shard in shards for stage in shard.own}
    told = any(step.estimate_s is not None for step in plan.steps)
    parts = []
    for number, shard in enumerate(shards, 1):
        runs = sorted(frozenset[str]().union(*(whole[stage] for stage in shard.own)), key=order.__getitem__)
        own = [stage for stage in runs if stage in shard.own or stage not in answered]
        answered.update(own)
        parts.append(
            Part(
                shard=number,
                of=len(shards),
                lane=plan.lane,
                stages=" ".join(own),
                also=" ".join(stage for stage in runs if stage not in own),
                seconds=round(shard.cost_s(shard.own, whole, costs)) if told else None,
            )
        )
    return Matrix(include=tuple(parts))
