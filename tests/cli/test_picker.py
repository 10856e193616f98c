"""The picker as a value: any keys, any size, never more than fits, and only a possible lane is ever taken."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.cli import keyboard
from lanemark.cli.picker import draw_picker, press, start_picking
from lanemark.config.types import Lane, Rule
from lanemark.escape import is_invisible
from lanemark.plan import Plan, Step
from lanemark.plan.cost import plan_cost
from lanemark.plan.options import Option
from lanemark.report.style import PLAIN_STYLE
from lanemark.report.table import columns_of


def option(name, *stages, **more):
    plan = Plan(lane=name, steps=tuple(Step(stage=stage) for stage in stages))
    rules = (Rule(pattern="日本語/**", line=1), Rule(pattern="\x1b]0;\u202e*", line=2))
    return Option(lane=Lane(name=name, line=1, rules=rules, stages=stages), plan=plan, cost=plan_cost(plan), **more)


OPTIONS = (
    option("docs", possible=False, why="below the floor: not possible", detail="\x1b[2J" * 30),
    option("standard", "unit", chosen=True, why="this change gets it", detail="ファイル" * 60),
    option("heavy", "unit", "e2e", why="heavier than this change needs"),
    *(option(f"lane-{number}", *(f"stage-{at}" for at in range(number))) for number in range(12)),
)
NAMED = [keyboard.UP, keyboard.DOWN, keyboard.PAGE_UP, keyboard.PAGE_DOWN, keyboard.HOME, keyboard.END, keyboard.BACKSPACE]
KEYS = st.lists(
    st.sampled_from([*NAMED, keyboard.CLEAR, keyboard.ENTER, "/", "", "\x1b", "\u202e"]) | st.characters(), max_size=12
)


@given(KEYS, st.integers(1, 120), st.integers(1, 40))
def test_a_picture_fits_whatever_was_pressed(keys, columns, lines):
    now = reduce(press, keys, start_picking(OPTIONS))
    picture = draw_picker(now, columns, lines, PLAIN_STYLE)
    assert 1 <= len(picture) <= lines
    assert all(columns_of(line) <= max(columns - 1, 1) for line in picture)
    assert not any(map(is_invisible, "".join(picture)))
    if now.current is not None and columns > 20:
        assert any(line.startswith(f"> {now.current.lane.name}"[: columns - 2]) for line in picture)
    assert now.end in ("", "picked")
    assert now.end != "picked" or now.current.possible


@given(st.text(alphabet="abcdehostvy-2", max_size=6))
def test_a_filter_shows_exactly_the_lanes_that_have_it(wanted):
    now = reduce(press, ["/", *wanted], start_picking(OPTIONS))
    assert [one.lane.name for one in now.shown] == [
        one.lane.name for one in OPTIONS if wanted in one.lane.name or any(wanted in stage for stage in one.lane.stages)
    ]


@pytest.mark.parametrize("lines", [3, 4, 8, 9, 12, 24])
def test_a_low_terminal_keeps_the_cursor_and_the_keys(lines):
    now = reduce(press, [keyboard.END], start_picking(OPTIONS))
    picture = draw_picker(now, 80, lines, PLAIN_STYLE)
    assert any(line.startswith("> lane-11") for line in picture)
    assert picture[-1].startswith("Up/Down")
    assert ("lane-11: " in "\n".join(picture)) == (lines >= 8)


def test_a_note_is_gone_with_the_next_key():
    now = reduce(press, [keyboard.UP, keyboard.ENTER], start_picking(OPTIONS))
    assert now.note == "docs is below the floor: not possible"
    assert press(now, keyboard.DOWN).note == ""
