import json
from pathlib import Path

from hypothesis import given, settings
from valid_files import files

from lanemark.config.read import read_config
from lanemark.config.show import show_config

FULL = (Path(__file__).parent / "full.yml").read_text("utf-8")


def test_view_has_the_files_own_shape_with_defaults():
    shown = show_config(read_config("version: 1\nstages: {test: {run: pytest -q}}\nlanes: {standard: {stages: [test]}}\n", "f"))
    assert shown["lanes"]["standard"]["default"] is True
    assert shown["protected"] == {"paths": [".github/**"], "floor": "standard"}
    assert shown["measure"] == {
        "baseline": "paired",
        "max_time": "600s",
        "pairs": {"min": 10, "max": 80},
        "warmup": 1,
        "cold": False,
    }
    assert shown["stages"]["test"]["measure"] == shown["measure"]
    assert shown["publish"] == {"comment": "changes", "check_runs": True, "html": True}
    assert "mode" not in shown


def test_view_keeps_the_order_of_the_lanes():
    assert list(show_config(read_config(FULL, "f"))["lanes"]) == ["docs", "standard", "heavy"]


@settings(max_examples=80, deadline=None)
@given(files())
def test_view_reads_back_as_the_same_configuration(file):
    config = read_config(json.dumps(file), "f")
    again = read_config(json.dumps(show_config(config)), "f")
    assert show_config(again) == show_config(config)
    assert [lane.budgets for lane in again.lanes] == [lane.budgets for lane in config.lanes]
    assert [lane.bands for lane in again.lanes] == [lane.bands for lane in config.lanes]
    assert again.measure == config.measure
    assert {name: stage.measure for name, stage in again.stages.items()} == {
        name: stage.measure for name, stage in config.stages.items()
    }
    assert {name: stage.checks for name, stage in again.stages.items()} == {
        name: stage.checks for name, stage in config.stages.items()
    }
    assert {name: [(one.file, one.format) for one in stage.metrics] for name, stage in again.stages.items()} == {
        name: [(one.file, one.format) for one in stage.metrics] for name, stage in config.stages.items()
    }
    assert again.coverage.project == config.coverage.project
    assert again.coverage.patch == config.coverage.patch
    assert (again.mode, again.on_unknown, again.publish) == (config.mode, config.on_unknown, config.publish)
