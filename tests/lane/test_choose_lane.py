"""The decision: heaviest claim, default, floor, unknown, forced, and the sentence that explains it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.change import Change, ChangedFile
from lanemark.change.read import given_change, unknown_change
from lanemark.config.types import Config, Lane, Protected, Rule
from lanemark.errors import UsageError
from lanemark.event import Event, local_event
from lanemark.lane import Claim
from lanemark.lane.choose import choose_lane, claim_files
from lanemark.path import RepoPath, from_bytes


def rules(*patterns, line):
    return tuple(Rule(pattern=pattern, line=line + index) for index, pattern in enumerate(patterns))


CONFIG = Config(
    name=".github/lanemark.yml",
    stages={},
    lanes=(
        Lane(name="docs", line=3, rules=rules("docs/**", "*.md", "!docs/conf.py", line=4)),
        Lane(name="standard", line=8, default=True),
        Lane(name="heavy", line=10, rules=rules("src/core/**", "*.lock", line=11)),
    ),
)


def choose(*paths, config=CONFIG, forced=None):
    return choose_lane(given_change([RepoPath(path) for path in paths]), local_event(), config, forced=forced)


@pytest.mark.parametrize(
    ("paths", "lane", "reason"),
    [
        (["README.md"], "docs", "README.md matches .github/lanemark.yml:5 *.md"),
        (["docs/a", "README.md"], "docs", "docs/a matches .github/lanemark.yml:4 docs/**, and 1 other file of the same lane"),
        (["README.md", "x.py"], "standard", "no rule claims x.py, so it belongs to the default lane"),
        (["docs/conf.py"], "standard", "no rule claims docs/conf.py, so it belongs to the default lane"),
        (["README.md", "x.py", "src/core/README.md"], "heavy", "src/core/README.md matches .github/lanemark.yml:11 src/core/**"),
        (
            ["a.py", "docs/poetry.lock", "b.lock", "c.lock"],
            "heavy",
            "docs/poetry.lock matches .github/lanemark.yml:12 *.lock, and 2 other files of the same lane",
        ),
        ([".github/README.md"], "heavy", ".github/README.md matches built-in: .github/**"),
        ([], "docs", "no files changed"),
    ],
)
def test_the_heaviest_lane_of_any_file_is_chosen_and_explained(paths, lane, reason):
    choice = choose(*paths)
    assert (choice.lane, choice.reason) == (lane, reason)


def test_every_file_has_its_claim():
    assert choose("README.md", "x.py", "src/core/x", ".github/x").claims == (
        Claim(path=RepoPath("README.md"), lane="docs", rule=".github/lanemark.yml:5 *.md"),
        Claim(path=RepoPath("x.py"), lane="standard", rule=None),
        Claim(path=RepoPath("src/core/x"), lane="heavy", rule=".github/lanemark.yml:11 src/core/**"),
        Claim(path=RepoPath(".github/x"), lane="heavy", rule="built-in: .github/**"),
    )


def test_a_rule_decides_before_the_default_when_both_give_the_lane():
    lanes = (CONFIG.lanes[0], Lane(name="standard", line=8, default=True, rules=rules("*.py", line=9)), CONFIG.lanes[2])
    choice = choose("setup.cfg", "a.py", config=Config(name="c", stages={}, lanes=lanes))
    assert choice.reason == "a.py matches c:9 *.py, and 1 other file of the same lane"


def protecting(floor, *patterns):
    return Config(name="c", stages={}, lanes=CONFIG.lanes, protected=Protected(rules=rules(*patterns, line=20), floor=floor))


def test_a_floor_lifts_but_never_lowers():
    config = protecting("standard", "*.md", "src/core/**")
    assert choose("README.md", config=config).lane == "standard"
    assert choose("README.md", config=config).reason == "README.md matches c:20 *.md"
    assert choose("src/core/x", config=config).lane == "heavy"


def test_protected_paths_can_be_taken_back():
    assert choose("docs/a.md", config=protecting(None, "docs/**", "!*.md")).lane == "docs"


def test_a_change_that_is_not_whole_gets_the_heaviest_lane():
    change = Change(
        base=None,
        tested="",
        head="",
        source="none",
        files=(ChangedFile(path=RepoPath("a.md"), status="M"),),
        complete=False,
        reason="too shallow",
    )
    choice = choose_lane(change, Event(name="push"), CONFIG)
    assert (choice.lane, choice.reason) == ("heavy", "the change of this push event is not known for sure: too shallow")
    assert [claim.lane for claim in choice.claims] == ["docs"]


def test_an_empty_list_that_is_not_whole_is_no_empty_change():
    assert choose_lane(unknown_change("", "no base"), local_event(), CONFIG).lane == "heavy"


def test_the_only_lane_needs_no_reason():
    config = Config(name="c", stages={}, lanes=(Lane(name="all", line=1, default=True),))
    for change in (given_change([]), given_change([RepoPath(".github/x")]), unknown_change("", "x")):
        assert choose_lane(change, local_event(), config).lane == "all"
    assert choose("x", config=config).reason == "it is the only lane"


@pytest.mark.parametrize(("forced", "path"), [("docs", "x.py"), ("heavy", "README.md"), ("heavy", ".github/x")])
def test_a_lane_that_was_asked_for_is_used(forced, path):
    assert (choose(path, forced=forced).lane, choose(path, forced=forced).reason) == (forced, "it was asked for")


def test_a_lane_that_was_asked_for_does_not_go_below_the_floor():
    choice = choose("README.md", ".github/x", forced="docs")
    assert (choice.lane, choice.reason) == ("heavy", "docs was asked for, but .github/x is protected by built-in: .github/**")
    assert choose("README.md", "a.py", config=protecting("standard", "*.py"), forced="docs").lane == "standard"


def test_a_lane_that_was_asked_for_does_not_go_below_the_floor_of_files_nobody_knows():
    choice = choose_lane(unknown_change("", "no base"), local_event(), protecting("standard", "*.py"), forced="docs")
    assert choice.lane == "standard"
    assert "no base" in choice.reason
    assert choose_lane(unknown_change("", "no base"), local_event(), CONFIG, forced="heavy").reason == "it was asked for"


def test_without_protected_paths_there_is_no_floor():
    config = Config(name="c", stages={}, lanes=CONFIG.lanes, protected=Protected(rules=()))
    assert choose(".github/x.md", config=config).lane == "docs"
    assert choose_lane(unknown_change("", "no base"), local_event(), config, forced="docs").lane == "docs"


def test_a_lane_that_does_not_exist_is_refused_with_the_likeliest():
    with pytest.raises(UsageError, match="no lane `standart`") as caught:
        choose("x", forced="standart")
    assert caught.value.help == "did you mean `standard`? the lanes are docs, standard, heavy"


def test_names_that_are_not_text_are_claimed_too():
    choice = choose_lane(given_change([from_bytes(b"docs/\xff\n")]), local_event(), CONFIG)
    assert choice.lane == "docs"


PATHS = st.lists(
    st.sampled_from(["README.md", "docs/a", "docs/conf.py", "x.py", "src/core/x.md", "a.lock", ".github/w.yml"]), unique=True
)


@given(PATHS, PATHS, st.sampled_from([None, "docs", "standard", "heavy"]))
def test_more_files_never_make_the_lane_lighter(some, more, forced):
    order = ["docs", "standard", "heavy"]
    assert order.index(choose(*some, forced=forced).lane) <= order.index(choose(*some, *more, forced=forced).lane)


@given(PATHS)
def test_the_order_of_files_does_not_matter(paths):
    assert choose(*paths).lane == choose(*reversed(paths)).lane
    assert set(choose(*paths).claims) == set(claim_files([RepoPath(path) for path in reversed(paths)], CONFIG))
