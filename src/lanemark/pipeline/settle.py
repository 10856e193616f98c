"""policy, files -> policy: stages that are not for this run are left out, and those declared for each folder become instances."""

from collections.abc import Iterable
from typing import Protocol

from lanemark.change import Change
from lanemark.config.each import expand, expand_named, has_each, unmatched_words
from lanemark.config.leave import leave_out
from lanemark.config.narrow import narrow_lane
from lanemark.config.types import Config
from lanemark.path import RepoPath
from lanemark.result import Pair, Result


class Listing(Protocol):
    """Who can list the files of a commit."""

    def tracked(self, commit: str) -> tuple[RepoPath, ...]:
        """Return all paths of `commit`."""
        ...


def settle_sides(
    checkout: Listing, change: Change, policy: Config, wanted: Config, *, adopting: bool, lane: str, event: str, stage: str = ""
) -> tuple[Config, Config, tuple[str, ...]]:
    """Return policy and the head's configuration as they hold for one change, and what to say about it.

    Stages have the instances that their own side's tree has. What the policy demands, and its limits, are about the instances
    that the head has: a folder that the change deletes need not be measured, and a new one is held to the same limits. `stage`
    cuts the lane down to one.
    """
    base = change.tested if change.base is None or adopting else change.base
    (policy, out), (wanted, _) = leave_out(policy, lane, event), leave_out(wanted, lane, event)
    said = [f"{one.stage} is left out: {one.why}." for one in out]
    # One instance can only be named once it is there; what was declared is narrowed before, so that its instances are.
    early = stage if "[" not in stage else ""
    if early:
        policy, wanted = narrow_lane(policy, lane, early), narrow_lane(wanted, lane, early)
    if has_each(policy) or has_each(wanted):
        tested = checkout.tracked(change.tested)
        policy = expand(policy, tested if base == change.tested else checkout.tracked(base), tested)
        wanted = expand(wanted, tested)
    if stage and not early:
        policy, wanted = narrow_lane(policy, lane, stage), narrow_lane(wanted, lane, stage)
    return policy, wanted, (*said, *unmatched_words(wanted, lane))


def settle_verdict(policy: Config, measured: Pair, event: str, *, matrix: Iterable[str] = ()) -> Config:
    """Return the policy as it holds for what was measured; one that is settled already stays as it is.

    Which instances there are is the measurement's word, and that of the job that planned (`matrix`): who judges sees no tree.
    """
    head = measured.head
    settled, _ = leave_out(policy, head.choice.lane, event or head.event.name)
    demanded = [*_planned(head), *matrix]
    present = demanded if measured.base is None else [*_planned(measured.base), *demanded]
    return expand_named(settled, present, demanded)


def _planned(side: Result) -> list[str]:
    return [step.stage for step in side.plan.steps]
