"""Whose configuration decides where the change came from GitHub or from a tag."""

import pytest

from gitbox import Box
from lanemark.change import Change, ChangedFile
from lanemark.event import Event
from lanemark.git.repository import Git
from lanemark.path import RepoPath
from lanemark.pipeline.prepare import Asked, prepare_task

PATH = ".github/lanemark.yml"
STRICT = """\
version: 1
lanes:
  docs: {paths: ["docs/**"], stages: []}
  standard: {default: true, stages: [test]}
stages:
  test: {run: "true"}
"""
LENIENT = STRICT.replace('"docs/**"', '"**"').replace("version: 1", "version: 1\nprotected: {paths: [], floor: docs}")
ELSEWHERE, HEAD = "9" * 40, "c" * 40


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


class GitHubTells:
    """A LastSource: one pull request and the texts of its two sides."""

    def __init__(self, base):
        self.base = base

    def change_of(self, event):
        files = (ChangedFile(path=RepoPath("a.py"), status="M"),)
        return Change(base=self.base, tested=HEAD, head=HEAD, source="github", files=files)

    def text(self, commit, path, limit):
        return STRICT if commit == self.base else LENIENT


EVENT = Event(name="pull_request", base=ELSEWHERE, head=HEAD, number=7)


def test_a_base_that_only_github_has_decides_although_nothing_can_be_compared_with_it(box):
    box.commit({PATH: LENIENT, "a.py": "2"})
    task = prepare_task(Git(str(box.root)), EVENT, Asked(), GitHubTells(ELSEWHERE))
    assert (task.choice.lane, task.adopting) == ("standard", False)
    assert (task.change.base, task.change.complete, task.change.tested) == (None, True, box.head())
    assert "could not be fetched" in task.change.reason


def test_a_base_that_github_names_and_git_has_is_compared_with(box):
    base = box.commit({PATH: STRICT, "a.py": "1"})
    box.commit({"a.py": "2"})
    assert prepare_task(Git(str(box.root)), EVENT, Asked(), GitHubTells(base)).change.base == base


def test_a_release_is_judged_by_its_own_rules_and_not_by_those_of_the_last_one(box):
    box.commit({"a.py": "1"})
    box.git("tag", "v1")
    box.commit({PATH: STRICT, "docs/a.md": "1"})
    task = prepare_task(Git(str(box.root)), Event(name="push", head_ref="refs/tags/v2"), Asked())
    assert (task.choice.lane, task.adopting, task.change.base) == ("standard", False, box.head("v1"))


def test_a_dispatched_run_takes_the_lane_it_was_started_with(box):
    box.commit({PATH: LENIENT, "a.py": "1"})
    event = Event(name="workflow_dispatch", lane="docs")
    assert prepare_task(Git(str(box.root)), event, Asked()).choice.lane == "docs"
    assert prepare_task(Git(str(box.root)), event, Asked(lane="standard")).choice.lane == "standard"
