"""A baseline is believed only when GitHub proves where it comes from."""

from datetime import UTC, datetime, timedelta

import pytest

from emulator.state import Repo
from lanemark.errors import GitHubError
from lanemark.github.answers import RepositoryPart, RunPart
from lanemark.github.baselines import distrust, find_baselines

SHAS = tuple(f"{number:040x}" for number in range(1, 8))
OLD, MID, BASE = SHAS[0], SHAS[1], SHAS[2]
AHEAD, SIDE = SHAS[3], SHAS[4]
PATH = ".github/workflows/lane-baseline.yml"


@pytest.fixture(autouse=True)
def _history(hub):
    hub.add_history(OLD, MID, BASE, AHEAD)
    hub.add_history(SIDE, branch="side")


def record(hub, run_id, commit, text, *, lane="standard", attempt=1, expired=False, **run):
    hub.add_run(run_id, head_sha=commit, **{"path": PATH, **run})
    hub.add_artifact(run_id, f"lanemark-baseline-{lane}-{commit}-{attempt}", {"head/result.json": text}, expired=expired)


def find(hub, client, **more):
    return find_baselines(
        client, "standard", BASE, **{"repository_id": hub.own.id, "branch": "main", "workflow_path": PATH, **more}
    )


def test_the_nearest_ancestor_comes_first_with_its_distance_and_age(hub, client):
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    record(hub, 2, MID, "mid", created=yesterday)
    record(hub, 1, OLD, "old")
    found = find(hub, client).found
    assert [(each.result, each.commit, each.behind, each.run_id) for each in found] == [(b"mid", MID, 1, 2), (b"old", OLD, 2, 1)]
    assert 86_000 < found[0].age_s < 87_000
    assert found[1].age_s < 600


def test_the_base_commit_itself_is_zero_behind(hub, client):
    record(hub, 1, BASE, "here")
    assert [each.behind for each in find(hub, client).found] == [0]


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ({"head_repo": Repo("mallory/shop", 999)}, "another repository"),
        ({"event": "pull_request"}, "not merged"),
        ({"event": "pull_request_target"}, "not merged"),
        ({"event": "workflow_run"}, "not merged"),
    ],
)
def test_a_poisoned_baseline_is_passed_over_and_named(hub, client, run, why):
    """A fork names its branch `main`, runs a workflow of our path, on a commit it took from our base."""
    record(hub, 9, BASE, "poison", head_branch="main", **run)
    record(hub, 2, OLD, "good")
    baselines = find(hub, client)
    assert [each.result for each in baselines.found] == [b"good"]
    assert len(baselines.skipped) == 1
    assert why in baselines.skipped[0]


def test_another_workflow_of_ours_is_passed_over(hub, client):
    record(hub, 9, BASE, "other", path=".github/workflows/other.yml")
    assert find(hub, client, workflow_path=PATH).found == ()
    record(hub, 10, MID, "ours")
    assert [each.result for each in find(hub, client).found] == [b"ours"]
    assert [each.result for each in find(hub, client, workflow_path="").found] == [b"other", b"ours"]


def test_a_run_of_another_workflow_is_distrusted_even_where_github_lists_it_under_ours():
    ours = RepositoryPart(id=1, full_name="o/r")
    run = RunPart(
        id=9,
        event="push",
        head_sha=BASE,
        created_at="",
        path=".github/workflows/x.yml@main",
        conclusion="success",
        head_repository=ours,
    )
    assert "another workflow" in distrust(run, 1, PATH)
    assert distrust(run, 1, ".github/workflows/x.yml") == distrust(run, 1, "") == ""


@pytest.mark.parametrize("commit", [AHEAD, SIDE])
def test_a_commit_that_is_no_ancestor_is_not_a_baseline(hub, client, commit):
    record(hub, 9, commit, "future")
    baselines = find(hub, client)
    assert baselines.found == ()
    assert "no trusted run" in baselines.reason


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", None])
def test_a_run_that_did_not_succeed_is_not_a_baseline(hub, client, conclusion):
    record(hub, 9, BASE, "red", conclusion=conclusion)
    assert find(hub, client).found == ()


def test_an_expired_baseline_is_passed_over_with_its_reason(hub, client):
    record(hub, 9, BASE, "gone", expired=True)
    record(hub, 2, OLD, "kept")
    baselines = find(hub, client)
    assert [each.result for each in baselines.found] == [b"kept"]
    assert "expired" in baselines.skipped[0]


def test_a_hostile_archive_is_passed_over_with_its_reason(hub, client):
    hub.add_run(9, head_sha=BASE, path=PATH)
    hub.add_artifact(9, f"lanemark-baseline-standard-{BASE}-1", {"../evil": "x"})
    baselines = find(hub, client)
    assert baselines.found == ()
    assert "leads elsewhere" in baselines.skipped[0]


def test_an_artifact_of_another_lane_or_commit_is_not_taken(hub, client):
    hub.add_run(9, head_sha=BASE, path=PATH)
    for name in (
        f"lanemark-baseline-heavy-{BASE}-1",
        f"lanemark-baseline-standard-{OLD}-1",
        f"x-lanemark-baseline-standard-{BASE}-1",
    ):
        hub.add_artifact(9, name, {"head/result.json": "no"})
    assert "nothing for this lane" in find(hub, client).skipped[0]


def test_the_latest_attempt_counts(hub, client):
    record(hub, 9, BASE, "two", attempt=2)
    hub.add_artifact(9, f"lanemark-baseline-standard-{BASE}-1", {"result.json": "one"})
    hub.add_artifact(9, f"lanemark-baseline-standard-{BASE}-10", {"result.json": "ten"})
    assert [each.result for each in find(hub, client).found] == [b"ten"]


def test_no_more_are_fetched_than_wanted(hub, client):
    for run_id, commit in ((1, OLD), (2, MID), (3, BASE)):
        record(hub, run_id, commit, f"{run_id}")
    assert [each.result for each in find(hub, client, most=2).found] == [b"3", b"2"]
    assert len(hub.sent("GET", "zip$")) == 2


def test_a_base_commit_github_does_not_know_has_no_baseline(hub, client):
    baselines = find_baselines(client, "standard", "f" * 40, repository_id=hub.own.id)
    assert baselines.found == ()
    assert "does not know" in baselines.reason


def test_a_workflow_without_runs_has_no_baseline(hub, client):
    assert "no trusted run" in find(hub, client).reason


def test_no_more_runs_are_asked_what_they_kept_than_allowed(hub, client):
    for run_id, commit in ((3, BASE), (4, BASE), (5, MID)):
        hub.add_run(run_id, head_sha=commit, path=PATH)
    record(hub, 1, OLD, "old")
    assert find(hub, client, looks=3).found == ()
    assert len(hub.sent("GET", "/artifacts$")) == 3
    assert [each.result for each in find(hub, client, looks=4).found] == [b"old"]


def test_what_was_found_before_github_failed_is_returned(hub, client):
    for run_id, commit in ((1, OLD), (2, MID), (3, BASE)):
        record(hub, run_id, commit, f"{run_id}")
    hub.fail(method="GET", path="/runs/2/artifacts", status=403, times=100)
    baselines = find(hub, client)
    assert [each.result for each in baselines.found] == [b"3"]
    assert baselines.skipped[-1].startswith("run 2: ")


def test_a_github_that_fails_before_anything_was_found_is_an_error(hub, client):
    record(hub, 3, BASE, "3")
    hub.fail(method="GET", path="/runs/3/artifacts", status=403, times=100)
    with pytest.raises(GitHubError):
        find(hub, client)
