"""What is written, and when nothing is."""

import dataclasses

import pytest

from lanemark.config.types import Mode, PublishRules
from lanemark.event import Event
from lanemark.judge.types import GateVerdict, Judgement, Verdict
from lanemark.path import RepoPath
from lanemark.publish.plan import is_newer, plan_publication
from lanemark.publish.types import OwnComment, Thread
from lanemark.report.marker import MARKER, write_state
from lanemark.report.types import Annotation, Check, Pages

HEAD, OLD = "c" * 40, "b" * 40


def comment(text="failed", *, head=HEAD, run_number=5, attempt=1, run_id=77):
    state = write_state(head=head, run_id=run_id, run_number=run_number, attempt=attempt, digest="d")
    return f"{MARKER}\n### Lanemark: {text}\n\n{state}"


def pages(text="failed", *, checks=(), **state):
    return Pages(sentence=text, comment=comment(text, **state), summary="", csv="", html=None, checks=checks)


def judgement(verdict=Verdict.FAIL, *, gates=(), notices=()):
    return Judgement(verdict=verdict, exit_status=0, lane="standard", gates=gates, notices=notices)


def gate(verdict, mode=Mode.INFORM):
    return GateVerdict(gate="standard/unit.cpu", kind="regression", verdict=verdict, mode=mode, reason="r", unit="ratio")


def thread(*bodies, **more):
    own = tuple(OwnComment(id=100 + index, body=body) for index, body in enumerate(bodies))
    return Thread(**{"number": 7, "open": True, "head": HEAD, "event": Event(name="pull_request"), "comments": own, **more})


def plan(what=None, judged=None, on=None, *, rules=None, tested_head=HEAD):
    return plan_publication(
        what or pages(), judged or judgement(), on or thread(), tested_head=tested_head, rules=rules or PublishRules(),
        repository="o/r", run_id=77, attempt=2,
    )  # fmt: skip


def methods(publication):
    return [(request.method, request.path) for request in publication]


CHECK = Check(name="Lanemark SLA", conclusion="failure", title="t", summary="s")


def test_a_first_failure_creates_a_comment():
    publication, why = plan()
    assert methods(publication) == [("POST", "/repos/o/r/issues/7/comments")]
    assert publication[0].body == {"body": comment()}
    assert why == "Lanemark creates the comment on #7."


def test_a_second_run_edits_it():
    publication, why = plan(on=thread(comment("passed", head=OLD)))
    assert methods(publication) == [("PATCH", "/repos/o/r/issues/comments/100")]
    assert "edits" in why


def test_of_several_the_oldest_is_edited_and_the_others_go():
    on = thread(comment("1", head=OLD), comment("2", head=OLD), comment("3", head=OLD))
    on = dataclasses.replace(on, comments=on.comments[::-1])
    assert methods(plan(on=on)[0]) == [
        ("PATCH", "/repos/o/r/issues/comments/100"),
        ("DELETE", "/repos/o/r/issues/comments/101"),
        ("DELETE", "/repos/o/r/issues/comments/102"),
    ]


def test_the_same_text_is_not_written_again():
    said = comment().replace("\n", "\r\n")
    assert plan(on=thread(said)) == ((), "Nothing was written: everything is said already.")


@pytest.mark.parametrize(
    ("on", "tested", "words"),
    [
        (thread(open=False), HEAD, "closed"),
        (thread(head=OLD), HEAD, "moved on"),
        (thread(), OLD, "moved on"),
        (thread(comment(run_number=6)), HEAD, "newer run"),
        (thread(comment(attempt=2)), HEAD, "newer run"),
    ],
)
def test_nothing_at_all_is_written_and_the_reason_said(on, tested, words):
    publication, why = plan(pages(checks=(CHECK,)), on=on, tested_head=tested)
    assert publication == ()
    assert words in why


def test_a_newer_run_of_another_head_does_not_count():
    assert methods(plan(on=thread(comment(head=OLD, run_number=900)))[0]) == [("PATCH", "/repos/o/r/issues/comments/100")]


@pytest.mark.parametrize(
    ("body", "than", "newer"),
    [
        (comment(run_number=6), comment(run_number=5), True),
        (comment(run_number=5), comment(run_number=6), False),
        (comment(run_number=5), comment(run_number=5), False),
        (comment(run_number=1, head=OLD), comment(run_number=0, head=OLD), False),
        (comment(run_number=1), comment(run_number=9, head=OLD), True),
        (comment(), f"{MARKER} no state", True),
        (f"{MARKER} no state", comment(), False),
    ],
)
def test_newer_is_later_of_the_head_that_stands(body, than, newer):
    assert is_newer(body, than, head=HEAD) is newer


PASS = judgement(Verdict.PASS)
QUIET = judgement(Verdict.PASS, gates=(gate(Verdict.PASS),))
INFORMS = judgement(Verdict.PASS, gates=(gate(Verdict.FAIL),))
NOTICE = judgement(Verdict.PASS, notices=("adopting",))


@pytest.mark.parametrize(
    ("mode", "judged", "creates"),
    [
        ("always", PASS, True), ("always", judgement(), True), ("off", judgement(), False), ("off", PASS, False),
        ("changes", PASS, False), ("changes", QUIET, False), ("changes", INFORMS, True), ("changes", NOTICE, True),
        ("changes", judgement(Verdict.UNKNOWN), True), ("changes", judgement(Verdict.WARN), True), ("changes", judgement(), True),
        ("failures", judgement(), True), ("failures", judgement(Verdict.WARN), False), ("failures", judgement(Verdict.UNKNOWN), False),
    ],
)  # fmt: skip
def test_the_comment_mode_decides_about_a_first_comment(mode, judged, creates):
    publication, why = plan(pages("x"), judged, rules=PublishRules(comment=mode))
    assert [request.method for request in publication] == (["POST"] if creates else [])
    assert why.startswith("Lanemark creates" if creates else "Nothing was written")


@pytest.mark.parametrize(("mode", "edits"), [("always", True), ("changes", True), ("failures", True), ("off", False)])
def test_an_existing_comment_never_goes_stale(mode, edits):
    publication, _ = plan(pages("passed"), PASS, thread(comment(head=OLD)), rules=PublishRules(comment=mode))
    assert [request.method for request in publication] == (["PATCH"] if edits else [])


def test_each_check_run_is_one_completed_post_on_the_head():
    publication, why = plan(pages(checks=(CHECK,)), PASS)
    (request,) = publication
    assert request.body == {
        "name": "Lanemark SLA", "head_sha": HEAD, "status": "completed", "conclusion": "failure",
        "external_id": "77:2:Lanemark SLA", "output": {"title": "t", "summary": "s"},
    }  # fmt: skip
    assert (request.method, request.path, request.landed) == ("POST", "/repos/o/r/check-runs", "77:2:Lanemark SLA")
    assert why == "Lanemark posts 1 check run on cccccccccccc."


def test_a_check_run_that_is_there_is_not_posted_again():
    assert plan(pages(checks=(CHECK,)), PASS, thread(checks=("77:2:Lanemark SLA",)))[0] == ()
    assert len(plan(pages(checks=(CHECK,)), PASS, thread(checks=("77:1:Lanemark SLA",)))[0]) == 1


def test_check_runs_can_be_switched_off():
    assert plan(pages(checks=(CHECK,)), PASS, rules=PublishRules(check_runs=False))[0] == ()


def annotation(path="a.py", start=1, end=2, text="m"):
    return Annotation(path=RepoPath(path), start=start, end=end, level="warning", title=text, message=text)


def test_annotations_github_would_refuse_do_not_lose_the_check_run():
    notes = (
        annotation("bad\udcff.py"),
        annotation("\U0001f600.py"),
        annotation(start=0),
        annotation(start=3, end=2),
        annotation(text="\U0001f600\ud800x"),
    )
    body = plan(pages(checks=(Check(name="c", conclusion="neutral", title="t", summary="s", annotations=notes),)), PASS)[0][
        0
    ].body
    assert body["output"]["annotations"] == [
        {
            "path": "a.py",
            "start_line": 1,
            "end_line": 2,
            "annotation_level": "warning",
            "title": "\ufffd\ufffdx",
            "message": "\ufffd\ufffdx",
        }
    ]


def test_no_more_annotations_are_sent_than_github_takes():
    check = Check(name="c", conclusion="neutral", title="t", summary="s", annotations=(annotation(),) * 51)
    assert len(plan(pages(checks=(check,)), PASS)[0][0].body["output"]["annotations"]) == 50
