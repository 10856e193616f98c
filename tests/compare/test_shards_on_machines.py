from msgspec.structs import replace

from judge.facts import ran, result, samples
from lanemark.compare.types import Baseline
from lanemark.compare.whole import compare
from lanemark.result import Machine, Pair, Shard

WALLS = [1.0 + 0.001 * at for at in range(12)]


def side(name, machines):
    """A lane of which each stage was measured in a shard on a machine of its own."""
    taken = tuple(one for stage in machines for one in samples(stage, WALLS))
    found = result(*map(ran, machines), side=name, machine="several", experiment=name, samples=taken, baseline="artifact")
    kinds = {
        stage: Machine(fingerprint=kind, cpu=kind, cores=2, memory_bytes=1, system="Linux") for stage, kind in machines.items()
    }
    shards = tuple(
        Shard(number=at, of=len(machines), stages=(stage,), experiment=name, machine=kinds[stage])
        for at, stage in enumerate(machines, 1)
    )
    return replace(found, shards=shards)


def test_each_stage_is_compared_where_its_own_machine_is_like_the_baselines():
    head = side("head", {"unit": "fast", "price": "slow"})
    base = side("base", {"unit": "fast", "price": "fast"})
    found = compare(Pair(head=head), Baseline(kind="artifact", result=base))
    states = {difference.stage: difference.state for difference in found.differences}
    assert states == {"unit": "compared", "price": "incomparable"}
    (price,) = (difference for difference in found.differences if difference.stage == "price")
    assert "another machine" in price.reason
