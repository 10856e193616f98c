"""What goes wrong elsewhere, each by the name of the tool and the issue where its users met it."""

import pytest

from lanemark.change import Change, ChangedFile
from lanemark.change.read import given_change, unknown_change
from lanemark.config.read import read_config
from lanemark.event import Event
from lanemark.lane.choose import choose_lane
from lanemark.path import RepoPath, from_bytes

FILE = """\
version: 1
stages: {test: {run: pytest -q}}
lanes:
  docs: {paths: ["docs/**", "*.md", "!docs/conf.py", "!docs/api/**"], stages: []}
  standard: {default: true, stages: [test]}
  heavy:
    paths: ["src/core/**", "*.lock"]
    when: {files: 200, lines: 2000, dirs: 10, labels: [run-heavy], events: [merge_group, schedule], submodule: true, binary: true}
    stages: [test]
"""
CONFIG = read_config(FILE, ".github/lanemark.yml")
PULL = Event(name="pull_request", action="opened", number=7)


def lane(*paths, event=PULL):
    return choose_lane(given_change(map(RepoPath, paths)), event, CONFIG).lane


def lane_of(*files, event=PULL):
    return choose_lane(
        Change(base="b" * 40, tested="c" * 40, head="c" * 40, source="merge-base", files=files), event, CONFIG
    ).lane


def changed(path, status="M", **more):
    return ChangedFile(path=RepoPath(path), status=status, **{"old_mode": "100644", "new_mode": "100644", "added": 1, **more})


def test_paths_filter_97_113_228_an_exclusion_does_not_match_everything_else():
    assert lane("docs/usage.md") == "docs"
    assert lane("docs/usage.md", "docs/conf.py") == "standard"
    assert lane("x.py") == "standard"


def test_paths_filter_228_two_exclusions_hold_both():
    assert lane("docs/conf.py") == "standard"
    assert lane("docs/api/index.md") == "standard"


def test_labeler_423_731_each_file_may_match_another_pattern():
    assert lane("docs/usage.txt", "README.md", "guide/intro.md") == "docs"


def test_labeler_a_file_moved_out_of_a_heavy_folder_counts_under_its_old_name_too():
    assert lane_of(changed("src/core/a.md", "D"), changed("docs/a.md", "A")) == "heavy"


def test_labeler_max_files_changed_makes_nothing_lighter():
    assert lane(*(f"docs/{number}.md" for number in range(199))) == "docs"
    assert lane(*(f"docs/{number}.md" for number in range(201))) == "heavy"


def test_labeler_798_ten_thousand_files_are_no_matter_of_minutes():
    event = Event(name="push")
    choice = choose_lane(given_change(RepoPath(f"docs/{number}.md") for number in range(10_000)), event, CONFIG)
    assert len(choice.claims) == 10_000


def test_github_paths_filters_beyond_300_files_still_see_the_last_one():
    config = read_config(FILE.replace("files: 200, ", "").replace("dirs: 10, ", ""), "c")
    paths = [RepoPath(f"docs/{number:03}.md") for number in range(400)]
    assert choose_lane(given_change(paths), PULL, config).lane == "docs"
    assert choose_lane(given_change([*paths, RepoPath("src/core/z")]), PULL, config).lane == "heavy"


def test_github_rest_a_list_that_stops_at_3000_is_not_believed():
    files = tuple(changed(f"docs/{number}.md") for number in range(3000))
    cut = Change(
        base="b" * 40,
        tested="c" * 40,
        head="c" * 40,
        source="github",
        files=files,
        complete=False,
        reason="GitHub lists 3000 of 3001 changed files",
    )
    choice = choose_lane(cut, PULL, CONFIG)
    assert choice.lane == "heavy"
    assert "3000 of 3001" in choice.reason


def test_turborepo_and_nx_set_shas_a_history_that_is_too_short_gives_the_heaviest_lane_with_the_reason():
    choice = choose_lane(unknown_change("c" * 40, "the history is too shallow"), PULL, CONFIG)
    assert (choice.lane, "too shallow" in choice.reason) == ("heavy", True)


@pytest.mark.parametrize("event", [Event(name="merge_group"), Event(name="schedule")])
def test_action_filter_paths_events_that_should_run_everything_do(event):
    assert lane("README.md", event=event) == "heavy"


def test_moved_submodules_changed_modes_and_types_are_seen():
    assert lane_of(changed("docs/theme", old_mode="160000", new_mode="160000")) == "heavy"
    assert lane_of(changed("docs/run.md", new_mode="100755", added=0)) == "standard"
    assert lane_of(changed("docs/a.md", "T", new_mode="120000")) == "standard"


def test_a_big_generated_file_does_not_make_a_change_heavy_and_a_big_real_one_does():
    assert lane_of(changed("api.py", added=9000, generated=True)) == "standard"
    assert lane_of(changed("api.py", added=9000)) == "heavy"


def test_names_that_other_tools_quote_or_cut_are_whole():
    names = [
        b"docs/caf\xc3\xa9.md",
        b"docs/a\nb.md",
        b'docs/"q".md',
        b"docs/\xff.md",
        "docs/\u202egnp.md".encode(),
        b"docs/.hidden",
    ]
    assert choose_lane(given_change(map(from_bytes, names)), PULL, CONFIG).lane == "docs"
    assert choose_lane(given_change([from_bytes(b"docs/a\nsrc/core/b")]), PULL, CONFIG).lane == "docs"


def test_an_empty_change_has_a_lane_and_so_a_required_check():
    choice = choose_lane(given_change([]), PULL, CONFIG)
    assert (choice.lane, choice.reason) == ("docs", "no files changed")
