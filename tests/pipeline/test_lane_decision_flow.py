"""Labels, comments and edited rules, from the event file to the lane: real git, the Action's commands, an emulated GitHub."""

import json

import pytest
from pipeline_site import CONFIG, Site

from emulator.server import GitHubEmulator
from repositories import git

RULES = CONFIG.replace(
    "stages:\n  unit:",
    "  heavy: {paths: [src/core/**], when: {lines: 100, labels: [run-heavy], binary: true}, stages: [unit]}\nstages:\n  unit:",
)


@pytest.fixture
def site(tmp_path):
    with GitHubEmulator() as hub:
        found = Site(tmp_path, hub, config=RULES)
        hub.roles = {"ada": "write", "tim": "triage", "reader": "read"}
        yield found


def label(site, name, actor="ada"):
    site.hub.add_label(7, name, actor)


def event(site, head):
    labels = [{"name": name} for name in site.hub.pulls[7].labels]
    found = site.event(head)
    found["pull_request"]["labels"] = labels
    return found


def detect(site, head, *, token=None, run=100, payload=None, name="pull_request", words=()):
    ran = site.act("lane", "detect", "--json", *words, event=payload or event(site, head), token=token, run=run, name=name)
    assert ran.returncode == 0, ran.told
    return json.loads(ran.stdout), ran


def comment(site, body, *, author="ada", action="created"):
    own = {"id": 4242, "full_name": site.hub.own.name, "default_branch": "main"}
    issue = {"number": 7, "labels": [], "pull_request": {"url": "x"}}
    return {
        "action": action,
        "repository": own,
        "issue": issue,
        "comment": {"id": 9, "user": {"login": author}, "body": body},
    }


def test_a_label_of_a_writer_lowers_the_lane_where_github_can_be_asked(site):
    head = site.push({"a.py": "2\n"})
    label(site, "lane:docs")
    view, ran = detect(site, head, token=site.hub.read_token)
    assert view["lane"] == "docs"
    assert "the label lane:docs of ada asks for it; by itself the change would get standard" in view["reason"]
    assert "note: The label lane:docs of ada asked for the lane docs; by itself the change would get standard." in ran.stderr
    assert "docs" in ran.output


def test_without_a_token_it_is_not_followed_and_that_is_said(site):
    head = site.push({"a.py": "2\n"})
    label(site, "lane:docs")
    view, ran = detect(site, head)
    assert view["lane"] == "standard"
    assert "was not followed: only somebody with write permission" in ran.stderr
    assert site.hub.exchanges == []


@pytest.mark.parametrize("actor", ["tim", "reader", "mallory"])
def test_who_may_not_write_lowers_nothing_and_lifts_all_the_same(site, actor):
    head = site.push({"a.py": "2\n"})
    label(site, "lane:docs", actor)
    view, ran = detect(site, head, token=site.hub.read_token)
    assert view["lane"] == "standard"
    assert f"was not followed: {actor} has no write permission." in ran.stderr
    label(site, "lane:heavy", actor)
    assert detect(site, head, token=site.hub.read_token, run=101)[0]["lane"] == "heavy"


def test_a_label_that_is_gone_by_now_lowers_nothing(site):
    head = site.push({"a.py": "2\n"})
    label(site, "lane:docs")
    payload = event(site, head)
    site.hub.remove_label(7, "lane:docs", "ada")
    view, ran = detect(site, head, token=site.hub.read_token, payload=payload)
    assert view["lane"] == "standard"
    assert "it is not there any more" in ran.stderr


def test_github_down_lowers_nothing(site):
    head = site.push({"a.py": "2\n"})
    label(site, "lane:docs")
    site.hub.fail("GET", "permission", 403, times=99)
    view, ran = detect(site, head, token=site.hub.read_token)
    assert view["lane"] == "standard"
    assert "GitHub could not be asked who may do so" in ran.stderr


def test_nobody_gets_below_the_protected_floor(site):
    head = site.push({".github/workflows/x.yml": "on: push\n"})
    label(site, "lane:docs")
    view, ran = detect(site, head, token=site.hub.read_token)
    assert view["lane"] == "heavy"
    assert ".github/workflows/x.yml is protected by" in ran.stderr


def test_without_labels_github_is_asked_nothing(site):
    head = site.push({"a.py": "2\n"})
    assert detect(site, head, token=site.hub.read_token)[0]["lane"] == "standard"
    assert site.hub.exchanges == []


def test_a_comment_of_a_writer_is_answered(site):
    head = site.push({"a.py": "2\n"})
    git(site.work, "checkout", "-q", "--detach", site.base)
    for run, lane in ((110, "heavy"), (111, "docs")):
        payload = comment(site, f"/lanemark lane {lane}\nthanks")
        view, _ = detect(site, head, token=site.hub.read_token, payload=payload, name="issue_comment", run=run)
        assert view["lane"] == lane
        assert "the comment of ada asks for it" in view["reason"]


@pytest.mark.parametrize(
    ("body", "author", "said"),
    [
        ("/lanemark lane docs", "mallory", "The comment of mallory was not followed: mallory has no write permission."),
        ("/lanemark lane heavy", "tim", "The comment of tim was not followed: tim has no write permission."),
        ("/lanemark lane nope$(id)`", "ada", "The comment of ada asks for a lane that there is not"),
        ("what about /lanemark lane docs", "ada", ""),
    ],
)
def test_other_comments_move_nothing(site, body, author, said):
    head = site.push({"a.py": "2\n"})
    git(site.work, "checkout", "-q", "--detach", site.base)
    payload = comment(site, body, author=author)
    view, ran = detect(site, head, token=site.hub.read_token, payload=payload, name="issue_comment")
    assert view["lane"] == "standard"
    assert said in ran.stderr


def test_edited_rules_are_previewed_and_the_base_side_decides(site):
    head = site.push({".github/lanemark.yml": RULES.replace('"docs/**"', '"docs/**", "*.txt"'), "notes.txt": "x\n"})
    view, ran = detect(site, head)
    assert view["lane"] == "heavy"
    assert "With its new rules the rest of this change would get the lane docs, not standard" in ran.stderr


def measured(site, head, *words, run=120):
    ran = site.act("measure", *words, event=event(site, head), run=run)
    assert ran.returncode == 0, ran.told


def verdict(site, head, *words, run=130, token=""):
    return site.act(
        "verdict", "--results", ".lanemark/out", *words, event=event(site, head), token=token or site.hub.read_token, run=run
    )


def test_a_lowered_lane_stands_before_the_verdict_only_with_githubs_word(site):
    head = site.push({"a.py": "2\n"})
    measured(site, head, "--lane=docs")
    refused = verdict(site, head)
    assert refused.returncode == 5, refused.told
    assert "needs standard" in refused.summary
    label(site, "lane:docs", "tim")
    assert verdict(site, head, run=131).returncode == 5
    site.hub.remove_label(7, "lane:docs", "tim")
    label(site, "lane:docs", "ada")
    followed = verdict(site, head, run=132)
    assert followed.returncode == 0, followed.told
    assert "The label `lane:docs` of ada asked for the lane docs; by itself the change would get standard" in followed.summary


def test_a_lowered_lane_of_which_the_heavier_one_ran_is_fine(site):
    head = site.push({"a.py": "2\n"})
    measured(site, head)
    label(site, "lane:docs", "ada")
    ran = verdict(site, head)
    assert ran.returncode == 0, ran.told
    assert "standard ran, which is heavier" in ran.summary


def test_a_label_that_came_after_the_measurement_is_seen_by_the_verdict(site):
    head = site.push({"a.py": "2\n"})
    measured(site, head)
    before = event(site, head)
    label(site, "run-heavy", "tim")
    ran = site.act("verdict", "--results", ".lanemark/out", event=before, token=site.hub.read_token, run=130)
    assert ran.returncode == 5, ran.told
    assert "the label run-heavy lifts it to heavy" in ran.summary.replace("\\", "")


def test_a_forged_event_in_a_result_does_not_hide_a_label(site):
    head = site.push({"a.py": "2\n"})
    measured(site, head)
    label(site, "run-heavy", "tim")
    ran = verdict(site, head)
    assert ran.returncode == 5, "the result's own event has no labels, GitHub's has"


def test_lines_lift_and_generated_ones_do_not_before_the_verdict_either(site):
    site.base = site.commit_base({".gitattributes": "*.pb.py linguist-generated\n", "a.py": "1\n"})
    head = site.push({"big.pb.py": "x = 1\n" * 200, "a.py": "2\n"})
    for file in site.hub.pulls[7].files:
        file |= {"additions": 200 if file["filename"] == "big.pb.py" else 1, "deletions": 0}
    measured(site, head)
    assert verdict(site, head).returncode == 0
    del site.hub.contents[site.base, ".gitattributes"]
    ran = verdict(site, head, run=131)
    assert ran.returncode == 5
    assert "201 changed lines, 100 lift it to heavy" in ran.summary


def test_an_empty_new_file_is_no_binary_for_github_either(site):
    head = site.push({"pkg/__init__.py": ""})
    empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    site.hub.pulls[7].files = [{"filename": "pkg/__init__.py", "status": "added", "additions": 0, "patch": None, "sha": empty}]
    measured(site, head)
    assert verdict(site, head).returncode == 0


def test_a_broken_file_on_the_base_side_gives_the_heaviest_lane(site):
    site.base = site.commit_base({".github/lanemark.yml": "version: 1\nlanes: [\n"})
    head = site.push({"docs/x": "2\n", ".github/lanemark.yml": RULES + "protected: {paths: [ci/**]}\n"})
    view, ran = detect(site, head)
    assert view["lane"] == "heavy"
    assert "nobody can say that a lighter lane would do" in view["reason"]
    assert "nothing is enforced" in ran.stderr
