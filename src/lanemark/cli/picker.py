"""The picker of `lane select` without a terminal: what a key does to it, and the picture it gives."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lanemark.cli.keyboard import BACKSPACE, CANCEL, CLEAR, DOWN, END, ENTER, ESCAPE, HOME, PAGE_DOWN, PAGE_UP, UP
from lanemark.escape import is_invisible, visible
from lanemark.plan.cost import cost_words
from lanemark.plan.options import Option
from lanemark.report.lanes import claim_words, stage_lines, when_words
from lanemark.report.style import Style
from lanemark.report.table import shorten, text_table

KEYS = "Up/Down or j/k move, type to filter, Enter takes it, Esc leaves"
PAGE = 5
"""So many lanes further with one key."""

LONGEST_FILTER = 50
"""No lane has a longer name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """How far the choice is. `cursor` counts the lanes that `wanted` leaves; `typing` says that j and k are letters now."""

    options: tuple[Option, ...]
    cursor: int = 0
    wanted: str = ""
    typing: bool = False
    note: str = ""
    end: Literal["", "picked", "left", "cancelled"] = ""

    @property
    def shown(self) -> tuple[Option, ...]:
        """The lanes whose name, or one of whose stages, has the text that was typed."""
        return tuple(
            one
            for one in self.options
            if any(self.wanted in name for name in (one.lane.name, *(s.stage for s in one.plan.steps)))
        )

    @property
    def current(self) -> Option | None:
        """The lane under the cursor; None where no lane matches."""
        return self.shown[self.cursor] if self.shown else None


def start_picking(options: Sequence[Option]) -> Picking:
    """Return a picker that stands on the lane which the change gets."""
    return Picking(options=tuple(options), cursor=_place_of_chosen(options))


def _place_of_chosen(options: Sequence[Option]) -> int:
    """Return where the lane stands that the change gets; the first place where it is not among them."""
    return next((at for at, one in enumerate(options) if one.chosen), 0)


def press(now: Picking, key: str) -> Picking:
    """Return what becomes of the picker when `key` is pressed; `end` is set when it is over."""
    if now.end:
        return now
    now = replace(now, note="")
    if key == CANCEL:
        return replace(now, end="cancelled")
    if key == ESCAPE:
        return replace(now, end="left")
    if key == ENTER:
        return _take(now)
    if not now.typing:
        key = {"j": DOWN, "k": UP}.get(key, key)
    steps = {UP: -1, DOWN: 1, PAGE_UP: -PAGE, PAGE_DOWN: PAGE, HOME: -len(now.options), END: len(now.options)}
    if key in steps:
        return replace(now, cursor=max(0, min(now.cursor + steps[key], len(now.shown) - 1)))
    if key == "/" and not now.typing:
        return replace(now, typing=True)
    if key == BACKSPACE:
        return _filter(now, now.wanted[:-1])
    if key == CLEAR:
        return _filter(now, "")
    if len(key) == 1 and not is_invisible(key) and len(now.wanted) < LONGEST_FILTER:
        return _filter(now, now.wanted + key.lower())
    return now


def _take(now: Picking) -> Picking:
    """Return the end of it, or why the lane under the cursor cannot be taken."""
    if now.current is None:
        return replace(now, note="no lane matches; Backspace takes a letter back")
    if not now.current.possible:
        return replace(now, note=f"{now.current.lane.name} is {now.current.why}")
    return replace(now, end="picked")


def _filter(now: Picking, wanted: str) -> Picking:
    """Return the picker with another filter, on the same lane where that is still shown, else on the change's own."""
    found = replace(now, wanted=wanted, typing=bool(wanted), cursor=0)
    cursor = found.shown.index(now.current) if now.current in found.shown else _place_of_chosen(found.shown)
    return replace(found, cursor=cursor)


def draw_picker(now: Picking, columns: int, lines: int, style: Style) -> list[str]:
    """Return the picture of the picker, at most `lines` lines of at most `columns` columns, one of them left free.

    What matters most stays when there is little room: the lane under the cursor, then the keys, the other lanes, the preview.
    """
    width = max(columns - 1, 1)
    listed = _draw_list(now, width, style)
    foot = [style.warning(shorten(now.note, width)) if now.note else style.faint(shorten(KEYS, width))]
    if lines < 5:
        room = max(lines - 1, 1)
        return [*_around(listed, now.cursor, room), *(foot if lines > 1 else [])]
    head = [style.strong(shorten("Which lane?", width)), shorten(f"Filter: {now.wanted}_" if now.typing else "", width)]
    body = _around(listed, now.cursor, max(1, (lines - 4) // 2))
    rest = lines - len(head) - len(body) - len(foot) - 1
    preview = [shorten(line, width) for line in _preview(now.current, width)]
    if len(preview) > rest:
        preview = [*preview[: max(rest - 1, 0)], shorten("  …", width)][: max(rest, 0)]
    return [*head, *body, "", *preview, *foot]


def _draw_list(now: Picking, width: int, style: Style) -> list[str]:
    """Return one line a lane; `>` stands before the one under the cursor."""
    if not now.shown:
        return [shorten(f"  no lane has {visible(now.wanted)} in its name or stages", width)]
    cells = [
        (f"{'>' if at == now.cursor else ' '} {one.lane.name}", cost_words(one.cost), one.why) for at, one in enumerate(now.shown)
    ]
    lines = [shorten(line, width) for line in text_table(("", "", ""), cells, width=10_000).splitlines()[1:]]
    return [style.strong(line) if at == now.cursor else line for at, line in enumerate(lines)]


def _around(listed: list[str], cursor: int, room: int) -> list[str]:
    """Return as many lines as there is room for, with the cursor's line among them."""
    start = max(0, min(cursor - room // 2, len(listed) - room))
    return listed[start : start + room]


def _preview(option: Option | None, width: int) -> list[str]:
    """Return what is to be known of a lane before it is taken, escaped."""
    if option is None:
        return []
    lane = option.lane
    facts = [option.detail, f"files: {claim_words(lane)}", f"at least, with: {lifts}" if (lifts := when_words(lane.when)) else ""]
    lines = [f"{lane.name}: {option.why}"]
    for fact in filter(None, facts):
        lines += textwrap.wrap(visible(fact), max(width, 8), initial_indent="  ", subsequent_indent="    ")
    return [*lines, *(f"  {line}" for line in stage_lines(option.plan))]
