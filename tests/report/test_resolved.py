"""What failed and is mended is said once, in the comment that said it failed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.report.marker import MARKER, read_state, says_the_same, write_state
from lanemark.report.resolved import tell_resolved

A, B, C = "a" * 40, "b" * 40, "c" * 40


def comment(verdict, head, *, run=1):
    state = write_state(head=head, run_id=run, run_number=run, attempt=1, digest="d", verdict=verdict)
    return f"{MARKER}\n### Lanemark: {verdict}\n\n| a |\n\n{state}\n"


def history(*verdicts):
    """The comment after each of `(verdict, head)` in turn."""
    said = ""
    for number, (verdict, head) in enumerate(verdicts, 1):
        said = tell_resolved(comment(verdict, head, run=number), read_state(said))
    return said


@pytest.mark.parametrize(
    ("verdicts", "failed"),
    [
        ([("pass", A)], ""),
        ([("fail", A), ("pass", B)], A),
        ([("fail", A), ("warn", B)], A),
        ([("fail", A), ("fail", B)], ""),
        ([("fail", A), ("fail", B), ("pass", C)], B),
        ([("fail", A), ("unknown", B), ("pass", C)], A),
        ([("fail", A), ("pass", A)], A),
        ([("fail", A), ("pass", B), ("pass", B)], A),
        ([("fail", A), ("pass", B), ("pass", C)], ""),
        ([("unknown", A), ("pass", B)], ""),
        ([("fail", A), ("pass", B), ("unknown", C)], ""),
    ],
)
def test_a_failure_that_is_mended_is_named(verdicts, failed):
    said = history(*verdicts)
    assert ("**Resolved:**" in said) is bool(failed)
    assert said.count(f"of commit `{failed[:7]}`, failed.") == bool(failed)
    assert said.startswith(f"{MARKER}\n### Lanemark: {verdicts[-1][0]}\n")


def test_an_unknown_between_remembers_and_says_nothing():
    said = history(("fail", A), ("unknown", B))
    assert "Resolved" not in said
    assert read_state(said).failed == A


def test_saying_it_again_changes_nothing():
    once = history(("fail", A), ("pass", B))
    again = tell_resolved(comment("pass", B, run=9), read_state(once))
    assert says_the_same(once, again)


def test_a_comment_of_an_older_version_is_no_failure():
    old = f"{MARKER}\n### text\n\n{write_state(head=A, run_id=1, run_number=1, attempt=1, digest='d')}"
    assert tell_resolved(comment("pass", B), read_state(old)) == comment("pass", B)


@given(st.text())
def test_text_without_a_state_stays_as_it_is(text):
    assert tell_resolved(text, read_state(comment("fail", A))) == text or read_state(text) is not None
