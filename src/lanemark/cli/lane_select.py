"""lanemark lane select: pick a lane at a terminal, or name one; print the command that runs it, or run it."""

import sys
from collections.abc import Sequence

from lanemark.change import Change
from lanemark.cli.console import print_data, print_text, say
from lanemark.cli.finish import read_given_past
from lanemark.cli.keyboard import REDRAW, can_pick, open_keyboard
from lanemark.cli.picker import draw_picker, press, start_picking
from lanemark.cli.terminal import find_style
from lanemark.config.types import Config
from lanemark.errors import StoppedError, UsageError
from lanemark.escape import shell
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.lane.choose import choose_lane
from lanemark.pipeline.jobs import usual_seconds
from lanemark.plan.options import Option, lane_options
from lanemark.settings import Settings

HANDED_ON = ("base", "head", "config", "past")
"""Options that the printed command gets too, so that it is about the same change."""


def show(
    change: Change, event: Event, choice: Choice, config: Config, wanted: Config, options: object, settings: Settings
) -> int:
    """Print the command for the lane that is picked, or run it; `config` decides about lanes, `wanted` defines the stages."""
    given = vars(options)
    usual_s = usual_seconds(read_given_past(settings, given["past"]))
    if given["name"]:
        choose_lane(change, event, config, forced=given["name"])  # says so where there is no such lane
    lanes = lane_options(change, event, config, choice, stages=wanted.stages, usual_s=usual_s)
    picked = _find(given["name"], lanes, choice) if given["name"] else _pick(lanes, choice)
    if picked is None:
        say("nothing was chosen")
        if given["json"]:
            print_data({"lane": None, "command": None})
        return 0
    words = ["gate", "--lane", picked]
    for name in HANDED_ON:
        words += [f"--{name}", given[name]] if given[name] else []
    if not given["run"]:
        if given["json"]:
            print_data({"lane": picked, "command": ["lanemark", *words]})
        else:
            print_text(" ".join(["lanemark", *map(shell, words)]))
        return 0
    say(" ".join(["lanemark", *map(shell, words)]))
    from lanemark.cli.gate import command

    return command([*words[1:], *(["--json"] if given["json"] else [])], settings)


def _find(name: str, lanes: Sequence[Option], choice: Choice) -> str:
    """Return the name of a lane that somebody named; raise UsageError where this change cannot have it."""
    option = next(one for one in lanes if one.lane.name == name)
    if not option.possible:
        possible = ", ".join(one.lane.name for one in lanes if one.possible)
        raise UsageError(
            f"this change cannot have the lane {name}: {option.detail}", help=f"it gets {choice.lane}; possible: {possible}"
        )
    return name


def _pick(lanes: Sequence[Option], choice: Choice) -> str | None:
    """Return the name of the lane that somebody picks at the terminal, None where they leave without one."""
    if not can_pick():
        names = ", ".join(one.lane.name for one in lanes if one.possible)
        help_text = f"name the lane: lanemark lane select {choice.lane}; this change can have {names}, and gets {choice.lane}"
        raise UsageError("there is no terminal to pick a lane at", help=help_text)
    style = find_style(stream=sys.stderr)
    now = start_picking(lanes)
    with open_keyboard() as keyboard:
        while not now.end:
            keyboard.draw(draw_picker(now, *keyboard.size(), style))
            key = keyboard.read_key()
            now = now if key == REDRAW else press(now, key)
    if now.end == "cancelled":
        raise StoppedError("cancelled")
    return now.current.lane.name if now.end == "picked" and now.current else None
