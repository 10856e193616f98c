"""The results of several jobs of one lane, put together: facts of the same lane at the same commit, each stage from one job.

Every job is hostile. What does not fit is left out and said in `flaws`, and a result with flaws is never a pass: joining decides
nothing else. The order of the jobs does not count.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from msgspec.structs import replace

from lanemark.coverage.detail import join_coverage, join_indirect
from lanemark.coverage.untouched import unknown
from lanemark.errors import DataError
from lanemark.ingest.suites import join_tests
from lanemark.plan import Plan, Step
from lanemark.plan.shards import MOST_SHARDS
from lanemark.result import Machine, Outcome, Pair, Result, Shard

MOST_NAMED = 8
"""So many stages are named in one sentence."""

_LOST = ("failed", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one job left: both sides of its part, and in which attempt of the run."""

    pair: Pair
    attempt: int = 1

    @property
    def shard(self) -> Shard:
        """Which part it is."""
        return self.pair.head.shards[0]


def join_jobs(jobs: Sequence[Job], *, flaws: Iterable[str] = ()) -> Pair:
    """Return one pair for all `jobs`, with why it is not whole; `flaws` are known before, of jobs that could not be read.

    The newest attempt says what the lane was dealt out to; of each shard the newest attempt counts, and what an older attempt
    measured for another deal is passed over. Raises DataError where there is nothing to join.
    """
    if not jobs:
        raise DataError("there is no result to join", help="Give the folders of the measuring jobs.")
    if any(len(job.pair.head.shards) != 1 for job in jobs):
        raise DataError(
            "one of the results is not of one shard: it is of a whole lane, or joined already",
            help="Join only what `lanemark measure --shard K/N` left, all of it at once.",
        )
    ordered = sorted(jobs, key=lambda job: (-job.attempt, job.shard.number, repr(_claims(job.pair))))
    said = list(flaws)
    chosen = _choose_jobs(ordered, said)
    parts = _own_parts(chosen, said)
    head = _join_sides([(shard, job.pair.head) for shard, job in parts], said)
    sides = [(shard, job.pair.base) for shard, job in parts if job.pair.base is not None]
    base = _join_sides(sides, said) if sides else None
    if base is not None:
        head = _with_indirect(head, [job for _, job in parts])
    told = tuple(dict.fromkeys([*said, *shard_flaws(head)]))
    return Pair(head=replace(head, flaws=told), base=None if base is None else replace(base, experiment=head.experiment))


def _with_indirect(head: Result, jobs: Sequence[Job]) -> Result:
    """Return the joined head with the untouched lines whose coverage changed, as far as the lines of both sides tell."""
    if head.coverage is None:
        return head
    base_parts = [base.coverage for job in jobs if (base := job.pair.base) is not None and base.coverage is not None]
    head_parts = [job.pair.head.coverage for job in jobs if job.pair.head.coverage is not None]
    try:
        indirect = join_indirect(base_parts, head_parts)
    except DataError as fault:
        indirect = unknown(fault.message)
    return replace(head, coverage=replace(head.coverage, indirect=indirect))


def shard_flaws(joined: Result) -> tuple[str, ...]:
    """Return why the shards that a result names are not the whole of its plan; empty for one that was not dealt out."""
    shards = joined.shards
    if not shards:
        return ()
    of = shards[0].of
    numbers = [shard.number for shard in shards]
    said = []
    if of > MOST_SHARDS or any(shard.of != of or shard.number > of for shard in shards) or len(set(numbers)) < len(numbers):
        said.append("The numbers of the shards contradict each other.")
    elif missing := sorted(frozenset(range(1, of + 1)).difference(numbers)):
        listed = ", ".join(map(str, missing))
        said.append(
            f"Of {of} shards, {listed} left no result." if len(missing) > 1 else f"Shard {listed} of {of} left no result."
        )
    owners = Counter(stage for shard in shards for stage in shard.stages)
    if twice := [stage for stage, count in owners.items() if count > 1]:
        said.append(f"Two shards say that they measured {listed_names(twice)}.")
    if unowned := [step.stage for step in joined.plan.steps if step.stage not in owners]:
        said.append(f"No shard measured {listed_names(unowned)}.")
    return tuple(said)


def listed_names(names: Sequence[str]) -> str:
    """Return the first few of many names in words."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _choose_jobs(ordered: Sequence[Job], said: list[str]) -> list[Job]:
    """Return the job that counts for each shard, by number; say what contradicts the first of `ordered`, and is left out.

    Of two that one attempt has for a shard none counts: nobody can say which.
    """
    first = ordered[0]
    chosen: dict[int, list[Job]] = {}
    for job in ordered:
        number, known = job.shard.number, chosen.setdefault(job.shard.number, [])
        if against := _contradiction(first.pair, job.pair):
            if job.attempt == first.attempt:
                said.append(f"Shard {number} is left out, because {against} (compared with shard {first.shard.number}).")
        elif not known or known[0].attempt == job.attempt:
            known.append(job)
    said += [
        f"Shard {number} is there twice in attempt {found[0].attempt}." for number, found in chosen.items() if len(found) > 1
    ]
    counting = [found[0] for _, found in sorted(chosen.items()) if len(found) == 1]
    if not counting:
        raise DataError("every shard is there twice", help="Give each folder once.")
    return counting


def _contradiction(one: Pair, other: Pair) -> str:
    """Return in which way two parts cannot be of one lane, empty where they can."""
    theirs = _claims(other)
    return next((said for said, claim in _claims(one).items() if said in theirs and theirs[said] != claim), "")


def _claims(pair: Pair) -> dict[str, object]:
    """Return what all parts of a lane must agree about, by what is said of one that does not."""
    head, base = pair.head, pair.base
    claims: dict[str, object] = {
        "it is about another commit": head.commit,
        "it saw another change": head.change,
        "it took another lane, or took it for another reason": head.choice,
        "it is one of another number of shards": head.shards[0].of,
        "it went by another configuration": head.shards[0].policy,
        "it compares in another way": (head.adopting, head.baseline),
        "it planned other stages": _steps(head),
        "it was made by another version of Lanemark": head.provenance.version,
        "it is about another event": head.event,
    }
    if base is not None:
        claims |= {"its base is another commit": base.commit, "it planned other stages of the base": _steps(base)}
    return claims


def _steps(side: Result) -> list[tuple[str, tuple[str, ...]]]:
    return [(step.stage, step.needs) for step in side.plan.steps]


def _own_parts(chosen: Sequence[Job], said: list[str]) -> list[tuple[Shard, Job]]:
    """Return each job with its shard; of two that claim one stage the lower number has it, and that is said."""
    taken: set[str] = set()
    parts = []
    for job in chosen:
        shard = job.shard
        if again := [stage for stage in dict.fromkeys(shard.stages) if stage in taken]:
            said.append(f"Shard {shard.number} says that it measured {listed_names(again)}, and so does another.")
        own = tuple(dict.fromkeys(stage for stage in shard.stages if stage not in taken))
        taken.update(own)
        parts.append((replace(shard, stages=own), job))
    return parts


def _join_sides(parts: Sequence[tuple[Shard, Result]], said: list[str]) -> Result:
    """Return one side of all parts: of each stage what its own shard says, and a failure from wherever it failed."""
    first = parts[0][1]
    try:
        coverage = join_coverage([side.coverage for _, side in parts if side.coverage is not None])
    except DataError as fault:
        said.append(f"Coverage could not be joined: {fault.message}.")
        coverage = None
    return replace(
        first,
        experiment=_digest(side.experiment for _, side in parts),
        plan=Plan(lane=first.plan.lane, steps=_join_steps(parts)),
        outcomes=_join_outcomes(parts),
        samples=_owned(parts, lambda side: side.samples),
        coverage=coverage,
        tests=join_tests([side.tests for _, side in parts if side.tests is not None]),
        repetitions=_owned(parts, lambda side: side.repetitions),
        memory_series=_owned(parts, lambda side: side.memory_series),
        measured=_owned(parts, lambda side: side.measured),
        telemetry=first.telemetry if len(parts) == 1 else None,
        machine=_join_machines([side.machine for _, side in parts]),
        provenance=replace(
            first.provenance,
            attempt=max(side.provenance.attempt for _, side in parts),
            started=min(side.provenance.started for _, side in parts),
            ended=max(side.provenance.ended for _, side in parts),
        ),
        shards=tuple(_facts(shard, side) for shard, side in parts),
        flaws=(),
        cancelled=next((side.cancelled for _, side in parts if side.cancelled), ""),
    )


def _facts(shard: Shard, side: Result) -> Shard:
    """Return a shard with what the whole result no longer says of it."""
    return replace(shard, experiment=side.experiment, machine=side.machine, telemetry=side.telemetry, provenance=side.provenance)


def _join_steps(parts: Sequence[tuple[Shard, Result]]) -> tuple[Step, ...]:
    """Return the steps of the whole lane, each as its own shard planned it: only there its identity is known."""
    planned = {(shard.number, step.stage): step for shard, side in parts for step in side.plan.steps}
    owner = {stage: shard.number for shard, _ in parts for stage in shard.stages}
    return tuple(planned.get((owner.get(step.stage, 0), step.stage), step) for step in parts[0][1].plan.steps)


def _join_outcomes(parts: Sequence[tuple[Shard, Result]]) -> tuple[Outcome, ...]:
    """Return what became of each stage: in its own shard, or in any where it was needed and failed."""
    owned = {outcome.stage: outcome for shard, side in parts for outcome in side.outcomes if outcome.stage in shard.stages}
    for _, side in parts:
        for outcome in side.outcomes:
            known = owned.get(outcome.stage)
            if outcome.state == "failed" and known is not None and known.state not in _LOST:
                owned[outcome.stage] = outcome
    order = [step.stage for step in parts[0][1].plan.steps]
    return tuple(owned[stage] for stage in dict.fromkeys([*order, *owned]) if stage in owned)


class _OfStage(Protocol):
    """Whatever says of which stage it is."""

    @property
    def stage(self) -> str:
        """The stage's name."""
        ...


T = TypeVar("T", bound=_OfStage)


def _owned(parts: Sequence[tuple[Shard, Result]], take: Callable[[Result], tuple[T, ...]]) -> tuple[T, ...]:
    """Return what each job says of its own stages, and nothing that it says of others'."""
    return tuple(one for shard, side in parts for one in take(side) if one.stage in shard.stages)


def _join_machines(machines: Sequence[Machine]) -> Machine:
    """Return the machine all were measured on, or what can be said of several kinds: nothing else compares with them."""
    kinds = {machine.fingerprint: machine for machine in machines}
    if len(kinds) == 1:
        return machines[0]
    known = [kinds[fingerprint] for fingerprint in sorted(kinds)]
    return replace(
        known[0],
        fingerprint=_digest(kinds),
        cpu=" or ".join(dict.fromkeys(machine.cpu for machine in known)),
        cores=min(machine.cores for machine in known),
        memory_bytes=min(machine.memory_bytes for machine in known),
    )


def _digest(texts: Iterable[str]) -> str:
    """Return one text for several, in whatever order they come."""
    return hashlib.sha256("\0".join(sorted(texts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
