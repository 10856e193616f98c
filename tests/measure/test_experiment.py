"""The joints of paired measuring, on real processes and real files."""

from collections import Counter

import pytest

from bench import MEASURED, make_place, make_stage, make_tools
from lanemark.config.types import MeasureRules
from lanemark.measure.experiment import Experiment
from lanemark.measure.pairs import look_sizes, measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.plan import Forecast

NOBODY = frozenset()


def run_experiment(
    tmp_path,
    base,
    head,
    *,
    rules=MEASURED,
    asks=NOBODY,
    suspects=NOBODY,
    memory=NOBODY,
    forecasts=({}, {}),
    seed="s",
    timeout_s=None,
):
    places = [
        make_place(tmp_path, *stages, side=side, forecasts=known)
        for side, stages, known in (("base", base, forecasts[0]), ("head", head, forecasts[1]))
    ]
    found = Experiment(base=places[0], head=places[1], tools=make_tools(tmp_path), rules=rules, seed=seed, timeout_s=timeout_s)
    prepare_sides(found)
    measure_stages(found, lambda *_: asks, lambda *_: suspects, memory_wanted=memory)
    return found


def turns(found, side, account="time"):
    return [(one.stage, one.turn.batch, one.turn.pair) for one in found.samples[side] if one.account == account]


def test_both_sides_are_sampled_in_pairs_until_the_first_look_decides(tmp_path):
    stage = make_stage("unit", "true")
    found = run_experiment(tmp_path, [stage], [stage])
    assert turns(found, "base") == turns(found, "head") == [("unit", 0, 1), ("unit", 0, 2), ("unit", 0, 3)]
    assert len(turns(found, "head", "memory")) == 3


def test_an_open_question_takes_more_pairs_up_to_the_most(tmp_path):
    stage = make_stage("unit", "true")
    found = run_experiment(tmp_path, [stage], [stage], asks=frozenset({"unit"}))
    assert len(turns(found, "head")) == 6


def test_a_suspect_gets_a_second_batch_of_its_own(tmp_path):
    stages = [make_stage("a", "true"), make_stage("b", "true")]
    found = run_experiment(tmp_path, stages, stages, suspects=frozenset({"b"}))
    assert Counter(turn[:2] for turn in turns(found, "head")) == {("a", 0): 3, ("b", 0): 3, ("b", 1): 3}
    assert Counter(turn[:2] for turn in turns(found, "head", "memory")) == {("a", 0): 3, ("b", 0): 3, ("b", 1): 3}


def test_the_order_within_pairs_is_random_and_comes_from_the_seed(tmp_path):
    stage = make_stage("unit", "true", measure=MeasureRules(min_pairs=16, max_pairs=16))
    rules = MeasureRules(min_pairs=16, max_pairs=16, max_time_s=60)
    orders = []
    for name, seed in (("one", "s"), ("two", "s"), ("three", "t")):
        found = run_experiment(tmp_path / name, [stage], [stage], rules=rules, seed=seed)
        orders.append([one.turn.order for one in found.samples["base"] if one.account == "time"])
    assert orders[0] == orders[1] != orders[2]
    assert sum(orders[0]) == 8, "each side begins as often as the other"
    assert all(one != other for one, other in zip(orders[0][::2], orders[0][1::2], strict=True))
    assert len({tuple(orders[0][place : place + 2]) for place in range(0, 16, 2)}) == 2, "which of two pairs is which is random"


def test_equal_identities_are_never_measured(tmp_path):
    stage = make_stage("unit", "echo x >> runs", outputs=())
    known = {"unit": Forecast(identity="same")}
    found = run_experiment(tmp_path, [stage], [stage], forecasts=(known, known))
    assert found.samples == {"base": [], "head": []}
    assert found.unmeasured["unit"].startswith("unchanged")
    assert (tmp_path / "h" / "runs").read_text() == "x\n"


def test_untracked_stages_are_measured_because_they_may_differ(tmp_path):
    stage = make_stage("unit", "true")
    found = run_experiment(tmp_path, [stage], [stage], forecasts=({"unit": Forecast()}, {"unit": Forecast()}))
    assert turns(found, "head")


def test_every_sample_starts_from_the_state_before_the_first_run(tmp_path):
    """An incremental build that finds its own output does nothing; the second sample must do the whole work."""
    stage = make_stage(
        "build", "test ! -e out/done; mkdir -p out; echo x >> ../count-$(basename $PWD); touch out/done", outputs=("out/",)
    )
    found = run_experiment(tmp_path, [stage], [stage])
    assert found.unmeasured == {}
    loops = sum(one.loops for one in found.samples["head"] if one.account == "time")
    deciding, warm_up, memory = 1, 1, 3
    assert len((tmp_path / "count-h").read_text().split()) == deciding + warm_up + loops + memory


def test_what_a_sample_needs_is_put_back_to_what_it_was(tmp_path):
    build = make_stage("build", "mkdir -p out; echo one > out/a", outputs=("out/",), measure=None)
    unit = make_stage("unit", "test $(cat out/a) = one; echo spoiled > out/a", needs=("build",))
    found = run_experiment(tmp_path, [build, unit], [build, unit])
    assert found.unmeasured == {"build": "measure: false"}
    assert len(turns(found, "head")) == 3


def test_a_stage_that_needs_too_long_gets_few_pairs_and_says_so(tmp_path):
    stage = make_stage("unit", "sleep 0.1", measure=MeasureRules(min_pairs=10, max_pairs=10))
    found = run_experiment(tmp_path, [stage], [stage], rules=MeasureRules(max_time_s=1.0))
    assert found.unmeasured["unit"].startswith("too-long")
    assert 1 <= len(turns(found, "head")) <= 5


@pytest.mark.parametrize(("broken", "reason"), [("base", "base-failed"), ("head", "not measured, because unit failed")])
def test_a_side_that_failed_is_not_measured(tmp_path, broken, reason):
    stages = {side: make_stage("unit", "exit 1" if side == broken else "true") for side in ("base", "head")}
    found = run_experiment(tmp_path, [stages["base"]], [stages["head"]])
    assert found.samples == {"base": [], "head": []}
    assert found.unmeasured["unit"].startswith(reason)


def test_a_new_stage_runs_and_is_not_compared(tmp_path):
    found = run_experiment(tmp_path, [], [make_stage("unit", "true")])
    assert found.done["head"]["unit"].state == "ran"
    assert found.unmeasured["unit"].startswith("new")


def test_a_stage_that_breaks_while_measured_says_when(tmp_path):
    flaky = make_stage("unit", "test ! -e ../broken-$(basename $PWD) || exit 9; touch ../broken-$(basename $PWD)")
    found = run_experiment(tmp_path, [flaky], [flaky])
    assert found.unmeasured["unit"].startswith("failed while measured: pair 1")
    assert found.samples == {"base": [], "head": []}


def test_a_budget_on_memory_gets_its_sample_even_without_pairs(tmp_path):
    known = {"unit": Forecast(identity="same")}
    stage = make_stage("unit", "true")
    found = run_experiment(tmp_path, [stage], [stage], forecasts=(known, known), memory=frozenset({"unit"}))
    assert len(turns(found, "head", "memory")) == 1
    assert found.samples["base"] == [], "a pair would make an unchanged stage a compared one"
    assert found.unmeasured["unit"].startswith("unchanged")


def test_a_budget_on_memory_is_sampled_although_the_base_never_worked(tmp_path):
    base = [make_stage("build", "exit 1"), make_stage("unit", "true", needs=("build",))]
    head = [make_stage("build", "true"), make_stage("unit", "true", needs=("build",))]
    found = run_experiment(tmp_path, base, head, memory=frozenset({"unit"}))
    assert turns(found, "head", "memory") == [("unit", 0, 1)]
    assert found.unmeasured["unit"].startswith("base-failed")


def test_the_looks_double_from_the_least_to_the_most():
    assert look_sizes(MeasureRules()) == (10, 20, 40, 80)
    assert look_sizes(MeasureRules(min_pairs=10, max_pairs=50)) == (10, 20, 40, 50)
    assert look_sizes(MeasureRules(min_pairs=5, max_pairs=5)) == (5,)


def test_samples_share_the_lanes_time_with_the_deciding_runs(tmp_path):
    stage = make_stage("unit", "sleep 0.3")
    found = run_experiment(tmp_path, [stage], [stage], timeout_s=1.0)
    assert found.done["head"]["unit"].state == "ran"
    assert found.unmeasured["unit"].startswith("too-long")
    assert len(turns(found, "head")) < 3


def test_a_sample_that_hangs_is_ended_with_the_lane(tmp_path):
    stage = make_stage("unit", "test ! -e ../ran-$(basename $PWD) || sleep 60; touch ../ran-$(basename $PWD)")
    found = run_experiment(tmp_path, [stage], [stage], timeout_s=1.5)
    assert "failed while measured" in found.unmeasured["unit"]
    assert "lane's time" in found.unmeasured["unit"]
