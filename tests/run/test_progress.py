"""How far a run is, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.plan import Plan, Step
from lanemark.result import Outcome
from lanemark.run.progress import Progress, time_left
from lanemark.run.watch import OneSide, Watches


def step(stage, *needs, s=None):
    return Step(stage=stage, needs=needs, estimate_s=s)


def plan(*steps):
    return Plan(lane="standard", steps=steps)


DIAMOND = plan(step("a", s=10.0), step("b", "a", s=20.0), step("c", "a", s=5.0), step("d", "b", "c", s=1.0))


@pytest.mark.parametrize(
    ("done", "running", "jobs", "left"),
    [
        ((), {}, 4, 31.0),
        ((), {}, 1, 36.0),
        (("a",), {"b": 15.0}, 4, 6.0),
        (("a",), {"b": 15.0}, 1, 11.0),
        (("a", "c"), {"b": 500.0}, 2, 1.0),
        (("a", "b", "c", "d"), {}, 2, 0.0),
    ],
)
def test_rest_is_the_longest_chain_or_the_work_by_the_places(done, running, jobs, left):
    assert time_left(DIAMOND, frozenset(done), running, jobs) == left


def test_nothing_is_promised_of_a_stage_that_never_ran():
    half = plan(step("a", s=1.0), step("b"))
    assert time_left(half, frozenset(), {}, 1) is None
    assert time_left(half, frozenset(["b"]), {}, 1) == 1.0


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=8), st.integers(1, 9))
def test_more_places_never_take_longer(durations, jobs):
    flat = plan(*(step(f"s{number}", s=value) for number, value in enumerate(durations)))
    few, many = time_left(flat, frozenset(), {}, jobs), time_left(flat, frozenset(), {}, jobs + 1)
    assert max(durations) <= many <= few


def test_words_and_lines_tell_the_same():
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.plan(DIAMOND, 2)
    assert (progress.busy, progress.words()) == (False, "0 of 4 done, about 31 s left")
    progress.start(step("a"))
    now[0] = 4.4
    assert progress.busy
    assert progress.words() == "0 of 4 done, a 4 s so far, about 27 s left"
    progress.end(Outcome(stage="a", state="ran"))
    progress.start(step("b"))
    progress.start(step("c"))
    now[0] = 134.0
    assert progress.words() == "1 of 4 done, b 2 min 10 s so far, c 2 min 10 s so far, about 1 s left"
    assert progress.lines() == ["1 of 4 done, about 1 s left", "  b  2 min 10 s of about 20 s", "  c  2 min 10 s of about 5 s"]


def test_many_running_stages_are_counted():
    progress = Progress(lambda: 0.0)
    progress.plan(plan(*(step(f"s{number}") for number in range(9))), 9)
    for number in range(9):
        progress.start(step(f"s{number}"))
    assert progress.words().endswith("s4 0 s so far, 4 more run")
    assert progress.lines()[-1] == "  and 4 more"
    assert len(progress.lines()) == 7


def test_names_cannot_speak_to_a_terminal():
    progress = Progress(lambda: 0.0)
    progress.plan(plan(step("\x1b[2J")), 1)
    progress.start(step("\x1b[2J"))
    assert "\x1b" not in progress.words() + "".join(progress.lines())


def test_two_sides_that_take_turns_are_counted_together():
    progress = Progress(lambda: 0.0)
    base, head = OneSide(Watches(progress), "base"), OneSide(Watches(progress), "head")
    for side in (base, head):
        side.plan(DIAMOND, 4)
    assert progress.words() == "0 of 8 done, about 62 s left"
    base.start(step("a", s=10.0))
    assert progress.words() == "0 of 8 done, base a 0 s so far, about 62 s left"
    base.end(Outcome(stage="a", state="ran"))
    head.start(step("a", s=10.0))
    assert progress.words() == "1 of 8 done, head a 0 s so far, about 52 s left"
    with head.phase("a", "running"):
        assert progress.busy
