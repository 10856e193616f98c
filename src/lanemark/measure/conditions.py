"""What the whole machine did between two looks at its counters."""

from lanemark.ports import Counters
from lanemark.result import Conditions


def read_conditions(before: Counters | None, after: Counters | None) -> Conditions | None:
    """Return the shares between two looks, None where nobody looked; a share without its counters, or without time, is None.

    The kernel counts in ticks of 10 ms, so for samples of that length `busy`, `iowait` and `steal` are coarse; over the pairs of
    a stage that evens out. `pressure` is counted in microseconds.
    """
    if before is None or after is None:
        return None
    spent = [_delta(before.busy_s, after.busy_s), _delta(before.idle_s, after.idle_s)]
    iowait, steal = _delta(before.iowait_s, after.iowait_s), _delta(before.steal_s, after.steal_s)
    total = sum(part for part in (*spent, iowait, steal) if part is not None)
    return Conditions(
        busy=_share(spent[0], total),
        iowait=_share(iowait, total),
        steal=_share(steal, total),
        pressure=_share(_delta(before.pressure_s, after.pressure_s), after.at_s - before.at_s),
        load=before.load,
        mhz=before.mhz,
    )


def _delta(before: float | None, after: float | None) -> float | None:
    """Return how far a counter came; the kernel may step iowait back, which counts as nothing."""
    return None if before is None or after is None else max(after - before, 0.0)


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or whole <= 0 else min(part / whole, 1.0)
