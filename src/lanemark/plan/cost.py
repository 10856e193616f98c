"""What a plan costs, as far as earlier runs tell."""

from dataclasses import dataclass

from lanemark.plan import Plan
from lanemark.units import seconds

NOT_KNOWN = "not known yet"
"""Said of a stage that no earlier run had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The seconds of the stages that are known, run once and one after the other, and the names of those that are not known."""

    known_s: float = 0.0
    unknown: tuple[str, ...] = ()
    stages: int = 0

    @property
    def total_s(self) -> float | None:
        """The seconds of all stages, None where one of them is not known."""
        return None if self.unknown else self.known_s


def plan_cost(plan: Plan) -> Cost:
    """Return what the stages of a plan cost together; a plan without stages costs nothing."""
    known = [step.estimate_s for step in plan.steps if step.estimate_s is not None]
    unknown = tuple(step.stage for step in plan.steps if step.estimate_s is None)
    return Cost(known_s=sum(known), unknown=unknown, stages=len(plan.steps))


def cost_words(cost: Cost) -> str:
    """Return a cost for people: `4 min 12 s`, `nothing runs`, `not known yet`, `over 12 s, e2e is not known yet`."""
    if not cost.stages:
        return "nothing runs"
    if not cost.unknown:
        return seconds(cost.known_s)
    if len(cost.unknown) == cost.stages:
        return NOT_KNOWN
    first, more = cost.unknown[0], len(cost.unknown) - 1
    return f"over {seconds(cost.known_s)}, {first} is {NOT_KNOWN}" + (f" and {more} more" if more else "")
