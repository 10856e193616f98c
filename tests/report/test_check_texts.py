"""How stage checks read, in every place they are told."""

import pytest
from hostile_models import ATTACKS
from markdown_reader import active
from report_builders import LINKS, check_gate, config, memory_check, model, result

from lanemark.config.types import CheckRules, Mode, Stage
from lanemark.judge.types import Verdict
from lanemark.path import RepoPath
from lanemark.report.comment import write_comment
from lanemark.report.console import write_console
from lanemark.report.gates import gate_line
from lanemark.report.page import write_page
from lanemark.report.repetitions import divergences
from lanemark.report.sentence import sentence
from lanemark.report.summary import write_summary
from lanemark.report.voice import MARKDOWN
from lanemark.result import Divergence, Repetition

WHERE = 'differs from byte 120, line 4: "a" in run 1, "b" in run 2'
CHECKED = config(stages={"unit": Stage(name="unit", line=1, run="x", checks=CheckRules(deterministic=2, memory_stable=20))})
UNKNOWN = check_gate(Verdict.UNKNOWN, value=None, reason="run 2 of 3 failed: exit status 1")


def differing(*paths, more=0, stage="unit", where=WHERE):
    seen = tuple(Divergence(path=RepoPath(path), where=where) for path in paths)
    return result(repetitions=(Repetition(stage=stage, runs=2, differing=seen, more=more),))


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (check_gate(), "unit is not deterministic: dist/app.js differs from byte 120, line 4"),
        (memory_check(), "unit's peak memory grows by 1.3 MiB (1.1 to 1.5) a run"),
        (UNKNOWN, "unit determinism could not be judged: run 2 of 3 failed: exit status 1"),
    ],
)
def test_the_sentence_says_what_was_found(gate, words):
    state = "no verdict" if gate is UNKNOWN else "failed"
    assert sentence(model(gate)) == f"Lanemark: {state}. {words}."


def test_names_of_a_check_stand_in_code_spans():
    said = sentence(model(check_gate()), MARKDOWN)
    assert said == "Lanemark: failed. `unit` is not deterministic: `dist/app.js` differs from byte 120, line 4."


@pytest.mark.parametrize(
    ("gate", "cells"),
    [
        (check_gate(), ("unit", "determinism", "Fail", "n/a", "1 differs", "n/a", "equal outputs")),
        (check_gate(value=23.0), ("unit", "determinism", "Fail", "n/a", "23 differ", "n/a", "equal outputs")),
        (check_gate(Verdict.PASS, value=0.0), ("unit", "determinism", "Pass", "n/a", "equal", "n/a", "equal outputs")),
        (UNKNOWN, ("unit", "determinism", "Unknown", "n/a", "n/a", "n/a", "n/a")),
        (
            memory_check(mode=Mode.WARN),
            (
                "unit",
                "memory from run to run",
                "Fail, only warns",
                "n/a",
                "1.3 MiB a run (1.1 to 1.5)",
                "n/a",
                "at most 53.9 KiB a run",
            ),
        ),
        (
            memory_check(Verdict.PASS, value=-0.5),
            (
                "unit",
                "memory from run to run",
                "Pass",
                "n/a",
                "-512 KiB a run (-717 to -307)",
                "n/a",
                "at most 53.9 KiB a run",
            ),
        ),
        (
            check_gate(gate="standard/a.memory_stable.deterministic"),
            ("a.memory_stable", "determinism", "Fail", "n/a", "1 differs", "n/a", "equal outputs"),
        ),
    ],
)
def test_a_check_is_a_row_like_any_gate(gate, cells):
    line = gate_line(gate, "standard")
    assert (line.name, line.what, line.verdict, line.base, line.head, line.change, line.limit) == cells


def test_summary_and_page_list_every_differing_output_with_its_place():
    checked = model(check_gate(value=5.0), head=differing("dist/app.js", "dist/b.js", more=3), policy=CHECKED)
    summary, page = write_summary(checked), write_page(checked)
    assert "| `unit` | `dist/b.js` | differs from byte 120, line 4:" in summary
    assert "And 3 more outputs." in summary
    assert "<code>dist/b.js</code>" in page
    assert "And 3 more outputs." in page


def test_nothing_is_listed_for_a_stage_that_the_policy_does_not_check():
    assert divergences(model(head=differing("a", more=2)), 10).items == ()
    assert divergences(model(head=differing("a", stage="other"), policy=CHECKED), 10).more == 0
    assert "Outputs that differ" not in write_summary(model(check_gate(Verdict.PASS, value=0.0), policy=CHECKED))


def test_a_long_list_is_cut_and_the_rest_is_counted():
    shown = divergences(model(head=differing(*map(str, range(20)), more=5), policy=CHECKED), 8)
    assert (len(shown.items), shown.more) == (8, 17)


def test_console_and_comment_name_what_to_do():
    checked = model(check_gate(), memory_check(), policy=CHECKED)
    console = write_console(checked)
    assert "standard/unit.deterministic" in console
    assert "1.3 MiB a run" in console
    assert "Next: check the stage on your machine: lanemark gate --stage unit" in console
    assert "check the stage on your machine: `lanemark gate --stage unit`" in write_comment(checked)


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_a_hostile_file_name_stays_text(attack):
    hostile = model(
        check_gate(reason=f"{attack} differs from byte 1"), head=differing(attack, where=f"is new: {attack}"), policy=CHECKED
    )
    for text in (write_comment(hostile), write_summary(hostile)):
        assert active(text, server=LINKS.server) == []
    assert "<script>document" not in write_page(hostile)
    assert all(line.isprintable() for line in write_console(hostile).split("\n"))
