import pytest
from markdown_reader import skeleton, uneven_tables
from report_builders import coverage_gate, failed_stage, model, patch_coverage, regression, result

from lanemark.coverage.types import Count, Counts, Patch, PatchFile, Uncovered
from lanemark.judge.types import Verdict
from lanemark.lane import Choice, Claim
from lanemark.path import RepoPath
from lanemark.report import checks, comment, summary
from lanemark.report.page import write_page
from lanemark.report.size import LEVELS, Budget, first, fit
from lanemark.result import Failure, Outcome


def huge(*, gates=0, files=0, ranges=1, claims=0, log="", name="n"):
    path = name + "{:05}.py"
    uncovered = tuple(Uncovered(start=4 * number + 1, end=4 * number + 2, head_start=4 * number + 1) for number in range(ranges))
    patch = Patch(
        counts=Counts(lines=Count(covered=1, total=99)),
        files=tuple(
            PatchFile(path=RepoPath(path.format(number)), lines=Count(covered=1, total=9), uncovered=uncovered)
            for number in range(files)
        ),
        unknown=tuple(RepoPath("u" + path.format(number)) for number in range(files)),
    )
    failure = Failure(kind="exit", evidence=name, status=1, tail=log)
    head = result(
        coverage=patch_coverage(patch=patch),
        choice=Choice(
            lane="standard",
            reason=name,
            claims=tuple(Claim(path=RepoPath(path.format(number)), lane="standard", rule=name) for number in range(claims)),
        ),
        outcomes=(Outcome(stage="unit", state="failed", failure=failure),),
    )
    failing = [regression(gate=f"standard/{name}{number}.cpu", reason=name) for number in range(gates)]
    passing = [regression(Verdict.PASS, gate=f"standard/p{name}{number}.cpu", reason=name) for number in range(gates)]
    return model(failed_stage(), coverage_gate(), *failing, *passing, head=head)


HUGE = {
    "gates": huge(gates=3000),
    "files": huge(files=2500, ranges=20),
    "claims": huge(claims=20_000, files=10),
    "log": huge(log="@" * 300_000 + "\n```\nlast", files=3),
    "names": huge(gates=150, files=200, claims=200, ranges=10, name="字|`" * 80),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_whatever_is_too_much_is_left_out_in_whole_rows(name):
    pages = [(comment.write_comment(HUGE[name]), comment.BUDGET), (summary.write_summary(HUGE[name]), summary.BUDGET)]
    pages += [(check.summary, checks.BUDGET) for check in checks.write_checks(HUGE[name])]
    for text, budget in pages:
        assert budget.holds(text)
        assert uneven_tables(text) == []
        assert text.count("<details") == text.count("</details>")
        assert skeleton(text).count("pre") == text.count("\n```text\n") + text.count("\n````text\n")
    assert "Lanemark: failed. Stage `unit` failed" in pages[0][0]
    assert "n0" in pages[0][0] or "字" in pages[0][0] or name in ("log", "files", "claims")


@pytest.mark.slow
def test_the_page_says_how_many_rows_it_left_out():
    page = write_page(HUGE["files"])
    assert "And 500 more files with uncovered changed lines." in page


def test_the_first_level_that_fits_is_taken_and_the_last_in_any_case():
    widths = {level: 10 ** (5 - place) for place, level in enumerate(LEVELS)}
    assert len(fit(lambda level: "x" * widths[level], Budget(characters=100_000, bytes=100_000))) == 100_000
    assert len(fit(lambda level: "x" * widths[level], Budget(characters=1_000, bytes=9_999_999))) == 1_000
    assert len(fit(lambda level: "ä" * widths[level], Budget(characters=9_999_999, bytes=2_000))) == 1_000
    assert len(fit(lambda level: "x" * widths[level], Budget(characters=1, bytes=1))) == 10


def test_the_rest_of_a_list_is_counted():
    assert first([1, 2, 3], 2).items == (1, 2)
    assert first([1, 2, 3], 2).more == 1
    assert first([1], 2).more == 0
