"""Floors under each touched file, floors of a lane, drops without deleted code, and what is said about tests."""

import pytest
from msgspec.structs import replace

from judge.facts import REPORT, RULES, coverage, failed, lines, measured, paired, policy, ran, result
from lanemark.change import Change, ChangedFile
from lanemark.compare.types import Comparison
from lanemark.config.types import CoverageRules, Floor, JUnitRules, Lane, LaneFloors, Rule, Stage
from lanemark.coverage.types import Count, Counts, FileCoverage, Kept
from lanemark.ingest import types as ingest
from lanemark.judge.overall import judge
from lanemark.result import Pair

NONE = Comparison(reason="not asked for")


def floor(warn=None, fail=None, kind="lines", **more):
    return Floor(kind=kind, warn=warn, fail=fail, **more)


def change(*paths, generated=(), gone=()):
    files = [
        ChangedFile(path=path, status="M", old_mode="100644", new_mode="100644", generated=path in generated) for path in paths
    ]
    files += [ChangedFile(path=path, status="D", old_mode="100644") for path in gone]
    return Change(base="b" * 40, tested="h" * 40, head="h" * 40, source="merge-base", files=tuple(files))


def files(**counts):
    return tuple(FileCoverage(path=f"{name}.py", counts=lines(*count)) for name, count in counts.items())


def gate_of(found, changed, *floors, **more):
    rules = CoverageRules(reports=RULES, files=floors, **more)
    judged = judge(measured(ran("unit"), baseline="none", coverage=found, change=changed), NONE, policy(coverage=rules))
    (gate,) = (gate for gate in judged.gates if gate.kind == "coverage")
    return gate


def test_the_lowest_touched_file_speaks_and_those_below_are_named():
    found = coverage(files=files(a=(9, 10), b=(1, 5), c=(2, 5), d=(0, 9)))
    gate = gate_of(found, change("a.py", "b.py", "c.py"), floor("90%", "60%"))
    assert (gate.gate, gate.verdict, gate.covered, gate.total) == ("coverage.files.lines", "fail", 1, 5)
    assert gate.reason == "2 of 3 touched files are below 60%: b.py with 20 % (1 of 5), c.py with 40 % (2 of 5)"
    gate = gate_of(found, change("a.py"), floor("91%", "60%"))
    assert (gate.verdict, gate.reason) == ("warn", "1 of 1 touched files is below 91%: a.py with 90 % (9 of 10)")
    gate = gate_of(found, change("a.py"), floor("90%", "60%"))
    assert (gate.verdict, gate.reason) == ("pass", "the one touched file is at least 90%: a.py with 90 % (9 of 10)")


def test_a_file_is_held_to_the_floor_exactly():
    found = coverage(files=files(a=(79_999, 100_000)))
    gate = gate_of(found, change("a.py"), floor(fail="80%"))
    assert gate.verdict == "fail"
    assert "79.99 %" in gate.reason
    assert gate_of(coverage(files=files(a=(4, 5))), change("a.py"), floor(fail="80%")).verdict == "pass"


def test_generated_deleted_and_empty_files_are_not_held_to_it():
    found = coverage(files=files(gen=(0, 5), gone=(0, 5), empty=(0, 0)))
    changed = change("gen.py", "empty.py", generated=("gen.py",), gone=("gone.py",))
    gate = gate_of(found, changed, floor(fail="80%"))
    assert (gate.verdict, gate.total, gate.tags) == ("pass", 0, ("n/a",))


def test_touched_files_without_data_are_said_and_decide_where_nothing_else_is_known():
    known = coverage(files=files(a=(5, 5)), unknown=("b.py", "c.py"))
    gate = gate_of(known, change("a.py", "b.py", "c.py"), floor(fail="80%"))
    assert (gate.verdict, gate.tags) == ("pass", ("files-without-data",))
    assert gate.reason.endswith("; 2 changed files have no data")
    gate = gate_of(known, change("b.py", "c.py"), floor(fail="80%"))
    assert (gate.verdict, gate.reason) == ("unknown", "no touched file has coverage data, and 2 changed files have none")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "no coverage was recorded"),
        (coverage(patch=None), "the changed lines could not be told"),
        (coverage(reports=(replace(REPORT, state="missing", reason="gone"),)), "report coverage.xml is missing: gone"),
    ],
)
def test_what_is_not_known_is_unknown(found, reason):
    gate = gate_of(found, change("a.py"), floor(fail="80%"))
    assert (gate.verdict, gate.reason) == ("unknown", reason)


def test_a_lane_s_own_floors_replace_the_file_s_group_by_group():
    rules = CoverageRules(reports=RULES, project=(floor(fail="95%"),), patch=(floor(fail="95%"),), files=(floor(fail="10%"),))
    own = LaneFloors(project=(), patch=(floor(fail="50%"),))
    found = coverage(files=files(a=(1, 5)))
    for lane_floors, expected in (
        (LaneFloors(), {"coverage.project.lines": "fail", "coverage.patch.lines": "fail", "coverage.files.lines": "pass"}),
        (own, {"coverage.patch.lines": "pass", "coverage.files.lines": "pass"}),
        (LaneFloors(project=(), patch=(), files=()), {}),
    ):
        lane = Lane(name="standard", line=1, default=True, stages=("unit",), coverage=lane_floors)
        head = measured(ran("unit"), baseline="none", coverage=found, change=change("a.py"))
        judged = judge(head, NONE, policy(coverage=rules, lanes=(lane,)))
        assert {gate.gate: gate.verdict for gate in judged.gates if gate.kind == "coverage"} == expected


def drop_gate(head, base, kept, *, kind="paired", most=0.01):
    rules = CoverageRules(reports=RULES, project=(floor(max_drop=most),))
    before = coverage(project=base, kept=None if kept is None else Kept(counts=lines(*kept)))
    against = paired(base=result(ran("unit"), side="base", coverage=before, identities={"unit": "same"}), kind=kind)
    pair = measured(ran("unit"), coverage=coverage(project=head), baseline=kind)
    (gate,) = (gate for gate in judge(pair, against, policy(coverage=rules)).gates if gate.kind == "coverage")
    return gate


def test_deleting_covered_code_is_no_drop():
    gate = drop_gate((40, 50), (90, 100), (40, 50))
    assert (gate.verdict, gate.value) == ("pass", 0.0)
    assert gate.reason == "10.00 points less than the base, and without the lines that the change deletes not less than the base"
    assert drop_gate((40, 50), (90, 100), None).verdict == "fail"


def test_deleting_uncovered_code_does_not_raise_what_head_is_held_to():
    gate = drop_gate((90, 95), (90, 100), (90, 90))
    assert (gate.verdict, gate.reason) == ("pass", "not less than the base")


def test_a_real_drop_stays_one_whatever_was_deleted():
    gate = drop_gate((30, 50), (90, 100), (40, 50))
    assert (gate.verdict, round(gate.value, 6)) == ("fail", 0.2)
    assert "20.00 points less than the base, at most 1 points are allowed" in gate.reason


@pytest.mark.parametrize("kept", [(0, 0), (9, 5), (-1, 5)])
def test_counts_that_cannot_be_adjust_nothing(kept):
    assert drop_gate((40, 50), (90, 100), kept).verdict == "fail"


def test_an_artifact_that_tells_what_is_left_of_it_is_held_to_that():
    assert drop_gate((40, 50), (90, 100), (40, 50), kind="artifact").verdict == "pass"
    assert drop_gate((40, 50), (90, 100), None, kind="artifact").verdict == "fail"


def test_reports_that_nobody_expects_are_said():
    report = replace(REPORT, rule="cov-*.xml", expect=1)
    rules = CoverageRules(reports=RULES, project=(floor(fail="10%"),))
    found = coverage(reports=(report, replace(report, path="2.xml")))
    judged = judge(measured(ran("unit"), baseline="none", coverage=found), NONE, policy(coverage=rules))
    assert "cov-*.xml finds 2 coverage reports, 1 were expected." in judged.notices


def suites_said(*reports, outcomes=(), failures=0, stages=("unit",), declared=False):
    tests = ingest.Tests(reports=reports, total=9, failures=failures)
    known = {"unit": Stage(name="unit", line=1, run="true", outputs=("junit.xml",) if declared else ())}
    known["other"] = Stage(name="other", line=1, run="true", outputs=("other.xml",) if declared else ())
    rules = policy(
        known=known, lanes=(Lane(name="standard", line=1, default=True, stages=stages),),
        tests=JUnitRules(reports=(Rule(pattern="junit.xml", line=1),)),
    )  # fmt: skip
    pair = Pair(head=result(*(outcomes or (ran("unit"),)), baseline="none", tests=tests))
    return [said for said in judge(pair, NONE, rules).notices if "test" in said]


def test_a_report_of_tests_that_is_missing_is_said_where_the_lane_writes_it():
    missing = ingest.SuiteState(path="junit.xml", state="missing", reason="no such file was written in this run")
    said = "The report of tests junit.xml is missing, so what is said about tests is not whole: no such file was written in this run."
    assert suites_said(missing) == [said]
    assert suites_said(missing, declared=True) == [said]
    assert suites_said(missing, declared=True, stages=("other",)) == []
    assert suites_said(ingest.SuiteState(path="junit.xml", state="read")) == []


def test_failed_tests_behind_a_stage_that_succeeded_are_said():
    read = ingest.SuiteState(path="junit.xml", state="read")
    assert suites_said(read, failures=2) == ["By the reports of tests 2 tests failed, although every stage succeeded."]
    assert suites_said(read, failures=2, outcomes=(failed("unit"),)) == []


def test_kinds_that_no_report_measures_are_unknown_for_files_too():
    gate = gate_of(coverage(files=files(a=(1, 1))), change("a.py"), floor(fail="80%", kind="functions"))
    assert (gate.verdict, gate.reason) == ("unknown", "no report measures functions")
    counts = Counts(lines=Count(covered=1, total=1), functions=Count(covered=0, total=2))
    found = replace(coverage(files=(FileCoverage(path="a.py", counts=counts),)), counts=counts)
    assert gate_of(found, change("a.py"), floor(fail="80%", kind="functions")).verdict == "fail"
