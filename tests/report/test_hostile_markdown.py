import pytest
from hostile_models import ATTACKS, model_of, names
from hypothesis import given, settings
from markdown_reader import active, skeleton, uneven_tables
from report_builders import LINKS

from lanemark.report.checks import write_checks
from lanemark.report.comment import BUDGET, write_comment
from lanemark.report.marker import MARKER, read_state
from lanemark.report.summary import write_summary

PLAIN = model_of(["name"] * 12)


def texts_of(model):
    return [write_comment(model), write_summary(model), *(check.summary for check in write_checks(model))]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_in_every_place_at_once_stays_text(attack):
    for text, plain in zip(texts_of(model_of([attack] * 12)), texts_of(PLAIN), strict=True):
        assert active(text, server=LINKS.server) == []
        assert skeleton(text) == skeleton(plain)
        assert uneven_tables(text) == []


@settings(max_examples=80, deadline=None)
@given(names)
def test_no_names_change_what_the_pages_are_made_of(texts):
    for text, plain in zip(texts_of(model_of(texts)), texts_of(PLAIN), strict=True):
        assert active(text, server=LINKS.server) == []
        assert skeleton(text) == skeleton(plain)
        assert uneven_tables(text) == []


@settings(max_examples=40, deadline=None)
@given(names)
def test_the_comment_starts_with_the_marker_ends_with_the_state_and_fits(texts):
    comment = write_comment(model_of(texts))
    assert comment.startswith(MARKER + "\n")
    state = read_state(comment)
    assert state is not None
    assert (state.run_id, state.run_number, state.attempt) == (77, 12, 2)
    assert BUDGET.holds(comment)


def test_the_reader_of_these_tests_sees_an_attack_that_is_not_escaped():
    assert ("mention", "@octocat") in active("@octocat", server="https://github.example")
    assert ("reference", "#1") in active("see #1", server="https://github.example")
    assert ("element", "img") in active("![x](https://evil.example/x.png)", server="https://github.example")
    assert ("link", "http://www.evil.example") in active("www.evil.example", server="https://github.example")
    assert ("comment", " x ") in active("<!-- x -->", server="https://github.example")
    assert uneven_tables("| a | b |\n|--|--|\n| a | b | c |") != []
