"""Stages that are declared for each folder or file: which matches there are, what instances are called, what names them means."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lanemark.config.each import expand, expand_named, file_name, find_matches, has_each, label_of, stages_called
from lanemark.config.read import read_config
from lanemark.config.types import MOST_EACH
from lanemark.errors import ConfigError
from lanemark.path import RepoPath
from lanemark.pattern import Patterns

TREE = (
    "README.md",
    "packages/a/src/x.py",
    "packages/a/package.json",
    "packages/b/package.json",
    "packages/notes.md",
    "tools/t.py",
)

FILE = """\
version: 1
stages:
  lint: {run: make lint}
  build: {run: 'make -C "$EACH"', each: packages/*/, inputs: ["{each}/src/**"], outputs: ["{each}/dist/"], measure: {cold: false}}
  unit: {run: 'make -C "$EACH"', each: packages/*/, needs: [lint, build], inputs: ["{each}/**"], metrics: ["{each}/size.json"]}
  tool: {run: './check "$EACH"', each: tools/*.py, needs: [build]}
  report: {run: make report, needs: [unit]}
lanes:
  docs: {stages: [lint]}
  standard:
    default: true
    stages: [report, tool]
    budgets: {unit.wall.median: 5s, total.wall.median: 1m}
    regression: {unit.cpu: 5%, default.wall: 10%}
"""


def config(text=FILE):
    return read_config(text, "lanemark.yml")


def paths(*names):
    return tuple(map(RepoPath, names))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["packages/*/"], ["packages/a", "packages/b"]),
        (["packages/"], ["packages"]),
        (["packages/*/", "!packages/b/"], ["packages/a"]),
        (["*/"], ["packages", "tools"]),
        (["packages/**/src/"], ["packages/a/src"]),
        (["packages/*/package.json"], ["packages/a/package.json", "packages/b/package.json"]),
        (["packages/*"], ["packages/notes.md"]),
        (["*.md", "!README.md"], ["packages/notes.md"]),
        (["**/*.py"], ["packages/a/src/x.py", "tools/t.py"]),
        (["nothing/*/"], []),
        (["README.md/"], []),
    ],
)
def test_folders_match_with_a_slash_and_files_without(lines, found):
    assert list(find_matches(lines, paths(*TREE))) == found


def test_configuration_without_each_is_the_very_same_one():
    plain = config("version: 1\nstages: {t: {run: x}}\nlanes: {l: {stages: [t]}}\n")
    assert not has_each(plain)
    assert expand(plain, paths(*TREE)) is plain
    assert expand_named(plain, ["t[a]"], ["t[a]"]) is plain


def test_every_match_is_a_stage_and_a_need_between_equals_means_the_same_instance():
    found = expand(config(), paths(*TREE))
    assert list(found.stages) == [
        "lint",
        "build[packages/a]",
        "build[packages/b]",
        "unit[packages/a]",
        "unit[packages/b]",
        "tool[tools/t.py]",
        "report",
    ]
    unit = found.stages["unit[packages/a]"]
    assert unit.needs == ("lint", "build[packages/a]")
    assert unit.inputs == ("/packages/a/**",)
    assert unit.env == {"EACH": "packages/a"}
    assert [one.file for one in unit.metrics] == ["packages/a/size.json"]
    assert unit.run == 'make -C "$EACH"'
    assert found.stages["build[packages/b]"].outputs == ("packages/b/dist/",)
    assert found.stages["tool[tools/t.py]"].needs == ("build[packages/a]", "build[packages/b]")
    assert found.stages["report"].needs == ("unit[packages/a]", "unit[packages/b]")


def test_lanes_and_limits_mean_every_instance():
    standard = expand(config(), paths(*TREE)).lane("standard")
    assert standard.stages == ("report", "tool[tools/t.py]")
    assert [budget.stage for budget in standard.budgets] == ["unit[packages/a]", "unit[packages/b]", "total"]
    assert [band.stage for band in standard.bands] == ["unit[packages/a]", "unit[packages/b]", "default"]
    assert standard.unmatched == ()


def test_limits_of_a_base_are_about_the_folders_of_the_head():
    found = expand(config(), paths(*TREE), paths("packages/b/x", "packages/new/x", "tools/t.py"))
    assert "unit[packages/a]" in found.stages
    assert "unit[packages/new]" not in found.stages
    assert [budget.stage for budget in found.lane("standard").budgets] == ["unit[packages/b]", "unit[packages/new]", "total"]


def test_what_matches_nothing_is_noted_with_the_lane_that_reaches_it():
    found = expand(config(), paths("tools/t.py"))
    assert set(found.lane("standard").unmatched) == {"build", "unit"}
    assert found.lane("docs").unmatched == ()
    assert found.stages["report"].needs == ()


def test_names_alone_give_the_same_lanes_as_the_tree():
    tree = expand(config(), paths(*TREE))
    named = expand_named(config(), tree.stages, tree.stages)
    assert list(named.stages) == list(tree.stages)
    assert named.lanes == tree.lanes
    assert {name: stage.needs for name, stage in named.stages.items()} == {
        name: stage.needs for name, stage in tree.stages.items()
    }


def test_expanding_again_changes_nothing():
    once = expand(config(), paths(*TREE))
    assert expand(once, paths("packages/zzz/x")) is once
    assert expand_named(once, [], []) is once


@pytest.mark.parametrize(
    "name", ["unit[]", "unit", "unit[a b]", "unit[$(x)]", "unit[%2g]", "nope[a]", "unit[a", "unit[" + "a" * 200 + "]"]
)
def test_a_forged_name_makes_no_instance(name):
    assert not [stage for stage in expand_named(config(), [name], [name]).stages if stage.startswith(("unit[", "nope"))]


def test_too_many_instances_are_an_error_at_the_line_of_the_stage():
    many = paths(*(f"packages/p{number}/x" for number in range(MOST_EACH + 1)))
    with pytest.raises(ConfigError) as caught:
        expand(config(), many)
    problem = caught.value.problems[0]
    assert (problem.code, problem.line) == ("LG114", 4)
    assert f"matches {MOST_EACH + 1} times, at most {MOST_EACH}" in problem.message
    assert len(expand(config(), many[:-1]).stages) == 2 * MOST_EACH + 2


def test_instance_that_writes_what_another_stage_writes_is_an_error():
    text = FILE.replace("run: make lint", "run: make lint, outputs: [packages/b/dist/log]")
    with pytest.raises(ConfigError) as caught:
        expand(config(text), paths(*TREE))
    assert caught.value.problems[0].code == "LG153"
    assert "lint" in caught.value.problems[0].message
    assert expand(config(text), paths("packages/a/x")).stages


def test_person_may_name_all_instances_or_one():
    found = expand(config(), paths(*TREE))
    assert stages_called("unit", found) == ("unit[packages/a]", "unit[packages/b]")
    assert stages_called("unit[packages/b]", found) == ("unit[packages/b]",)
    assert stages_called("lint", found) == ("lint",)
    assert stages_called("unit[packages/c]", found) == ()


def test_labels_are_readable_and_hold_nothing_that_means_something():
    assert label_of("packages/a-b_c.d") == "packages/a-b_c.d"
    assert label_of("über/größe") == "über/größe"
    assert label_of("a b") == "a%20b"
    assert label_of("$(x)\n`y`;'\"[]|%") == "%24%28x%29%0A%60y%60%3B%27%22%5B%5D%7C%25"
    assert label_of("a\u202eb") == "a%E2%80%AEb"
    assert label_of(b"\xff".decode("utf-8", "surrogateescape")) == "%FF"


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=4))
def test_label_and_file_name_are_safe_everywhere_and_different_for_different_paths(one, other):
    one, other = "/".join(one), "/".join(other)
    label = label_of(one)
    assert not set(label) & set(" \t\n\r[](){}$`'\"\\|;&<>*?!#:,")
    assert label.isprintable()
    assert (label == label_of(other)) == (one == other)
    name = file_name(f"unit[{label}]")
    assert "/" not in name
    assert len(name.encode()) <= 200


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_filled_in_pattern_matches_this_folder_and_no_other(parts):
    assume(not any(part in (".", "..") for part in parts))
    folder = "/".join(parts)
    found = expand(config(), paths(f"packages/{parts[0]}/x"))
    for stage in found.stages.values():
        if stage.family == "unit":
            claims = Patterns(stage.inputs)
            assert claims.claim(RepoPath(f"packages/{parts[0]}/x")) is not None
            assert claims.claim(RepoPath(f"packages/{parts[0]}x/x")) is None
            assert claims.claim(RepoPath(f"other/packages/{parts[0]}/x")) is None
    assert folder


@given(st.text(string.ascii_letters + "/%~é ", min_size=1, max_size=400))
def test_long_paths_keep_short_names(path):
    assert len(label_of(path).encode()) <= 120
