import pytest
from report_builders import budget, coverage_gate, failed_stage, regression

from lanemark.config.types import Mode
from lanemark.judge.types import Limit, Verdict
from lanemark.report.gates import Subject, gate_line, gate_lines, share, subject_of, worst


@pytest.mark.parametrize(
    ("gate", "subject"),
    [
        (regression(gate="standard/unit.cpu"), Subject(stage="unit", metric="cpu")),
        (regression(gate="standard/unit.test.wall"), Subject(stage="unit.test", metric="wall")),
        (budget(gate="standard/total.wall.median"), Subject(stage="total", metric="wall", statistic="median")),
        (budget(gate="standard/unit.wall.rss_peak.max"), Subject(stage="unit.wall", metric="rss_peak", statistic="max")),
        (coverage_gate(gate="coverage.patch.branches"), Subject(scope="patch", kind="branches")),
        (coverage_gate(gate="coverage.flag:a.lines.functions"), Subject(scope="flag", flag="a.lines", kind="functions")),
        (failed_stage("unit.status"), Subject(stage="unit.status")),
        (regression(gate="nobody knows"), Subject()),
        (regression(gate="io_read"), Subject()),
        (budget(gate="wall.median"), Subject()),
        (regression(gate="coverage.patch.lines"), Subject()),
    ],
)
def test_a_gate_id_comes_apart_into_what_it_is_about(gate, subject):
    assert subject_of(gate, "standard") == subject


def test_a_lane_with_a_slash_in_its_name_is_cut_off_whole():
    assert subject_of(regression(gate="a/b/unit.cpu"), "a/b").stage == "unit"


@pytest.mark.parametrize(
    ("gate", "cells"),
    [
        (regression(), ("Fail", "2.9 s", "3.26 s", "+12.3 % (+9.3 to +15.3 %)", "at most +10 % (warn +3 %)")),
        (regression(low=None, high=None), ("Fail", "2.9 s", "3.26 s", "+12.3 %", "at most +10 % (warn +3 %)")),
        (
            regression(Verdict.PASS, value=None, base=None, head=None, tags=("unchanged",)),
            ("Pass", "n/a", "n/a", "not measured, unchanged", "at most +10 % (warn +3 %)"),
        ),
        (budget(), ("Pass", "n/a", "5 min 12 s", "n/a", "at most 8 min (warn 6 min)")),
        (
            budget(gate="standard/unit.rss_peak.max", unit="B", metric_unit="B", value=1.5 * 2**30, limit=Limit(fail=2.0**31)),
            ("Pass", "n/a", "1.5 GiB", "n/a", "at most 2 GiB"),
        ),
        (coverage_gate(), ("Fail", "n/a", "71.42 % (20 of 28)", "n/a", "at least 80 %")),
        (
            coverage_gate(Verdict.WARN, base=0.75, head=20 / 28, limit=Limit(warn=0.9)),
            ("Warn", "75 %", "71.42 % (20 of 28)", "-3.57 points", "at least 90 %, else warn"),
        ),
        (
            coverage_gate(unit="points", value=0.006, limit=Limit(fail=0.005), covered=None, total=None, base=0.9, head=0.894),
            ("Fail", "90 %", "89.4 %", "-0.60 points", "drop of at most 0.5 points"),
        ),
    ],
)
def test_figures_read_with_their_unit_interval_and_limit(gate, cells):
    line = gate_line(gate, "standard")
    assert (line.verdict, line.base, line.head, line.change, line.limit) == cells


@pytest.mark.parametrize(
    ("verdict", "mode", "word"),
    [
        (Verdict.FAIL, Mode.ENFORCE, "Fail"),
        (Verdict.FAIL, Mode.WARN, "Fail, only warns"),
        (Verdict.FAIL, Mode.INFORM, "Fail, only informs"),
        (Verdict.UNKNOWN, Mode.SHADOW, "Unknown, only informs"),
        (Verdict.WARN, Mode.WARN, "Warn"),
        (Verdict.PASS, Mode.SHADOW, "Pass"),
    ],
)
def test_a_verdict_that_its_mode_holds_back_says_so(verdict, mode, word):
    assert gate_line(regression(verdict, mode=mode), "standard").verdict == word


def test_what_counts_and_is_worst_stands_first():
    gates = (
        regression(Verdict.FAIL, gate="standard/shadow.cpu", mode=Mode.SHADOW),
        regression(Verdict.PASS, gate="standard/pass.cpu"),
        regression(Verdict.WARN, gate="standard/warn.cpu"),
        regression(Verdict.UNKNOWN, gate="standard/unknown.cpu"),
        regression(Verdict.FAIL, gate="standard/fail.cpu"),
    )
    assert [line.name for line in gate_lines(gates, "standard")] == ["fail", "unknown", "warn", "pass", "shadow"]
    assert worst(gates) is Verdict.FAIL
    assert worst(gates[:2]) is Verdict.PASS
    assert worst(()) is Verdict.PASS


def test_a_share_is_rounded_down_and_never_up_to_its_limit():
    assert share(0.79999) == "79.99 %"
    assert share(0.8) == "80 %"
    assert share(0.29) == "29 %"


def test_nothing_to_cover_is_no_percentage():
    assert gate_line(coverage_gate(Verdict.PASS, covered=0, total=0), "standard").head == "nothing to cover"
