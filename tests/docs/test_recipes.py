"""Every recipe is a whole configuration, and every row of its table is what happens."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from lanemark.change.read import given_change
from lanemark.config.read import read_config
from lanemark.event import Event
from lanemark.lane.choose import choose_lane
from lanemark.path import RepoPath

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "recipes.md").read_text("utf-8")
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
ROW = re.compile(r"^\| (?P<files>`.*?`)(?P<with>| with .*?| in .*?| of .*?) \| (?P<lane>[a-z]+) \|$", re.MULTILINE)


def recipes():
    for section in SECTIONS:
        (text,) = re.findall(r"```yaml\n(version: 1\n.*?)```", section, re.DOTALL)
        yield section.splitlines()[0], text, section


def rows():
    for name, text, section in recipes():
        table = section.partition("| changed files | lane |\n| --- | --- |\n")[2].splitlines()
        lines = [line for line in table if line.startswith("|")]
        assert len(lines) > 3, name
        for line in lines:
            found = ROW.fullmatch(line)
            assert found, line
            yield pytest.param(text, found, id=f"{name}: {found['files']}{found['with']}")


def test_there_are_five_recipes_and_each_is_in_the_list_at_the_top():
    names = [name for name, _, _ in recipes()]
    assert len(names) == 5
    assert re.findall(r"^- \[(.*?)\]\(#(.*?)\)$", PAGE, re.MULTILINE) == [
        (name, name.lower().replace(" ", "-")) for name in names
    ]


@pytest.mark.parametrize(("text", "row"), list(rows()))
def test_a_change_gets_the_lane_of_its_row(text, row):
    config = read_config(text, ".github/lanemark.yml")
    paths = re.findall(r"`([^`]+)`", row["files"])
    change = given_change(map(RepoPath, paths))
    event = Event(name="pull_request")
    if labels := re.fullmatch(r" with the label `(.*)`", row["with"]):
        event = replace(event, labels=(labels[1],))
    elif name := re.fullmatch(r" in the event `(.*)`", row["with"]):
        event = Event(name=name[1])
    elif lines := re.fullmatch(r" of ([0-9,]+) lines", row["with"]):
        first = replace(change.files[0], added=int(lines[1].replace(",", "")))
        change = replace(change, files=(first, *change.files[1:]))
    else:
        assert not row["with"]
    choice = choose_lane(change, event, config)
    assert choice.lane == row["lane"], choice.reason


def test_every_lane_of_a_recipe_is_in_its_table():
    for name, text, section in recipes():
        lanes = {lane.name for lane in read_config(text, "f").lanes}
        assert {found["lane"] for found in ROW.finditer(section)} == lanes, name
