"""Did earlier runs of a lane take longer than it may? This decides no verdict, only whether stages may run side by side."""

from collections.abc import Sequence
from statistics import median

from lanemark.config.types import Lane
from lanemark.judge.bands import bands_of
from lanemark.judge.compliance import PastFigures, hard_limit, past_figures
from lanemark.judge.figures import TOTAL
from lanemark.judge.types import Past, PastRun

LEAST_OLDER = 3
"""So many older runs must tell how long the lane usually takes; fewer say nothing about what is too long."""

MOST_OLDER = 30
"""How many earlier runs are looked at."""


def lane_breaches(past: Past, lane: Lane) -> tuple[bool, ...]:
    """Tell of each earlier run of `lane`, newest first, whether the lane's own time broke today's limits.

    Those are its budgets on `total.wall` and, for a run with more than one job, the band on wall time against the median of the
    older whole runs of the same stages on the same kind of machine. A run that cannot tell is left out; one with a single job and
    within its budgets kept everything.
    """
    runs = _runs_of(past, lane.name)
    budgets = [budget for budget in lane.budgets if (budget.stage, budget.metric) == (TOTAL, "wall")]
    limits = [hard_limit(budget) for budget in budgets]
    figures = past_figures(runs, budgets) or tuple(PastFigures(run, ()) for run in runs)
    told = [
        _any_broken([_over(each.values, limits), _over_band(each.run, runs[place + 1 :], lane)])
        for place, each in enumerate(figures)
    ]
    return tuple(broken for broken in told if broken is not None)


def _runs_of(past: Past, lane: str) -> tuple[PastRun, ...]:
    """Return the newest runs of the lane, each experiment once."""
    found: dict[str, PastRun] = {}
    for run in past:
        if run.result.choice.lane == lane:
            found.setdefault(run.result.experiment, run)
    return tuple(found.values())[:MOST_OLDER]


def _any_broken(told: Sequence[bool | None]) -> bool | None:
    """Return True where one limit was broken, False where all were kept, None where that is not known."""
    if True in told:
        return True
    return None if None in told else False


def _over(values: Sequence[float | None], limits: Sequence[float | None]) -> bool | None:
    """Return whether one of the budgets was broken."""
    pairs = zip(values, limits, strict=True)
    return _any_broken([None if value is None else value > limit for value, limit in pairs if limit is not None])


def _over_band(run: PastRun, older: Sequence[PastRun], lane: Lane) -> bool | None:
    """Return whether stages side by side made the lane longer than its band allows; never where one ran at a time."""
    telemetry = run.result.telemetry
    if telemetry is None or telemetry.jobs <= 1:
        return False
    own_s = _whole_wall_s(run)
    known = [wall_s for each in older if _comparable(each, run) and (wall_s := _whole_wall_s(each)) is not None]
    band = next(band for band in bands_of(lane, TOTAL, "wall") if band.metric == "wall")
    limit = band.fail if band.fail is not None else band.warn
    if own_s is None or limit is None or len(known) < LEAST_OLDER:
        return None
    usual_s = median(known)
    return own_s > usual_s + max(limit * usual_s, band.floor)


def _whole_wall_s(run: PastRun) -> float | None:
    """Return how long the lane's run took, None where that is not known or not all of it ran."""
    telemetry, outcomes = run.result.telemetry, run.result.outcomes
    if telemetry is None or telemetry.wall_s <= 0 or any(outcome.state != "ran" for outcome in outcomes):
        return None
    return telemetry.wall_s


def _comparable(one: PastRun, other: PastRun) -> bool:
    """Return whether two runs had the same stages on the same kind of machine."""
    stages = [sorted(step.stage for step in run.result.plan.steps) for run in (one, other)]
    return stages[0] == stages[1] and one.result.machine.fingerprint == other.result.machine.fingerprint
