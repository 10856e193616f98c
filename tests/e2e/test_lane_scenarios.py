"""What moves a lane besides files: labels, edited rules, the merge queue, and more files than GitHub lists."""

import json

import pytest
from test_scenarios import GATE, artifact, comments, names, split_gate

from e2e.bed import ROOT
from e2e.shop import SHOP

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RULES = """\
version: 1
lanes:
  docs: {paths: ["docs/**", "*.md"], stages: []}
  standard: {default: true, stages: [unit]}
  heavy: {stages: [unit, whole], when: {labels: [run-heavy], events: [merge_group]}}
stages:
  unit: {run: "true", measure: false}
  whole: {run: "true", measure: false, needs: [unit]}
publish: {comment: always}
"""
LANES = {**SHOP, ".github/lanemark.yml": RULES}
TEMPLATE = ROOT / "workflow-templates" / "lane-gate-pr.yml"


def choice(bed, lane):
    """Return the choice that an artifact of a measurement holds."""
    return json.loads(artifact(bed, f"lanemark-measure-{lane}-0-1")["head/result.json"])["choice"]


def test_labels_lift_for_everybody_and_lower_for_writers_only(bed):
    bed.hub.roles = {"ada": "maintain", "tim": "triage"}
    bed.repository.commit(LANES)
    bed.repository.commit({"shop/new.py": "A = 1\n"}, branch="feature")
    pull = bed.repository.open_pull(21, "feature")
    bed.hub.add_label(21, "run-heavy", "tim")
    lifted, run = split_gate(bed, pull, run_id=211, conclusion="success")
    assert lifted.jobs == {"measure": "success", "lane-gate": "success"}, lifted.log
    assert "lanemark-measure-heavy-0-1" in names(bed, run)
    assert choice(bed, "heavy")["reason"] == "the label run-heavy lifts it to heavy (.github/lanemark.yml:5 when.labels)"
    bed.hub.remove_label(21, "run-heavy", "tim")
    bed.hub.add_label(21, "lane:docs", "ada")
    lowered = bed.run(GATE, "pull_request", bed.repository.pull_event(pull, "labeled"), run_id=212)
    assert (lowered.jobs, lowered.outputs["lane"]) == ({"lane-gate": "success"}, "docs"), lowered.log
    (comment,) = comments(bed, 21)
    assert "The label `lane:docs` of ada asked for the lane docs; by itself the change would get standard." in comment.body
    bed.hub.remove_label(21, "lane:docs", "ada")
    bed.hub.add_label(21, "lane:docs", "tim")
    refused = bed.run(GATE, "pull_request", bed.repository.pull_event(pull, "labeled"), run_id=213)
    assert (refused.jobs, refused.outputs["lane"]) == ({"lane-gate": "success"}, "standard"), refused.log
    (comment,) = comments(bed, 21)
    assert "was not followed: tim has no write permission" in comment.body


def test_a_pull_request_that_edits_the_rules_of_lanes_is_judged_by_the_old_ones_and_told_what_the_new_ones_do(bed):
    bed.repository.commit(LANES)
    lighter = RULES.replace('"docs/**"', '"**"') + "protected: {paths: []}\n"
    bed.repository.commit({".github/lanemark.yml": lighter, "shop/new.py": "A = 1\n"}, branch="feature")
    pull = bed.repository.open_pull(22, "feature")
    ran, run = split_gate(bed, pull, run_id=221, conclusion="success")
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert names(bed, run) == ["lanemark-measure-heavy-0-1", "lanemark-verdict-pass-1"]
    comment = artifact(bed, "lanemark-verdict-pass-1")["comment.md"].decode()
    assert "With its new rules the rest of this change would get the lane docs, not standard" in comment


def test_a_merge_group_takes_the_lane_that_its_event_asks_for(bed):
    bed.repository.commit(LANES)
    bed.repository.commit({"docs/usage.md": "# Other\n"}, branch="feature")
    pull = bed.repository.open_pull(23, "feature")
    ran = bed.run(TEMPLATE, "merge_group", bed.repository.queue(pull), run_id=231, token=bed.hub.read_token)
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert ran.outputs["lane"] == "heavy"
    assert choice(bed, "heavy")["reason"] == "the event merge_group lifts it to heavy (.github/lanemark.yml:5 when.events)"


def test_more_files_than_github_lists_get_the_heaviest_lane_and_pass(bed):
    bed.repository.commit(LANES)
    bed.repository.commit({f"docs/{number}.md": "x\n" for number in range(3001)}, branch="feature")
    bed.repository.changed_files = lambda base, head: [f"docs/{number}.md" for number in range(3001)]
    pull = bed.repository.open_pull(24, "feature")
    ran, _ = split_gate(bed, pull, run_id=241, conclusion="success")
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert choice(bed, "heavy")["reason"].startswith("3,001 changed files, and GitHub lists only 3,000")
