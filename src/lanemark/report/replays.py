"""What was not run again: which stages, where their outputs are from, and the time that saved."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lanemark.report.places import is_commit, short
from lanemark.report.voice import PLAIN, Voice
from lanemark.result import Outcome, Pair, Replay
from lanemark.units import seconds

MOST_NAMED = 6
"""So many stages are named in a sentence; the others are counted."""

MOST_S = 1e7
"""No stage takes longer; a result may be forged."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One stage (raw name) that was replayed, on which sides, and the runs it is from in words that need no escaping."""

    stage: str
    sides: str
    origin: str


def replayed_stages(pair: Pair) -> tuple[Replayed, ...]:
    """Return the stages that were replayed on a side, in the order of head's plan, then those that only base has."""
    found: dict[str, dict[str, Replay | None]] = {}
    for side in (pair.head, pair.base):
        for outcome in side.outcomes if side else ():
            if outcome.state == "replayed" and side is not None:
                found.setdefault(outcome.stage, {})[side.side] = outcome.replay
    return tuple(
        Replayed(stage=stage, sides=" and ".join(sides), origin=_origins(sides.values())) for stage, sides in found.items()
    )


def replay_sentence(pair: Pair, voice: Voice = PLAIN) -> str:
    """Return `Not run again, because nothing it reads changed: unit (head and base, from run 11). That saved 12 s.`."""
    found = replayed_stages(pair)
    if not found:
        return ""
    named = [f"{voice.name(one.stage)} ({one.sides}{', ' if one.origin else ''}{one.origin})" for one in found[:MOST_NAMED]]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    which = "it reads" if len(found) == 1 else "they read"
    saved_s = _saved_s(side.outcomes for side in (pair.head, pair.base) if side is not None)
    saved = f" That saved {seconds(saved_s)}." if saved_s is not None else ""
    return f"Not run again, because nothing {which} changed: {', '.join(named)}{more}.{saved}"


def origin_words(replay: Replay | None, *, with_commit: bool = True) -> str:
    """Return which execution a replay is of: `from run 123 on abc1234, 2026-11-20`; only what cannot carry foreign text."""
    if replay is None:
        return ""
    run = f"run {replay.run_id}" if replay.run_id > 0 else "an earlier run"
    commit = f" on {short(replay.commit)}" if with_commit and is_commit(replay.commit) else ""
    day = replay.created[:10]
    when = f", {day}" if _DAY.fullmatch(day) else ""
    return f"from {run}{commit}{when}"


def _origins(replays: Iterable[Replay | None]) -> str:
    """Return the runs that replays are from, each once; which commit each side's is of stands in the table of stages."""
    return " and ".join(dict.fromkeys(words for replay in replays if (words := origin_words(replay, with_commit=False))))


def _saved_s(sides: Iterable[Sequence[Outcome]]) -> float | None:
    """Return the seconds that the replayed executions took, None where a figure is one that no execution can have."""
    known = [outcome.replay.wall_s for side in sides for outcome in side if outcome.state == "replayed" and outcome.replay]
    return sum(known) if known and all(0 <= wall_s <= MOST_S for wall_s in known) else None
