"""Payloads: what is taken from them, and that nothing missing or mistyped passes silently."""

import copy
import json

import pytest
from msgspec.structs import replace

from lanemark.errors import DataError, EventError
from lanemark.event import GONE, PAYLOAD_LIMIT, Comment, TriggeringRun, local_event, read_event, refuse_running

BASE, HEAD = "a" * 40, "b" * 40
REPOSITORY = {"id": 11, "full_name": "o/r", "default_branch": "main", "private": False, "owner": {"login": "o"}, "size": 1.5}
PULL = {
    "action": "synchronize",
    "number": 7,
    "repository": REPOSITORY,
    "pull_request": {
        "number": 7, "title": "x", "labels": [{"name": "bug", "id": 1}, {"name": "lane"}],
        "base": {"sha": BASE, "ref": "main", "repo": {"id": 11}}, "head": {"sha": HEAD, "ref": "pr`$(id)`", "repo": {"id": 12}},
    },
}  # fmt: skip
GROUP = {
    "action": "checks_requested",
    "repository": REPOSITORY,
    "merge_group": {
        "base_sha": BASE,
        "base_ref": "refs/heads/main",
        "head_sha": HEAD,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-a",
    },
}
PUSH = {"before": BASE, "after": HEAD, "ref": "refs/heads/refs/heads/odd", "repository": REPOSITORY}
RUN = {
    "action": "completed",
    "repository": REPOSITORY,
    "workflow_run": {
        "id": 99, "run_attempt": 2, "run_number": 5, "event": "pull_request", "path": ".github/workflows/gate.yml", "conclusion": "success",
        "head_sha": HEAD, "head_branch": "main", "head_repository": {"id": 12, "owner": {"login": "fork"}},
    },
}  # fmt: skip
COMMENT = {
    "action": "created",
    "repository": REPOSITORY,
    "issue": {"number": 7, "pull_request": {"url": "x"}, "labels": [{"name": "bug"}], "title": "x"},
    "comment": {"id": 5, "user": {"login": "maintainer"}, "body": "/lanemark lane `docs`\n\x1b"},
}
RELEASE = {"action": "published", "repository": REPOSITORY, "release": {"tag_name": "v1.0"}}
PAYLOADS = {
    "pull_request": PULL,
    "pull_request_target": PULL,
    "merge_group": GROUP,
    "push": PUSH,
    "workflow_run": RUN,
    "issue_comment": COMMENT,
    "release": RELEASE,
    "workflow_dispatch": {"inputs": {"lane": "docs"}, "repository": REPOSITORY},
}


def read(name, payload):
    return read_event(name, json.dumps(payload).encode())


def replaced(payload, path, value):
    changed = copy.deepcopy(payload)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def test_a_pull_request_is_read():
    event = read("pull_request", PULL)
    assert (event.name, event.action, event.number, event.repository, event.repository_id, event.default_branch) == (
        "pull_request",
        "synchronize",
        7,
        "o/r",
        11,
        "main",
    )
    assert (event.base, event.base_ref, event.head, event.head_ref, event.labels) == (
        BASE,
        "main",
        HEAD,
        "pr`$(id)`",
        ("bug", "lane"),
    )
    assert event.fork


def test_a_pull_request_of_the_same_repository_is_no_fork_and_one_of_a_deleted_repository_is():
    assert not read("pull_request", replaced(PULL, ["pull_request", "head", "repo", "id"], 11)).fork
    gone = read("pull_request", replaced(PULL, ["pull_request", "head", "repo"], None))
    assert gone.head_repository_id == GONE
    assert gone.fork


def test_a_merge_group_is_read():
    event = read("merge_group", GROUP)
    assert (event.base, event.base_ref, event.head, event.head_ref) == (BASE, "main", HEAD, "gh-readonly-queue/main/pr-7-a")


def test_a_push_is_read_and_only_its_first_prefix_goes():
    event = read("push", PUSH)
    assert (event.base, event.head, event.head_ref) == (BASE, HEAD, "refs/heads/odd")


def test_zeros_before_a_push_mean_a_new_branch_and_after_it_a_deleted_one():
    assert read("push", PUSH | {"before": "0" * 40}).base is None
    with pytest.raises(EventError, match="deleted"):
        read("push", PUSH | {"after": "0" * 40})


def test_a_tag_keeps_its_whole_name():
    assert read("push", PUSH | {"ref": "refs/tags/main"}).head_ref == "refs/tags/main"


def test_a_workflow_run_is_read():
    event = read("workflow_run", RUN)
    assert event.run == TriggeringRun(
        id=99, attempt=2, number=5, event="pull_request", workflow_path=".github/workflows/gate.yml", conclusion="success",
        head_sha=HEAD, head_branch="main", head_repository_id=12, head_owner="fork",
    )  # fmt: skip
    assert event.head == HEAD
    assert event.fork


def test_a_workflow_run_of_a_deleted_repository_is_still_foreign():
    event = read("workflow_run", replaced(RUN, ["workflow_run", "head_repository"], None))
    assert event.run is not None
    assert (event.run.head_repository_id, event.run.head_owner, event.fork) == (GONE, "", True)


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch", "repository_dispatch"])
def test_events_about_no_change_need_no_repository_but_take_it(name):
    assert read(name, {"schedule": "0 0 * * *"}).repository == ""
    assert read(name, {"repository": REPOSITORY}).default_branch == "main"


def test_a_person_has_an_event_too():
    assert local_event().name == "local"


def test_sha256_commits_are_commits():
    assert read("push", PUSH | {"before": "c" * 64}).base == "c" * 64


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    else:
        yield path


UNUSED = {
    ("number",),
    ("pull_request", "title"),
    ("pull_request", "labels", 0, "id"),
    ("pull_request", "base", "repo", "id"),
    ("repository", "private"),
    ("repository", "size"),
    ("repository", "owner", "login"),
    ("issue", "pull_request", "url"),
    ("issue", "title"),
}
MAY_BE_NULL = {("workflow_run", "conclusion"), ("workflow_run", "head_branch"), ("comment", "body"), ("inputs", "lane")}


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, payload in PAYLOADS.items() for path in leaves(payload) if path not in UNUSED]
)
def test_every_field_that_is_taken_is_checked_and_named(name, path):
    shown = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    wrong_values = [True, 1.5, [], {}] + ([] if path in MAY_BE_NULL else [None])
    for wrong in wrong_values:
        with pytest.raises(EventError) as caught:
            read(name, replaced(PAYLOADS[name], list(path), wrong))
        assert shown in caught.value.message
        assert caught.value.help


@pytest.mark.parametrize("commit", ["A" * 40, "a" * 39, "a" * 41, "g" * 40, "a" * 40 + "\n", "--output=x", "HEAD"])
def test_only_full_hexadecimal_ids_are_commits(commit):
    with pytest.raises(EventError, match=r"\$\.before"):
        read("push", PUSH | {"before": commit})


@pytest.mark.parametrize("number", [0, -1, "7", True])
def test_ids_count_from_one(number):
    with pytest.raises(EventError, match=r"\$\.pull_request\.number"):
        read("pull_request", replaced(PULL, ["pull_request", "number"], number))


def test_an_object_that_is_something_else_is_named():
    with pytest.raises(EventError, match=r"\$\.pull_request is a list|\$\.pull_request is"):
        read("pull_request", PULL | {"pull_request": []})
    with pytest.raises(EventError, match="\\$ is"):
        read_event("push", b"[]")


@pytest.mark.parametrize("name", ["pull_request_target", "issue_comment"])
def test_where_the_token_is_strong_no_code_may_run_and_what_to_use_is_said(name):
    with pytest.raises(EventError, match="not supported") as caught:
        refuse_running(read(name, PAYLOADS[name]))
    assert "workflow_run" in caught.value.help


@pytest.mark.parametrize("name", ["pull_request", "push", "workflow_run", "merge_group", "release", "workflow_dispatch"])
def test_other_events_may_run_code(name):
    refuse_running(read(name, PAYLOADS[name]))


def test_the_target_event_is_read_like_the_pull_request_it_is_about():
    assert read("pull_request_target", PULL) == replace(read("pull_request", PULL), name="pull_request_target")


def test_a_comment_below_a_pull_request_is_read_as_it_is():
    event = read("issue_comment", COMMENT)
    assert (event.number, event.labels, event.head) == (7, ("bug",), None)
    assert event.comment == Comment(id=5, author="maintainer", body="/lanemark lane `docs`\n\x1b")
    assert read("issue_comment", replaced(COMMENT, ["comment", "user"], None)).comment.author == ""


def test_a_comment_below_an_issue_is_about_no_pull_request():
    assert read("issue_comment", replaced(COMMENT, ["issue", "pull_request"], None)).number is None


def test_a_release_and_a_pushed_tag_have_a_tag_and_nothing_else_has():
    assert read("release", RELEASE).tag == "v1.0"
    assert read("push", PUSH | {"ref": "refs/tags/v1.0"}).tag == "v1.0"
    assert read("push", PUSH).tag == ""
    assert read("pull_request", replaced(PULL, ["pull_request", "head", "ref"], "refs/tags/v1")).tag == ""


@pytest.mark.parametrize(
    ("inputs", "lane"), [(None, ""), ({}, ""), ({"lane": ""}, ""), ({"lane": "auto"}, ""), ({"lane": "docs", "x": 1}, "docs")]
)
def test_a_dispatch_may_name_a_lane(inputs, lane):
    assert read("workflow_dispatch", {"inputs": inputs}).lane == lane


def test_a_lane_s_name_has_an_end():
    with pytest.raises(EventError, match="at most"):
        read("workflow_dispatch", {"inputs": {"lane": "x" * 10_000}})


def test_other_events_are_refused_and_shown_safely():
    with pytest.raises(EventError, match="issue") as caught:
        read("issue\x1b", {})
    assert "\x1b" not in caught.value.message
    assert "pull_request" in caught.value.help


@pytest.mark.parametrize("payload", [b"", b"{", b'{"before": NaN}', b'{"a":1,"a":2}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_json_are_refused(payload):
    with pytest.raises(DataError, match="push"):
        read_event("push", payload)


def test_a_payload_beyond_the_limit_is_refused():
    with pytest.raises(DataError, match="at most"):
        read_event("schedule", b" " * PAYLOAD_LIMIT + b"{}")
