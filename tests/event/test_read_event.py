import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.errors import LanemarkError
from lanemark.event import read_event

ONE, TWO = "1" * 40, "2" * 40
REPOSITORY = {"id": 7, "full_name": "octo-org/shop", "default_branch": "main"}


def event(name, **payload):
    return read_event(name, json.dumps({"repository": REPOSITORY, **payload}).encode())


def pull(**head):
    return {
        "number": 4,
        "base": {"sha": ONE, "ref": "main", "repo": {"id": 7}},
        "head": {"sha": TWO, "ref": "x", "repo": {"id": 7}, **head},
        "labels": [{"name": "run-heavy"}],
    }


def test_a_pull_request():
    found = event("pull_request", action="synchronize", pull_request=pull())
    assert (found.number, found.base, found.head, found.base_ref, found.labels) == (4, ONE, TWO, "main", ("run-heavy",))
    assert (found.repository, found.fork) == ("octo-org/shop", False)


@pytest.mark.parametrize("repo", [{"id": 8}, None])
def test_a_pull_request_of_a_fork_even_of_a_deleted_one(repo):
    assert event("pull_request", pull_request=pull(repo=repo)).fork


def test_a_merge_group():
    found = event(
        "merge_group", merge_group={"base_sha": ONE, "head_sha": TWO, "base_ref": "refs/heads/main", "head_ref": "refs/heads/q"}
    )
    assert (found.base, found.head) == (ONE, TWO)


def test_a_push_and_the_first_push_of_a_branch():
    assert event("push", before=ONE, after=TWO, ref="refs/heads/x").base == ONE
    assert event("push", before="0" * 40, after=TWO, ref="refs/heads/x").base is None


def test_a_workflow_run():
    run = {"id": 9, "run_attempt": 2, "run_number": 5, "event": "pull_request", "path": ".github/workflows/g.yml", "conclusion": "success",
           "head_sha": TWO, "head_branch": "x", "head_repository": {"id": 8, "owner": {"login": "fork"}}}  # fmt: skip
    found = event("workflow_run", workflow_run=run).run
    assert (found.id, found.attempt, found.head_repository_id, found.head_owner) == (9, 2, 8, "fork")


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("pull_request", {}, "pull_request is missing"),
        ("pull_request", {"pull_request": pull(sha="--output=x")}, "pull_request.head.sha is no commit"),
        ("pull_request", {"pull_request": {**pull(), "number": "4"}}, "number is no whole number"),
        ("pull_request_target", {}, "rights of the repository"),
        ("issues", {}, "does not act on"),
        ("push", {"after": "0" * 40}, "deleted"),
    ],
)
def test_what_cannot_be_used_is_said(name, payload, told):
    with pytest.raises(LanemarkError, match=told):
        event(name, **payload)


@given(st.binary(max_size=60), st.sampled_from(["push", "pull_request", "workflow_run"]))
def test_nothing_but_our_own_errors_comes_of_hostile_bytes(data, name):
    with pytest.raises(LanemarkError):
        read_event(name, data)
