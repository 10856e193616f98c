import msgspec
import pytest

from judge.facts import budget, failed, measured, policy, ran, samples
from lanemark.compare.types import Comparison
from lanemark.config.types import Mode
from lanemark.errors import DataError
from lanemark.judge.overall import judge
from lanemark.result import Outcome


def judged(*budgets, outcomes=(), mode_cap=None, **facts):
    run = measured(*(outcomes or (ran("unit", 2.0),)), baseline="none", **facts)
    return judge(run, Comparison(reason="not asked for"), policy(budgets=budgets), mode_cap=mode_cap)


def gate_of(*budgets, **facts):
    return judged(*budgets, **facts).gates[-1]


TABLE = {
    "over fail": (budget(warn=1.0, fail=1.9), "fail"),
    "at fail": (budget(warn=1.0, fail=2.0), "warn"),
    "at warn": (budget(warn=2.0, fail=3.0), "pass"),
    "one value": (budget(fail=1.0), "fail"),
    "only warn": (budget(warn=1.0), "warn"),
    "no limit": (budget(), "unknown"),
}


@pytest.mark.parametrize("case", TABLE)
def test_one_run_is_enough_for_a_budget(case):
    limits, verdict = TABLE[case]
    gate = gate_of(limits)
    assert (gate.verdict, gate.value, gate.unit, gate.kind) == (verdict, 2.0, "s", "budget")
    assert gate.gate == "standard/unit.wall.median"


def test_an_exceeded_budget_exits_with_3_unless_it_is_capped():
    assert judged(budget(fail=1.0)).exit_status == 3
    assert judged(budget(fail=1.0), mode_cap=Mode.WARN).exit_status == 0


def test_samples_are_preferred_to_the_deciding_run():
    gate = gate_of(budget(fail=1.5), samples=samples("unit", [1.0, 1.1, 1.2]))
    assert (gate.value, gate.verdict) == (1.1, "pass")
    assert gate.reason == "1.1 s (median of 3 samples) is within the limit of 1.5 s"


@pytest.mark.parametrize(
    ("walls", "tag"), [([1.0] * 6, "within"), ([3.0] * 6, "over"), ([1.0, 1.0, 1.0, 3.0, 3.0, 3.0], "at-risk")]
)
def test_the_interval_says_how_sure_it_is(walls, tag):
    assert gate_of(budget(fail=2.5), samples=samples("unit", walls)).tags == (tag,)


def test_a_percentile_is_refused_below_the_samples_it_needs():
    gate = gate_of(budget(statistic="p95", fail=9.0), samples=samples("unit", [1.0] * 59))
    assert (gate.verdict, gate.reason, gate.value) == ("unknown", "p95 needs 60 samples, there are 59", None)
    assert gate_of(budget(statistic="p95", fail=9.0), samples=samples("unit", [1.0] * 60)).verdict == "pass"


def test_memory_comes_from_the_memory_pass():
    memory = samples("unit", [9.0] * 3, account="memory", rss=[100, 300, 200])
    gate = gate_of(budget("rss_peak", "max", fail=250), samples=samples("unit", [1.0]) + memory)
    assert (gate.value, gate.verdict, gate.unit, gate.metric_unit) == (300, "fail", "B", "B")
    assert gate_of(budget(fail=1.5), samples=memory).value == 2.0


UNKNOWN = {
    "not measured": (budget("rss_peak", "max", fail=1), (ran("unit"),), "not-measured"),
    "failed": (budget(fail=9.0), (failed("unit"),), "head-failed"),
    "not there": (budget(fail=9.0), (ran("other"),), "missing"),
    "stage of the total failed": (budget(stage="total", fail=9.0), (ran("unit"), failed("other")), "head-failed"),
    "percentile of a total": (budget(stage="total", statistic="p95", fail=9.0), (ran("unit"),), "few-samples"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_budget_without_a_figure_is_unknown_and_counted(case):
    limits, outcomes, tag = UNKNOWN[case]
    gate = gate_of(limits, outcomes=outcomes)
    assert (gate.verdict, gate.tags, gate.mode, gate.value) == ("unknown", (tag,), "enforce", None)


def test_a_replay_is_no_measurement_and_not_counted():
    gate = gate_of(budget(fail=9.0), outcomes=(Outcome(stage="unit", state="replayed", usage=ran("unit").usage),))
    assert (gate.verdict, gate.mode, gate.tags) == ("unknown", "inform", ("replayed",))


def test_the_total_is_the_sum_over_all_stages_and_says_how_it_came_about():
    outcomes = (ran("install", 3.0), ran("unit", 9.0), Outcome(stage="docs", state="replayed"))
    gate = gate_of(budget(stage="total", fail=5.0), outcomes=outcomes, samples=samples("unit", [1.0, 1.0, 1.0]))
    assert (gate.gate, gate.value, gate.verdict) == ("standard/total.wall.median", 4.0, "pass")
    assert gate.reason.startswith(
        "4 s (sum of 2 stages, 1 of them by the median of samples; 1 replayed from the cache and not in it)"
    )


def test_memory_of_a_lane_is_that_of_its_largest_stage():
    memory = samples("a", [1.0], account="memory", rss=[100]) + samples("b", [1.0], account="memory", rss=[70])
    gate = gate_of(budget("rss_peak", "max", stage="total", fail=120), outcomes=(ran("a"), ran("b")), samples=memory)
    assert (gate.value, gate.verdict) == (100, "pass")


def test_a_figure_that_cannot_be_never_passes():
    below = msgspec.structs.replace(ran("unit"), usage=msgspec.structs.replace(ran("unit").usage, wall_s=-1.0))
    with pytest.raises(DataError, match="below zero"):
        gate_of(budget(fail=1.0), outcomes=(below,))
