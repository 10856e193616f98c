"""The template for one lane, run again by "Re-run failed jobs".

act's checkouts lie elsewhere each time, unlike GitHub's, so here only what the cache knows is spared; `cli/test_next_attempt.py` has
the rest.
"""

import shutil

import pytest

from e2e.bed import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TEMPLATE = ROOT / "workflow-templates" / "lane-run.yml"
CONFIG = """\
version: 1
lanes:
  standard: {default: true, stages: [gen]}
  heavy: {stages: [gen, app]}
stages:
  gen: {run: "cat src/*.txt > gen.out; echo x >> COUNTED/gen", inputs: ["src/**"], outputs: [gen.out], relocatable: true}
  app: {run: "echo half >> db/table; [ ! -e COUNTED/broken ]; echo done >> db/table", needs: [gen], state: [db/]}
measure: {baseline: none}
"""


def attempt(bed, number, *, run_id=41):
    """Run the template once, on a machine where nothing is left of the attempts before but what GitHub kept."""
    shutil.rmtree(bed.folder / f"run-{run_id}", ignore_errors=True)
    event = {"inputs": {"lane": "heavy"}, "ref": "refs/heads/main"}
    return bed.run(TEMPLATE, "workflow_dispatch", event, run_id=run_id, attempt=number)


def test_what_failed_is_kept_for_the_next_attempt_of_this_run_alone(bed):
    counted = bed.folder / "counted"
    counted.mkdir()
    (counted / "broken").touch()
    config = CONFIG.replace("COUNTED", str(counted))
    bed.repository.commit({".github/lanemark.yml": config, "src/a.txt": "a\n", "db/table": "base\n"})
    first = attempt(bed, 1)
    assert first.jobs == {"lane-run": "failure"}, first.log
    assert first.outputs["lane"] == "heavy"
    assert "Cache saved with key: lanemark-state.Linux.X64.41.lane-run.1" in first.log
    (counted / "broken").unlink()

    second = attempt(bed, 2)
    assert second.jobs == {"lane-run": "success"}, second.log
    assert "Cache restored from key: lanemark-state.Linux.X64.41.lane-run.1" in second.log
    assert (counted / "gen").read_text() == "x\n", "it is not run again"
    assert "Cache saved" not in second.log
    assert {one.name for one in bed.hub.artifacts.values()} == {"lanemark-run-heavy-1", "lanemark-run-heavy-2"}

    other = attempt(bed, 2, run_id=42)
    assert "Cache not found for input keys: lanemark-state.Linux.X64.42.lane-run.2" in other.log
    assert (counted / "gen").read_text() == "x\nx\n"
