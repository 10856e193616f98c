"""The stages of a lane, with all they need, in an order that respects `needs`."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from lanemark.config.types import Stage
from lanemark.plan import Forecast, Plan, Step


def stage_order(names: Iterable[str], stages: Mapping[str, Stage]) -> tuple[str, ...]:
    """Return `names` and everything they need, needs first, otherwise in the order asked for.

    Names without a definition on this side are left out: the judge says `missing`.
    """
    wanted: dict[str, tuple[str, ...]] = {}
    asked = [name for name in names if name in stages]
    queue = list(asked)
    while queue:
        name = queue.pop(0)
        if name not in wanted:
            wanted[name] = tuple(need for need in stages[name].needs if need in stages)
            queue += wanted[name]
    rank = {name: place for place, name in enumerate(wanted)}
    sorter = TopologicalSorter(wanted)
    sorter.prepare()
    order: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda name: rank[name])
        name = ready.pop(0)
        order.append(name)
        sorter.done(name)
    return tuple(order)


def build_plan(
    lane: str,
    names: Iterable[str],
    stages: Mapping[str, Stage],
    *,
    forecasts: Mapping[str, Forecast] | None = None,
    durations_s: Mapping[str, float] | None = None,
) -> Plan:
    """Return the plan of `lane` on one side; forecasts and past durations come in as values, absent ones stay unknown."""
    known = forecasts or {}
    past = durations_s or {}
    return Plan(
        lane=lane,
        steps=tuple(
            Step(
                stage=name,
                needs=tuple(need for need in stages[name].needs if need in stages),
                forecast=known.get(name, Forecast()),
                estimate_s=past.get(name),
            )
            for name in stage_order(names, stages)
        ),
    )
