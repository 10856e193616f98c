"""Budgets over the past: since when a limit has been broken, and how many of the last runs kept it."""

from collections.abc import Sequence
from typing import NamedTuple

from lanemark.config.types import Budget
from lanemark.errors import DataError
from lanemark.judge.figures import budget_figures
from lanemark.judge.types import Compliance, FirstSeen, Past, PastRun
from lanemark.result import Result

MOST_RUNS = 30
"""How many earlier runs are looked at; older ones say little about today."""


class PastFigures(NamedTuple):
    """One earlier run, and the value of each budget there, in the order of the budgets; None where it cannot be told."""

    run: PastRun
    values: tuple[float | None, ...]


def relevant_past(head: Result, past: Past) -> tuple[PastRun, ...]:
    """Return the earlier runs that can tell something of `head`, newest first, at most MOST_RUNS.

    These are of its lane, of any machine; each experiment counts once, and head's own is not its past.
    """
    found: dict[str, PastRun] = {}
    for run in past:
        if run.result.choice.lane == head.choice.lane and run.result.experiment != head.experiment:
            found.setdefault(run.result.experiment, run)
    return tuple(found.values())[:MOST_RUNS]


def past_figures(past: Past, budgets: Sequence[Budget]) -> tuple[PastFigures, ...]:
    """Return what each earlier run had for each of today's budgets, newest first.

    A run whose figures cannot be (a negative time) says nothing; it does not stop today's verdict.
    """
    found = []
    for run in past if budgets else ():
        try:
            values = tuple(figure.estimate.value for figure in budget_figures(run.result, budgets))
        except DataError:
            values = (None,) * len(budgets)
        found.append(PastFigures(run, values))
    return tuple(found)


def first_seen(known: Sequence[PastFigures], place: int, limit: float, machine: str) -> FirstSeen | None:
    """Return since when the budget at `place` has been above `limit`, which this change breaks; None where nothing is known.

    That is the oldest of the newest runs in a row that were above it, or this change, where the newest run kept it. Runs that
    cannot tell are passed over. `machine` is the fingerprint of the machine that measured this change.
    """
    told = [(each.run, value) for each in known if (value := each.values[place]) is not None]
    if not told:
        return None
    over = next((count for count, (_, value) in enumerate(told) if value <= limit), len(told))
    run = told[max(over - 1, 0)][0]
    return FirstSeen(
        by="past" if over else "this",
        commit=run.result.commit,
        recorded=run.recorded,
        or_before=over == len(told),
        other_machine=run.result.machine.fingerprint != machine,
    )


def budget_compliance(known: Sequence[PastFigures], place: int, budget: Budget) -> Compliance | None:
    """Return how many of the earlier runs that can tell kept the budget; None where none can."""
    limit = hard_limit(budget)
    values = [value for each in known if (value := each.values[place]) is not None]
    if limit is None or not values:
        return None
    return Compliance(kept=sum(value <= limit for value in values), runs=len(values))


def lane_compliance(known: Sequence[PastFigures], budgets: Sequence[Budget]) -> Compliance | None:
    """Return how many of the earlier runs kept every budget of the lane.

    A run that broke one counts as broken; one that kept those it can tell, but cannot tell all, is not counted.
    """
    limits = [hard_limit(budget) for budget in budgets]
    kept = runs = 0
    for each in known:
        pairs = [(value, limit) for value, limit in zip(each.values, limits, strict=True) if limit is not None]
        broken = any(value is not None and value > limit for value, limit in pairs)
        whole = bool(pairs) and all(value is not None for value, _ in pairs)
        runs += broken or whole
        kept += whole and not broken
    return Compliance(kept=kept, runs=runs) if runs else None


def hard_limit(budget: Budget) -> float | None:
    """Return the limit that keeping a budget means: the one that fails, or the one that warns where no other was written."""
    return budget.fail if budget.fail is not None else budget.warn


def since_words(since: FirstSeen) -> str:
    """Return the end of a reason: whether an earlier run was over the limit already."""
    run = since.commit[:7] + (f" ({since.day})" if since.day else "")
    where = ", measured on another kind of machine" if since.other_machine else ""
    if since.by == "this":
        return f"the newest earlier run, {run}{where}, kept it"
    return f"already over since {run}{' or before' if since.or_before else ''}{where}, so it did not begin with this change"
