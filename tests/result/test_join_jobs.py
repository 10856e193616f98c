import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from judge.facts import failed, ran, result, samples
from lanemark.errors import DataError
from lanemark.plan import Plan, Step
from lanemark.result import MemorySeries, Pair, Provenance, Shard
from lanemark.result.merge import Job, join_jobs, shard_flaws

STAGES = (("install", "unit"), ("price",), ("load", "docs"))
PLAN = Plan(lane="standard", steps=tuple(Step(stage=stage) for stages in STAGES for stage in stages))


def side(number, name, *, own=None, of=3, outcomes=None, machine="m1", attempt=1, **more):
    """One side of a shard's result: its own stages, and install as a guest."""
    own = STAGES[number - 1] if own is None else own
    guests = tuple(stage for stage in ("install",) if stage not in own)
    outcomes = tuple(ran(stage) for stage in (*guests, *own)) if outcomes is None else outcomes
    base = result(
        *outcomes,
        side=name,
        experiment=f"e{number}.{attempt}",
        machine=machine,
        samples=tuple(one for stage in (*guests, *own) for one in samples(stage, (1.0, 1.1))),
        provenance=Provenance(attempt=attempt, started=f"2026-11-21T08:0{number}:00Z", ended=f"2026-11-21T08:1{number}:00Z"),
        **more,
    )
    shard = Shard(number=number, of=of, stages=own, guests=guests, experiment=base.experiment, policy="p", machine=base.machine)
    return replace(base, plan=PLAN, shards=(shard,))


def job(number, *, attempt=1, **more):
    return Job(
        pair=Pair(head=side(number, "head", attempt=attempt, **more), base=side(number, "base", attempt=attempt, **more)),
        attempt=attempt,
    )


def all_jobs():
    return [job(number) for number in (1, 2, 3)]


def test_three_shards_are_one_whole_lane():
    pair = join_jobs(all_jobs())
    head, base = pair.head, pair.base
    assert head.flaws == base.flaws == ()
    assert [outcome.stage for outcome in head.outcomes] == ["install", "unit", "price", "load", "docs"]
    assert head.experiment == base.experiment
    assert [shard.experiment for shard in head.shards] == ["e1.1", "e2.1", "e3.1"]
    assert (head.provenance.started, head.provenance.ended) == ("2026-11-21T08:01:00Z", "2026-11-21T08:13:00Z")


@given(
    st.lists(
        st.builds(
            job,
            st.integers(1, 3),
            attempt=st.integers(1, 2),
            of=st.sampled_from([3, 3, 3, 2]),
            machine=st.sampled_from(["m1", "m2"]),
            adopting=st.sampled_from([False, False, False, True]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_jobs_does_not_count(jobs, chance):
    shuffled = chance.sample(jobs, len(jobs))
    outcomes = []
    for one in (jobs, shuffled):
        try:
            outcomes.append(join_jobs(one))
        except DataError as fault:
            outcomes.append(fault.message)
    one, other = outcomes
    assert one == other
    assert isinstance(one, str) or one.head.flaws or sorted(shard.number for shard in one.head.shards) in ([1, 2, 3], [1, 2])


def test_one_shard_that_was_cancelled_makes_the_whole_cancelled():
    words = "cancelled while price ran on the head side"
    pair = join_jobs([job(1), job(2, cancelled=words), job(3)])
    assert pair.head.cancelled == pair.base.cancelled == words


def test_each_stage_has_the_samples_of_its_own_shard_only():
    head = join_jobs(all_jobs()).head
    taken = [(sample.stage, sample.turn.pair) for sample in head.samples]
    assert len(taken) == len(set(taken)) == 10


def test_what_a_shard_says_of_stages_that_are_not_its_own_is_not_taken():
    liar = job(2)
    forged = replace(
        liar.pair.head,
        samples=(*liar.pair.head.samples, *samples("unit", (9.0,))),
        outcomes=(*liar.pair.head.outcomes, ran("unit", 99.0)),
        memory_series=(MemorySeries(stage="docs", peaks_bytes=(1,)),),
    )
    head = join_jobs([job(1), Job(pair=Pair(head=forged, base=liar.pair.base)), job(3)]).head
    assert max(sample.usage.wall_s for sample in head.samples) == 1.1
    assert head.outcome("unit").usage.wall_s == 1.0
    assert head.memory_series == ()


def test_a_need_that_failed_in_another_shard_has_failed():
    broken = job(2, outcomes=(failed("install"), failed("price", state="skipped")))
    head = join_jobs([job(1), broken, job(3)]).head
    assert head.outcome("install").state == "failed"
    assert head.outcome("price").state == "skipped"
    assert head.outcome("unit").state == "ran"


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_missing_shard_is_said_and_its_stages_stay_planned(lost):
    head = join_jobs([one for one in all_jobs() if one.shard.number != lost]).head
    assert f"Shard {lost} of 3 left no result." in head.flaws
    assert f"No shard measured {', '.join(STAGES[lost - 1])}." in head.flaws
    assert [step.stage for step in head.plan.steps] == [step.stage for step in PLAN.steps]
    assert all(head.outcome(stage) is None for stage in STAGES[lost - 1])


def test_a_shard_that_is_there_twice_is_said_and_none_of_both_counts():
    head = join_jobs([*all_jobs(), job(2)]).head
    assert head.flaws[0] == "Shard 2 is there twice in attempt 1."
    assert head.outcome("price") is None
    with pytest.raises(DataError, match="twice"):
        join_jobs([job(2), job(2)])


def test_of_each_shard_the_newest_attempt_counts():
    head = join_jobs([*all_jobs(), job(2, attempt=2)]).head
    assert head.flaws == ()
    assert [shard.experiment for shard in head.shards] == ["e1.1", "e2.2", "e3.1"]
    assert head.provenance.attempt == 2


def test_an_older_attempt_of_another_deal_is_passed_over():
    newer = [job(1, attempt=2, of=2, own=("install", "unit", "price")), job(2, attempt=2, of=2, own=("load", "docs"))]
    head = join_jobs([*all_jobs(), *newer]).head
    assert head.flaws == ()
    assert len(head.shards) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"commit": "f" * 40}, "another commit"),
        ({"adopting": True}, "another way"),
        ({"provenance": Provenance(version="9")}, "another version"),
        ({"plan": Plan(lane="standard")}, "other stages"),
    ],
)
def test_a_shard_that_contradicts_the_others_is_left_out_and_said(changes, said):
    other = job(3)
    odd = Job(pair=Pair(head=replace(other.pair.head, **changes), base=other.pair.base))
    head = join_jobs([job(1), job(2), odd]).head
    assert any("Shard 3 is left out" in flaw and said in flaw for flaw in head.flaws)
    assert [shard.number for shard in head.shards] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "said"), [({"of": 4}, "another number"), ({"policy": "q"}, "another configuration"), ({"of": 2**62}, "number")]
)
def test_a_shard_of_another_deal_is_left_out_and_said(changes, said):
    other = job(3).pair.head
    odd = Job(pair=Pair(head=replace(other, shards=(replace(other.shards[0], **changes),))))
    assert any("Shard 3 is left out" in flaw and said in flaw for flaw in join_jobs([job(1), job(2), odd]).head.flaws)


def test_a_stage_that_two_shards_claim_is_said_and_counted_once():
    pair = join_jobs([job(1), job(2, own=("price", "unit")), job(3)])
    assert any("Shard 2 says that it measured unit" in flaw for flaw in pair.head.flaws)
    assert [shard.stages for shard in pair.head.shards] == [("install", "unit"), ("price",), ("load", "docs")]


def test_a_stage_that_nobody_answers_for_is_said():
    assert join_jobs([job(1), job(2), job(3, own=("load",))]).head.flaws == ("No shard measured docs.",)


def test_numbers_that_cannot_be_are_said_of_a_forged_joined_result():
    head = join_jobs(all_jobs()).head
    for shards in (head.shards[:2], (*head.shards, head.shards[0]), tuple(replace(one, of=2**62) for one in head.shards)):
        assert shard_flaws(replace(head, shards=shards))
    assert shard_flaws(head) == ()
    assert shard_flaws(replace(head, shards=())) == ()


def test_machines_of_several_kinds_are_kept_by_stage_and_compare_with_nothing_as_a_whole():
    head = join_jobs([job(1), job(2, machine="m2"), job(3)]).head
    assert head.machine.fingerprint not in {"m1", "m2"}
    assert (head.machine_of("unit").fingerprint, head.machine_of("price").fingerprint) == ("m1", "m2")
    assert join_jobs(all_jobs()).head.machine.fingerprint == "m1"


def test_what_is_joined_or_whole_already_is_not_joined_again():
    whole = join_jobs(all_jobs())
    with pytest.raises(DataError, match="not of one shard"):
        join_jobs([Job(pair=whole), job(1)])
    with pytest.raises(DataError, match="no result"):
        join_jobs([])
