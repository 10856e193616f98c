"""`if:` of a stage: what is left of a lane where it does not hold."""

import pytest

from lanemark.config.leave import LeftOut, leave_out
from lanemark.config.read import read_config

FILE = """\
version: 1
stages:
  build: {run: make}
  deep: {run: make deep, needs: [build], if: {lanes: [heavy]}}
  night: {run: make night, if: {events: [schedule]}}
  both: {run: make both, if: {lanes: [heavy], events: [schedule]}}
  report: {run: make report, needs: [deep]}
  last: {run: make last, needs: [report]}
lanes:
  standard:
    default: true
    stages: [build, last, night]
    budgets: {report.wall.median: 5s, build.wall.median: 5s}
    regression: {last.cpu: 5%, default.cpu: 5%}
  heavy: {stages: [last, night, both]}
"""
CONFIG = read_config(FILE, "f")


@pytest.mark.parametrize(
    ("lane", "event", "left"),
    [
        ("standard", "pull_request", ["build"]),
        ("standard", "schedule", ["build", "night"]),
        ("heavy", "pull_request", ["last"]),
        ("heavy", "schedule", ["last", "night", "both"]),
        ("standard", "local", ["build"]),
    ],
)
def test_stage_is_left_out_with_all_that_needs_it(lane, event, left):
    found, _ = leave_out(CONFIG, lane, event)
    assert list(found.lane(lane).stages) == left


def test_reason_is_said_for_what_the_lane_would_run():
    _, said = leave_out(CONFIG, "standard", "push")
    assert said == (
        LeftOut("deep", "its if asks for the lane heavy"),
        LeftOut("night", "its if asks for the event schedule"),
        LeftOut("report", "it needs deep, which is left out"),
        LeftOut("last", "it needs report, which is left out"),
    )


def test_gates_on_what_is_left_out_go_with_it():
    found, _ = leave_out(CONFIG, "standard", "push")
    lane = found.lane("standard")
    assert [budget.stage for budget in lane.budgets] == ["build"]
    assert [band.stage for band in lane.bands] == ["default"]


def test_where_everything_holds_the_configuration_is_the_very_same_one():
    assert leave_out(CONFIG, "heavy", "schedule") == (CONFIG, ())
    assert leave_out(CONFIG, "heavy", "schedule")[0] is CONFIG


def test_leaving_out_twice_is_leaving_out_once():
    once, _ = leave_out(CONFIG, "standard", "push")
    assert leave_out(once, "standard", "push") == (once, ())
