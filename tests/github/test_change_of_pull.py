"""The files of a pull request by REST, and what is said when the list is not whole."""

import pytest

from emulator.state import Repo
from lanemark.errors import DataError, GitHubError
from lanemark.event import Event
from lanemark.github.changes import change_of_event, change_of_pull, read_text
from lanemark.github.faults import AnswerError

A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)


def entries(change):
    return {(file.path, file.status, file.added, file.deleted) for file in change.files}


def test_every_kind_of_change_is_read(hub, client):
    hub.add_pull(7, head_sha=C, base_sha=B, files=[
        {"filename": "new.py", "status": "added", "additions": 3},
        {"filename": "gone.py", "status": "removed", "additions": 0, "deletions": 4},
        {"filename": "b.py", "status": "renamed", "previous_filename": "a.py", "additions": 1, "deletions": 2},
        {"filename": "logo.png", "status": "modified", "additions": 0, "deletions": 0, "patch": None},
        {"filename": "mode.sh", "status": "changed", "additions": 0, "deletions": 0},
        {"filename": "copy.py", "status": "copied", "additions": 1},
        {"filename": "same.py", "status": "unchanged", "additions": 0},
        {"filename": "odd\u202e\n`name", "status": "modified"},
    ])  # fmt: skip
    change = change_of_pull(client, 7)
    assert entries(change) == {
        ("new.py", "A", 3, 0), ("gone.py", "D", 0, 4), ("a.py", "D", 0, 2), ("b.py", "A", 1, 0), ("logo.png", "M", None, None),
        ("mode.sh", "M", 0, 0), ("copy.py", "A", 1, 0), ("odd\u202e\n`name", "M", 1, 0),
    }  # fmt: skip
    assert (change.complete, change.reason, change.source) == (True, "", "github")
    assert (change.base, change.tested, change.head) == (B, C, C)


def test_the_base_is_the_merge_base_where_the_branch_moved_on(hub, client):
    hub.add_history(A, B, D)
    hub.parents[C] = B
    hub.add_pull(7, head_sha=C, base_sha=D)
    assert change_of_pull(client, 7).base == B


def test_three_thousand_files_are_read_whole(hub, client):
    hub.add_pull(7, head_sha=C, base_sha=B, files=[f"src/f{number}.py" for number in range(3000)])
    change = change_of_pull(client, 7)
    assert len(change.files) == 3000
    assert change.complete


def test_more_files_than_github_lists_are_not_complete(hub, client):
    hub.add_pull(7, head_sha=C, base_sha=B, files=[f"src/f{number}.py" for number in range(3001)])
    change = change_of_pull(client, 7)
    assert len(change.files) == 3000
    assert not change.complete
    assert "3000 of 3001" in change.reason


def test_a_list_shorter_than_the_count_is_not_complete(hub, client):
    hub.add_pull(7, head_sha=C, base_sha=B, files=["a.py"], changed_files=2)
    assert not change_of_pull(client, 7).complete


def test_a_head_that_moves_while_we_read_is_not_complete(hub, client):
    hub.add_pull(7, head_sha=C, base_sha=B, files=["a.py"])
    hub.after("GET", "files", lambda: setattr(hub.pulls[7], "head_sha", D))
    change = change_of_pull(client, 7)
    assert not change.complete
    assert "moved" in change.reason


def test_a_submodule_is_known_by_its_patch(hub, client):
    patch = f"@@ -1 +1 @@\n-Subproject commit {A}\n+Subproject commit {B}"
    hub.add_pull(
        7, head_sha=C, base_sha=B, files=[{"filename": "lib", "status": "modified", "deletions": 1, "patch": patch}, "a.py"]
    )
    assert {file.path: file.submodule for file in change_of_pull(client, 7).files} == {"lib": True, "a.py": False}


@pytest.mark.parametrize(
    ("line", "escapes"),
    [("/etc/passwd", True), ("../../x", True), ("../.git/config", True), ("../x", False), ("beside", False)],
)
@pytest.mark.parametrize("status", ["added", "renamed"])
def test_what_could_be_a_link_that_leads_outside_counts_as_one(hub, client, line, escapes, status):
    patch = f"@@ -0,0 +1 @@\n+{line}\n\\ No newline at end of file"
    entry = {"filename": "d/link", "status": status, "additions": 1, "patch": patch}
    hub.add_pull(7, head_sha=C, base_sha=B, files=[entry | ({"previous_filename": "old"} if status == "renamed" else {})])
    assert [file.escapes for file in change_of_pull(client, 7).files if file.path == "d/link"] == [escapes]


def test_a_line_with_its_newline_is_no_link(hub, client):
    entry = {"filename": "a", "status": "added", "additions": 1, "patch": "@@ -0,0 +1 @@\n+/etc/passwd"}
    hub.add_pull(7, head_sha=C, base_sha=B, files=[entry])
    assert not change_of_pull(client, 7).files[0].escapes


def test_an_event_with_a_number_has_its_pull_request_s_files(hub, client, pull_event):
    hub.add_pull(7, head_sha=C, base_sha=B, files=["a.py"])
    assert change_of_event(client, pull_event) == change_of_pull(client, 7)


def test_a_run_has_the_files_of_the_pull_request_with_its_head(hub, client, run_event):
    hub.add_pull(8, head_sha=D, base_sha=B, head_repo=Repo("mallory/shop", 999), head_ref="feature", files=["other.py"])
    hub.add_pull(7, head_sha=C, base_sha=B, head_repo=Repo("mallory/shop", 999), head_ref="feature", files=["a.py"])
    change = change_of_event(client, run_event())
    assert (change.head, [file.path for file in change.files], change.complete) == (C, ["a.py"], True)


def test_a_run_of_no_pull_request_and_a_comment_below_an_issue_have_no_change(hub, client, run_event):
    assert change_of_event(client, run_event(name="push")) is None
    assert change_of_event(client, Event(name="issue_comment")) is None


def test_a_pull_request_that_moved_on_since_the_event_is_not_complete(hub, client, pull_event):
    hub.add_pull(7, head_sha=D, base_sha=B, files=["a.py"])
    change = change_of_event(client, pull_event)
    assert not change.complete
    assert "moved" in change.reason


def test_a_file_of_a_commit_is_read(hub, client):
    hub.add_text(B, ".github/lanemark.yml", "version: 1\n# ünïcode\n")
    assert read_text(client, B, ".github/lanemark.yml") == "version: 1\n# ünïcode\n"


def test_a_path_is_quoted(hub, client):
    hub.add_text(B, "a b/%2e?x#y.yml", "x")
    assert read_text(client, B, "a b/%2e?x#y.yml") == "x"


def test_a_file_that_is_not_there_is_none(hub, client):
    assert read_text(client, B, ".github/lanemark.yml") is None


def test_a_commit_that_cannot_be_seen_is_an_error_never_an_absent_policy(hub, client):
    with pytest.raises(AnswerError, match="404"):
        read_text(client, D, ".github/lanemark.yml")


@pytest.mark.parametrize(
    ("text", "words"), [("x" * 262_145, "at most 262144"), ("x" * 2_000_000, "at most"), (b"\xff\xfe", "UTF-8")]
)
def test_a_file_that_cannot_be_a_policy_is_refused(hub, client, text, words):
    hub.add_text(B, "f.yml", text)
    with pytest.raises(DataError, match=words):
        read_text(client, B, "f.yml")


def test_github_down_is_an_error(hub, client):
    hub.add_text(B, "f.yml", "x")
    hub.fail("GET", "contents", 503, times=99)
    with pytest.raises(GitHubError, match="503"):
        read_text(client, B, "f.yml")
