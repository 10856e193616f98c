import pytest
from hostile_models import ATTACKS
from markdown_reader import active, uneven_tables
from report_builders import LINKS, model, regression, result

from lanemark.compare.types import Baseline, Comparison, Effect, FigureDifference
from lanemark.ingest.types import Reading
from lanemark.report.figures import figure_amount, figure_view, figure_word
from lanemark.report.page import write_page
from lanemark.report.summary import write_summary
from lanemark.report.types import Model
from lanemark.result import Measured

TITLE = "Figures the stages measured themselves"


def effect(value, low=None, high=None, pairs=10):
    return Effect(value=value, low=low, high=high, pairs=pairs)


def figure(found=None, **more):
    facts = {"stage": "bench", "name": "parse", "unit": "s", "better": "lower", "base": 1.0, "head": 1.2, "paired": True}
    return FigureDifference(effect=found, **(facts | more))


def model_of(*figures, problem="", base_problem=""):
    head = result(measured=(Measured(stage="bench", readings=(), problem=problem),))
    base = result("base", measured=(Measured(stage="bench", problem=base_problem),))
    plain = model(regression(), head=head, base=base)
    compared = Comparison(baseline=Baseline(kind="paired", result=base), figures=figures)
    return Model(measured=plain.measured, policy=plain.policy, comparison=compared, judgement=plain.judgement, links=plain.links)


WORSE = effect(0.2, 0.1, 0.3)


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (figure(WORSE), "worse"),
        (figure(effect(-0.2, -0.3, -0.1)), "better"),
        (figure(WORSE, better="higher"), "better"),
        (figure(effect(-0.2, -0.3, -0.1), better="higher"), "worse"),
        (figure(effect(0.2, -0.1, 0.3)), "no clear change"),
        (figure(WORSE, better="unknown"), "direction unknown"),
        (figure(WORSE, paired=False), "perhaps worse"),
        (figure(effect(0.2), paired=False), "too few values to tell"),
        (figure(effect(0.0), base=1.0, head=1.0), "equal"),
        (figure(effect(0.0, 0.0, 0.0), base=1.0, head=1.0, better="unknown"), "equal"),
        (figure(effect(0.0, -0.1, 0.1), base=1.0, head=1.0), "no clear change"),
        (figure(None), "cannot be compared"),
        (figure(None, base=None), "only on head"),
        (figure(None, head=None), "only on base"),
    ],
)
def test_the_word_says_no_more_than_the_evidence(one, word):
    assert figure_word(one) == word


def test_clear_changes_come_first_then_the_biggest_where_half_is_as_much_as_double():
    figures = [
        figure(effect(1.5), name="loose"),
        figure(None, name="none"),
        figure(effect(0.5, 0.4, 0.6), name="half more"),
        figure(effect(-0.5, -0.6, -0.4), name="half"),
        figure(effect(0.9, -0.1, 2), name="unclear"),
    ]
    view = figure_view(model_of(*figures), 10)
    assert [row.name for row in view.rows.items] == ["half", "half more", "loose", "unclear", "none"]


def test_both_pages_show_the_figures_and_say_that_they_gate_nothing():
    shown = model_of(figure(WORSE, base=3e-10, head=3.6e-10), figure(effect(0.1), unit="points", name="score", paired=False))
    text, page = write_summary(shown), write_page(shown)
    for one in (text, page):
        assert TITLE in one
        assert "Evidence only: no gate looks at them." in one
        for word in ("0.3 ns", "0.36 ns", "+20.0 % (+10.0 to +30.0 %)", "worse", "10 pairs", "one run each", "points"):
            assert word in one
    assert "| `bench` | `parse` | 0.3 ns | 0.36 ns | +20.0 % (+10.0 to +30.0 %) | worse | 10 pairs |" in text
    assert "| `bench` | `score`, `points` | 1 | 1.2 | +10.0 % | too few values to tell | one run each |" in text


def test_without_figures_there_is_no_section():
    assert TITLE not in write_summary(model_of())
    assert TITLE not in write_page(model_of())


def test_problems_are_listed_for_both_sides():
    shown = model_of(problem="b.json: not JSON", base_problem="a.json: the file is empty")
    text = write_summary(shown)
    assert "- `bench` on base: `a.json`: the file is empty" in text
    assert "- `bench` on head: `b.json`: not JSON" in text
    assert "b.json: not JSON" in write_page(shown)


def test_what_is_left_out_is_counted():
    figures = [figure(WORSE, name=f"f{number}") for number in range(700)]
    assert "And 650 more figures." in write_summary(model_of(*figures))
    assert "And 200 more figures." in write_page(model_of(*figures))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_as_a_name_stays_text(attack):
    shown = model_of(figure(WORSE, stage=attack, name=attack, unit=attack), problem=attack, base_problem=attack)
    text = write_summary(shown)
    assert active(text, server=LINKS.server) == []
    assert uneven_tables(text) == []
    plain = model_of(figure(WORSE, unit="x"), problem="x", base_problem="x")
    assert write_page(shown).count("<") == write_page(plain).count("<")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5e-10, "s", "0.5 ns"),
        (2e-6, "s", "2 µs"),
        (0.0, "s", "0 s"),
        (2048, "B", "2 KiB"),
        (5e6, "B/s", "4.77 MiB/s"),
        (1500, "1/s", "1,500/s"),
        (71.25, "points", "71.25"),
    ],
)
def test_amounts_read_as_people_write_them(value, unit, text):
    assert figure_amount(value, unit) == text


def test_a_reading_is_no_difference_by_itself():
    head = result(measured=(Measured(stage="bench", readings=(Reading(name="a", unit="s", better="lower", values=(1.0,)),)),))
    assert TITLE not in write_summary(model(regression(), head=head))
