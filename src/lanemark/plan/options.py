"""change and past -> every lane: what each would run and cost, and whether this change could have it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lanemark.change import Change
from lanemark.config.types import Config, Lane, Stage
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.lane.choose import choose_lane
from lanemark.plan import Plan
from lanemark.plan.build import build_plan
from lanemark.plan.cost import Cost, plan_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One lane as this change sees it: `why` is a phrase of ours, `detail` a sentence that may have raw names of the change."""

    lane: Lane
    plan: Plan
    cost: Cost
    chosen: bool = False
    possible: bool = True
    why: str = ""
    detail: str = ""


def lane_costs(config: Config, stages: Mapping[str, Stage], usual_s: Mapping[str, float]) -> tuple[Option, ...]:
    """Return every lane with what it runs and costs, lightest first; `stages` defines them, `usual_s` are seconds by stage."""
    found = []
    for lane in config.lanes:
        plan = build_plan(lane.name, lane.stages, stages, durations_s=usual_s)
        found.append(Option(lane=lane, plan=plan, cost=plan_cost(plan)))
    return tuple(found)


def lane_options(
    change: Change, event: Event, config: Config, choice: Choice, *, stages: Mapping[str, Stage], usual_s: Mapping[str, float]
) -> tuple[Option, ...]:
    """Return every lane, lightest first, with whether the change gets it, or could have it by asking, and why."""
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    found = []
    for option in lane_costs(config, stages, usual_s):
        name = option.lane.name
        asked = choice if name == choice.lane else choose_lane(change, event, config, forced=name)
        possible = asked.lane == name
        if name == choice.lane:
            why, detail = "this change gets it", choice.reason
        elif not possible:
            why, detail = "below the floor: not possible", asked.reason
        elif weights[name] > weights[choice.lane]:
            why, detail = "heavier than this change needs", ""
        else:
            why, detail = "lighter than this change needs", _what_needs_more(name, choice, weights)
        chosen = name == choice.lane
        found.append(replace(option, chosen=chosen, possible=possible, why=why, detail=detail))
    return tuple(found)


def _what_needs_more(name: str, choice: Choice, weights: Mapping[str, int]) -> str:
    """Return what speaks against a lane that is lighter than the chosen one."""
    more = [claim for claim in choice.claims if weights[claim.lane] > weights[name]]
    lift = next((lift for lift in choice.lifts if weights[lift.lane] > weights[name]), None)
    if lift and not more:
        return f"{lift.why} ({lift.rule})"
    if not more:
        return choice.reason
    first = f"{more[0].path} belongs to {more[0].lane}"
    return first if len(more) == 1 else f"{first}, and {len(more)} of {len(choice.claims)} files need more than {name}"
