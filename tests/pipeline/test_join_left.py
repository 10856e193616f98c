import pytest
from msgspec.structs import replace

from judge.facts import ran, result, samples
from lanemark.change import Change
from lanemark.codec import encode
from lanemark.compare.types import Baseline
from lanemark.config.read import read_config
from lanemark.errors import DataError
from lanemark.ingest.types import SuiteState
from lanemark.ingest.types import Tests as Told
from lanemark.judge.types import PastRun, Verdict
from lanemark.lane import Choice
from lanemark.pipeline.doubt import doubt_shards
from lanemark.pipeline.join import Left, join_left
from lanemark.pipeline.verdict import rule
from lanemark.plan import Plan, Step
from lanemark.plan.shards import Matrix, Part
from lanemark.report.types import Links
from lanemark.result import Pair, Shard

CONFIG = """\
version: 1
on_unknown: warn
lanes:
  standard: {default: true, stages: [unit, price, load]}
stages:
  unit: {run: "true"}
  price: {run: "true"}
  load: {run: "true"}
"""
POLICY = read_config(CONFIG, "lanemark.yml")
STAGES = ("unit", "price", "load")
PLAN = Plan(lane="standard", steps=tuple(Step(stage=stage) for stage in STAGES))
MATRIX = Matrix(include=tuple(Part(shard=at, of=3, lane="standard", stages=stage) for at, stage in enumerate(STAGES, 1)))


def side(number, name):
    stage = STAGES[number - 1]
    found = result(ran(stage), side=name, experiment=f"e{number}", samples=samples(stage, [1.0 + 0.001 * at for at in range(12)]))
    shard = Shard(number=number, of=3, stages=(stage,), experiment=f"e{number}", machine=found.machine)
    change = Change(base="b" * 40, tested="c" * 40, head="d" * 40, source="merge-base")
    return replace(found, commit=("c" if name == "head" else "b") * 40, change=change, plan=PLAN, shards=(shard,))


def left(number, *, attempt=1, name=None, **more):
    sides = {one: replace(side(number, one), **more) for one in ("head", "base")}
    files = {f"{one}/result.json": encode(found) for one, found in sides.items()}
    return Left(name or f"lanemark-measure-standard-{number}-{attempt}", files)


def judged(pair, *, matrix=None, adopting=False):
    return rule(pair, POLICY, links=Links(), adopting=adopting, matrix=matrix).judgement


def test_all_shards_are_one_green_lane():
    pair = join_left([left(number) for number in (3, 1, 2)], head=None)
    assert doubt_shards(pair.head, POLICY, MATRIX) == ()
    found = judged(pair, matrix=MATRIX)
    assert (found.verdict, found.exit_status) == (Verdict.PASS, 0)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_missing_shard_is_unknown_and_red_whatever_on_unknown_says(lost):
    pair = join_left([left(number) for number in (1, 2, 3) if number != lost], head=None)
    found = judged(pair)
    assert (found.verdict, found.exit_status) == (Verdict.UNKNOWN, 5)
    assert found.notices[0] == f"Shard {lost} of 3 left no result."


def test_one_shard_alone_is_not_taken_for_a_lane():
    found = judged(join_left([left(2, name="/somewhere/out")], head=None))
    assert (found.verdict, found.exit_status) == (Verdict.UNKNOWN, 5)


def test_a_shard_that_cannot_be_read_is_as_good_as_none():
    broken = Left("lanemark-measure-standard-2-1", {"head/result.json": b'{"schema": 1'})
    found = judged(join_left([left(1), broken, left(3)], head=None))
    assert found.verdict is Verdict.UNKNOWN
    assert any("could not be used" in notice for notice in found.notices)
    with pytest.raises(DataError, match="not JSON"):
        join_left([broken], head=None)


def test_an_artifact_that_holds_another_shard_than_its_name_says_is_said():
    pair = join_left([left(1), left(2), left(3, name="lanemark-measure-standard-4-1")], head=None)
    said = "A result could not be used: lanemark-measure-standard-4-1 holds shard 3 of the lane standard."
    assert {said, "Shard 3 of 3 left no result."} <= {*pair.head.flaws}


def test_of_two_attempts_only_the_newer_artifact_is_looked_at():
    old = Left("lanemark-measure-standard-2-1", {"head/result.json": b"rubbish"})
    pair = join_left([left(1), old, left(3), left(2, attempt=2)], head=None)
    assert judged(pair).verdict is Verdict.PASS


def test_several_whole_lanes_of_one_attempt_are_not_guessed_between():
    docs = Choice(lane="docs", reason="")
    whole = [
        left(1, name="lanemark-measure-docs-0-1", shards=(), choice=docs),
        left(1, name="lanemark-measure-standard-0-1", shards=()),
    ]
    assert judged(join_left(whole, head=None)).verdict is Verdict.UNKNOWN
    newer = left(1, name="lanemark-measure-standard-0-2", shards=(), plan=Plan(lane="standard", steps=(Step(stage="unit"),)))
    assert not join_left([whole[0], newer], head=None).head.flaws


def test_a_shard_about_another_commit_than_github_says_is_refused():
    with pytest.raises(DataError, match="another commit"):
        join_left([left(number) for number in (1, 2, 3)], head="a" * 40)


def test_shards_that_forget_what_the_policy_demands_are_unknown():
    """Two shards that agree with each other that there is nothing else."""
    shards = [left(number) for number in (1, 2)]
    pair = join_left(shards, head=None)
    head = replace(
        pair.head,
        plan=Plan(lane="standard", steps=PLAN.steps[:2]),
        shards=tuple(replace(one, of=2) for one in pair.head.shards),
        flaws=(),
    )
    assert doubt_shards(head, POLICY, None) == ("No shard answers for load, which the policy demands.",)
    found = judged(Pair(head=head, base=pair.base))
    assert (found.verdict, found.exit_status) == (Verdict.UNKNOWN, 5)


def test_a_result_that_is_not_what_the_run_planned_is_unknown():
    whole = join_left([left(number) for number in (1, 2, 3)], head=None)
    other = Matrix(include=(Part(shard=1, of=2, lane="standard", stages="unit price"), Part(shard=2, of=2, lane="standard", stages="load")))  # fmt: skip
    assert judged(whole, matrix=other).verdict is Verdict.UNKNOWN
    unsharded = Pair(head=replace(whole.head, shards=()), base=whole.base)
    assert judged(unsharded).verdict is Verdict.PASS
    assert judged(unsharded, matrix=MATRIX).verdict is Verdict.UNKNOWN


def test_while_a_repository_adopts_lanemark_a_missing_shard_is_shown_and_blocks_nobody():
    found = judged(join_left([left(1), left(2)], head=None), adopting=True)
    assert (found.verdict, found.exit_status) == (Verdict.UNKNOWN, 0)


def test_more_results_than_shards_can_be_are_refused():
    many = [Left(f"lanemark-measure-standard-{number}-1", {}) for number in range(65)]
    with pytest.raises(DataError, match="at most 64"):
        join_left(many, head=None)


def test_earlier_runs_of_other_lanes_are_shown_beside_and_those_of_this_lane_are_its_past():
    pair = join_left([left(number) for number in (1, 2, 3)], head=None)
    ours, theirs = (
        PastRun(result=result(ran("unit"), experiment=lane, choice=Choice(lane=lane, reason="paths")))
        for lane in ("standard", "docs")
    )
    model = rule(pair, POLICY, links=Links(), adopting=False, matrix=MATRIX, past=(ours, theirs)).model
    assert (model.past, model.other_lanes) == ((ours,), (theirs,))


def told(*names, path):
    return Told(reports=(SuiteState(path=path, state="read"),), total=len(names), names=names)


def with_tests(number, base, head):
    sides = {
        name: replace(side(number, name), tests=told(*names, path=f"{number}.xml"))
        for name, names in (("base", base), ("head", head))
    }
    return Left(f"lanemark-measure-standard-{number}-1", {f"{name}/result.json": encode(found) for name, found in sides.items()})


def test_new_and_removed_tests_are_those_of_all_shards_together():
    parts = [with_tests(1, ("a", "b"), ("a",)), with_tests(2, ("c",), ("b", "c")), with_tests(3, ("d",), ("e",))]
    comment = rule(join_left(parts, head=None), POLICY, links=Links(), adopting=False).pages.comment
    assert "<summary>Tests: 4, 1 new, 1 removed</summary>" in comment
    assert "- New: `e`" in comment
    assert "- Removed: `d`" in comment


def test_tests_of_a_missing_shard_are_not_removed_ones():
    recorded = replace(side(1, "head"), tests=told("a", "b", path="1.xml"), shards=(), baseline="artifact")
    parts = [with_tests(number, (), (name,)) for number, name in ((1, "a"), (3, "c"))]
    pair = join_left(parts, head=None)
    alone = Pair(head=replace(pair.head, baseline="artifact"))
    found = rule(alone, POLICY, links=Links(), adopting=False, baselines=[Baseline(kind="artifact", result=recorded)])
    assert "Removed" not in found.pages.comment
    assert "New and removed tests are not told: not every report of both sides could be read." in found.pages.comment
