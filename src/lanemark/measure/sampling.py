"""Sample a stage once on each side, so that whatever moves the machine moves both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from lanemark.measure.conditions import read_conditions
from lanemark.measure.experiment import Experiment, Pace
from lanemark.measure.figures import clear_figures, sample_figures
from lanemark.measure.reset import reset_stage
from lanemark.metric import Usage
from lanemark.ports import Counters, Pass
from lanemark.result import Conditions, Sample, Side, Temperature, Turn
from lanemark.run.stage import execute_stage
from lanemark.run.types import Workspace

PADS = 4096
"""Environments differ in length by up to a page, as hyperfine does it."""


@dataclass(slots=True, kw_only=True)
class _Taking:
    """One side's sample in the making."""

    place: Workspace
    order: int
    usage: Usage | None = None
    control: Usage | None = None
    conditions: Conditions | None = None
    sampler_s: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


def take_pair(
    experiment: Experiment,
    name: str,
    turn: Turn,
    pace: Pace,
    *,
    account: Pass = "time",
    temperature: Temperature = "warm",
    sides: tuple[Workspace, ...] = (),
) -> dict[Side, Sample] | None:
    """Sample the stage once on each side (or on `sides`) and return the samples; None where it failed, which ends its measuring.

    Which side begins comes from the seed, so a run can be replayed. In every second pair it is the one that did not begin in the
    pair before: were there a price for being first, both sides pay it as often. Several executions of one sample alternate
    between the sides: what is milliseconds apart shares more of the machine's weather than what is seconds apart. The order of
    `turn` is ignored.
    """
    places = sides or experiment.sides
    series = f"{experiment.seed}/{name}/{turn.batch}/{account}/{temperature}"
    key = f"{series}/{turn.pair}"
    if _number(f"{series}/block {(turn.pair - 1) // 2}") & 1 ^ turn.pair & 1:
        places = places[::-1]
    takings = [_Taking(place=place, order=order) for order, place in enumerate(places)]
    began = _look(experiment)
    for loop in range(pace.loops):
        for taking in takings if loop % 2 == 0 else reversed(takings):
            pad = _number(f"{key}/{loop}/{taking.place.side}") % PADS if account == "time" else 0
            evidence = _execute(experiment, name, taking, pace, account=account, temperature=temperature, pad=pad)
            if evidence is not None:
                side = taking.place.side
                experiment.unmeasured[name] = f"failed while measured: pair {turn.pair}, {side} side: {evidence}"
                return None
    shared = read_conditions(began, _look(experiment)) if pace.loops > 1 else None
    return {taking.place.side: _sample(name, turn, pace, taking, shared, account, temperature) for taking in takings}


def _sample(
    name: str, turn: Turn, pace: Pace, taking: _Taking, shared: Conditions | None, account: Pass, temperature: Temperature
) -> Sample:
    """Return the finished sample; executions that alternate in milliseconds share their conditions."""
    return Sample(
        stage=name,
        turn=Turn(batch=turn.batch, pair=turn.pair, order=taking.order),
        usage=taking.usage or Usage(wall_s=0.0, user_s=0.0, system_s=0.0),
        account=account,
        temperature=temperature,
        loops=pace.loops,
        control=taking.control,
        conditions=shared or taking.conditions,
        sampler_s=taking.sampler_s,
        figures=taking.figures,
    )


def _execute(
    experiment: Experiment, name: str, taking: _Taking, pace: Pace, *, account: Pass, temperature: Temperature, pad: int
) -> str | None:
    """Execute the stage once for a sample and add up what it used; return the evidence where it failed."""
    place, tools = taking.place, experiment.tools
    stage = place.stages[name]
    reset_stage(experiment, place, stage)
    clear_figures(stage, place, tools)
    if temperature == "cold":
        tools.trees.evict(place.root, stage.inputs)
    if experiment.control and pace.units and taking.control is None and account == "time":
        taking.control = experiment.control.run(pace.units)
    before = _look(experiment) if pace.loops == 1 else None
    ran = execute_stage(name, place, tools, account=account, time_left_s=experiment.lane_left_s(), log=f"{name}.measure", pad=pad)
    taking.conditions = read_conditions(before, _look(experiment)) if before else None
    taking.usage = ran.usage if taking.usage is None else taking.usage.plus(ran.usage)
    taking.sampler_s = ran.sampler_s
    if account == "time" and stage.metrics:
        taking.figures = sample_figures(stage, place, tools)
    if ran.outcome.failure is None:
        return None
    return ran.outcome.failure.evidence


def _look(experiment: Experiment) -> Counters | None:
    gauges = experiment.tools.gauges
    return gauges.read() if gauges else None


def _number(text: str) -> int:
    """Return a number that the seed alone decides."""
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big")
