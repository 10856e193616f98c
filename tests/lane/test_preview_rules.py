"""What new rules would do is said, on the rest of the change, and decides nothing."""

from lanemark.change import Change, ChangedFile
from lanemark.config.read import read_config
from lanemark.event import local_event
from lanemark.lane.preview import preview_rules
from lanemark.path import RepoPath

NAME = ".github/lanemark.yml"
OLD = """\
version: 1
stages: {test: {run: pytest -q}}
lanes:
  docs: {paths: ["docs/**"], stages: []}
  standard: {default: true, stages: [test]}
  heavy: {paths: ["src/core/**"], stages: [test]}
"""


def preview(new, *paths, complete=True):
    files = tuple(ChangedFile(path=RepoPath(path), status="M") for path in (NAME, *paths))
    change = Change(base="b" * 40, tested="c" * 40, head="c" * 40, source="merge-base", files=files, complete=complete)
    return preview_rules(change, local_event(), read_config(OLD, NAME), read_config(new, NAME))


def test_lighter_rules_are_previewed():
    said = preview(OLD.replace('"docs/**"', '"docs/**", "*.txt"'), "notes.txt")
    assert said == (
        "With its new rules the rest of this change would get the lane docs, not standard: "
        "notes.txt matches .github/lanemark.yml:4 *.txt."
    )


def test_heavier_rules_are_said_to_be_heavier_and_not_run():
    said = preview(OLD.replace('"src/core/**"', '"src/**"'), "src/a.py")
    assert "would get the lane heavy, not standard" in said
    assert said.endswith("That is heavier; it is not run until the rules are merged.")


def test_a_new_lane_may_have_any_name():
    said = preview(OLD.replace("heavy:", "huge:").replace("src/core/**", "src/**").replace("standard", "usual"), "src/a.py")
    assert "the lane huge, not standard" in said
    assert "heavier" in said


def test_the_same_lane_is_said_with_the_files_that_move():
    assert preview(OLD + "# more\n", "x.py") == "With its new rules the rest of this change would get the same lane, standard."
    assert preview(OLD.replace('"docs/**"', '"docs/**", "*.txt"'), "x.py", "a.txt", "b.txt") == (
        "With its new rules the rest of this change would get the same lane, standard, though 2 files would have another lane."
    )


def test_there_is_nothing_to_say_of_rules_alone_or_of_what_is_not_known():
    assert preview(OLD.replace("docs/**", "**")) == ""
    assert preview(OLD.replace("docs/**", "**"), "x.py", complete=False) == ""
