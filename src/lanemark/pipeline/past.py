"""Earlier runs of the base branch: how many to ask for, and what of a folder of results may count as one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from lanemark.codec import decode
from lanemark.compare.types import Baseline
from lanemark.config.types import Config
from lanemark.errors import DataError, LanemarkError
from lanemark.event import Event
from lanemark.judge.types import Past, PastRun
from lanemark.pipeline.verdict import COMMIT
from lanemark.result import LIMIT, SCHEMA, Result

FOR_BASELINE = 3
"""How many recorded results are looked at for a baseline: the nearest may be of another kind of machine."""

FOR_PAST = 10
"""How many recorded results are asked of GitHub where the lane has budgets; each costs a list and a download."""

MOST_LOOKS = 300
"""How many runs are asked what they kept, where the verdict needs a baseline."""

FEW_LOOKS = 20
"""How many where only the past of budgets is asked for: a repository may record nothing at all, and requests are counted."""


class Wanted(NamedTuple):
    """How many recorded results are wanted, and how many runs may be asked for them."""

    most: int
    looks: int


def wanted_runs(head: Result, policy: Config) -> Wanted | None:
    """Return what is worth asking for: what a baseline needs, more where budgets have a past to tell, None for nothing."""
    lane = next((one for one in policy.lanes if one.name == head.choice.lane), None)
    budgets = lane is not None and bool(lane.budgets)
    if head.baseline == "artifact":
        return Wanted(FOR_PAST if budgets else FOR_BASELINE, MOST_LOOKS)
    return Wanted(FOR_PAST, FEW_LOOKS) if budgets else None


class Recorder(Protocol):
    """GitHub: which results did trusted runs keep?"""

    def find_recorded(self, lane: str, event: Event, expect: Sequence[str], wanted: Wanted) -> tuple[Past, str]:
        """Return the results that trusted runs recorded for `lane` on the event's base, nearest first, and why there are none.

        `wanted` bounds how many, and how many runs are asked. `expect` names the workflow files whose runs count; empty means any
        of the repository.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Earlier runs, newest first; `reason` says why there is no baseline among them, `notices` what every report must show."""

    past: Past = ()
    reason: str = ""
    notices: tuple[str, ...] = ()


def find_past(recorder: Recorder, head: Result, event: Event, policy: Config, expect: Sequence[str]) -> Found:
    """Return what trusted runs of the base branch recorded.

    Where the verdict needs one of them as its baseline, a failure is raised (LanemarkError). Where they only explain budgets, it
    is a notice, and so is nothing else: a repository that records nothing hears nothing of it.
    """
    wanted = wanted_runs(head, policy)
    if wanted is None:
        return Found()
    if head.baseline == "artifact":
        past, reason = recorder.find_recorded(head.choice.lane, event, expect, wanted)
        return Found(past=past, reason=reason)
    try:
        past, _ = recorder.find_recorded(head.choice.lane, event, expect, wanted)
    except LanemarkError as error:
        return Found(notices=(f"Earlier runs could not be looked up: {error.message}.",))
    return Found(past=past)


def as_baselines(past: Past) -> tuple[Baseline, ...]:
    """Return the results that trusted runs recorded as what head may be compared with in artifact mode."""
    return tuple(
        Baseline(kind="artifact", result=run.result, age_s=run.age_s, behind=run.behind, run_id=run.run_id) for run in past
    )


def read_past(files: Iterable[tuple[str, Callable[[], bytes]]]) -> tuple[tuple[PastRun, ...], tuple[str, ...]]:
    """Return the runs in hostile result files, each a name and how to read it, newest end first, and why any was left out.

    A `base` side is no run of its own and is passed over without a word.
    """
    found: list[PastRun] = []
    why: list[str] = []
    for name, read in files:
        try:
            result = _read_run(name, read())
        except DataError as fault:
            why.append(fault.message)
            continue
        if result.side == "head":
            found.append(PastRun(result=result, recorded=result.provenance.ended, run_id=max(0, result.provenance.run_id)))
    return tuple(sorted(found, key=lambda run: _when(run.recorded), reverse=True)), tuple(why)


def _read_run(name: str, data: bytes) -> Result:
    result = decode(data, Result, limit=LIMIT, source=name)
    if result.schema != SCHEMA:
        raise DataError(f"{name}: schema {result.schema} is not {SCHEMA}; it is of another version of Lanemark")
    if not COMMIT.fullmatch(result.commit):
        raise DataError(f"{name}: it names a commit that is none")
    if result.cancelled:
        raise DataError(f"{name}: it is of a run that was cancelled")
    return result


def _when(text: str) -> float:
    """Return a recorded time as seconds, for sorting; what is no time counts as the oldest."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
