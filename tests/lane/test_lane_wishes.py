"""Labels and comments that ask for a lane: heavier at anybody's wish, lighter only with write permission and above the floor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lanemark.change.read import given_change, unknown_change
from lanemark.config.types import Config, Lane, Protected, Rule
from lanemark.event import Comment, Event
from lanemark.lane import Wish
from lanemark.lane.choose import choose_lane
from lanemark.lane.wishes import read_wishes, tell_wishes
from lanemark.path import RepoPath

ORDER = ("docs", "standard", "heavy")
CONFIG = Config(
    name="c",
    stages={},
    lanes=(
        Lane(name="docs", line=3, rules=(Rule(pattern="*.md", line=4),)),
        Lane(name="standard", line=6, default=True),
        Lane(name="heavy", line=9, rules=(Rule(pattern="src/core/**", line=10),)),
    ),
)


def event(*labels, body=None, author="ada", action="created"):
    comment = None if body is None else Comment(id=1, author=author, body=body)
    return Event(name="pull_request", action=action, number=7, labels=labels, comment=comment)


def choose(*paths, happened=None, wishes=None, forced=None, config=CONFIG):
    return choose_lane(given_change(map(RepoPath, paths)), happened or event(), config, wishes=wishes, forced=forced)


def label(lane, *, by="ada", trusted=True):
    return Wish(lane=lane, source="label", by=by, trusted=trusted, doubt="" if trusted else "no right")


def fates(choice):
    return [(wish.lane, wish.outcome) for wish in choice.wishes]


def test_anybodys_label_makes_it_heavier():
    choice = choose("README.md", happened=event("lane:heavy"))
    assert (choice.lane, choice.reason, choice.by_itself) == ("heavy", "the label lane:heavy asks for it", "docs")
    assert fates(choice) == [("heavy", "lifted")]
    assert tell_wishes(choice, ORDER) == ()


def test_a_label_that_nobody_checked_makes_nothing_lighter_and_says_so():
    choice = choose("x.py", happened=event("lane:docs"))
    assert choice.lane == "standard"
    assert fates(choice) == [("docs", "refused")]
    (said,) = tell_wishes(choice, ORDER)
    assert said.startswith("The label lane:docs was not followed: only somebody with write permission")


def test_a_label_of_somebody_who_may_write_makes_it_lighter_and_is_named():
    choice = choose("src/core/x", wishes=[label("docs")])
    assert (choice.lane, choice.by_itself) == ("docs", "heavy")
    assert choice.reason == (
        "the label lane:docs of ada asks for it; by itself the change would get heavy: src/core/x matches c:10 src/core/**"
    )
    said = "The label lane:docs of ada asked for the lane docs; by itself the change would get heavy."
    assert tell_wishes(choice, ORDER) == (said,)
    assert tell_wishes(choice, ORDER, ran="docs") == (said,)
    assert tell_wishes(choice, ORDER, ran="standard") == (
        "The label lane:docs of ada asked for the lane docs and may; standard ran, which is heavier.",
    )


def test_nobody_gets_below_the_floor():
    choice = choose(".github/x", wishes=[label("docs")])
    assert choice.lane == "heavy"
    assert tell_wishes(choice, ORDER) == (
        "The label lane:docs of ada was not followed: .github/x is protected by built-in: .github/**.",
    )
    low = Config(name="c", stages={}, lanes=CONFIG.lanes, protected=Protected(floor="standard"))
    between = choose(".github/x", "src/core/x", wishes=[label("docs")], config=low)
    assert (between.lane, between.reason) == ("standard", ".github/x is protected by built-in: .github/**")


def test_nobody_lowers_what_is_not_known():
    choice = choose_lane(unknown_change("", "too shallow"), event(), CONFIG, wishes=[label("docs")])
    assert choice.lane == "heavy"


def test_of_several_labels_the_heaviest_counts():
    assert choose("x.py", wishes=[label("docs"), label("heavy", trusted=False)]).lane == "heavy"
    assert choose("src/core/x", wishes=[label("docs"), label("standard", trusted=False)]).lane == "standard"
    assert choose("src/core/x", wishes=[label("docs", trusted=False), label("standard")]).lane == "standard"


def test_labels_in_any_case_and_strange_ones():
    assert [wish.lane for wish in read_wishes(event("Lane:Heavy", "lane: docs", "lane:", "lanes", "my lane:docs"))] == [
        "heavy", "docs", "",
    ]  # fmt: skip
    choice = choose("x.py", happened=event("lane:hevy\u202e"))
    assert (choice.lane, fates(choice)) == ("standard", [("hevy\u202e", "no-lane")])
    (said,) = tell_wishes(choice, ORDER)
    assert said == "The label lane:hevy\\u202e asks for a lane that there is not; the lanes are docs, standard, heavy."


@pytest.mark.parametrize("body", ["/lanemark lane heavy", "/lanemark  lane\theavy \r\nplease", "/lanemark lane Heavy\n\n> x"])
def test_a_comment_is_a_command_by_its_first_line(body):
    assert [(wish.lane, wish.source, wish.by) for wish in read_wishes(event(body=body))] == [("heavy", "comment", "ada")]


@pytest.mark.parametrize(
    "body",
    [
        "", "please /lanemark lane heavy", "\n/lanemark lane heavy", "> /lanemark lane heavy", "/lanemark lane", "/lanemark lane a b",
        "/lanemark run heavy", "/lanemarklane heavy", "/lanemark lane " + "x" * 101, "/LANEMARK LANE heavy", "`/lanemark lane heavy`",
        "\u200b/lanemark lane heavy",
    ],
)  # fmt: skip
def test_anything_else_is_talk(body):
    assert read_wishes(event(body=body)) == ()


def test_an_edited_comment_is_no_command_because_somebody_else_may_have_edited_it():
    assert read_wishes(event(body="/lanemark lane docs", action="edited")) == ()


@pytest.mark.parametrize("lane", ["docs", "heavy"])
def test_a_strangers_comment_moves_nothing_in_either_direction(lane):
    choice = choose("x.py", happened=event(body=f"/lanemark lane {lane}", author="mallory"))
    assert choice.lane == "standard"
    assert "The comment of mallory was not followed" in tell_wishes(choice, ORDER)[0]


def test_a_comment_of_a_writer_moves_it_both_ways():
    for lane in ("docs", "heavy"):
        asked = [replace(wish, trusted=True) for wish in read_wishes(event(body=f"/lanemark lane {lane}"))]
        assert choose("x.py", wishes=asked).lane == lane


def test_the_workflows_lane_is_named_where_it_is_lighter():
    choice = choose("x.py", forced="docs")
    assert fates(choice) == [("docs", "lowered")]
    assert tell_wishes(choice, ORDER) == (
        "The workflow or the command line asked for the lane docs; by itself the change would get standard.",
    )
    assert tell_wishes(choose("x.py", forced="heavy"), ORDER) == ()
    assert fates(choose("x.py", forced="standard")) == [("standard", "same")]


def test_a_label_makes_the_workflows_lane_heavier_but_not_lighter():
    assert choose("x.py", forced="docs", happened=event("lane:heavy")).lane == "heavy"
    assert choose("x.py", forced="standard", wishes=[label("docs")]).lane == "standard"


def test_without_wishes_nothing_is_said():
    choice = choose("x.py")
    assert (choice.wishes, choice.by_itself, tell_wishes(choice, ORDER)) == ((), "standard", ())


WISHES = st.lists(
    st.builds(
        Wish,
        lane=st.sampled_from([*ORDER, "no", ""]),
        source=st.sampled_from(["label", "comment"]),
        by=st.sampled_from(["", "ada"]),
        trusted=st.booleans(),
        doubt=st.just("no right"),
    ),
    max_size=4,
)
PATHS = st.lists(st.sampled_from(["README.md", "x.py", "src/core/x", ".github/w.yml"]), unique=True, min_size=1)


@given(PATHS, WISHES)
def test_wishes_without_trust_never_lower(paths, wishes):
    untrusted = [replace(wish, trusted=False) for wish in wishes]
    assert ORDER.index(choose(*paths, wishes=untrusted).lane) >= ORDER.index(choose(*paths, wishes=[]).lane)


@given(PATHS, WISHES)
def test_lighter_is_always_somebodys_who_is_told(paths, wishes):
    choice = choose(*paths, wishes=wishes)
    if ORDER.index(choice.lane) < ORDER.index(choice.by_itself):
        assert any(wish.outcome == "lowered" and wish.trusted for wish in choice.wishes)
        assert any("by itself the change would get" in said for said in tell_wishes(choice, ORDER))
        assert not any(path.startswith(".github/") for path in paths)
    assert all(wish.outcome for wish in choice.wishes)
