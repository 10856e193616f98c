"""`lanemark lane detect` on events that git cannot answer, and on what is not committed."""

import json

import pytest

from command import lanemark
from emulator.server import GitHubEmulator
from gitbox import Box

CONFIG = """\
version: 1
lanes:
  docs: {paths: ["docs/**"], stages: []}
  standard: {default: true, stages: [test]}
  heavy: {paths: ["core/**"], stages: [test]}
stages:
  test: {run: "touch RAN"}
"""
LENIENT = CONFIG.replace('paths: ["docs/**"]', 'paths: ["**"]').replace('["core/**"]', '["nothing"]')
PATH = ".github/lanemark.yml"


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path / "r")
    box.commit({PATH: CONFIG, "docs/a.md": "1", "core/a.py": "1", "a.py": "1"})
    return box


@pytest.fixture
def hub(box):
    """GitHub with the pull request 7: its head changes a document, and the base side has the configuration."""
    with GitHubEmulator() as emulator:
        emulator.add_history(box.head())
        emulator.add_pull(7, head_sha="c" * 40, base_sha=box.head(), files=["docs/new.md"])
        for commit in (box.head(), "c" * 40):
            emulator.add_text(commit, PATH, CONFIG)
        yield emulator


def payload(hub, box, tmp_path, **more):
    repository = {"id": hub.own.id, "full_name": hub.own.name, "default_branch": "main"}
    end = {"ref": "main", "repo": {"id": hub.own.id}}
    pull = {"number": 7, "base": {"sha": box.head(), **end}, "head": {"sha": "c" * 40, **end}, "labels": []}
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"action": "opened", "repository": repository, "pull_request": pull, **more}))
    return str(path)


def detect(hub, box, tmp_path, name, *words, token=True, verb=("lane", "detect", "--json"), **more):
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": payload(hub, box, tmp_path, **more),
        "GITHUB_API_URL": hub.url,
        "GITHUB_REPOSITORY": hub.own.name,
    }
    return lanemark(box.root, *verb, *words, **environment, **({"GITHUB_TOKEN": hub.token} if token else {}))


def lane(ran):
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["lane"]


def test_the_target_event_gets_its_lane_from_github_s_list(hub, box, tmp_path):
    ran = detect(hub, box, tmp_path, "pull_request_target")
    assert lane(ran) == "docs"
    assert [file["path"] for file in json.loads(ran.stdout)["files"]] == ["docs/new.md"]


def test_the_target_event_without_a_token_is_heavy(hub, box, tmp_path):
    ran = detect(hub, box, tmp_path, "pull_request_target", token=False)
    assert lane(ran) == "heavy"
    assert "needs a token" in json.loads(ran.stdout)["reason"]


def test_the_head_s_configuration_has_no_say_on_the_target_event(hub, box, tmp_path):
    hub.add_pull(7, head_sha="c" * 40, base_sha=box.head(), files=["core/a.py"])
    hub.add_text("c" * 40, PATH, LENIENT)
    assert lane(detect(hub, box, tmp_path, "pull_request_target")) == "heavy"


def test_the_target_event_is_never_answered_by_the_head_s_configuration_alone(hub, box, tmp_path):
    del hub.contents[box.head(), PATH]
    ran = detect(hub, box, tmp_path, "pull_request_target")
    assert ran.returncode == 8
    assert "base side has no configuration" in ran.stderr


@pytest.mark.parametrize("verb", ["measure", "gate"])
def test_nothing_runs_on_the_target_event(hub, box, tmp_path, verb):
    ran = detect(hub, box, tmp_path, "pull_request_target", token=False, verb=(verb,))
    assert ran.returncode != 0
    assert "not supported" in ran.stderr
    assert not (box.root / "RAN").exists()


def test_a_comment_below_a_pull_request_gets_its_lane_from_github_s_list(hub, box, tmp_path):
    issue = {"number": 7, "pull_request": {}, "labels": []}
    comment = {"id": 1, "user": {"login": "x"}, "body": "hello"}
    assert lane(detect(hub, box, tmp_path, "issue_comment", issue=issue, comment=comment)) == "docs"


def test_a_pull_request_whose_base_cannot_be_fetched_gets_github_s_list(hub, box, tmp_path):
    """The checkout holds another commit, no remote answers, and nobody here has the base."""
    event = {"number": 7, "labels": []}
    ends = {"ref": "main", "repo": {"id": 1}}
    event |= {"base": {"sha": "9" * 40, **ends}, "head": {"sha": "c" * 40, **ends}}
    ran = detect(hub, box, tmp_path, "pull_request", pull_request=event)
    assert lane(ran) == "docs"
    assert lane(detect(hub, box, tmp_path, "pull_request", token=False, pull_request=event)) == "heavy"


def test_more_files_than_github_lists_are_heavy(hub, box, tmp_path):
    hub.add_pull(7, head_sha="c" * 40, base_sha=box.head(), files=[f"docs/{number}.md" for number in range(3001)])
    ran = detect(hub, box, tmp_path, "pull_request_target")
    assert lane(ran) == "heavy"
    assert "3000 of 3001" in json.loads(ran.stdout)["reason"]


@pytest.mark.parametrize(("asked", "found"), [("docs", "docs"), ("auto", "heavy"), ("", "heavy")])
def test_a_dispatch_may_ask_for_a_lane(hub, box, tmp_path, asked, found):
    box.commit({PATH: CONFIG + "protected: {paths: [], floor: docs}\n"})
    assert lane(detect(hub, box, tmp_path, "workflow_dispatch", inputs={"lane": asked})) == found


def test_a_tag_is_heavy_whatever_changed(hub, box, tmp_path):
    box.git("tag", "v1")
    box.commit({"docs/a.md": "2"})
    ran = detect(hub, box, tmp_path, "push", ref="refs/tags/v2", before="0" * 40, after=box.head())
    assert lane(ran) == "heavy"
    assert "`v2` is a tag" in json.loads(ran.stdout)["reason"]


@pytest.fixture
def work(box):
    box.switch("pr", "main")
    box.commit({"docs/b.md": "1"})
    box.write({"a.py": "2"})
    box.git("add", "-A")
    box.write({"core/new.py": "1"})
    return box


@pytest.mark.parametrize(("words", "found"), [((), "docs"), (("--staged",), "standard"), (("--working-tree",), "heavy")])
@pytest.mark.parametrize("verb", ["detect", "explain"])
def test_a_person_asks_about_commits_about_what_is_staged_or_about_everything(work, words, found, verb):
    assert lane(lanemark(work.root, "lane", verb, "--json", *words)) == found


@pytest.mark.parametrize("words", [("--staged", "--working-tree"), ("--staged", "--head", "main")])
def test_two_answers_at_once_are_not_asked_for(work, words):
    ran = lanemark(work.root, "lane", "detect", *words)
    assert ran.returncode == 2
    assert "leave out" in ran.stderr or "too many" in ran.stderr
