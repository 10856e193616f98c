"""change -> lane, with GitHub's word on who asked for another one, and a look at what changed rules would do."""

from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from lanemark.change import Change
from lanemark.config.types import Config
from lanemark.errors import LanemarkError
from lanemark.event import Event
from lanemark.lane import Choice, Wish
from lanemark.lane.choose import choose_lane
from lanemark.lane.preview import preview_rules
from lanemark.lane.wishes import PREFIX, tell_wishes


class People(Protocol):
    """Who did what on GitHub, and who may write there."""

    def labelled_by(self, number: int, label: str) -> str:
        """Return the login of who set a label that is on a pull request now, empty where nobody is known."""
        ...

    def may_write(self, login: str) -> bool:
        """Return whether somebody may write to the repository; raise LanemarkError where that cannot be found out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A lane, and what every report must say about how it came to be."""

    choice: Choice
    notices: tuple[str, ...]


def decide_lane(
    change: Change,
    event: Event,
    policy: Config,
    *,
    wanted: Config | None,
    forced: str | None,
    people: People | None,
    ran: str | None = None,
) -> Decided:
    """Return the lane by `policy`, and what to say of it.

    `people` is asked only where somebody wishes what needs write permission; without it such a wish is not followed. `wanted` are
    the head's rules, None where they are not known: what they would do is said and decides nothing. `ran` is the lane that was
    measured already, where that is over. Raises UsageError where there is no lane `forced`.
    """
    choice = choose_lane(change, event, policy, forced=forced)
    if people is not None and event.number is not None and any(wish.outcome == "refused" for wish in choice.wishes):
        asked = [wish for wish in choice.wishes if wish.source != "input"]
        checked = [_check_wish(wish, event.number, people) if wish.outcome == "refused" else wish for wish in asked]
        choice = choose_lane(change, event, policy, forced=forced, wishes=checked)
    said = tell_wishes(choice, tuple(lane.name for lane in policy.lanes), ran=ran)
    preview = "" if wanted is None or wanted == policy else preview_rules(change, event, policy, wanted)
    return Decided(choice=choice, notices=(*said, preview) if preview else said)


def _check_wish(wish: Wish, number: int, people: People) -> Wish:
    """Return a wish with who asked for it, and whether that person may; what cannot be found out is a doubt."""
    try:
        by = people.labelled_by(number, f"{PREFIX}{wish.lane}") if wish.source == "label" else wish.by
        trusted = bool(by) and people.may_write(by)
    except LanemarkError as fault:
        return replace(wish, doubt=f"GitHub could not be asked who may do so: {fault.message}")
    who = f"{by} has no write permission" if by else "GitHub does not know who set it, or it is not there any more"
    return replace(wish, by=by, trusted=trusted, doubt="" if trusted else who)
