"""What each list says of a file that it did not win."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.config.types import Config, Lane, Protected, Rule
from lanemark.lane.choose import claim_files
from lanemark.lane.trace import PROTECTED, trace_claims
from lanemark.path import RepoPath


def rules(*patterns, line):
    return tuple(Rule(pattern=pattern, line=line + index) for index, pattern in enumerate(patterns))


CONFIG = Config(
    name="f.yml",
    stages={},
    lanes=(
        Lane(name="docs", line=3, rules=rules("docs/**", "*.md", "!docs/conf.py", "!/docs/api/**", line=4)),
        Lane(name="standard", line=8, default=True),
        Lane(name="heavy", line=10, rules=rules("core/**", line=11)),
        Lane(name="all", line=13),
    ),
    protected=Protected(rules=rules("ci/**", "!ci/README.md", line=20), floor="heavy"),
)

NO_DOCS = ("docs", None, "none of its 4 patterns matches")
NO_STANDARD = ("standard", None, "is only for files that no list claims, and heavy is heavier")
NO_HEAVY = ("heavy", None, "its only pattern does not match")
NO_ALL = ("all", None, "has no list of paths")


@pytest.mark.parametrize(
    ("path", "lane", "others"),
    [
        ("a.py", "standard", [NO_DOCS, NO_HEAVY, NO_ALL]),
        ("README.md", "docs", [("standard", None, "is only for files that no list claims, and docs does"), NO_HEAVY, NO_ALL]),
        ("docs/conf.py", "standard", [("docs", "f.yml:6 !docs/conf.py", "takes it back"), NO_HEAVY, NO_ALL]),
        ("docs/api/a.md", "standard", [("docs", "f.yml:7 !/docs/api/**", "takes it back"), NO_HEAVY, NO_ALL]),
        ("core/a.md", "heavy", [("docs", "f.yml:5 *.md", "claims it too, but heavy is heavier"), NO_STANDARD, NO_ALL]),
        ("core/a.c", "heavy", [NO_DOCS, NO_STANDARD, NO_ALL]),
        ("ci/run", "heavy", [NO_DOCS, NO_STANDARD, NO_ALL]),
        (
            "ci/README.md",
            "docs",
            [
                ("standard", None, "is only for files that no list claims, and docs does"),
                NO_HEAVY,
                NO_ALL,
                (PROTECTED, "f.yml:21 !ci/README.md", "takes it back"),
            ],
        ),
    ],
)
def test_every_other_list_says_why_it_did_not_decide(path, lane, others):
    (trace,) = trace_claims(claim_files([RepoPath(path)], CONFIG), CONFIG)
    assert trace.claim.lane == lane
    assert [(answer.lane, answer.rule, answer.words) for answer in trace.others] == others


def test_protected_paths_that_need_not_lift_say_so():
    config = Config(
        name="f.yml", stages={}, lanes=CONFIG.lanes, protected=Protected(rules=rules("core/**", line=9), floor="docs")
    )
    (trace,) = trace_claims(claim_files([RepoPath("core/a")], config), config)
    assert trace.others[-1].lane == PROTECTED
    assert (trace.others[-1].rule, trace.others[-1].words) == ("f.yml:9 core/**", "asks for docs at least, which it has")


@given(
    st.lists(st.sampled_from(["*.md", "!a.md", "d/**", "!d/a.md", "/a.md", "!*.md"]), max_size=6),
    st.sampled_from(["a.md", "d/a.md", "d/e", "f"]),
)
def test_a_list_says_that_it_took_back_exactly_what_one_of_its_rules_claimed_before(patterns, path):
    lanes = (Lane(name="docs", line=1, rules=rules(*patterns, line=2)), Lane(name="rest", line=9, default=True))
    config = Config(name="f.yml", stages={}, lanes=lanes, protected=Protected(rules=()))
    (claim,) = claim_files([RepoPath(path)], config)
    (trace,) = trace_claims([claim], config)
    if claim.lane == "docs":
        return
    (answer,) = trace.others
    without = tuple(rule for rule in lanes[0].rules if not rule.pattern.startswith("!"))
    bare = Config(name="f.yml", stages={}, lanes=(Lane(name="docs", line=1, rules=without), lanes[1]))
    assert (answer.rule is not None) == (claim_files([RepoPath(path)], bare)[0].lane == "docs")
    assert answer.rule is None or " !" in answer.rule
