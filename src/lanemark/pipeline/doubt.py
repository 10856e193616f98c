"""Why shards cannot be believed as a whole lane, by what we know: the policy, and the plan of a job that ran nothing."""

from msgspec import structs

from lanemark.config.types import Config
from lanemark.ingest.types import SuiteState
from lanemark.judge.gates import lane_stages
from lanemark.plan.shards import Matrix
from lanemark.result import Pair, Result
from lanemark.result.merge import listed_names, shard_flaws


def doubt_shards(head: Result, policy: Config, matrix: Matrix | None) -> tuple[str, ...]:
    """Return why shards are not the whole lane, empty where they are, by what we know ourselves and not by what they say.

    The policy says which stages there must be. `matrix` is what the planning job, which runs nothing of the change, dealt out.
    """
    said = list(dict.fromkeys([*head.flaws, *shard_flaws(head)]))
    owned = {stage: shard.number for shard in head.shards for stage in shard.stages}
    lane = next((lane for lane in policy.lanes if lane.name == head.choice.lane), None)
    if head.shards and lane is not None:
        planned = {step.stage for step in head.plan.steps}
        lost = [stage for stage in lane_stages(policy, lane) if stage not in owned and stage not in planned]
        said += [f"No shard answers for {listed_names(lost)}, which the policy demands."] if lost else []
    if head.shards and head.coverage is not None:
        told = {report.path for report in head.coverage.reports}
        lost = [report.path for report in policy.coverage.reports if report.path not in told]
        said += [f"No shard says what became of {listed_names(lost)}."] if lost else []
    if matrix is not None:
        dealt = {stage: part.shard for part in matrix.include for stage in part.own}
        if len(head.shards) != len(matrix.include) or owned != dealt or head.choice.lane != matrix.include[0].lane:
            said.append("What was measured is not what was planned: the shards differ from the matrix of this run.")
    return tuple(said)


def without_totals(measured: Pair) -> Pair:
    """Return a measurement that lacks shards with its coverage and its tests called incomplete.

    What is not there could have reached more, and a test that another shard ran is not a removed one.
    """
    head, reason = measured.head, "not every shard of the lane is there"
    coverage, tests = head.coverage, head.tests
    if coverage is not None:
        reports = tuple(structs.replace(report, state="incomplete", reason=reason) for report in coverage.reports)
        coverage = structs.replace(coverage, reports=reports)
    if tests is not None:
        lost = SuiteState(path="of other shards", state="missing", reason=reason)
        tests = structs.replace(tests, reports=(*tests.reports, lost))
    return Pair(head=structs.replace(head, coverage=coverage, tests=tests), base=measured.base)
