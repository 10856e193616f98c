"""Earlier runs beside the verdict: said in words in the summary and on the page, in the sentence only where a budget is broken."""

import html5lib
import msgspec
import pytest
from hostile_models import ATTACKS
from markdown_reader import skeleton, uneven_tables
from report_builders import BASE, budget, model, result

from lanemark.event import Event
from lanemark.judge.types import Compliance, FirstSeen, Judgement, PastRun, Surprise, Verdict
from lanemark.report.comment import write_comment
from lanemark.report.page import write_page
from lanemark.report.sentence import sentence
from lanemark.report.summary import BUDGET, write_summary
from lanemark.report.types import Model

RUNS = tuple(PastRun(result=result("base"), recorded="2026-11-20T14:03:00Z", run_id=50 - place) for place in range(10))
BROKEN = FirstSeen(by="past", commit=BASE, recorded="2026-11-18T10:00:00Z")
NEW = FirstSeen(by="this", commit=BASE, recorded="2026-11-18T10:00:00Z")
SURPRISE = Surprise(stage="unit", metric="cpu", value=3.4, low=2.8, high=3.1, runs=14)


def over(since=BROKEN, kept=3):
    return budget(Verdict.FAIL, value=545.0, since=since, compliance=Compliance(kept=kept, runs=10))


def told(*gates, past=RUNS, kept=9, surprises=(SURPRISE,), **more) -> Model:
    shown = model(*gates, **more)
    judgement: Judgement = msgspec.structs.replace(
        shown.judgement, compliance=None if kept is None else Compliance(kept=kept, runs=10), surprises=tuple(surprises)
    )
    return Model(
        measured=shown.measured,
        policy=shown.policy,
        comparison=shown.comparison,
        judgement=judgement,
        links=shown.links,
        past=past,
    )


def text_of(page):
    return " ".join("".join(html5lib.parse(page, namespaceHTMLElements=False).itertext()).split())


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (BROKEN, ", already over on main since 9f8e7d6."),
        (msgspec.structs.replace(BROKEN, or_before=True), ", already over on main since 9f8e7d6 or before."),
        (NEW, "(limit 8 min)."),
        (None, "(limit 8 min)."),
    ],
)
def test_the_sentence_says_when_the_base_was_over_already(since, said):
    assert sentence(
        told(over(since))
    ) == "Lanemark: failed. The whole lane has a median wall time of 9 min 05 s (limit 8 min)" + (
        said.removeprefix("(limit 8 min)")
    )


def test_without_a_branch_it_is_the_base():
    head = result(event=Event(name="local"))
    assert sentence(told(over(), head=head)).endswith(", already over on the base since 9f8e7d6.")
    assert "#### Earlier runs of the base branch" in write_summary(told(over(), head=head))


def test_summary_and_page_have_the_compliance_the_budgets_and_the_surprise():
    shown = told(over())
    summary, page = write_summary(shown), text_of(write_page(shown))
    assert "9 of the last 10 runs on `main` kept every budget." in summary
    assert "9 of the last 10 runs kept every budget." in page
    row = "| Whole lane wall time (median) | at most 8 min (warn 6 min) | 9 min 05 s | 3 of 10 | 9f8e7d6 (2026-11-18) |"
    assert row in summary
    words = (
        "median CPU time 3.4 s, more than 99 % of what the last 14 earlier runs on this kind of machine predict (2.8 s to 3.1 s)"
    )
    assert f"- `unit`: {words}. This is evidence, no gate." in summary
    assert f"unit: {words}. This is evidence, no gate." in page
    assert "the newest of 9f8e7d6 (2026-11-20)" in summary
    assert uneven_tables(summary) == []


def test_a_figure_below_what_is_predicted_is_less():
    faster = msgspec.structs.replace(SURPRISE, value=2.1)
    assert "median CPU time 2.1 s, less than 99 % of what" in write_summary(told(budget(), surprises=(faster,)))


@pytest.mark.parametrize(
    ("since", "cell"),
    [
        (NEW, "this change"),
        (None, "n/a"),
        (msgspec.structs.replace(NEW, other_machine=True), "this change (the run before it: another kind of machine)"),
        (msgspec.structs.replace(BROKEN, or_before=True), "9f8e7d6 (2026-11-18) or before"),
        (msgspec.structs.replace(BROKEN, recorded="soon"), "9f8e7d6"),
    ],
)
def test_the_cell_says_since_when(since, cell):
    assert f"| 3 of 10 | {cell} |" in write_summary(told(over(since)))


def test_nothing_is_said_where_no_earlier_run_is_known():
    shown = told(budget(), past=(), kept=None, surprises=())
    assert "Earlier runs" not in write_summary(shown) + write_page(shown)


def test_runs_that_cannot_tell_are_no_compliance():
    summary = write_summary(told(budget(), kept=None))
    assert "Earlier runs" in summary
    assert "kept every budget" not in summary


def test_a_budget_at_risk_says_so_beside_its_pass():
    shown = told(budget(tags=("at-risk",)))
    assert "**Pass, at risk**" in write_comment(shown)
    assert "Pass, at risk" in text_of(write_page(shown))
    assert "at risk" not in write_comment(told(budget(tags=("within",))))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_and_times_of_earlier_runs_cannot_become_markup(attack):
    def shown(text):
        head = result(event=Event(name="pull_request", base_ref=text))
        runs = tuple(msgspec.structs.replace(run, recorded=text) for run in RUNS)
        gate = over(msgspec.structs.replace(BROKEN, recorded=text))
        return told(gate, past=runs, head=head, surprises=(msgspec.structs.replace(SURPRISE, stage=text),))

    assert skeleton(write_summary(shown(attack))) == skeleton(write_summary(shown("name")))
    shapes = [
        [element.tag for element in html5lib.parse(write_page(shown(text)), namespaceHTMLElements=False).iter()]
        for text in (attack, "name")
    ]
    assert shapes[0] == shapes[1]


def test_many_budgets_are_counted_and_the_summary_still_fits():
    gates = [
        budget(Verdict.FAIL, gate=f"standard/s{number}.wall.median", since=BROKEN, compliance=Compliance(kept=1, runs=10))
        for number in range(3000)
    ]
    summary = write_summary(told(*gates))
    assert BUDGET.holds(summary)
    assert "more budgets." in summary
