"""Whole texts beside their golden files; REGENERATE=1 writes them anew, and the diff is then read by a person."""

import os
from pathlib import Path

import pytest
from report_builders import (
    budget,
    coverage_gate,
    failed_stage,
    model,
    patch_coverage,
    ran,
    regression,
    result,
    sample,
    slower_and_less_covered,
)

from lanemark.change import Change
from lanemark.compare.types import Baseline, Comparison
from lanemark.config.types import Mode
from lanemark.coverage.types import Count, Counts, ReportState
from lanemark.judge.types import Verdict
from lanemark.lane import Choice, Claim
from lanemark.path import RepoPath
from lanemark.plan import Plan, Step
from lanemark.report.comment import write_comment
from lanemark.report.console import write_console
from lanemark.report.summary import write_summary
from lanemark.report.types import Links, Model
from lanemark.result import Failure, Outcome

GOLDEN = Path(__file__).parent / "golden"


def docs_only():
    choice = Choice(
        lane="docs",
        reason="every changed file is in the lane docs",
        claims=(Claim(path=RepoPath("docs/index.md"), lane="docs", rule=".github/lanemark.yml:5 docs/**"),),
    )
    head = result(choice=choice, plan=Plan(lane="docs"), outcomes=(), baseline="none")
    found = model(head=head, differences=(), lane="docs")
    return Model(
        measured=found.measured,
        policy=found.policy,
        comparison=Comparison(reason="nothing in this lane is measured"),
        judgement=found.judgement,
        links=found.links,
    )


def report_missing():
    coverage = patch_coverage(
        reports=(ReportState(path="web/coverage.xml", state="missing", reason="the stage unit wrote no such file"),),
        counts=Counts(),
        patch=None,
    )
    gate = coverage_gate(
        Verdict.UNKNOWN,
        value=None,
        covered=None,
        total=None,
        reason="web/coverage.xml is missing: the stage unit wrote no such file",
    )
    return model(budget(), gate, head=result(coverage=coverage))


def stage_failed():
    failure = Failure(
        kind="exit",
        evidence="pytest ended with status 1",
        status=1,
        tail="\x1b[31mFAILED\x1b[0m tests/test_cart.py::test_total\n1 failed, 41 passed\n",
    )
    head = result(
        plan=Plan(lane="standard", steps=(Step(stage="unit"), Step(stage="package", needs=("unit",)))),
        outcomes=(Outcome(stage="unit", state="failed", failure=failure), Outcome(stage="package", state="skipped")),
    )
    return model(failed_stage(), failed_stage("package", reason="it needs unit, which failed"), head=head, differences=())


def artifact_baseline():
    base = result(
        "base",
        samples=tuple(sample("unit", pair, 2.9) for pair in range(1, 4)),
        coverage=patch_coverage(counts=Counts(lines=Count(covered=9, total=10))),
    )
    found = model(
        regression(Verdict.WARN, value=0.05, mode=Mode.WARN),
        head=result(samples=(sample("unit", 1, 3.0),), change=Change(base=None, tested="a" * 40, head="a" * 40, source="push")),
        base=base,
    )
    baseline = Baseline(kind="artifact", result=base, age_s=93_600.0, behind=3, run_id=71)
    comparison = Comparison(differences=found.comparison.differences, baseline=baseline)
    return Model(measured=found.measured, policy=found.policy, comparison=comparison, judgement=found.judgement, links=Links())


MODELS = {
    "slower": slower_and_less_covered,
    "docs-only": docs_only,
    "report-missing": report_missing,
    "stage-failed": stage_failed,
    "artifact": artifact_baseline,
}
PAGES = {"comment.md": write_comment, "summary.md": write_summary, "console.txt": write_console}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", MODELS)
def test_a_text_is_what_was_agreed_on(name, page):
    text = PAGES[page](MODELS[name]())
    golden = GOLDEN / f"{name}.{page}"
    if os.environ.get("REGENERATE") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_comment_has_no_image_and_says_every_verdict_in_a_word():
    text = write_comment(slower_and_less_covered())
    assert "![" not in text
    assert "**Fail**" in text
    assert text.index("**Next:**") < text.index("<details>")


def test_without_links_no_address_is_made_up():
    assert "](" not in write_comment(artifact_baseline())


def test_only_lines_that_the_head_has_are_linked():
    text = write_comment(slower_and_less_covered())
    assert "blob/a1b2c3d4e5f60718293a4b5c6d7e8f9001122334/src/shop/cart.py#L41-L45" in text
    coverage = patch_coverage()
    file = coverage.patch.files[1]
    loose = type(file)(path=file.path, lines=file.lines, uncovered=(type(file.uncovered[0])(start=43, end=47, head_start=0),))
    patch = type(coverage.patch)(counts=coverage.patch.counts, files=(loose,))
    text = write_comment(model(coverage_gate(), head=result(coverage=patch_coverage(patch=patch))))
    assert "| 43-47 |" in text


def test_a_stage_s_own_help_stands_beside_the_command():
    policy = model().policy
    stage = type(policy.stages["unit"])(name="unit", line=9, run="pytest -q", help="Set SEED=1 first.")
    text = write_comment(model(regression(), policy=type(policy)(name=policy.name, lanes=policy.lanes, stages={"unit": stage})))
    assert "**Next:** measure the stage on your machine: `lanemark gate --stage unit`. Set `SEED=1` first." in text


def test_a_stage_named_like_an_option_is_tied_to_its_option():
    text = write_comment(model(regression(gate="standard/--out=x y.cpu")))
    assert "`lanemark gate --stage='--out=x y'`" in text


def test_equal_models_give_equal_texts_and_digests():
    assert write_comment(slower_and_less_covered()) == write_comment(slower_and_less_covered())
    assert write_comment(slower_and_less_covered()) != write_comment(model(regression(), head=result(outcomes=(ran("unit"),))))
