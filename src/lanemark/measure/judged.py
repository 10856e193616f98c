"""Which stages of the deciding run must run although they could be replayed: a verdict looks at how they run."""

from collections.abc import Mapping

from lanemark.config.types import CheckRules, Lane, Stage
from lanemark.result import Side

TOTAL = "total"
"""The stage name of a budget on the whole lane."""


def judged_stages(stages: Mapping[str, Stage], policy: Mapping[str, Stage], lane: Lane, side: Side) -> dict[str, str]:
    """Return the stages of one side that must run, each with why, in words.

    Otherwise whoever broke a budget would only have to run again: the second time the stage would be replayed, and a replay
    breaks nothing. Budgets and checks are about head, and the policy's word. Figures that a stage writes itself are measurements
    on both sides.
    """
    budgeted = {budget.stage for budget in lane.budgets} if side == "head" else set()
    found: dict[str, str] = {}
    for name, stage in stages.items():
        if stage.metrics:
            found[name] = "the figures it writes are measured"
        elif side == "head" and name in policy and policy[name].checks != CheckRules():
            found[name] = "a check looks at how it runs"
        elif name in budgeted:
            found[name] = "a budget looks at how it runs"
        elif TOTAL in budgeted:
            found[name] = "a budget looks at how the whole lane runs"
    return found
