"""Did the machine treat both sides alike? The control load and the counters beside the samples say so."""

from collections.abc import Callable, Sequence

from lanemark.compare.paired import MEASURING, SamplePair, as_effect, pair_samples
from lanemark.compare.types import Effect, Surrounding
from lanemark.metric import Metric
from lanemark.result import Conditions, Sample
from lanemark.stats.effect import paired_effect
from lanemark.stats.order import median_of

FINEST_S = 1e-6
"""What is shorter counts as a microsecond, which is what the kernel accounts in."""


SURE = 0.001
"""The chance on each side that a bound of the control load misses; ten pairs must all lie on one side.

It takes milliseconds, so beside a busy neighbour its noise is wide and has long tails, for which the bootstrap misses several
times as often as it should. A witness that is wrong in a few runs of a hundred would hide as many real changes.
"""


def compare_surroundings(base: Sequence[Sample], head: Sequence[Sample]) -> tuple[Surrounding, ...]:
    """Return what surrounded the warm timing pairs of each stage, by stage as head ran them.

    The control load is the same work before every sample, so in pairs it shows what the machine did to one side and not to the
    other. Only batch 0 counts, as for the effect it belongs to.
    """
    found = []
    for stage, pairs in pair_samples(base, head).items():
        timed = [pair for pair in pairs if pair[1].account == "time" and pair[1].turn.batch == MEASURING]
        pressure = _differences(timed, lambda seen: seen.pressure)
        steal = _differences(timed, lambda seen: seen.steal)
        found.append(
            Surrounding(
                stage=stage,
                control_wall=_control(timed, "wall"),
                control_cpu=_control(timed, "cpu"),
                pressure=median_of(pressure) if pressure else None,
                steal=median_of(steal) if steal else None,
                worse=_worse(pressure, steal),
            )
        )
    return tuple(found)


def _control(pairs: Sequence[SamplePair], metric: Metric) -> Effect | None:
    """Return the effect on the control load, None where it did not run in every pair."""
    bases = [base.control.value(metric) for base, _ in pairs if base.control]
    heads = [head.control.value(metric) for _, head in pairs if head.control]
    if not pairs or len(bases) != len(pairs) or len(heads) != len(pairs):
        return None
    values = ([value or 0.0 for value in bases], [value or 0.0 for value in heads])
    return as_effect(paired_effect(*values, alpha=SURE, exact=True, resolution=FINEST_S))


def _differences(pairs: Sequence[SamplePair], share: Callable[[Conditions], float | None]) -> list[float]:
    """Return head minus base of a share, for the pairs in which both sides could tell it."""
    found = []
    for base, head in pairs:
        left = share(base.conditions) if base.conditions else None
        right = share(head.conditions) if head.conditions else None
        if left is not None and right is not None:
            found.append(right - left)
    return found


def _worse(*differences: Sequence[float]) -> float | None:
    """Return the largest share of pairs in which head had it worse by one of the counters."""
    shares = [sum(value > 0 for value in found) / len(found) for found in differences if found]
    return max(shares, default=None)
