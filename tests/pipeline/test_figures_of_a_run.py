"""From `metrics:` in the configuration to the records of both sides: real git, real processes."""

import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes: {standard: {stages: [unit, lazy]}}
stages:
  unit: {run: "cat value > m.json", metrics: [m.json]}
  lazy: {run: "true", metrics: [stale.json], measure: false}
measure: {max_time: 20s, pairs: {min: 10, max: 10}}
"""


def value(number):
    return json.dumps({"metrics": [{"name": "parse", "unit": "ms", "value": number}]})


@pytest.mark.slow
def test_each_side_s_own_figures_are_recorded_and_a_committed_file_is_none(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "value": value(1), "stale.json": value(9)})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"value": value(2)})
    ran = lanemark(folder, "gate", "--base", "main")
    assert ran.returncode == 0, ran.stderr
    for side, seconds in (("base", 0.001), ("head", 0.002)):
        measured = json.loads((folder / f".lanemark/out/{side}/result.json").read_text())["measured"]
        assert {one["stage"]: [each["values"] for each in one["readings"]] for one in measured} == {
            "unit": [[seconds]],
            "lazy": [],
        }
        assert {one["stage"]: one["problem"] for one in measured} == {
            "unit": "",
            "lazy": "stale.json: the stage wrote no such file in this run (one from before is deleted first)",
        }
    summary = (folder / ".lanemark/out/summary.md").read_text()
    assert "#### Figures the stages measured themselves" in summary
    assert "- `lazy` on head: `stale.json`: the stage wrote no such file" in summary
    assert (folder / "stale.json").exists()
