"""A second run of a pull request, on a fresh machine: what did not change is not run again, and the comment says so."""

import shutil

import pytest

from e2e.bed import ROOT
from e2e.shop import CONFIG, SHOP, SLOWER
from e2e.test_scenarios import MARKER, comments, publish, split_gate

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BASELINE = ROOT / "workflow-templates" / "lane-baseline.yml"
TALK = '\n\ndef greet():\n    return "hello"\n'


@pytest.fixture
def counted(bed):
    """Where each execution of a stage leaves a line."""
    folder = bed.folder / "counted"
    folder.mkdir()
    return folder


def configure(counted):
    """The shop with a lane above the standard one, stages that count their executions, and no budget that would make them run."""
    unit = f"run: python3 tools/check.py && echo x >> {counted}/unit\n    relocatable: true"
    lint = (
        f'  lint:\n    run: cat tools/*.py | wc -c > lint.txt && echo x >> {counted}/lint\n    inputs: ["tools/**"]\n'
        "    outputs: [lint.txt]\n    relocatable: true\n    measure: false\n"
    )
    text = CONFIG.replace("run: python3 tools/check.py", unit).replace("stages: [unit, price]", "stages: [lint, unit, price]")
    text = text.replace(
        "stages:\n  unit:", f"  heavy:\n    paths: [heavy/**]\n    stages: [lint, unit, price]\nstages:\n{lint}  unit:"
    )
    return {**SHOP, ".github/lanemark.yml": text}


def executions(counted):
    return {path.name: len(path.read_text().splitlines()) for path in sorted(counted.iterdir())}


def on_a_fresh_machine(bed, pull, run_id, **more):
    """Run the gate where nothing is left of the runs before but what GitHub kept."""
    shutil.rmtree(bed.folder / "machine", ignore_errors=True)
    environment = {"LANEMARK_CACHE": str(bed.folder / "machine"), **more}
    return split_gate(bed, pull, run_id=run_id, environment=environment)


def test_second_run_skips_what_did_not_change_and_the_comment_says_so(bed, counted):
    bed.repository.commit(configure(counted))
    bed.repository.commit(SLOWER, branch="feature")
    pull = bed.repository.open_pull(1, "feature")
    first, _ = on_a_fresh_machine(bed, pull, 11)
    assert first.jobs == {"measure": "success", "lane-gate": "failure"}, first.log
    assert executions(counted) == {"lint": 1, "unit": 2}  # head's lint is what base's was a moment before
    assert "Cache saved with key: lanemark-pack.Linux" in first.log

    bed.repository.commit({"docs/usage.md": "# New\n"}, branch="feature")
    pull = bed.repository.open_pull(1, "feature")
    second, run = on_a_fresh_machine(bed, pull, 12)
    assert second.jobs == {"measure": "success", "lane-gate": "failure"}, second.log
    assert "Cache restored from key: lanemark-pack.Linux" in second.log
    assert executions(counted) == {"lint": 1, "unit": 2}, second.log

    publish(bed, run, run_id=13)
    (comment,) = comments(bed, 1)
    assert comment.body.startswith(MARKER)
    (said,) = [
        line for line in comment.body.splitlines() if line.startswith("Not run again, because nothing they read changed: ")
    ]
    assert "`lint` (head and base, from run 11, 20" in said
    assert "`unit` (head and base, from run 11, 20" in said
    assert "That saved " in said
    assert "price" not in said
    assert "Uncovered changed lines" in comment.body  # the replayed report counts


def test_refused_save_and_broken_pack_cost_time_and_no_verdict(bed, counted):
    bed.repository.commit(configure(counted))
    bed.repository.commit({"shop/prices.py": SHOP["shop/prices.py"] + TALK}, branch="feature")
    pull = bed.repository.open_pull(2, "feature")
    first, _ = on_a_fresh_machine(bed, pull, 21)
    ran = executions(counted)
    for pack in (bed.folder / "actions-cache").rglob("pack.zip"):
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:-7])
    second, _ = on_a_fresh_machine(bed, pull, 22, BED_CACHE_REFUSES="1")
    assert second.jobs == first.jobs, second.log
    assert second.outputs["verdict"] == first.outputs["verdict"]
    assert "the pack of earlier runs is not used" in second.log
    assert "cache write denied" in second.log
    assert executions(counted) == {name: 2 * times for name, times in ran.items()}


def test_what_the_default_branch_left_spares_a_pull_request_its_first_runs(bed, counted):
    before = bed.repository.commit(configure(counted))
    after = bed.repository.commit({"shop/names.py": "NAME = 'Shop'\n"})
    event = bed.repository.push_event(before, after)
    shutil.rmtree(bed.folder / "machine", ignore_errors=True)
    machine = {"LANEMARK_CACHE": str(bed.folder / "machine"), "GITHUB_REF": "refs/heads/main"}
    recorded = bed.run(BASELINE, "push", event, run_id=31, environment=machine)
    assert recorded.jobs == {"baseline": "success"}, recorded.log
    assert executions(counted) == {"lint": 1, "unit": 1}
    assert f"lanemark-pack-standard-{after}-1" in {each.name for each in bed.hub.artifacts.values()}

    bed.repository.commit({"shop/prices.py": SHOP["shop/prices.py"] + TALK}, branch="feature")
    pull = bed.repository.open_pull(3, "feature")
    ran, _ = on_a_fresh_machine(bed, pull, 32)
    assert ran.jobs["measure"] == "success", ran.log
    assert executions(counted) == {"lint": 1, "unit": 2}, ran.log  # unit ran for head alone
