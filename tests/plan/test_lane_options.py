"""What every lane costs, and whether a change could have it."""

import pytest

from lanemark.change.read import given_change, unknown_change
from lanemark.config.types import Config, Lane, Rule, Stage
from lanemark.event import local_event
from lanemark.lane.choose import choose_lane
from lanemark.path import RepoPath
from lanemark.plan.cost import Cost, cost_words
from lanemark.plan.options import lane_costs, lane_options

STAGES = {
    "install": Stage(name="install", line=1, run="i"),
    "unit": Stage(name="unit", line=2, run="u", needs=("install",)),
    "e2e": Stage(name="e2e", line=3, run="e", needs=("unit",)),
}
CONFIG = Config(
    name="f.yml",
    stages=STAGES,
    lanes=(
        Lane(name="docs", line=1, rules=(Rule(pattern="*.md", line=2),)),
        Lane(name="standard", line=3, default=True, stages=("unit",)),
        Lane(name="heavy", line=4, stages=("e2e",)),
    ),
)
USUAL = {"install": 2.0, "unit": 10.0, "e2e": 240.0}


def options(*paths, change=None, usual=USUAL):
    change = change or given_change([RepoPath(path) for path in paths])
    choice = choose_lane(change, local_event(), CONFIG)
    return lane_options(change, local_event(), CONFIG, choice, stages=STAGES, usual_s=usual)


def test_a_lane_costs_its_stages_and_all_they_need():
    assert [option.cost.total_s for option in lane_costs(CONFIG, STAGES, USUAL)] == [0.0, 12.0, 252.0]


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (Cost(), "nothing runs"),
        (Cost(known_s=252.0, stages=3), "4 min 12 s"),
        (Cost(unknown=("a", "b"), stages=2), "not known yet"),
        (Cost(known_s=12.0, unknown=("e2e",), stages=3), "over 12 s, e2e is not known yet"),
        (Cost(known_s=12.0, unknown=("a", "b", "c"), stages=4), "over 12 s, a is not known yet and 2 more"),
    ],
)
def test_a_cost_that_is_not_whole_never_looks_whole(cost, words):
    assert cost_words(cost) == words
    assert (cost.total_s is None) == ("not known" in words)


def test_one_lane_is_the_changes_own_and_the_others_say_why_not():
    docs, standard, heavy = options("a.py", "b.py", "README.md")
    assert [one.chosen for one in (docs, standard, heavy)] == [False, True, False]
    assert (docs.why, docs.detail) == (
        "lighter than this change needs",
        "a.py belongs to standard, and 2 of 3 files need more than docs",
    )
    assert (standard.why, standard.detail) == (
        "this change gets it",
        "no rule claims a.py, so it belongs to the default lane, and 1 other file of the same lane",
    )
    assert (heavy.why, heavy.detail) == ("heavier than this change needs", "")
    assert all(one.possible for one in (docs, standard, heavy))


def test_what_lies_below_the_floor_is_not_possible():
    docs, standard, heavy = options(".github/workflows/ci.yml")
    assert [one.possible for one in (docs, standard, heavy)] == [False, False, True]
    assert standard.why == "below the floor: not possible"
    assert ".github/workflows/ci.yml is protected by built-in: .github/**" in standard.detail


def test_a_change_that_is_not_known_needs_the_heaviest_lane():
    docs, _, heavy = options(change=unknown_change("0" * 40, "the history is too shallow"))
    assert heavy.chosen
    assert not docs.possible
    assert "the history is too shallow" in docs.detail
