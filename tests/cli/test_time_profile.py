"""Where the time goes, from real runs on real repositories."""

import json

import pytest

from command import lanemark
from lanemark.compare.profile import WHOLE
from repositories import commit, git, make_repository

LANE = """\
version: 1
lanes:
  docs: {paths: ["docs/**"], stages: []}
  standard:
    default: true
    stages: [pack]
    regression: {default.cpu: {warn: 900%, fail: 990%}, default.wall: {warn: 900%, fail: 990%}}
stages:
  fetch: {run: "sleep 0.02", measure: false}
  same: {run: "sleep 0.01", inputs: [same.txt]}
  unit: {run: "sleep $(cat pause)", needs: [fetch]}
  pack: {run: "sleep 0.01", needs: [unit, same]}
measure: {max_time: 30s, pairs: {min: 10, max: 10}}
"""


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": LANE, "pause": "0.02", "same.txt": "same\n"})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"pause": "0.06"})
    return folder


def test_a_gate_tells_where_the_time_of_the_lane_went_and_what_changed_it(repository):
    ran = lanemark(repository, "gate", "--base", "main", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(lanemark(repository, "report", "json").stdout)
    found = told["profile"]
    stages = {stage["stage"]: stage for stage in found["head"]["stages"]}
    assert {name: stage["source"] for name, stage in stages.items()} == {
        "fetch": "run",
        "same": "run",
        "unit": "samples",
        "pack": "samples",
    }
    assert sum(stage["wall_tenths"] for stage in stages.values()) == WHOLE
    assert sum(stage["cpu_tenths"] for stage in stages.values()) == WHOLE
    assert found["head"]["path"] == ["fetch", "unit", "pack"]
    assert found["head"]["bottleneck"]["stage"] == "unit"
    change = found["change"]["wall"]
    parts = {part["stage"]: part for part in change["parts"]}
    assert (parts["same"]["state"], parts["same"]["change_s"]) == ("unchanged", 0.0)
    assert parts["unit"]["certain"]
    assert parts["unit"]["change_s"] == max(part["change_s"] for part in parts.values())
    assert [one["stage"] for one in change["unknown"]] == ["fetch"]
    for side in ("base", "head"):
        telemetry = found["telemetry"][side]
        assert (telemetry["steps"], telemetry["replayed"], telemetry["jobs"]) == (4, 0, 1)
        assert telemetry["queue_max"] >= 1, "fetch and same need nothing, and one of them waits"
        assert 0 < telemetry["utilisation"] <= 1
    assert "#### Where the time goes" in (repository / ".lanemark/out/summary.md").read_text()
    assert 'id="time"' in (repository / ".lanemark/out/report.html").read_text()


def test_a_run_tells_how_it_went(repository):
    ran = lanemark(repository, "run", "--jobs", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)["telemetry"]
    waited = told["queue_max"]
    assert (told["steps"], told["replayed"]) == (4, 0)
    assert waited in (1, 2), "two of them where one has ended and the next has not begun yet"
    assert f"0 of 4 stages replayed; at most {waited} stage{'s' if waited > 1 else ''} waited for a worker" in ran.stderr
    written = json.loads((repository / ".lanemark/out/run.json").read_text())
    starts = [stage["started_s"] for stage in written["stages"]]
    assert starts == sorted(starts)
    assert written["telemetry"] == told


def test_a_run_of_nothing_says_so(repository):
    ran = lanemark(repository, "run", "--lane", "docs", "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["telemetry"]["utilisation"] == 0.0
    assert "no stages, so nothing waited" in ran.stderr
