import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import make_place, make_stage, make_tools
from lanemark.metric import Usage
from lanemark.plan import Plan, Step
from lanemark.ports import Counters
from lanemark.result import Failure, Outcome
from lanemark.run.plan import execute_plan
from lanemark.run.telemetry import HANDOVER_S, read_telemetry


def step(stage, *needs):
    return Step(stage=stage, needs=needs)


def ran(stage, start, wall, state="ran"):
    return Outcome(stage=stage, state=state, usage=Usage(wall_s=wall, user_s=0.0, system_s=0.0), started_s=start)


def telemetry(steps, outcomes, jobs=1, before=None, after=None):
    return read_telemetry(Plan(lane="standard", steps=tuple(steps)), outcomes, jobs=jobs, before=before, after=after)


def test_independent_stages_on_one_worker_wait_for_each_other():
    found = telemetry([step("a"), step("b"), step("c")], [ran("a", 0, 2), ran("b", 2, 3), ran("c", 5, 5)])
    assert (found.steps, found.replayed, found.wall_s) == (3, 0, 10)
    assert found.queue_max == 2
    assert found.queue_mean == pytest.approx((2 + 5) / 10)
    assert found.utilisation == 1.0


def test_a_chain_waits_for_its_needs_and_not_for_a_worker():
    found = telemetry([step("a"), step("b", "a")], [ran("a", 0, 2), ran("b", 2 + HANDOVER_S / 2, 2)])
    assert (found.queue_max, found.queue_mean) == (0, 0.0)


def test_two_workers_half_of_whose_time_is_used():
    found = telemetry([step("a"), step("b", "a"), step("c", "a")], [ran("a", 0, 4), ran("b", 4, 2), ran("c", 4, 1)], jobs=2)
    assert found.utilisation == pytest.approx(7 / 12)
    assert found.queue_max == 0


def test_what_lies_between_stages_is_not_work():
    assert telemetry([step("a"), step("b", "a")], [ran("a", 1, 2), ran("b", 4, 1)]).utilisation == pytest.approx(3 / 5)


def test_a_replayed_stage_takes_no_time_and_holds_nobody_up():
    found = telemetry([step("a"), step("b", "a")], [Outcome(stage="a", state="replayed"), ran("b", 3, 3)])
    assert (found.replayed, found.queue_max, found.queue_mean, found.wall_s) == (1, 1, 0.5, 6)


def test_a_skipped_stage_was_never_in_the_queue():
    found = telemetry([step("a"), step("b", "a")], [ran("a", 0, 2, state="failed"), Outcome(stage="b", state="skipped")])
    assert (found.queue_max, found.utilisation) == (0, 1.0)


def test_a_stage_that_was_never_started_for_want_of_time_waited_to_the_end():
    late = Outcome(stage="b", state="failed", failure=Failure(kind="lane-timeout", evidence="not started"))
    found = telemetry([step("a"), step("b")], [ran("a", 0, 2, state="failed"), late])
    assert (found.queue_max, found.queue_mean) == (1, 1.0)


def test_nothing_is_never_a_hundred_percent_of_something():
    for found in (telemetry([], []), telemetry([step("a")], [Outcome(stage="a", state="replayed")])):
        assert (found.wall_s, found.utilisation, found.queue_mean, found.queue_max) == (0.0, 0.0, 0.0, 0)
        assert (found.cpu, found.iowait) == (None, None)


def test_the_machine_s_shares_are_of_all_that_passed():
    before = Counters(at_s=0, cores=2, busy_s=100, idle_s=1000, iowait_s=10, steal_s=5)
    after = Counters(at_s=10, cores=2, busy_s=108, idle_s=1009, iowait_s=12, steal_s=6)
    found = telemetry([step("a")], [ran("a", 0, 10)], before=before, after=after)
    assert (found.cpu, found.iowait) == (pytest.approx(8 / 20), pytest.approx(2 / 20))


@pytest.mark.parametrize("gone", ["busy_s", "idle_s"])
def test_a_platform_that_tells_half_says_nothing(gone):
    before, after = Counters(at_s=0, busy_s=1, idle_s=1, iowait_s=0), Counters(at_s=1, busy_s=2, idle_s=2, iowait_s=0)
    found = telemetry([], [], before=msgspec_without(before, gone), after=after)
    assert found.cpu is None


def msgspec_without(counters, gone):
    return Counters(**{name: getattr(counters, name) for name in counters.__slots__ if name != gone})


def test_counters_that_stand_still_give_no_share():
    same = Counters(at_s=0, busy_s=1, idle_s=1, iowait_s=0)
    assert telemetry([], [], before=same, after=same).cpu is None


figures = st.floats(allow_nan=False, allow_infinity=False)
outcomes = st.builds(
    lambda stage, state, wall, start: Outcome(
        stage=stage, state=state, usage=None if wall is None else Usage(wall_s=wall, user_s=0.0, system_s=0.0), started_s=start
    ),
    st.sampled_from("abcd"),
    st.sampled_from(["ran", "replayed", "failed", "skipped"]),
    st.none() | figures,
    st.none() | figures,
)
steps = st.builds(
    lambda stage, needs: Step(stage=stage, needs=tuple(needs)),
    st.sampled_from("abcd"),
    st.lists(st.sampled_from("abcde"), max_size=3),
)


@given(st.lists(steps, max_size=6), st.lists(outcomes, max_size=8), st.integers(-3, 4))
def test_forged_facts_give_figures_that_can_be_written(planned, done, jobs):
    found = telemetry(planned, done, jobs=jobs)
    msgspec.json.encode(found)
    assert 0 <= found.utilisation <= 1
    assert 0 <= found.queue_mean <= found.queue_max <= len(planned)
    assert 0 <= found.replayed <= found.steps


def test_a_real_run_says_when_its_stages_started(tmp_path):
    place = make_place(
        tmp_path,
        make_stage("a", "sleep 0.05"),
        make_stage("b", "true", needs=("a",)),
        make_stage("c", "exit 1"),
        make_stage("d", "true", needs=("c",)),
    )
    done = execute_plan(place, make_tools(tmp_path))
    assert done["b"].started_s >= done["a"].started_s + done["a"].usage.wall_s
    assert done["d"].started_s is None, "it was skipped"
    found = read_telemetry(place.plan, done.values(), jobs=1, before=None, after=None)
    assert found.queue_max == 1, "c could have run beside a"
    assert 0 < found.utilisation <= 1
    assert found.wall_s == pytest.approx(done["c"].started_s + done["c"].usage.wall_s)
