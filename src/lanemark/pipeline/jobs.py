"""past -> plan: how many stages may run side by side, and how long each usually takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from lanemark.config.types import Config
from lanemark.plan.jobs import allowed_jobs

if TYPE_CHECKING:
    from lanemark.judge.types import Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """How many stages may run at a time, the usual and the longest seconds of stages, and why fewer run than were asked for."""

    jobs: int = 1
    usual_s: Mapping[str, float] = field(default_factory=dict)
    longest_s: Mapping[str, float] = field(default_factory=dict)
    notice: str = ""


def choose_crew(asked: int, past: "Past", policy: Config, lane: str) -> Crew:
    """Return how the stages of `lane` are to run when up to `asked` may run side by side, judged by today's policy."""
    from lanemark.judge.breaches import lane_breaches  # it loads NumPy

    rules = next((one for one in policy.lanes if one.name == lane), None)
    jobs, notice = allowed_jobs(asked, lane_breaches(past, rules) if rules is not None and asked > 1 else ())
    took = past_seconds(past)
    return Crew(
        jobs=jobs,
        usual_s=_medians(took),
        longest_s={stage: max(values) for stage, values in took.items()},
        notice=notice,
    )


def usual_seconds(past: "Past") -> dict[str, float]:
    """Return the median wall time of each stage's deciding run over the newest earlier runs, whatever their lane."""
    return _medians(past_seconds(past))


def _medians(took: Mapping[str, list[float]]) -> dict[str, float]:
    return {stage: median(values) for stage, values in took.items()}


def past_seconds(past: "Past") -> dict[str, list[float]]:
    """Return the wall times of each stage's deciding run in the newest earlier runs, whatever their lane."""
    from lanemark.judge.breaches import MOST_OLDER  # it loads NumPy

    found: dict[str, list[float]] = {}
    for run in past[:MOST_OLDER]:
        for outcome in run.result.outcomes:
            if outcome.state == "ran" and outcome.usage is not None and outcome.usage.wall_s >= 0:
                found.setdefault(outcome.stage, []).append(outcome.usage.wall_s)
    return found
