"""Which check of a commit is believed, as a table: one thing wrong at a time, and then several claims at once."""

from dataclasses import replace

import pytest

from lanemark.judge.types import Verdict
from lanemark.release.decide import decide_release
from lanemark.release.types import Claim, Facts, Job, Required

COMMIT, OTHER = "a" * 40, "b" * 40
FILE = ".github/workflows/lane-gate-pr.yml"
GATE = Required("lane-gate", FILE)
JOB = Job(run=7, attempt=1, event="merge_group", workflow=FILE, head=COMMIT, repository_id=1)
GOOD = Claim(id=50, name="lane-gate", app="github-actions", conclusion="success", job=JOB)
FACTS = Facts(commit=COMMIT, branch="main", on_branch=True, repository_id=1, claims=())


def decide(*claims, required=(GATE,), **facts):
    return decide_release(replace(FACTS, claims=claims, **facts), required)


def of(claim=GOOD, *, conclusion=None, check=None, name=None, **job):
    made = replace(claim, job=replace(claim.job, **job)) if job else claim
    return replace(
        made, conclusion=made.conclusion if conclusion is None else conclusion, id=check or made.id, name=name or made.name
    )


def test_a_check_of_a_trusted_job_ships():
    decision = decide(GOOD)
    assert (decision.verdict, decision.answers[0].run, decision.ignored) == (Verdict.PASS, 7, ())


@pytest.mark.parametrize("event", ["push", "merge_group", "schedule", "workflow_dispatch"])
def test_events_that_run_merged_workflow_files_count(event):
    assert decide(of(event=event)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (replace(GOOD, job=None), "not by a job"),
        (replace(GOOD, job=None, app="evil"), "made by evil"),
        (replace(GOOD, job=None, app=""), "a deleted app"),
        (of(event="pull_request"), "started by pull_request"),
        (of(event="pull_request_target"), "started by pull_request_target"),
        (of(event="workflow_run"), "started by workflow_run"),
        (of(workflow=".github/workflows/green.yml"), "another workflow"),
        (of(repository_id=2), "another repository"),
        (of(repository_id=None), "another repository"),
        (of(head=OTHER), "another commit"),
    ],
)
def test_a_claim_with_one_thing_wrong_is_named_and_alone_ships_nothing(claim, why):
    alone = decide(claim)
    assert alone.verdict is Verdict.UNKNOWN
    assert why in alone.ignored[0]
    failed = of(conclusion="failure", check=9)
    assert decide(claim, failed).verdict is Verdict.FAIL
    assert decide(failed, claim).verdict is Verdict.FAIL
    red = replace(claim, conclusion="failure", id=60)
    assert decide(red, GOOD).verdict is Verdict.PASS


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "startup_failure", "action_required"])
def test_what_failed_does_not_ship(conclusion):
    assert decide(of(conclusion=conclusion)).verdict is Verdict.FAIL


@pytest.mark.parametrize("conclusion", ["", "skipped", "neutral", "cancelled", "stale", "a word of next year"])
def test_what_says_nothing_does_not_ship(conclusion):
    assert decide(of(conclusion=conclusion)).verdict is Verdict.UNKNOWN


def test_the_newest_attempt_of_a_run_counts():
    red, green = of(conclusion="failure", check=50), of(attempt=2, check=51)
    assert decide(red, green).verdict is Verdict.PASS
    assert decide(green, red).verdict is Verdict.PASS
    assert decide(of(check=50), of(attempt=2, check=51, conclusion="failure")).verdict is Verdict.FAIL


def test_runs_that_contradict_each_other_do_not_ship():
    decision = decide(of(run=7), of(run=8, check=51, conclusion="failure"))
    assert decision.verdict is Verdict.UNKNOWN
    assert "contradict each other: success in run 7, failure in run 8" in decision.reason
    assert decide(of(run=7), of(run=8, check=51)).verdict is Verdict.PASS


def test_every_required_check_must_pass_and_a_fail_is_said_before_an_unknown():
    heavy = Required("lane-heavy", ".github/workflows/lane-merge-queue.yml")
    green = of(name="lane-heavy", workflow=heavy.workflow, check=70)
    assert decide(GOOD, green, required=(GATE, heavy)).verdict is Verdict.PASS
    assert decide(GOOD, required=(GATE, heavy)).verdict is Verdict.UNKNOWN
    both = decide(of(conclusion="failure"), required=(heavy, GATE))
    assert (both.verdict, both.reason) == (Verdict.FAIL, "lane-gate: failure in run 7")


def test_a_commit_that_is_on_no_branch_of_ours_does_not_ship():
    decision = decide(GOOD, on_branch=False)
    assert (decision.verdict, decision.reason) == (Verdict.FAIL, "the commit is not on the branch main")


def test_nothing_required_is_nothing_known():
    assert decide(GOOD, required=()).verdict is Verdict.UNKNOWN
