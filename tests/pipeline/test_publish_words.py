"""What `lanemark publish` says besides the verdict: what the run claimed, and what was asked of GitHub."""

import pytest
from publisher import NUMBER, World, measure_once

from emulator.state import finished

pytestmark = pytest.mark.slow

SAID_PASS = "The run itself said pass; judged again by the policy of the base branch it is fail."
ENDED_GREEN = "The run itself ended green; judged again by the policy of the base branch it is fail."


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure_once(tmp_path_factory.mktemp("measured") / "site")


@pytest.fixture
def world(measured, tmp_path):
    made = World(tmp_path, measured)
    with made.hub:
        yield made


@pytest.mark.parametrize(
    ("claim", "conclusion", "words"),
    [
        ("lanemark-verdict-pass-1", "success", SAID_PASS),
        ("lanemark-verdict-fail-1", "failure", ""),
        ("lanemark-verdict-evil-1", "failure", ""),
        ("lanemark-verdict-fail-1", "success", ENDED_GREEN),
        (None, "success", ENDED_GREEN),
    ],
)
def test_what_the_run_itself_said_is_held_against_the_verdict_made_here(world, claim, conclusion, words):
    del world.hub.artifacts[world.claim.id]
    world.conclusion = conclusion
    if claim:
        world.hub.add_artifact(200, claim, {"verdict.json": "{}"})
    done = world.publish()
    assert done.returncode == 0, done.stdout
    summary = (world.folder / "summary-201-1.md").read_text()
    for page in (world.comments()[0], summary, *(check["output"]["summary"] for check in world.hub.checks.values())):
        assert ("The run itself" in page) is bool(words)
        assert words in page


def test_only_the_claims_of_the_latest_attempt_count(world):
    for name in ("lanemark-verdict-pass-2", "lanemark-verdict-warn-2"):
        world.hub.add_artifact(200, name, {"verdict.json": "{}"})
    assert world.publish().returncode == 0
    assert "The run itself said pass and warn; judged again" in world.comments()[0]


def test_the_log_says_how_much_was_asked_of_github_and_with_v_what(world):
    files = rf"/pulls/{NUMBER}/files"
    world.hub.fail("GET", files, 502, headers={"Retry-After": "0"})
    loud = world.publish(words=("-v",))
    assert loud.returncode == 0, loud.stdout
    count = len(world.hub.sent())
    said = f"GitHub was asked: {count} requests, 1 retry, "
    assert said in loud.stdout
    assert said in (world.folder / "summary-201-1.md").read_text()
    root = f"/repos/{world.hub.own.name}"
    assert f"GET {root}{files}: 502\nGET {root}{files}: 200\n" in loud.stdout
    assert f"POST {root}/check-runs: 201" in loud.stdout
    quiet = world.publish(run=202)
    assert "GitHub was asked: " in quiet.stdout
    assert "GET /repos" not in quiet.stdout
    assert "GitHub was asked" not in (world.folder / "summary-202-1.md").read_text()


def test_a_run_with_debug_logging_names_its_requests_by_itself(world):
    done = world.publish(environment={"RUNNER_DEBUG": "1"})
    assert f"POST /repos/{world.hub.own.name}/check-runs: 201" in done.stdout


def test_the_token_is_in_nothing_that_is_said_or_written(world):
    world.hub.fail("POST", "/check-runs", 422)
    done = world.publish(words=("-v",))
    assert done.returncode == 6, done.stdout
    written = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert world.hub.token not in done.stdout
    assert world.hub.token.encode() not in written


def test_a_digest_that_does_not_fit_is_not_published(world):
    (artifact,) = [each for each in world.hub.artifacts.values() if each.name.startswith("lanemark-measure")]
    world.hub.artifacts[artifact.id] = finished(artifact, b"something else")
    done = world.publish()
    assert done.returncode == 6
    assert "was damaged on the way" in done.stdout
    assert (world.comments(), world.checks()) == ([], [])
