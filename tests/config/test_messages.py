"""The catalogue `mistakes.txt`: a file with a mistake, and the exact words about it."""

import re
from pathlib import Path

import pytest

from lanemark import __version__
from lanemark.config.read import read_config
from lanemark.errors import EXPLANATIONS, ConfigError
from lanemark.pattern import check_pattern

CATALOGUE = (Path(__file__).parent / "mistakes.txt").read_text("utf-8")
CASES = {
    name: tuple(body.split("\n----\n"))
    for name, _, body in (part.partition("\n") for part in CATALOGUE.removeprefix("==== ").rstrip("\n").split("\n\n==== "))
}


def problems_of(text):
    with pytest.raises(ConfigError) as caught:
        read_config(text, ".github/lanemark.yml")
    return caught.value.problems


@pytest.mark.parametrize("name", CASES)
def test_mistake_is_told_in_these_words(name):
    text, said = CASES[name]
    assert "\n\n".join(problem.text() for problem in problems_of(text + "\n")) == said.replace("VERSION", __version__)


def test_every_code_of_the_file_is_in_the_catalogue():
    shown = set(re.findall(r"error (LG[0-9]{3}):", CATALOGUE))
    assert shown == {code for code in EXPLANATIONS if code.startswith("LG1")} - {"LG100", "LG116"}


def test_all_mistakes_come_at_once_in_the_order_of_the_file():
    text = "version: 1\npublish: {html: 1, chek_runs: true}\nstages: {test: {run: make, timeout: 5}}\nlanes: {a: {stages: [tst]}}\nmode: x\n"
    problems = problems_of(text)
    assert [(problem.line, problem.code) for problem in problems] == [
        (2, "LG108"),
        (2, "LG104"),
        (3, "LG112"),
        (4, "LG151"),
        (5, "LG109"),
    ]


def test_mistake_in_an_anchored_value_is_told_once():
    text = "version: 1\nx-a: &a {run: make, timeout: 5}\nstages: {a: *a, b: *a}\nlanes: {l: {stages: [a, b]}}\n"
    assert [problem.code for problem in problems_of(text)] == ["LG112"]


def test_a_flood_of_mistakes_is_cut():
    text = "version: 1\nstages: {t: {run: x}}\nlanes: {l: {stages: [t]}}\n" + "".join(
        f"key{number}: 1\n" for number in range(1000)
    )
    assert len(problems_of(text)) == 200


def test_snippet_shows_unseen_characters_and_tabs_as_one_column():
    text = 'version: 1\nstages: {t: {run: "\u202e",\t"x\u200by": 1}}\nlanes: {l: {stages: [t]}}\n'
    (problem,) = problems_of(text)
    assert problem.snippet == 'stages: {t: {run: "�", "x�y": 1}}'
    assert problem.snippet[problem.column - 1 :].startswith('"x�y"')
    assert problem.message == 'unknown key "x\\u200by" in stages.t'


def test_long_line_has_no_snippet_where_the_caret_would_be_far_right():
    text = f'version: 1\nx-a: "{"a" * 300}"\nstages: {{t: {{run: "{"b" * 300}", nope: 1}}}}\nlanes: {{l: {{stages: [t]}}}}\n'
    (problem,) = problems_of(text)
    assert problem.snippet == ""
    assert problem.text().splitlines()[0].startswith(".github/lanemark.yml:3:")


def test_broken_lane_makes_no_second_mistake_of_its_gates():
    text = "version: 1\nstages: {t: {run: x}}\nlanes: {l: {stages: [tt], budgets: {t.wall.max: 5s}, regression: {t.cpu: 5%}}}\n"
    assert [problem.code for problem in problems_of(text)] == ["LG151"]


def test_two_circles_are_both_told():
    text = (
        "version: 1\nstages:\n  a: {run: x, needs: [b]}\n  b: {run: x, needs: [a]}\n  c: {run: x, needs: [d]}\n"
        "  d: {run: x, needs: [c]}\nlanes: {l: {stages: [a]}}\n"
    )
    assert [(problem.line, problem.code) for problem in problems_of(text)] == [(3, "LG152"), (5, "LG152")]


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ("a/", "a/b", True),
        ("a/b/", "a/b/c/d", True),
        ("a", "a/", True),
        ("a", "a", True),
        ("a/b", "a/", True),
        ("a/", "ab", False),
        ("a/b", "a/c", False),
        ("a/b/", "a/bc/", False),
    ],
)
def test_outputs_of_two_stages_must_not_overlap(first, second, overlap):
    text = f"version: 1\nstages: {{x: {{run: x, outputs: [{first}]}}, y: {{run: y, outputs: [{second}]}}}}\nlanes: {{l: {{stages: []}}}}\n"
    if overlap:
        assert [problem.code for problem in problems_of(text)] == ["LG153"]
    else:
        assert read_config(text, "x").stages["y"].outputs == (second,)


@pytest.mark.parametrize("name", ["ünit", "a b", "A", "-a", "_a", "a.b", "a/b", "а", "a" * 51, "a\\n"])
def test_name_that_would_break_a_gate_name_is_refused(name):
    text = f'version: 1\nstages: {{"{name}": {{run: x}}}}\nlanes: {{"{name}": {{stages: []}}}}\n'
    assert [problem.code for problem in problems_of(text)] == ["LG115", "LG115"]


@pytest.mark.parametrize(
    "line",
    [
        "stages: {t: {run: x, inputs: [%s]}}\nlanes: {l: {stages: [t]}}",
        "stages: {t: {run: x}}\nlanes: {l: {stages: [t], paths: [%s]}}",
        "stages: {t: {run: x}}\nlanes: {l: {stages: [t]}}\nprotected: {paths: [%s]}",
        "stages: {t: {run: x}}\nlanes: {l: {stages: [t]}}\ncoverage: {exclude: [%s]}",
    ],
)
def test_bad_pattern_is_told_in_the_words_of_the_pattern_dialect(line):
    pattern = "src/*.{py,pyi}"
    text = "version: 1\n" + line % f'"{pattern}"' + "\n"
    (problem,) = problems_of(text)
    assert problem.code == "LG116"
    assert problem.message.endswith(f": {check_pattern(pattern)}")
    assert text.split("\n")[problem.line - 1][problem.column - 1 :].startswith(f'"{pattern}"')
