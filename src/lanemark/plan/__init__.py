"""Which stages, in which order, replayed or not, how long?"""

from typing import Literal

from lanemark.codec import Record


class Forecast(Record, frozen=True, kw_only=True):
    """What is known of one stage before anything runs.

    Stages with equal `identity` cannot differ; None means untracked (no declared inputs), which may always differ.
    """

    identity: str | None = None
    state: Literal["hit", "miss", "after", "never"] = "never"
    reason: str = "untracked"


class Step(Record, frozen=True, kw_only=True):
    """One stage of the plan."""

    stage: str
    needs: tuple[str, ...] = ()
    forecast: Forecast = Forecast()
    estimate_s: float | None = None


class Plan(Record, frozen=True, kw_only=True):
    """The stages of a lane and all they need, in an order that respects `needs`."""

    lane: str
    steps: tuple[Step, ...] = ()
