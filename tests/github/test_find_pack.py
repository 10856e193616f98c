"""A pack of the base branch is taken only from runs that could be a baseline too."""

import pytest

from emulator.state import Repo
from lanemark.errors import DataError
from lanemark.github.packs import find_pack

OLD, MID, BASE, AHEAD = (f"{number:040x}" for number in range(1, 5))
PATH = ".github/workflows/lane-baseline.yml"


@pytest.fixture(autouse=True)
def _history(hub):
    hub.add_history(OLD, MID, BASE, AHEAD)


def keep(hub, run_id, commit, data, *, lane="standard", attempt=1, name="pack.zip", **run):
    hub.add_run(run_id, head_sha=commit, **{"path": PATH, **run})
    hub.add_artifact(run_id, f"lanemark-pack-{lane}-{commit}-{attempt}", {name: data})


def find(hub, client, **more):
    return find_pack(client, "standard", BASE, **{"repository_id": hub.own.id, "workflow_paths": (PATH,), **more})


def test_nearest_run_wins_and_is_named_by_github(hub, client):
    keep(hub, 1, OLD, "old")
    keep(hub, 2, MID, "mid")
    keep(hub, 3, AHEAD, "ahead")
    found = find(hub, client)
    assert (found.data, found.run_id, found.commit, found.reason) == (b"mid", 2, MID, "")


def test_latest_attempt_wins(hub, client):
    keep(hub, 1, BASE, "first")
    hub.add_artifact(1, f"lanemark-pack-standard-{BASE}-2", {"pack.zip": "second"})
    assert find(hub, client).data == b"second"


@pytest.mark.parametrize(
    "run",
    [
        {"head_repo": Repo("mallory/shop", 999)},
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"path": ".github/workflows/other.yml"},
        {"conclusion": "failure"},
    ],
)
def test_poisoned_pack_is_not_taken(hub, client, run):
    keep(hub, 9, BASE, "poison", head_branch="main", **run)
    assert find(hub, client).data is None
    keep(hub, 2, OLD, "good")
    assert find(hub, client).data == b"good"


def test_other_lanes_and_other_commits_are_not_taken(hub, client):
    keep(hub, 1, BASE, "docs", lane="docs")
    hub.add_artifact(1, f"lanemark-pack-standard-{AHEAD}-1", {"pack.zip": "claims another commit"})
    found = find(hub, client)
    assert found.data is None
    assert "kept one of the lane standard" in found.reason


def test_unknown_base_is_a_reason(hub, client):
    assert "does not know the base commit" in find_pack(client, "standard", "f" * 40, repository_id=hub.own.id).reason


def test_artifact_without_a_pack_is_a_reason(hub, client):
    keep(hub, 1, BASE, "x", name="other.zip")
    assert find(hub, client).reason == "run 1 kept an empty one"


def test_archive_that_lies_is_refused(hub, client):
    hub.add_run(1, head_sha=BASE, path=PATH)
    hub.add_artifact(1, f"lanemark-pack-standard-{BASE}-1", b"no zip at all")
    with pytest.raises(DataError, match="not a zip"):
        find(hub, client)
