"""One sentence about two commands, which claims no more than its interval."""

import pytest

from lanemark.compare.types import Comparison, Difference, Effect, Surrounding
from lanemark.judge.duel import judge_duel
from lanemark.judge.types import Verdict
from lanemark.report.duel import Duel, write_duel, write_duel_markdown
from lanemark.report.duel_sentence import duel_sentence
from lanemark.report.style import PLAIN_STYLE, Style


def effect(value, low, high, *, pairs=10, noise=0.01):
    return Effect(value=value, low=low, high=high, pairs=pairs, noise=noise)


def difference(found, *, metric="cpu", primary=True, base=0.1, **more):
    head = base * (1 + found.value)
    return Difference(
        stage="command", metric=metric, state="compared", primary=primary, base=base, head=head, effect=found, **more
    )


def said(*differences, **more):
    comparison = Comparison(differences=differences, **more)
    return duel_sentence(comparison, judge_duel(comparison))


def verdict(*differences, **more):
    (gate,) = judge_duel(Comparison(differences=differences, **more))
    return gate.verdict


def test_a_sure_difference_is_said_with_its_interval():
    text = said(difference(effect(0.052, 0.048, 0.056)))
    assert text == "head uses 5.2 % more CPU time than base (+4.8 % to +5.6 %, 10 pairs)."
    assert said(difference(effect(-0.2, -0.25, -0.1), metric="wall")).startswith("head takes 20.0 % less time than base (")
    assert said(difference(effect(1.5, 1.2, 1.8), metric="wall")).startswith("head takes 2.5 times as long as base (")


def test_no_difference_says_what_would_have_been_seen():
    text = said(difference(effect(-0.002, -0.010, 0.008, pairs=20, noise=0.012)))
    assert text == "No difference seen: -0.2 % (-1.0 % to +0.8 %, 20 pairs). One of 1.4 % would have been seen."


def test_too_wide_an_interval_is_no_answer():
    text = said(difference(effect(0.02, -0.08, 0.12, pairs=40, noise=0.2)))
    assert text.startswith("Too noisy to tell: +2.0 % (-8.0 % to +12.0 %, 40 pairs). Only a difference of")
    assert "more --pairs" in text


def test_calm_cpu_time_answers_where_wall_time_is_too_noisy():
    wall = difference(effect(0.02, -0.1, 0.12, noise=0.2), metric="wall")
    cpu = difference(effect(0.001, -0.01, 0.01), primary=False)
    assert said(wall, cpu).endswith("CPU time is the same on both sides (-1.0 % to +1.0 %).")
    assert "the same" not in said(wall, difference(effect(0.0, -0.2, 0.2), primary=False))


def test_few_pairs_tell_nothing():
    assert (
        said(difference(effect(0.3, None, None, pairs=4))) == "Too few pairs to tell: +30.0 % over 4 pairs, and 10 are the least."
    )
    assert said() == "Nothing could be compared: there are no samples."


def test_a_large_difference_needs_its_second_batch():
    first = effect(0.3, 0.25, 0.35)
    sure = difference(first, confirmation=effect(0.29, 0.2, 0.4))
    assert verdict(sure) is Verdict.FAIL
    assert said(sure).endswith("; a second batch of 10 pairs confirms it with +29.0 %.")
    luck = difference(first, confirmation=effect(0.01, -0.05, 0.05))
    assert verdict(luck) is Verdict.WARN
    assert "does not confirm it: +1.0 %" in said(luck)
    assert verdict(difference(first)) is Verdict.WARN


@pytest.mark.parametrize("base", [10.0, 0.1, 0.0005])
def test_the_verdict_does_not_depend_on_how_long_the_command_is(base):
    assert verdict(difference(effect(0.05, 0.04, 0.06), base=base)) is Verdict.WARN
    assert verdict(difference(effect(0.01, 0.005, 0.015), base=base)) is Verdict.PASS


def test_a_machine_that_moved_is_not_the_code():
    around = (Surrounding(stage="command", control_cpu=effect(0.2, 0.1, 0.3)),)
    slower = difference(effect(0.3, 0.25, 0.35), confirmation=effect(0.3, 0.2, 0.4))
    assert verdict(slower, surroundings=around) is Verdict.UNKNOWN
    text = said(slower, surroundings=around)
    assert text.startswith("Too noisy to tell: ")
    assert "the control load shows +20.0 %" in text


def test_memory_and_the_other_time_are_said_where_they_tell_more():
    cpu = difference(effect(0.3, 0.2, 0.4))
    memory = difference(effect(0.5, 0.4, 0.6, pairs=3), metric="rss_peak", primary=False, base=1e6)
    wall = difference(effect(-0.4, -0.5, -0.3), metric="wall", primary=False)
    text = said(cpu, memory, wall)
    assert "It holds 50.0 % more memory at its peak." in text
    assert "It takes 40.0 % less time." in text
    assert "It" not in said(cpu, difference(effect(0.3, 0.2, 0.4), metric="wall", primary=False))


def duel(command, *differences):
    comparison = Comparison(differences=differences)
    return Duel(base=command, head="make", comparison=comparison, gates=judge_duel(comparison), loops=1, notes=("a note.",))


def test_the_table_is_safe_for_a_terminal_and_colour_changes_no_letter():
    one = duel("make\x1b[2J\n::error::x", difference(effect(0.052, 0.048, 0.056)))
    text = write_duel(one, PLAIN_STYLE)
    assert "\x1b" not in text
    assert "\n::" not in text
    assert "CPU time *" in text
    assert "note: a note." in text
    assert "\x1b[33m" in write_duel(one, Style(colour=True))


def test_markdown_holds_the_commands_in_code_spans():
    text = write_duel_markdown(duel("make | @octocat", difference(effect(0.052, 0.048, 0.056))))
    assert "- base: `make \\| @\u200boctocat`" in text
    assert text.count("\n| ") == 3
