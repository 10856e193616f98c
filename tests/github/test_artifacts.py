"""Artifacts are fetched in two steps, without the token in the second, and read as hostile data."""

import pytest

from lanemark.errors import DataError, GitHubError
from lanemark.github.artifacts import fetch_files, fetch_measured, list_artifacts

C = "c" * 40


@pytest.fixture(autouse=True)
def _run(hub):
    hub.add_run(77, head_sha=C, event="pull_request")


def test_what_a_run_measured_is_read_each_lane_and_shard_from_its_latest_attempt(hub, client):
    hub.add_artifact(77, "lanemark-measure-standard-0-1", {"head/result.json": "old"})
    hub.add_artifact(77, "lanemark-measure-standard-0-2", {"head/result.json": "new", "base/result.json": "b", "x.log": "x"})
    hub.add_artifact(77, "lanemark-measure-my-lane-3-1", {"head/result.json": "sharded"})
    hub.add_artifact(77, "lanemark-verdict-pass-1", {"head/result.json": "no"})
    hub.add_artifact(77, "coverage", {"head/result.json": "no"})
    measured = fetch_measured(client, 77)
    assert [(each.lane, each.shard, each.attempt, each.files) for each in measured] == [
        ("my-lane", 3, 1, {"head/result.json": b"sharded"}),
        ("standard", 0, 2, {"head/result.json": b"new", "base/result.json": b"b"}),
    ]


def test_a_run_that_left_too_much_is_refused_before_anything_is_fetched(hub, client):
    for shard in range(65):
        hub.add_artifact(77, f"lanemark-measure-standard-{shard}-1", {"head/result.json": "x"})
    with pytest.raises(DataError, match="65 results"):
        fetch_measured(client, 77)
    assert hub.sent("GET", "zip$") == []


def test_a_run_without_artifacts_measured_nothing(hub, client):
    assert fetch_measured(client, 77) == ()


def test_the_store_never_sees_the_token(hub, client):
    """The emulated store answers 400 to a request with the header, as Azure's does; reading works, so it was not sent."""
    hub.add_artifact(77, "a", {"f": "x"})
    assert fetch_files(client, list_artifacts(client, 77)[0], ["f"]) == {"f": b"x"}


def test_an_expired_artifact_is_refused_whether_listed_so_or_not(hub, client):
    artifact = hub.add_artifact(77, "a", {"f": "x"})
    listed = list_artifacts(client, 77)[0]
    artifact.expired = True
    with pytest.raises(DataError, match="expired"):
        fetch_files(client, listed, ["f"])
    with pytest.raises(DataError, match="expired"):
        fetch_files(client, list_artifacts(client, 77)[0], ["f"])


def test_bytes_that_changed_on_the_way_are_refused(hub, client):
    artifact = hub.add_artifact(77, "a", {"f": "x"})
    listed = list_artifacts(client, 77)[0]
    hub.blobs[artifact.id] += b"x"
    with pytest.raises(DataError, match="damaged"):
        fetch_files(client, listed, ["f"])


def test_an_archive_that_is_none_is_refused(hub, client):
    hub.add_artifact(77, "lanemark-measure-standard-0-1", b'{"plain": "file"}')
    with pytest.raises(DataError, match="not a zip"):
        fetch_measured(client, 77)


def test_a_store_that_fails_is_asked_again_and_then_given_up(hub, client):
    artifact = hub.add_artifact(77, "a", {"f": "x"})
    listed = list_artifacts(client, 77)[0]
    del hub.blobs[artifact.id]
    with pytest.raises(GitHubError, match="the store answered 404"):
        fetch_files(client, listed, ["f"])
    assert len(hub.sent("GET", "zip$")) == 3
