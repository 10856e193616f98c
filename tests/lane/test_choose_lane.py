import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lanemark.change import Change, ChangedFile
from lanemark.config.types import Config, Lane, Protected, Rule
from lanemark.errors import UsageError
from lanemark.event import local_event
from lanemark.lane.choose import choose_lane


def make_lane(name, *patterns, line=4, default=False):
    rules = tuple(Rule(pattern=pattern, line=line + place) for place, pattern in enumerate(patterns))
    return Lane(name=name, line=line, rules=rules, default=default)


LANES = (
    make_lane("docs", "docs/**", "*.md", "!docs/conf.py"),
    make_lane("standard", default=True),
    make_lane("heavy", "src/core/**", line=9),
)
CONFIG = Config(name="lanemark.yml", lanes=LANES, stages={})


def make_change(*paths, **rest):
    files = tuple(ChangedFile(path=path, status="M") for path in paths)
    return Change(**{"base": "1" * 40, "tested": "2" * 40, "head": "2" * 40, "source": "merge-base", "files": files, **rest})


def lane_of(*paths, config=CONFIG, forced=None, **rest):
    return choose_lane(make_change(*paths, **rest), local_event(), config, forced=forced)


@pytest.mark.parametrize(
    ("paths", "lane"),
    [
        (["docs/a.md", "README.md"], "docs"),
        (["docs/a.md", "src/a.py"], "standard"),
        (["docs/a.md", "src/core/a.py"], "heavy"),
        (["docs/conf.py"], "standard"),
        (["src/core/README.md"], "heavy"),
        ([".github/workflows/x.yml"], "heavy"),
    ],
)
def test_the_heaviest_claim_decides(paths, lane):
    assert lane_of(*paths).lane == lane


def test_each_file_names_the_rule_that_claimed_it():
    claims = {claim.path: (claim.lane, claim.rule) for claim in lane_of("docs/a.md", "a.py", ".github/x").claims}
    assert claims == {
        "docs/a.md": ("docs", "lanemark.yml:5 *.md"),
        "a.py": ("standard", None),
        ".github/x": ("heavy", "built-in protected .github/**"),
    }


def test_the_reason_names_the_deciding_file_and_its_rule():
    assert (
        lane_of("docs/a", "src/core/a", "src/core/b").reason
        == "src/core/a matches lanemark.yml:9 src/core/** (and 1 more file of this lane)"
    )


def test_nothing_changed_is_the_lightest_lane():
    assert (lane_of().lane, lane_of().reason) == ("docs", "no files changed")


def test_what_is_not_known_for_certain_is_the_heaviest_lane():
    choice = lane_of("docs/a.md", complete=False, reason="a shallow clone hides the base")
    assert choice.lane == "heavy"
    assert "a shallow clone hides the base" in choice.reason


def test_a_lane_can_be_set_but_not_below_the_protected_floor():
    assert lane_of("src/a.py", forced="docs").lane == "docs"
    assert lane_of("docs/a.md", forced="heavy").lane == "heavy"
    choice = lane_of(".github/x", forced="docs")
    assert choice.lane == "heavy"
    assert "protected" in choice.reason


def test_an_unknown_lane_is_an_error_with_a_hint():
    with pytest.raises(UsageError) as raised:
        lane_of("a", forced="standart")
    assert "standard" in raised.value.help


def test_the_protected_floor_can_be_another_lane():
    config = replace(CONFIG, protected=Protected(rules=(Rule(pattern="ci/**", line=2),), floor="standard"))
    assert lane_of("ci/x.md", config=config).lane == "standard"
    assert lane_of(".github/x.md", config=config).lane == "docs"


def test_the_only_lane_needs_no_rule():
    only = Config(name="x", lanes=(make_lane("standard", default=True),), stages={})
    assert lane_of(".github/x", config=only).lane == "standard"
    assert lane_of(complete=False, reason="r", config=only).lane == "standard"


@given(st.lists(st.sampled_from(["docs/a", "x.md", "a.py", "src/core/x", ".github/y"]), unique=True), st.randoms())
def test_the_order_of_files_and_more_files_never_make_it_lighter(paths, chance):
    weights = ["docs", "standard", "heavy"]
    whole = lane_of(*paths).lane
    shuffled = list(paths)
    chance.shuffle(shuffled)
    assert lane_of(*shuffled).lane == whole
    for path in paths:
        assert weights.index(lane_of(path).lane) <= weights.index(whole)
