"""Which stages and instances a change has on each side, and which of them the policy can demand where nobody sees a tree."""

import pytest

from gitbox import Box
from judge.facts import ran, result, samples
from lanemark.config.read import read_config
from lanemark.event import Event
from lanemark.git.repository import Git
from lanemark.judge.types import Verdict
from lanemark.pipeline.deal import deal_lane, wanted_stages
from lanemark.pipeline.prepare import Asked, prepare_task
from lanemark.pipeline.verdict import rule
from lanemark.plan.shards import Matrix, Part
from lanemark.report.types import Links
from lanemark.result import Pair

CONFIG = """\
version: 1
lanes:
  standard: {default: true, stages: [unit, night], budgets: {unit.wall.median: 2s}, regression: {unit.cpu: 5%}}
stages:
  unit: {run: 'cat "$EACH/x"', each: packages/*/, inputs: ["{each}/**"]}
  night: {run: "true", if: {events: [schedule]}}
"""
PATH = ".github/lanemark.yml"


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


def task_of(box, base, *, asked=None, event="pull_request"):
    named = {"base": base} if asked is None else {**asked, "base": base}
    return prepare_task(Git(str(box.root)), Event(name=event, number=1), Asked(**named))


def change_packages(box):
    base = box.commit({PATH: CONFIG, "packages/a/x": "1", "packages/old/x": "1"})
    box.commit({"packages/a/x": "2", "packages/old/x": None, "packages/new/x": "1"})
    return base


def test_each_side_has_the_instances_of_its_own_tree_and_limits_are_about_the_heads(box):
    task = task_of(box, change_packages(box))
    assert list(task.policy.stages) == ["unit[packages/a]", "unit[packages/old]"]
    assert list(task.wanted.stages) == ["unit[packages/a]", "unit[packages/new]"]
    assert wanted_stages(task) == ("unit[packages/a]", "unit[packages/new]")
    assert [budget.stage for budget in task.lane.budgets] == ["unit[packages/a]", "unit[packages/new]"]
    assert "night is left out: its if asks for the event schedule." in task.notices


def test_instance_keeps_its_limit_where_the_head_softens_its_own_file(box):
    base = box.commit({PATH: CONFIG, "packages/a/x": "1"})
    box.commit({PATH: CONFIG.replace("2s", "9h").replace("each: packages/*/", "each: none/*/")})
    task = task_of(box, base)
    assert [(budget.stage, budget.fail) for budget in task.lane.budgets] == [("unit[packages/a]", 2.0)]
    assert wanted_stages(task) == ("unit[packages/a]",)
    assert "unit has no instance: its each matches nothing." in task.notices


def test_adopting_change_has_the_instances_it_brings(box):
    base = box.commit({"packages/a/x": "1"})
    box.commit({PATH: CONFIG, "packages/b/x": "1"})
    task = task_of(box, base)
    assert task.adopting
    assert list(task.policy.stages) == ["unit[packages/a]", "unit[packages/b]"]


@pytest.mark.parametrize(
    ("stage", "left"),
    [("unit", ["unit[packages/a]", "unit[packages/new]"]), ("unit[packages/a]", ["unit[packages/a]"])],
)
def test_one_stage_may_be_asked_for_by_either_name(box, stage, left):
    task = task_of(box, change_packages(box), asked={"stage": stage})
    assert list(wanted_stages(task)) == left
    assert [band.stage for band in task.lane.bands] == left


def test_stage_with_an_if_runs_on_its_event(box):
    base = change_packages(box)
    assert "night" in wanted_stages(task_of(box, base, event="schedule"))
    assert "night" not in wanted_stages(task_of(box, base))


def test_instances_are_dealt_out_like_stages(box):
    dealt = deal_lane(task_of(box, change_packages(box)), 2, {})
    assert sorted(stage for part in dealt.include for stage in part.own) == ["unit[packages/a]", "unit[packages/new]"]


def measured(*names, event="pull_request", wall=1.0):
    outcomes = [ran(name, wall) for name in names]
    values = [sample for name in names for sample in samples(name, [wall + 0.001 * at for at in range(12)])]
    sides = [result(*outcomes, side=side, samples=tuple(values), event=Event(name=event)) for side in ("head", "base")]
    return Pair(head=sides[0], base=sides[1])


def judged(pair, text=CONFIG, **more):
    return rule(pair, read_config(text, PATH), links=Links(), adopting=False, **more).judgement


def test_verdict_finds_the_instances_that_were_measured_and_holds_each_to_the_limit():
    judgement = judged(measured("unit[packages/a]", "unit[packages/b]", wall=3.0))
    gates = {gate.gate: gate.verdict for gate in judgement.gates}
    assert gates["standard/unit[packages/a].wall.median"] is Verdict.FAIL
    assert gates["standard/unit[packages/b].wall.median"] is Verdict.FAIL
    assert judgement.exit_status == 3


def test_measurement_without_any_instance_is_unknown():
    judgement = judged(measured())
    assert judgement.verdict is Verdict.UNKNOWN
    assert [gate.gate for gate in judgement.gates if gate.verdict is Verdict.UNKNOWN] == ["standard/unit.status"]


def test_instance_that_was_planned_and_is_not_there_is_noticed():
    part = Part(shard=1, of=1, lane="standard", stages="unit[packages/a] unit[packages/b]")
    judgement = judged(measured("unit[packages/a]"), matrix=Matrix(include=(part,)))
    assert judgement.verdict is not Verdict.PASS
    assert any("unit[packages/b]" in gate.gate and gate.verdict is Verdict.UNKNOWN for gate in judgement.gates)


def test_forged_event_does_not_leave_a_stage_out():
    pair = measured("unit[packages/a]", event="pull_request")
    text = CONFIG.replace("unit.wall.median: 2s", "unit.wall.median: 2s, night.wall.median: 2s")
    missing = {gate.gate: gate.verdict for gate in judged(pair, text, event="schedule").gates}
    assert missing["standard/night.wall.median"] is Verdict.UNKNOWN
    assert "standard/night.wall.median" not in {gate.gate for gate in judged(pair, text).gates}
