"""results -> result: what the jobs of one run left, hostile all of it, becomes one pair, with what is missing said in it."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from lanemark.errors import DataError
from lanemark.pipeline.verdict import read_pair
from lanemark.plan.shards import MOST_SHARDS
from lanemark.result import Pair
from lanemark.result.merge import Job, join_jobs

_NAME = re.compile(r"(?:.*/)?lanemark-measure-(?P<lane>[^/]+)-(?P<shard>\d{1,6})-(?P<attempt>\d{1,6})")


class Left(NamedTuple):
    """What one measuring job left: the name of its folder or artifact, and its files by their names inside."""

    name: str
    files: Mapping[str, bytes]


def join_left(left: Sequence[Left], *, head: str | None) -> Pair:
    """Return the one measurement in what the jobs of a run left, joined where they measured shards of a lane.

    `head` is the commit GitHub says it must be about. Of each lane and shard the newest attempt counts. Raises DataError where
    nothing can be used at all; what is missing besides is in `flaws`.
    """
    newest = _newest(left)
    if len(newest) > MOST_SHARDS:
        raise DataError(f"{len(newest)} results, at most {MOST_SHARDS} are read", help="Use fewer shards.")
    if len(newest) == 1:
        pair = read_pair(newest[0].files, head=head, source=newest[0].name)
        return join_jobs([_job(newest[0], pair)]) if len(pair.head.shards) == 1 and not pair.head.flaws else pair
    last = max((_attempt(one.name) for one in newest), default=0)
    jobs: list[Job] = []
    flaws: list[str] = []
    faults: list[DataError] = []
    for one in newest:
        try:
            jobs.append(_job(one, read_pair(one.files, head=head, source=one.name)))
        except DataError as fault:
            faults.append(fault)
            # What an older attempt left may be superseded; where it is not, its shard is missing.
            if _attempt(one.name) in (0, last):
                flaws.append(f"A result could not be used: {fault.message}.")
    if not jobs:
        raise faults[0] if faults else DataError("there is no result")
    return _join_newest(jobs, flaws)


def _newest(left: Sequence[Left]) -> list[Left]:
    """Return the newest attempt of each lane and shard, by the names of artifacts; any other folder stands for itself."""
    found: dict[object, Left] = {}
    for one in sorted(left, key=lambda one: (_attempt(one.name), one.name)):
        name = _NAME.fullmatch(one.name)
        found[(name["lane"], int(name["shard"])) if name else one.name] = one
    return list(found.values())


def _attempt(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found["attempt"]) if found else 0


def _job(one: Left, pair: Pair) -> Job:
    """Return what a job left with its attempt: by the artifact's name, else by its own word; DataError for a false name."""
    name, shards, lane = _NAME.fullmatch(one.name), pair.head.shards, pair.head.choice.lane
    number = shards[0].number if len(shards) == 1 else 0
    if name is not None and (int(name["shard"]), name["lane"]) != (number, lane):
        raise DataError(f"{one.name.rpartition('/')[2]} holds shard {number} of the lane {lane}")
    return Job(pair=pair, attempt=_attempt(one.name) or pair.head.provenance.attempt)


def _join_newest(jobs: Sequence[Job], flaws: Sequence[str]) -> Pair:
    """Return the newest attempt's measurement: of a whole lane where that is one, else of its shards."""
    last = max(job.attempt for job in jobs)
    whole = [job for job in jobs if len(job.pair.head.shards) != 1]
    if not any(job.attempt == last for job in whole):
        return join_jobs([job for job in jobs if len(job.pair.head.shards) == 1], flaws=flaws)
    newest = [job for job in jobs if job.attempt == last]
    pair = whole[-1].pair
    if len(newest) > 1:
        flaws = [*flaws, "One attempt left several results that are not shards of one lane."]
    return Pair(head=structs.replace(pair.head, flaws=(*pair.head.flaws, *flaws)), base=pair.base)
