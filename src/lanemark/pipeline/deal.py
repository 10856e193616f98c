"""lane -> plan -> shards: which jobs measure which stages of a change, and which part of it this job is."""

import hashlib
import re
from collections.abc import Mapping

from lanemark.codec import encode
from lanemark.config.types import Config, Stage
from lanemark.errors import UsageError
from lanemark.judge.gates import lane_stages
from lanemark.pipeline.prepare import Task
from lanemark.plan import Plan
from lanemark.plan.build import build_plan
from lanemark.plan.shards import MOST_SHARDS, Matrix, Part, split_plan

_SHARD = re.compile(r"(?P<number>\d{1,4})/(?P<of>\d{1,4})")


def wanted_stages(task: Task) -> tuple[str, ...]:
    """Return the stages of the lane: what the policy demands, then what the change adds to the lane of the same name."""
    added: tuple[str, ...] = ()
    if any(lane.name == task.choice.lane for lane in task.wanted.lanes):
        added = task.wanted.lane(task.choice.lane).stages
    return tuple(dict.fromkeys((*task.lane.stages, *added)))


def deal_lane(task: Task, most: int, usual_s: Mapping[str, float]) -> Matrix:
    """Deal the lane of a change out to at most `most` jobs, by the usual seconds of its stages; the same every time.

    Stages that only the base side has are dealt too, so that somebody answers for them.
    """
    stages = _stages_of_both(task)
    return split_plan(_plan_of_both(task, stages, usual_s), stages, most)


def read_shard(text: str) -> tuple[int, int]:
    """Return number and count of `2/3`; raise UsageError for anything else."""
    found = _SHARD.fullmatch(text)
    number, of = (int(found["number"]), int(found["of"])) if found else (0, 0)
    if not 1 <= number <= of <= MOST_SHARDS:
        raise UsageError(f"--shard {text!r} cannot be", help=f"2/3 is the second of three; at most {MOST_SHARDS} are read")
    return number, of


def choose_part(task: Task, shard: tuple[int, int], matrix: Matrix | None, usual_s: Mapping[str, float]) -> Part:
    """Return what this job measures: its entry of `matrix`, or of the deal that is made here and now where none is given.

    Raises UsageError where the matrix is of another lane, stages or count than the change has here.
    """
    number, of = shard
    dealt = deal_lane(task, of, usual_s) if matrix is None else matrix
    here = sorted(_plan_names(task))
    if len(dealt.include) < of:
        raise UsageError(
            f"--shard {number}/{of}: the lane {task.choice.lane} gives work to {len(dealt.include)} jobs",
            help="ask `lanemark plan --matrix N` how many there are, and give its answer with --matrix",
        )
    if len(dealt.include) > of or dealt.include[0].lane != task.choice.lane or _dealt_names(dealt) != here:
        raise UsageError(
            f"the matrix is not about the lane {task.choice.lane} of this change",
            help="both jobs must see the same commit, event and configuration; run the whole workflow again",
        )
    return dealt.include[number - 1]


def policy_digest(policy: Config) -> str:
    """Return a short text that differs where configurations do."""
    return hashlib.sha256(encode(policy)).hexdigest()[:32]


def _stages_of_both(task: Task) -> dict[str, Stage]:
    """Return the definitions of both sides; of a stage that both have, head's."""
    return {**task.policy.stages, **task.wanted.stages}


def _plan_of_both(task: Task, stages: Mapping[str, Stage], usual_s: Mapping[str, float]) -> Plan:
    """Return a plan with every stage of either side: head's order, then what only the policy still needs."""
    names = wanted_stages(task)
    return build_plan(task.choice.lane, (*names, *lane_stages(task.policy, task.lane)), stages, durations_s=usual_s)


def _plan_names(task: Task) -> list[str]:
    return [step.stage for step in _plan_of_both(task, _stages_of_both(task), {}).steps]


def _dealt_names(matrix: Matrix) -> list[str]:
    return sorted(stage for part in matrix.include for stage in part.own)
