"""All lists are asked as one, and each file gets what asking them one after the other would give."""

from hypothesis import given
from hypothesis import strategies as st

from lanemark.config.types import Config, Lane, Protected, Rule
from lanemark.lane import Claim
from lanemark.lane.choose import claim_files
from lanemark.path import RepoPath
from lanemark.pattern import Patterns

LINES = st.lists(
    st.sampled_from(
        [
            "a/**",
            "!a/**",
            "*.md",
            "!*.md",
            "/b",
            "b/",
            "!b/*.md",
            "**/c/*.md",
            "a/*/c",
            "!c",
            "*",
            "!a/b/*",
            "?.md",
            "**/a/**",
            "c*",
        ]
    ),
    max_size=4,
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "x.md", "c.md", "cc"]), min_size=1, max_size=4).map("/".join)


def rules_of(lines: list[str], start: int) -> tuple[Rule, ...]:
    return tuple(Rule(pattern=line, line=start + number) for number, line in enumerate(lines))


@st.composite
def configs(draw: st.DrawFn) -> Config:
    lists = draw(st.lists(LINES, min_size=1, max_size=4))
    default = draw(st.integers(0, len(lists) - 1))
    lanes = tuple(
        Lane(name=f"lane{weight}", line=1, rules=rules_of(lines, 10 * weight + 10), default=weight == default)
        for weight, lines in enumerate(lists)
    )
    floor = draw(st.none() | st.sampled_from([lane.name for lane in lanes]))
    return Config(name="l.yml", lanes=lanes, stages={}, protected=Protected(rules=rules_of(draw(LINES), 100), floor=floor))


def claim_slowly(path: RepoPath, config: Config) -> Claim:
    """What design says, list by list."""

    def find(rules: tuple[Rule, ...]) -> str | None:
        index = Patterns([rule.pattern for rule in rules]).claim(path)
        return None if index is None else f"l.yml:{rules[index].line} {rules[index].pattern}"

    weight = {lane.name: number for number, lane in enumerate(config.lanes)}
    found = [(lane.name, rule) for lane in reversed(config.lanes) if (rule := find(lane.rules))]
    lane, rule = found[0] if found else (config.default.name, None)
    floor = config.protected.floor or config.heaviest.name
    if weight[lane] < weight[floor] and (guard := find(config.protected.rules)):
        lane, rule = floor, guard
    return Claim(path=path, lane=lane, rule=rule)


@given(configs(), st.lists(PATHS.map(RepoPath), max_size=6))
def test_asking_all_lists_as_one_claims_what_asking_each_in_turn_does(config, paths):
    assert claim_files(paths, config) == tuple(claim_slowly(path, config) for path in paths)


def test_a_protected_file_that_no_list_claims_stays_in_a_default_lane_heavier_than_the_floor():
    lanes = (Lane(name="light", line=1), Lane(name="usual", line=2, default=True))
    config = Config(name="l.yml", lanes=lanes, stages={}, protected=Protected(rules=rules_of(["a/**"], 5), floor="light"))
    assert [claim.lane for claim in claim_files([RepoPath("a/x")], config)] == ["usual"]
