"""The sides take turns; each side's starts are told as if it had been alone."""

from dataclasses import replace

from bench import make_place, make_stage, make_tools
from lanemark.config.types import MeasureRules
from lanemark.measure.experiment import Experiment
from lanemark.measure.prepare import prepare_sides


class Counting:
    """A clock on which one second passes from one look to the next."""

    def __init__(self):
        self.looks = 0

    def monotonic(self):
        self.looks += 1
        return float(self.looks)

    def utc(self):
        return "2026-11-21T14:03:00Z"


def prepared(folder, *, base):
    stages = (make_stage("a", "true"), make_stage("b", "exit 1"), make_stage("c", "true", needs=("b",)))
    found = Experiment(
        base=make_place(folder, *stages, side="base") if base else None,
        head=make_place(folder, *stages),
        tools=replace(make_tools(folder), clock=Counting()),
        rules=MeasureRules(),
        seed="s",
    )
    prepare_sides(found)
    return {side: [outcome.started_s for outcome in done.values()] for side, done in found.done.items()}


def test_the_other_side_s_turns_are_cut_out_of_a_side_s_axis(tmp_path):
    alone = prepared(tmp_path / "alone", base=False)["head"]
    assert alone[0] < alone[1]
    both = prepared(tmp_path / "both", base=True)
    assert both == {"base": alone, "head": alone}


def test_a_skipped_stage_never_started(tmp_path):
    assert [start is None for start in prepared(tmp_path, base=False)["head"]] == [False, False, True]
