"""Checks as gates: what was found, what could not be found, and figures that cannot be."""

import msgspec
import numpy as np
import pytest

from judge.facts import failed, measured, policy, ran
from lanemark.compare.types import Comparison
from lanemark.config.types import CheckRules, MeasureRules, Mode, Stage
from lanemark.errors import DataError
from lanemark.judge.overall import judge
from lanemark.result import Divergence, MemorySeries, Outcome, Repetition

MIB = 1 << 20
RULES = CheckRules(deterministic=3, memory_stable=20)
DIFFERING = Divergence(path="dist/app.js", where='differs from byte 120, line 4: "a" in run 1, "b" in run 2')


def judged(*, checks=RULES, outcomes=(), repetitions=(), memory=(), mode_cap=None, **more):
    stage = Stage(name="unit", line=1, run="true", measure=MeasureRules(), checks=checks)
    run = measured(*(outcomes or (ran("unit"),)), baseline="none", repetitions=repetitions, memory_series=memory)
    return judge(run, Comparison(reason="not asked for"), policy(known={"unit": stage}, **more), mode_cap=mode_cap)


def gate_of(**facts):
    return next(gate for gate in judged(**facts).gates if gate.kind == "check")


def repeated(**facts):
    seen = Repetition(stage="unit", **({"runs": 3} | facts))
    return gate_of(checks=CheckRules(deterministic=3), repetitions=(seen,))


def grown(peaks, failure=""):
    return gate_of(
        checks=CheckRules(memory_stable=20),
        memory=(MemorySeries(stage="unit", peaks_bytes=tuple(int(peak) for peak in peaks), failure=failure),),
    )


def test_equal_outputs_pass():
    gate = repeated()
    assert (gate.gate, gate.verdict, gate.reason) == ("standard/unit.deterministic", "pass", "3 runs left equal outputs")


def test_a_differing_output_fails_and_is_named():
    gate = repeated(runs=2, differing=(DIFFERING,))
    assert (gate.verdict, gate.mode, gate.value) == ("fail", "enforce", 1.0)
    assert gate.reason == "dist/app.js differs from byte 120, line 4"


def test_further_differing_outputs_are_counted():
    gate = repeated(runs=2, differing=(DIFFERING, DIFFERING), more=3)
    assert gate.value == 5.0
    assert gate.reason == "dist/app.js differs from byte 120, line 4; 4 more differ"


def test_a_difference_counts_although_a_later_run_failed():
    assert repeated(runs=2, differing=(DIFFERING,), failure="run 3 of 3 failed: exit status 1").verdict == "fail"


def test_a_failed_check_exits_with_3_unless_it_is_capped():
    seen = (Repetition(stage="unit", runs=2, differing=(DIFFERING,)),)
    only = CheckRules(deterministic=3)
    assert judged(checks=only, repetitions=seen).exit_status == 3
    capped = judged(checks=only, repetitions=seen, mode_cap=Mode.WARN)
    assert (capped.exit_status, capped.verdict) == (0, "warn")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"runs": 2}, "only 2 of 3 runs were made"),
        ({"runs": 2, "failure": "run 3 of 3 failed: exit status 1"}, "run 3 of 3 failed: exit status 1"),
    ],
)
def test_too_few_runs_are_unknown(facts, reason):
    gate = repeated(**facts)
    assert (gate.verdict, gate.reason, gate.value, gate.mode) == ("unknown", reason, None, "enforce")


def test_a_check_that_the_change_dropped_is_unknown_and_counts():
    verdict = judged(on_unknown="fail")
    assert [(gate.gate, gate.verdict, gate.mode) for gate in verdict.gates if gate.kind == "check"] == [
        ("standard/unit.deterministic", "unknown", "enforce"),
        ("standard/unit.memory_stable", "unknown", "enforce"),
    ]
    assert (verdict.verdict, verdict.exit_status) == ("unknown", 5)


@pytest.mark.parametrize(
    ("outcomes", "tag", "mode"),
    [
        ((ran("other"),), "missing", "enforce"),
        ((failed("unit"),), "head-failed", "enforce"),
        ((failed("unit", state="skipped"),), "head-failed", "enforce"),
        ((Outcome(stage="unit", state="replayed"),), "replayed", "inform"),
    ],
)
def test_a_stage_that_did_not_run_was_not_checked(outcomes, tag, mode):
    good = (Repetition(stage="unit", runs=3),), (MemorySeries(stage="unit", peaks_bytes=(50 * MIB,) * 20),)
    for gate in judged(outcomes=outcomes, repetitions=good[0], memory=good[1]).gates:
        if gate.kind == "check":
            assert (gate.verdict, gate.tags, gate.mode) == ("unknown", (tag,), mode)


def test_stages_without_checks_have_no_such_gate():
    assert [gate for gate in judged(checks=CheckRules()).gates if gate.kind == "check"] == []


def test_an_injected_leak_fails_with_its_size_and_interval():
    gate = grown([60 * MIB + run * 1.3 * MIB + noise for run, noise in enumerate(np.random.default_rng(1).normal(0, 3e5, 20))])
    assert (gate.gate, gate.verdict, gate.unit) == ("standard/unit.memory_stable", "fail", "B")
    assert gate.value == pytest.approx(1.3 * MIB, rel=0.05)
    assert gate.low < gate.value < gate.high
    assert gate.reason == "peak memory grows by 1.29 MiB (1.27 to 1.31) a run over 20 runs, 24.5 MiB in all"
    assert gate.limit.fail == pytest.approx(0.02 * 72 * MIB / 19, rel=0.1)


def test_a_growth_that_is_sure_and_small_passes_and_is_said():
    gate = grown([500 * MIB + run * 4096 for run in range(20)])
    assert gate.verdict == "pass"
    assert gate.reason == "peak memory grows by 4 KiB (4 to 4) a run over 20 runs, which is less than 10 MiB in all"


def test_less_than_a_mebibyte_never_fails_however_small_the_stage():
    assert grown([2 * MIB + run * 50_000 for run in range(20)]).verdict == "pass"
    assert grown([2 * MIB + run * 60_000 for run in range(20)]).verdict == "fail"


def test_memory_that_falls_or_stays_passes():
    assert grown([50 * MIB] * 20).reason == "peak memory does not grow for sure: 0 B (0 to 0) a run over 20 runs"
    assert grown([90 * MIB - run * MIB for run in range(20)]).verdict == "pass"


def test_noise_without_growth_fails_as_rarely_as_promised():
    """A/A by replay: noise of 5 % of the peak, so that only the slope's bound protects. 0.5 % is what may fail."""
    rng = np.random.default_rng(11)
    fails = sum(grown(rng.normal(100 * MIB, 5 * MIB, 20)).verdict == "fail" for _ in range(1500))
    assert fails <= 9


def test_a_leak_of_two_mebibytes_is_found_in_heavy_noise():
    rng = np.random.default_rng(12)
    found = sum(grown(100 * MIB + 2 * MIB * np.arange(20) + rng.normal(0, 5 * MIB, 20)).verdict == "fail" for _ in range(200))
    assert found >= 195


@pytest.mark.parametrize(
    ("peaks", "failure", "reason"),
    [
        ([], "", "0 runs of 20 tell nothing, 20 are needed"),
        ([MIB] * 19, "", "19 runs of 20 tell nothing, 20 are needed"),
        ([MIB] * 12, "run 13 of 20 failed: exit status 137", "run 13 of 20 failed: exit status 137"),
        ([MIB] * 25, "run 26 of 30 failed: exit status 1", "run 26 of 30 failed: exit status 1"),
    ],
)
def test_a_series_that_is_too_short_or_broke_is_unknown(peaks, failure, reason):
    gate = grown(peaks, failure)
    assert (gate.verdict, gate.reason, gate.value, gate.mode) == ("unknown", reason, None, "enforce")


@pytest.mark.parametrize(
    "peaks", [[-1] * 20, [0] * 20, [MIB] * 501, [2**63 - 1] * 20, [MIB] * 10 + [-1]], ids=["below", "none", "many", "huge", "one"]
)
def test_peaks_that_cannot_be_are_refused(peaks):
    with pytest.raises(DataError, match="unit"):
        grown(peaks)


@pytest.mark.parametrize("facts", [{"runs": 0}, {"runs": -3}, {"runs": 10**9}, {"more": -1}])
def test_runs_that_cannot_be_are_refused(facts):
    with pytest.raises(DataError, match="unit"):
        repeated(**facts)


def test_two_records_of_one_stage_are_refused():
    twice = (Repetition(stage="unit", runs=3), Repetition(stage="unit", runs=2, differing=(DIFFERING,)))
    with pytest.raises(DataError, match="2 records"):
        judged(checks=CheckRules(deterministic=3), repetitions=twice)


def test_a_flood_of_text_is_cut():
    flood = msgspec.structs.replace(DIFFERING, path="a" * 10**6, where="b" * 10**6)
    assert len(repeated(runs=2, differing=(flood,)).reason) < 1000
    assert len(repeated(runs=2, failure="c" * 10**6).reason) < 1000
