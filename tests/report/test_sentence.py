import pytest
from hostile_models import model_of, names
from hypothesis import given, settings
from report_builders import budget, coverage_gate, failed_stage, model, regression, result

from lanemark.config.types import Mode
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.judge.types import GateVerdict, Limit, Verdict
from lanemark.plan import Plan
from lanemark.report.sentence import LIMIT, sentence, title
from lanemark.report.voice import MARKDOWN

LANE_TIMEOUT = GateVerdict(
    gate="standard/timeout",
    kind="lane",
    verdict=Verdict.FAIL,
    mode=Mode.ENFORCE,
    reason="the lane's 30 minutes were over",
    unit="s",
)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (
            model(regression(), coverage_gate(), budget()),
            "Lanemark: failed. unit uses 12.3 % more CPU time than main (limit 10 %), and patch coverage 71.42 % is below 80 %.",
        ),
        (model(coverage_gate()), "Lanemark: failed. Patch coverage 71.42 % is below 80 %."),
        (
            model(budget(Verdict.FAIL, value=545.0)),
            "Lanemark: failed. The whole lane has a median wall time of 9 min 05 s (limit 8 min).",
        ),
        (
            model(coverage_gate(gate="coverage.project.lines", covered=88, total=100, base=0.9, head=0.88, tags=("dropped",))),
            "Lanemark: failed. Project coverage dropped by 2 points, to 88 %.",
        ),
        (
            model(failed_stage("gone", verdict=Verdict.UNKNOWN, reason="the run left no word of it")),
            "Lanemark: no verdict. Stage gone could not be judged: the run left no word of it.",
        ),
        (model(failed_stage()), "Lanemark: failed. Stage unit failed: ended with status 1."),
        (model(LANE_TIMEOUT), "Lanemark: failed. The lane's 30 minutes were over."),
        (
            model(regression(Verdict.WARN, value=0.042, gate="standard/unit.wall")),
            "Lanemark: passed with a warning. unit takes 4.2 % longer than main (limit 3 %).",
        ),
        (
            model(regression(mode=Mode.WARN)),
            "Lanemark: passed with a warning. unit uses 12.3 % more CPU time than main (limit 10 %).",
        ),
        (
            model(regression(Verdict.WARN, tags=("unconfirmed",))),
            "Lanemark: passed with a warning. unit uses 12.3 % more CPU time than main, not confirmed by a second batch (limit 3 %).",
        ),
        (
            model(coverage_gate(Verdict.UNKNOWN, value=None, covered=None, total=None, reason="coverage.xml is missing.")),
            "Lanemark: no verdict. Patch coverage (lines) could not be judged: coverage.xml is missing.",
        ),
        (
            model(coverage_gate(unit="points", gate="coverage.project.lines", value=0.006, limit=Limit(fail=0.005))),
            "Lanemark: failed. Project coverage dropped by 0.6 points (at most 0.5 points).",
        ),
        (model(budget(), coverage_gate(Verdict.PASS)), "Lanemark: passed. All 2 gates hold (standard lane)."),
        (
            model(budget(), regression(mode=Mode.SHADOW)),
            "Lanemark: passed. 1 gate holds, but 1 gate that only informs did not pass (standard lane).",
        ),
        (model(head=result(plan=Plan(lane="standard"))), "Lanemark: passed. No stages to run (standard lane)."),
        (model(), "Lanemark: passed. No gate counts here (standard lane)."),
        (
            model(regression(mode=Mode.INFORM), head=result(adopting=True)),
            "Lanemark: passed. This change brings Lanemark in, so it only informs: 1 gate did not pass (standard lane).",
        ),
        (
            model(verdict=Verdict.UNKNOWN, notices=("the base could not be fetched.",)),
            "Lanemark: no verdict. The base could not be fetched.",
        ),
        (model(verdict=Verdict.FAIL), "Lanemark: failed. No gate says why."),
    ],
)
def test_the_sentence_says_state_then_reason(shown, said):
    assert sentence(shown) == said


def test_more_than_three_reasons_are_counted():
    gates = [regression(gate=f"standard/s{number}.cpu") for number in range(5)]
    assert sentence(model(*gates)).endswith(", and 2 more gates failed.")


def test_gates_that_cannot_be_judged_for_one_reason_are_named_together():
    gates = [
        regression(Verdict.UNKNOWN, gate=f"standard/unit.{metric}", reason="there is no baseline")
        for metric in ("cpu", "wall", "user")
    ]
    said = "Lanemark: no verdict. unit CPU time and unit wall time and 1 more could not be judged: there is no baseline."
    assert sentence(model(*gates)) == said


def test_without_a_base_branch_the_base_is_called_the_base():
    head = result(event=Event(name="local"))
    assert "more CPU time than the base (limit" in sentence(model(regression(), head=head))


def test_names_stand_in_code_spans_in_markdown():
    said = sentence(model(regression(gate="standard/a|b@c.cpu")), MARKDOWN)
    assert said.startswith("Lanemark: failed. `a\\|b@\u200bc` uses 12.3 % more CPU time than `main`")


def test_a_title_bears_no_name_of_its_own_and_speaks_of_its_gates_only():
    shown = model(regression(), coverage_gate())
    assert title(shown, [coverage_gate()], Verdict.FAIL) == "Failed. Patch coverage 71.42 % is below 80 %."
    assert title(shown, [], Verdict.PASS) == "Passed. No gate counts here (standard lane)."


@settings(max_examples=100, deadline=None)
@given(names)
def test_plain_sentences_are_one_visible_line_that_fits_a_title(texts):
    shown = model_of(texts)
    for said in (sentence(shown), title(shown, shown.judgement.gates, shown.judgement.verdict)):
        assert visible(said) == said
        assert len(said) <= LIMIT
