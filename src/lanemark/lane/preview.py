"""A change of the rules, tried on the rest of the same change: what would they do once they are merged?"""

from msgspec.structs import replace

from lanemark.change import Change
from lanemark.config.types import Config
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.lane.choose import choose_lane


def preview_rules(change: Change, event: Event, policy: Config, wanted: Config) -> str:
    """Return a sentence on the lane that the rules of `wanted` would give, empty where there is nothing to try them on.

    Nobody's wish counts, and the file of the rules itself is left out: it is protected under most rules, which would hide what
    they do to everything else.
    """
    rest = replace(change, files=tuple(file for file in change.files if file.path != policy.name))
    if not rest.files or not rest.complete:
        return ""
    now, then = (choose_lane(rest, event, rules, wishes=()) for rules in (policy, wanted))
    if then.lane == now.lane:
        moved = sum(claim.lane != other.lane for claim, other in zip(now.claims, then.claims, strict=True))
        files = f", though {moved} file{'s' if moved > 1 else ''} would have another lane" if moved else ""
        return f"With its new rules the rest of this change would get the same lane, {then.lane}{files}."
    words = f"With its new rules the rest of this change would get the lane {then.lane}, not {now.lane}: {then.reason}."
    return f"{words} That is heavier; it is not run until the rules are merged." if _is_heavier(then, now, wanted) else words


def _is_heavier(then: Choice, now: Choice, wanted: Config) -> bool:
    """Whether the new rules hold the lane they would give for heavier than the one the old rules give."""
    names = [lane.name for lane in wanted.lanes]
    return now.lane not in names or names.index(then.lane) > names.index(now.lane)
