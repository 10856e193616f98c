import pytest
from hostile_models import model_of, names
from hypothesis import given, settings
from report_builders import (
    budget,
    coverage_gate,
    failed_stage,
    model,
    patch_coverage,
    regression,
    result,
    slower_and_less_covered,
)

from lanemark.config.types import Mode
from lanemark.coverage.types import Count, Counts, Patch, PatchFile, Uncovered
from lanemark.judge.types import Verdict
from lanemark.path import RepoPath
from lanemark.report.checks import BUDGET, COVERAGE, SLA, write_checks


def covered_by(*files):
    return result(coverage=patch_coverage(patch=Patch(counts=Counts(lines=Count(covered=1, total=9)), files=files)))


def patch_file(path, *ranges):
    return PatchFile(
        path=RepoPath(path),
        lines=Count(covered=0, total=9),
        uncovered=tuple(Uncovered(start=a + 2, end=b + 2, head_start=a) for a, b in ranges),
    )


def test_there_are_two_checks_and_each_speaks_of_its_own_gates():
    sla, coverage = write_checks(slower_and_less_covered())
    assert (sla.name, sla.conclusion, sla.title) == (
        SLA,
        "failure",
        "Failed. unit uses 12.3 % more CPU time than main (limit 10 %).",
    )
    assert (coverage.name, coverage.conclusion, coverage.title) == (
        COVERAGE,
        "failure",
        "Failed. Patch coverage 71.42 % is below 80 %.",
    )
    assert "Patch coverage" not in sla.summary
    assert "CPU time" not in coverage.summary
    assert sla.annotations == ()


def test_without_coverage_and_its_gates_there_is_no_coverage_check():
    assert [check.name for check in write_checks(model(budget()))] == [SLA]
    assert [check.name for check in write_checks(model(coverage_gate()))] == [SLA, COVERAGE]
    assert [check.name for check in write_checks(model(head=result(coverage=patch_coverage())))] == [SLA, COVERAGE]


@pytest.mark.parametrize(
    ("gates", "conclusion"),
    [
        ([budget()], "success"),
        ([], "success"),
        ([regression(Verdict.WARN)], "neutral"),
        ([regression(Verdict.UNKNOWN)], "neutral"),
        ([regression(mode=Mode.WARN)], "neutral"),
        ([regression(mode=Mode.INFORM)], "success"),
        ([regression()], "failure"),
        ([failed_stage()], "failure"),
        ([regression(Verdict.WARN), regression(mode=Mode.SHADOW)], "neutral"),
    ],
)
def test_only_a_gate_that_enforces_fails_a_check(gates, conclusion):
    assert write_checks(model(*gates))[0].conclusion == conclusion


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.FAIL, Verdict.WARN])
def test_a_verdict_that_no_gate_explains_is_never_a_green_check(verdict):
    check = write_checks(model(budget(), verdict=verdict))[0]
    assert check.conclusion == "neutral"
    assert not check.title.startswith("Passed.")


def test_remarks_stand_on_lines_of_the_head_longest_first():
    head = covered_by(patch_file("a.py", (10, 11), (20, 29)), patch_file("b.py", (5, 5)))
    remarks = write_checks(model(coverage_gate(), head=head))[1].annotations
    assert [(remark.path, remark.start, remark.end, remark.level) for remark in remarks] == [
        ("a.py", 20, 29, "warning"),
        ("a.py", 10, 11, "warning"),
        ("b.py", 5, 5, "warning"),
    ]
    assert remarks[2].message == "No test reaches this changed line."


def test_remarks_are_notices_while_no_coverage_gate_fails():
    remarks = write_checks(model(coverage_gate(Verdict.PASS), regression(), head=covered_by(patch_file("a.py", (1, 2)))))[
        1
    ].annotations
    assert {remark.level for remark in remarks} == {"notice"}


def test_lines_and_paths_that_github_would_refuse_get_no_remark():
    gone = PatchFile(path=RepoPath("a.py"), lines=Count(covered=0, total=9), uncovered=(Uncovered(start=3, end=4, head_start=0),))
    files = [
        gone,
        *(
            patch_file(path, (1, 2))
            for path in ("../b.py", "/c.py", "d//e.py", "f\udcff.py", "g\n.py", "h\U0001f600.py", "i\\j.py")
        ),
    ]
    assert write_checks(model(coverage_gate(), head=covered_by(*files)))[1].annotations == ()


def test_there_are_at_most_fifty_remarks():
    head = covered_by(*(patch_file(f"f{number:03}.py", (1, number + 1)) for number in range(80)))
    remarks = write_checks(model(coverage_gate(), head=head))[1].annotations
    assert len(remarks) == 50
    assert remarks[0].path == "f079.py"
    sentence = "50 of 80 uncovered ranges have an annotation, the longest first."
    assert sentence in write_checks(model(coverage_gate(), head=head))[1].summary
    few = covered_by(*(patch_file(f"f{number:03}.py", (1, number + 1)) for number in range(50)))
    assert "have an annotation" not in write_checks(model(coverage_gate(), head=few))[1].summary


@settings(max_examples=40, deadline=None)
@given(names)
def test_titles_and_summaries_fit_whatever_the_names_are(texts):
    for check in write_checks(model_of(texts)):
        assert len(check.title) <= 255
        assert BUDGET.holds(check.summary)
        assert all(remark.start >= 1 and remark.end >= remark.start for remark in check.annotations)
