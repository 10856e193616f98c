"""The quick reader gives the tree of the whole one, to the last place, or nothing."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.config.document import Node, read_document
from lanemark.config.problems import Problems
from lanemark.config.simple import read_simple
from lanemark.errors import ConfigError

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FULL = (HERE / "full.yml").read_text("utf-8")
MISTAKES = re.findall(r"^==== .*\n((?:.*\n)*?)----$", (HERE / "mistakes.txt").read_text("utf-8"), re.MULTILINE)
PAGES = [
    block
    for page in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]
WORKFLOWS = [path.read_text("utf-8") for path in ROOT.glob("workflow-templates/*.yml")]


def read_whole(text: str) -> Node | None:
    """What the whole reader makes of it; None where it has something to say."""
    problems = Problems("f.yml", text)
    try:
        tree = read_document(text, problems)
    except ConfigError:
        return None
    return None if problems.count else tree


def agree(text: str) -> bool:
    """Hold the readers against each other, and tell whether the quick one read it."""
    quick = read_simple(text)
    if quick is not None:
        assert quick == read_whole(text)
    return quick is not None


@pytest.mark.parametrize("text", [FULL, *MISTAKES, *PAGES, *WORKFLOWS])
def test_files_of_this_project_mean_the_same_to_both(text):
    agree(text)


def test_the_configurations_that_the_pages_show_are_simple():
    shown = [block for block in PAGES if block.startswith("version: 1") and " &" not in block]
    assert len(shown) > 3
    assert [block for block in shown if not agree(block)] == []


ALL_SHAPES = """\
# a comment

version: 1   # another
stages:
  test:
    run: |
      set -e

      make  # not a comment
        deeper

    env: {A: "0", 'b': c, D: x y}
  http: {run: curl -s https://h/a, needs: [test,link , 'it"s'], inputs: []}
  # between
  link:
    inputs:
    - src/**
    - "a: b # c"
    - '*.md'

    - -x:y#z
    checks:
      - name: a
        size: 5%
      - {b: [{c: d}, [e]]}
lanes:
  docs: {}
"""


def test_every_simple_shape_is_read():
    assert agree(ALL_SHAPES.replace("'b': c, ", ""))
    assert not agree(ALL_SHAPES)  # quoted keys are not simple


@pytest.mark.parametrize(
    "text",
    [
        "a: |\nb: c\n",
        "a:\n  b: |\n  c: d\n",
        "a: |\n  b",
        "a: |\n\n  b\n",
        "a: |\n  b\n   \n  c\n",
        "a: |\n",
        "a: b\n  c\n",
        "a: b\n  c: d\n",
        "a:\n    b: c\n  d: e\n",
        "a:\n- b\n  c\n",
        "a:\n  - b\n - c\n",
        "- a: b\n c: d\n",
        "a: 'b''c'\n",
        "a: 'b\n  c'\n",
        'a: "b\\n"\n',
        'a: "b" c\n',
        "a: [b\n  , c]\n",
        "a: [b, c] d\n",
        "a: [b: c]\n",
        "a: [b, ]\n",
        "a: {b}\n",
        "a: {b: }\n",
        "a: {b: c, b: d}\n",
        "a: b\na: c\n",
        "a: b: c\n",
        "a: b #c\n",
        "a: b # c: d\n",
        "a: b#c\n",
        "a:\n",
        "a:b\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !t b\n",
        "a: >\n  b\n",
        "a: |-\n  b\n",
        "null: a\n",
        "1: a\n",
        "true: a\n",
        "<<: a\n",
        "---\na: b\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        " a: b\n",
        "a:\tb\n",
        "a: b\r\nc: d\r\n",
        "a: ? b\n",
        "a: - b\n",
        "a: -\n",
        "a: %b\n",
        "a: @b\n",
        "a: b\u2028c\n",
        "a" * 1100 + ": b\n",
        "a: {b: c}: d\n",
        "[a]: b\n",
        "a\n",
        "",
        "# a\n",
        "a: " + "[" * 40 + "]" * 40 + "\n",
        "a: [" + ",".join("b" * 20_001) + "]\n",
    ],
)
def test_what_is_easily_misread_means_the_same_to_both_or_only_to_the_whole_reader(text):
    agree(text)


LINES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.lists(
            st.sampled_from([
                "a:", "b:", "a: ", "c: ", "- ", "-", "- - ", "[", "]", "{", "}", ", ", ",", "x", "y z", "x:y", ": ", " #n", "#n", '"q r"', "'s'", "''",
                '"', "'", "*a", "&a ", "!t ", "|", "|-", ">", "5%", "-1", "--", "---", "...", "~", "null: ", "true", "<<: ", "? ", "%", "@", "`", "\t", "é",
                "k.e-y/: ", "{a: b}", "[x, y]", "  ", "\\", "=", "a b: ", "\u2028", "\x85", "\ufeff", "\r", "a:b", "?", "x?", "[a: b]", "{a, b}", "x#y", "$x", "+", "(",
            ]),
            max_size=4,
        ).map("".join),
    ).map(lambda line: " " * line[0] + line[1]),
    max_size=7,
)  # fmt: skip


@settings(max_examples=800, deadline=None)
@given(LINES, st.sampled_from(["", "\n", "\n\n", "  ", "\n  "]))
def test_whatever_is_written_means_the_same_to_both_or_only_to_the_whole_reader(lines, end):
    agree("\n".join(lines) + end)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_simple_files_that_are_damaged_mean_the_same_to_both(data):
    text = data.draw(st.sampled_from([ALL_SHAPES.replace("'b': c, ", ""), FULL]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        cut = data.draw(st.integers(0, 3))
        text = (
            text[:at]
            + data.draw(
                st.sampled_from(["", " ", "\n", ":", "-", "'", '"', "#", "[", "}", ",", "|", "  ", "x", "\n\n", "é", "\t"])
            )
            + text[at + cut :]
        )
    agree(text)
