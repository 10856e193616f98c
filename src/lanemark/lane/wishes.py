"""Lanes that people ask for: a label `lane:NAME`, the comment `/lanemark lane NAME`, the input of the workflow.

Asking for a heavier lane is always fine. A lighter one is given only at the wish of somebody who may write to the repository,
which only GitHub can tell: a pull request's payload does not say who set a label. What is read here was written by strangers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from lanemark.escape import visible
from lanemark.event import Event
from lanemark.lane import Choice, Wish

PREFIX = "lane:"
"""What a label that asks for a lane begins with; upper and lower case do not differ in labels."""

COMMAND = re.compile(r"/lanemark[ \t]+lane[ \t]+(\S{1,100})[ \t]*")
"""The first line of a comment that asks for a lane; nothing else may stand in it."""

UNCHECKED = "only somebody with write permission may ask for a lighter lane, and nobody here could check who asked"

ONLY_WRITERS = "only somebody with write permission may ask for a lane in a comment, and nobody here could check who asked"


@dataclass(frozen=True, slots=True)
class Decision:
    """A lane and the reason in a sentence."""

    lane: str
    reason: str


def read_wishes(event: Event) -> tuple[Wish, ...]:
    """Return what the labels and the comment of an event ask for; nobody of them is trusted yet."""
    labels = [label[len(PREFIX) :].strip() for label in event.labels if label.casefold().startswith(PREFIX)]
    wishes = [Wish(lane=name.lower(), source="label", doubt=UNCHECKED) for name in dict.fromkeys(labels)]
    if event.comment is not None and event.action == "created":
        first = event.comment.body.partition("\n")[0].rstrip("\r")
        if found := COMMAND.fullmatch(first):
            wishes.append(Wish(lane=found[1].lower(), source="comment", by=event.comment.author, doubt=ONLY_WRITERS))
    return tuple(wishes)


def follow_wishes(
    start: Decision, wishes: Sequence[Wish], weights: Mapping[str, int], floor: Decision | None, *, may_lower: bool
) -> tuple[Decision, tuple[Wish, ...]]:
    """Return the lane that the wishes make of `start`, and what became of each.

    The heaviest of them counts. It makes the lane lighter only where `may_lower`, where a trusted one is among them, and not
    below the `floor` that protected files set.
    """
    known = [wish for wish in wishes if wish.lane in weights and (wish.trusted or wish.source == "label")]
    heaviest = max(known, key=lambda wish: weights[wish.lane], default=None)
    trusted = next((wish for wish in known if wish.trusted), None)
    if heaviest is None:
        found = start
    elif weights[heaviest.lane] > weights[start.lane]:
        found = Decision(heaviest.lane, f"{_name_wish(heaviest)} asks for it")
    elif weights[heaviest.lane] < weights[start.lane] and trusted is not None and may_lower:
        found = _lower(start, heaviest, trusted, weights, floor)
    else:
        found = start
    kept = floor.reason if floor is not None and may_lower else ""
    return found, tuple(_with_outcome(wish, start, found, weights, kept) for wish in wishes)


def tell_wishes(choice: Choice, lanes: Sequence[str], *, ran: str | None = None) -> tuple[str, ...]:
    """Return the sentences that every report must show: who made the lane lighter, and whose wish was not followed and why.

    `lanes` are all there are, lightest first. `ran` is the lane that was measured already; it may
    be heavier than what was asked for.
    """
    heavier = ran is not None and ran in lanes and lanes.index(ran) > lanes.index(choice.lane)
    said = []
    for wish in choice.wishes:
        name = _name_wish(wish)
        if wish.outcome == "lowered" and heavier:
            said.append(f"{_sentence(name)} asked for the lane {choice.lane} and may; {ran} ran, which is heavier.")
        elif wish.outcome == "lowered":
            said.append(f"{_sentence(name)} asked for the lane {choice.lane}; by itself the change would get {choice.by_itself}.")
        elif wish.outcome == "no-lane":
            said.append(f"{_sentence(name)} asks for a lane that there is not; the lanes are {', '.join(lanes)}.")
        elif wish.outcome == "refused":
            said.append(f"{_sentence(name)} was not followed: {wish.doubt}.")
    return tuple(said)


def _lower(start: Decision, wish: Wish, trusted: Wish, weights: Mapping[str, int], floor: Decision | None) -> Decision:
    """Return the lighter lane that was asked for, or the floor where that is heavier."""
    if floor is not None and weights[floor.lane] > weights[wish.lane]:
        return floor if weights[floor.lane] < weights[start.lane] else start
    return Decision(wish.lane, f"{_name_wish(trusted)} asks for it; by itself the change would get {start.lane}: {start.reason}")


def _with_outcome(wish: Wish, start: Decision, found: Decision, weights: Mapping[str, int], kept: str) -> Wish:
    """Return a wish with what became of it; `kept` says what keeps a trusted one from being followed."""
    if wish.lane not in weights:
        return replace(wish, outcome="no-lane")
    if wish.source == "comment" and not wish.trusted:
        return replace(wish, outcome="refused")
    before, after, asked = weights[start.lane], weights[found.lane], weights[wish.lane]
    if asked >= before:
        return replace(wish, outcome="lifted" if after == asked > before else "same")
    if after < before:
        return replace(wish, outcome="lowered" if wish.trusted else "same")
    if after > before or (wish.trusted and not kept):
        return replace(wish, outcome="same")
    return replace(wish, outcome="refused", doubt=kept if wish.trusted else wish.doubt)


def _name_wish(wish: Wish) -> str:
    """Return what a sentence calls a wish; the names in it are strangers' words, without what cannot be seen."""
    if wish.source == "input":
        return "the workflow or the command line"
    by = f" of {visible(wish.by)}" if wish.by else ""
    return f"the label {PREFIX}{visible(wish.lane)}{by}" if wish.source == "label" else f"the comment{by}"


def _sentence(text: str) -> str:
    """Return a text with a capital letter at its start."""
    return text[:1].upper() + text[1:]
