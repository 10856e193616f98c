"""The page about lanes tells the decision that the program makes: the same steps, in the same order, with the same outcome."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from lanemark.change.read import given_change
from lanemark.config.types import Config, Lane, Protected, Rule, When
from lanemark.event import Event
from lanemark.lane import choose
from lanemark.path import RepoPath

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "lanes.md").read_text("utf-8")
DIAGRAM = re.search(r"^```mermaid\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]


def numbered(text):
    """Return the items of a numbered list, each in one line."""
    found = re.findall(r"^(\d+)\. (.*?)(?=\n\d+\. |\n\n|\n\"\"\"|\Z)", text, re.MULTILINE | re.DOTALL)
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    return [" ".join(step.split()) for _, step in found]


STEPS = numbered(choose.__doc__)


def test_the_list_for_readers_is_the_programs_word_for_word():
    assert len(STEPS) == 7
    assert numbered(PAGE.partition("a test compares them. -->")[2].partition("## ")[0]) == STEPS


def test_the_diagram_asks_the_same_questions_in_the_same_order():
    nodes = re.findall(r'^    s(\d)\{"(\d)\. (.*?)"\} -- [a-z ]+ --> r\1\["(.*?)"\]$', DIAGRAM, re.MULTILINE)
    assert [number for number, shown, _, _ in nodes if number == shown] == [str(at) for at in range(1, 8)]
    assert [question for _, _, question, _ in nodes] == [step.partition(":")[0].removesuffix(".") for step in STEPS]


def test_the_diagram_leads_from_each_question_to_the_next():
    assert re.findall(r"^    s(\d) -- [a-z ]+ --> s(\d)$", DIAGRAM, re.MULTILINE) == [
        (str(at), str(at + 1)) for at in range(1, 7)
    ]
    assert 'change(["a change"]) --> s1' in DIAGRAM
    assert len(DIAGRAM.splitlines()) == 1 + 1 + 7 + 6


LANES = (
    Lane(name="light", line=1, rules=(Rule(pattern="*.md", line=1),)),
    Lane(name="standard", line=2, default=True),
    Lane(name="lifted", line=3, when=When(line=3, labels=("big",))),
    Lane(name="floor", line=4),
    Lane(name="asked", line=5),
    Lane(name="top", line=6),
)
CONFIG = Config(name="f", stages={}, lanes=LANES, protected=Protected(rules=(Rule(pattern="ci/**", line=9),), floor="floor"))


def lane_of(*facts):
    """Return the lane of a change to which `facts` apply, by the numbers of the steps."""
    paths = {2: ["ci/run"], 6: ["a.py"], 7: []}.get(next((fact for fact in facts if fact in (2, 6, 7)), 0), ["README.md"])
    change = given_change(map(RepoPath, paths))
    if 1 in facts:
        change = replace(change, complete=False, reason="shallow")
    labels = (*(["lane:asked"] if 3 in facts else []), *(["big"] if 5 in facts else []))
    event = Event(name="pull_request", labels=labels)
    return choose.choose_lane(change, event, CONFIG, forced="light" if 4 in facts else None).lane


@pytest.mark.parametrize(
    ("facts", "lane"),
    [
        ((), "light"),
        ((1,), "top"),
        ((2,), "floor"),
        ((3,), "asked"),
        ((4,), "light"),
        ((5,), "lifted"),
        ((6,), "standard"),
        ((7,), "light"),
        ((1, 3), "top"),
        ((1, 5), "top"),
        ((1, 7), "top"),
        ((2, 4), "floor"),
        ((2, 5), "floor"),
        ((2, 3), "asked"),
        ((3, 5), "asked"),
        ((3, 6), "asked"),
        ((4, 5), "light"),
        ((4, 6), "light"),
        ((5, 6), "lifted"),
        ((5, 7), "lifted"),
    ],
)
def test_the_stronger_step_decides(facts, lane):
    assert lane_of(*facts) == lane
