"""The bed itself: what the scenarios rely on."""

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

WORKFLOWS = Path(__file__).parent / "workflows"


def test_checkout_artifacts_needs_and_results_work_as_on_github(bed):
    bed.repository.commit({"README.md": "base\n", ".github/lanemark.yml": "version: 1\n", "src/a.py": "a\n"})
    base = bed.repository.git("rev-parse", "main")
    bed.repository.commit({"README.md": "head of the pull request\n"}, branch="topic")
    pull = bed.repository.open_pull(1, "topic", title='it"; echo PWNED; #')
    ran = bed.run(WORKFLOWS / "probe.yml", "pull_request", bed.repository.pull_event(pull, "opened"), run_id=11)
    assert ran.jobs == {"first": "failure", "second": "success"}, ran.log
    assert ran.status != 0
    assert "[first] head of the pull request" in ran.log
    assert f"[first] {base}" in ran.log
    assert f'sha={bed.repository.git("rev-parse", "refs/pull/1/merge")} token=none title=it"; echo PWNED; #' in ran.log
    assert ran.outputs["word"] == "hello"
    assert "[second] content" in ran.log
    assert '"result": "failure"' in ran.log
    assert "[second] README.md" in ran.log, "files of the root come with a sparse checkout, folders do not"
    assert "[second] src" not in ran.log
    artifacts = {artifact.name: artifact.run for artifact in bed.hub.artifacts.values()}
    assert artifacts == {"probe-hello-1": "11"}


def test_the_emulated_pull_request_lists_what_git_says(bed):
    bed.repository.commit({"a.txt": "1\n2\n3\n", "gone.txt": "x\n"})
    bed.repository.commit({"a.txt": "1\n2\n3\n4\n", "gone.txt": None, "new.txt": "n\n"}, branch="topic")
    pull = bed.repository.open_pull(7, "topic")
    assert [(row["filename"], row["status"], row["additions"], row["deletions"]) for row in pull.files] == [
        ("a.txt", "modified", 1, 0),
        ("gone.txt", "removed", 0, 1),
        ("new.txt", "added", 1, 0),
    ]
    event = bed.repository.pull_event(pull, "opened")
    assert event["pull_request"]["head"]["sha"] == bed.repository.git("rev-parse", "topic")
    json.dumps(event)
