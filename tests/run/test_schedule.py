import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.plan import Plan, Step
from lanemark.run.schedule import Schedule, Skip, levels, urgency


def step(stage, *needs, s=None):
    return Step(stage=stage, needs=needs, estimate_s=s)


def plan(*steps):
    return Plan(lane="standard", steps=steps)


def names(steps):
    return [step.stage for step in steps]


@st.composite
def plans(draw):
    """A plan of up to nine stages in which every need stands before, with durations for some."""
    steps = []
    for number in range(draw(st.integers(0, 9))):
        needs = draw(st.lists(st.sampled_from([one.stage for one in steps]), unique=True, max_size=3)) if steps else []
        known = draw(st.one_of(st.none(), st.floats(0, 100)))
        steps.append(step(f"s{number}", *needs, s=known))
    return plan(*steps)


@st.composite
def runs(draw):
    """A plan, which of its stages fail, what they weigh, how many places there are, and whether the first failure ends it."""
    found = draw(plans())
    stages = names(found.steps)
    failing = draw(st.sets(st.sampled_from(stages))) if stages else set()
    weights = {stage: draw(st.integers(1, 4)) for stage in stages}
    return found, failing, weights, draw(st.integers(1, 5)), draw(st.booleans())


def outcome_one_by_one(found, failing, *, fail_fast):
    """What becomes of each stage when they run in the order of the plan: the oracle."""
    ends = {}
    for one in found.steps:
        lost = [need for need in one.needs if ends[need] != "worked"]
        stopped = fail_fast and "failed" in ends.values()
        ends[one.stage] = "skipped" if lost or stopped else "failed" if one.stage in failing else "worked"
    return ends


def play(schedule, failing, data=None):
    """Run a schedule to its end, each time finishing any one of those that run; return the order in which they started."""
    started, running = [], []
    while not schedule.over:
        batch = schedule.start()
        started += names(batch)
        running += names(batch)
        assert running, "nothing runs and it is not over: a deadlock"
        ending = data.draw(st.sampled_from(running)) if data else running[0]
        running.remove(ending)
        schedule.finish(ending, worked=ending not in failing)
    return started


@given(runs(), st.data())
@settings(max_examples=300, deadline=None)
def test_every_stage_ends_once_never_before_its_needs_and_never_beyond_the_places(run, data):
    found, failing, weights, jobs, fail_fast = run
    needs = {one.stage: one.needs for one in found.steps}
    schedule = Schedule(found, jobs=jobs, weights=weights, on_failure="stop" if fail_fast else "continue")
    ended, skipped, running = set(), [], []
    while not schedule.over:
        for one in schedule.start():
            assert all(need in ended for need in needs[one.stage])
            running.append(one.stage)
        taken = sum(min(weights[stage], jobs) for stage in running)
        assert 0 < taken <= jobs
        assert set(running) == {stage for stage, stand in schedule.stands.items() if stand == "running"}
        ending = data.draw(st.sampled_from(running))
        running.remove(ending)
        schedule.finish(ending, worked=ending not in failing)
        if ending not in failing:
            ended.add(ending)
        skipped += [skip.stage for skip in schedule.take_skips()]
    stands = schedule.stands
    assert set(stands.values()) <= {"worked", "failed", "skipped"}
    assert sorted(skipped) == sorted(stage for stage, stand in stands.items() if stand == "skipped")
    assert not schedule.start()
    if not fail_fast or jobs == 1:
        assert dict(stands) == outcome_one_by_one(found, failing, fail_fast=fail_fast)


@given(plans())
def test_with_one_place_stages_start_in_the_order_of_the_plan(found):
    assert play(Schedule(found), set()) == names(found.steps)


@given(runs(), st.data())
def test_a_place_is_left_free_only_for_a_stage_that_does_not_fit(run, data):
    found, failing, weights, jobs, _ = run
    schedule = Schedule(found, jobs=jobs, weights=weights)
    while not schedule.over:
        schedule.start()
        stands = schedule.stands
        taken = sum(min(weights[stage], jobs) for stage, stand in stands.items() if stand == "running")
        ready = [stage for stage, stand in stands.items() if stand == "ready"]
        assert not ready or any(min(weights[stage], jobs) > jobs - taken for stage in ready)
        ending = data.draw(st.sampled_from([stage for stage, stand in stands.items() if stand == "running"]))
        schedule.finish(ending, worked=ending not in failing)


@given(plans())
def test_urgency_is_the_longest_chain_by_brute_force(found):
    known = sorted(one.estimate_s for one in found.steps if one.estimate_s is not None)
    middle = len(known) // 2
    usual = 1.0 if not known else known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2

    def chains(stage):
        own = next(one for one in found.steps if one.stage == stage)
        took = usual if own.estimate_s is None else own.estimate_s
        behind = [one.stage for one in found.steps if stage in one.needs]
        return took + max((chains(one) for one in behind), default=0.0)

    def dependents(stage):
        behind = {one.stage for one in found.steps if stage in one.needs}
        return behind.union(*(dependents(one) for one in behind))

    for stage, (chain_s, behind) in urgency(found).items():
        assert math.isclose(chain_s, chains(stage), abs_tol=1e-9)
        assert behind == len(dependents(stage))


def test_the_longest_chain_starts_first():
    found = plan(step("quick", s=1), step("slow", s=9), step("first", s=2), step("second", "first", s=20))
    assert names(Schedule(found, jobs=2).start()) == ["first", "slow"]


def test_without_durations_the_longest_chain_of_stages_starts_first_then_what_most_depend_on():
    found = plan(step("alone"), step("one"), step("two"), step("a", "one"), step("b", "two"), step("c", "two"))
    assert play(Schedule(found, jobs=2), set())[:2] == ["two", "one"]


def test_an_unknown_duration_counts_as_the_usual_one():
    found = plan(step("short", s=1), step("unknown"), step("long", s=10), step("middle", s=4))
    assert play(Schedule(found, jobs=4), set()) == ["long", "unknown", "middle", "short"]


def test_a_heavy_stage_takes_its_places_and_at_most_all():
    found = plan(step("heavy"), step("a"), step("b"))
    schedule = Schedule(found, jobs=3, weights={"heavy": 2})
    assert names(schedule.start()) == ["heavy", "a"]
    assert names(Schedule(found, jobs=2, weights={"heavy": 99}).start()) == ["heavy"]


def test_light_stages_do_not_overtake_a_heavy_one_for_ever():
    found = plan(step("light", s=9), step("heavy", s=8), *(step(f"l{number}", s=1) for number in range(5)))
    schedule = Schedule(found, jobs=2, weights={"heavy": 2})
    assert names(schedule.start()) == ["light"]
    schedule.finish("light", worked=True)
    assert names(schedule.start()) == ["heavy"]


def test_what_needs_a_failed_stage_is_skipped_with_its_own_reason():
    schedule = Schedule(plan(step("a"), step("b", "a"), step("c", "b"), step("d")))
    schedule.start()
    schedule.finish("a", worked=False)
    assert schedule.take_skips() == (Skip("b", "a did not work"), Skip("c", "b did not work"))
    assert schedule.take_skips() == ()
    assert names(schedule.start()) == ["d"]


def test_fail_fast_starts_nothing_more_and_lets_finish_what_runs():
    schedule = Schedule(plan(step("a"), step("b"), step("c"), step("d", "b")), jobs=2, on_failure="stop")
    assert len(schedule.start()) == 2
    schedule.finish("b", worked=False)
    assert schedule.take_skips() == (Skip("c", "b did not work, and nothing starts after a failure"), Skip("d", "b did not work"))
    assert not schedule.over
    assert schedule.start() == ()
    schedule.finish("a", worked=True)
    assert schedule.over
    assert schedule.stands["a"] == "worked"


def test_a_need_that_does_not_stand_before_its_stage_is_never_waited_for():
    schedule = Schedule(plan(step("a", "b"), step("b", "a"), step("c", "gone"), step("d", "d"), step("e")))
    assert [skip.stage for skip in schedule.take_skips()] == ["a", "b", "c", "d"]
    assert play(schedule, set()) == ["e"]


def test_a_plan_without_stages_is_over_at_once():
    schedule = Schedule(plan(), jobs=4)
    assert schedule.over
    assert schedule.start() == ()


@pytest.mark.parametrize("stage", ["b", "nobody"])
def test_what_does_not_run_cannot_finish(stage):
    schedule = Schedule(plan(step("a"), step("b", "a")))
    schedule.start()
    with pytest.raises(ValueError, match="does not run"):
        schedule.finish(stage, worked=True)


def test_level_is_the_longest_chain_before_a_stage():
    assert levels(plan(step("a"), step("b", "a"), step("c"), step("d", "a", "c"), step("e", "d", "a"))) == {
        "a": 0,
        "b": 1,
        "c": 0,
        "d": 1,
        "e": 2,
    }


def test_after_level_lets_the_level_finish_and_starts_nothing_deeper():
    found = plan(step("a"), step("b"), step("c"), step("d", "b"), step("e", "d"))
    schedule = Schedule(found, jobs=1, on_failure="after-level")
    play(schedule, {"a"})
    assert dict(schedule.stands) == {"a": "failed", "b": "worked", "c": "worked", "d": "skipped", "e": "skipped"}
    schedule = Schedule(found, jobs=1, on_failure="after-level")
    play(schedule, {"d"})
    assert dict(schedule.stands) == {"a": "worked", "b": "worked", "c": "worked", "d": "failed", "e": "skipped"}


def test_after_level_says_why():
    schedule = Schedule(plan(step("a"), step("b"), step("c", "b")), jobs=2, on_failure="after-level")
    schedule.start()
    schedule.finish("a", worked=False)
    assert schedule.take_skips() == (Skip("c", "a did not work, and nothing deeper starts after a failure"),)
    schedule.finish("b", worked=True)
    assert schedule.over


@given(runs())
def test_after_level_never_starts_deeper_than_a_failure_and_always_finishes_its_level(run):
    found, failing, weights, jobs, _ = run
    schedule = Schedule(found, jobs=jobs, weights=weights, on_failure="after-level")
    depth, deepest, running = levels(found), math.inf, []
    while not schedule.over:
        for one in schedule.start():
            assert depth[one.stage] <= deepest
            running.append(one.stage)
        stage = running.pop()
        schedule.finish(stage, worked=stage not in failing)
        deepest = min(deepest, depth[stage]) if stage in failing else deepest
    stands = schedule.stands
    for one in found.steps:
        if depth[one.stage] <= deepest and all(stands[need] == "worked" for need in one.needs):
            assert stands[one.stage] != "skipped"
    if all(end != "failed" for end in stands.values()):
        assert set(stands.values()) <= {"worked"}
