"""What is left of a lane where the `if:` of stages does not hold.

A module of its own: a run with a compiled plan needs this and nothing of what reads YAML.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from lanemark.config.types import Config, Only, Stage


class LeftOut(NamedTuple):
    """A stage that a run leaves out, and why."""

    stage: str
    why: str


def leave_out(config: Config, lane: str, event: str) -> tuple[Config, tuple[LeftOut, ...]]:
    """Return `config` without the stages that are not for `lane` on `event` and without what needs them, and those of the lane.

    Other lanes stay as they are; they are not run. The gates on what is left out go with it.
    """
    out = _find_lost(config.stages, lane, event)
    if not out:
        return config, ()
    lanes = tuple(
        replace(
            one,
            stages=tuple(name for name in one.stages if name not in out),
            budgets=tuple(budget for budget in one.budgets if budget.stage not in out),
            bands=tuple(band for band in one.bands if band.stage not in out),
        )
        if one.name == lane
        else one
        for one in config.lanes
    )
    reached = set(_reach(config, lane))
    said = tuple(LeftOut(name, why) for name, why in out.items() if name in reached)
    return replace(config, lanes=lanes, stages={name: one for name, one in config.stages.items() if name not in out}), said


def _find_lost(stages: Mapping[str, Stage], lane: str, event: str) -> dict[str, str]:
    """Return the stages that do not run, each with its reason, in the order of the file."""
    why = {name: _refuse(stage.only, lane, event) for name, stage in stages.items() if stage.only != Only()}
    lost = {name: reason for name, reason in why.items() if reason}
    grown = bool(lost)
    while grown:
        grown = False
        for name, stage in stages.items():
            need = None if name in lost else next((need for need in stage.needs if need in lost), None)
            if need is not None:
                lost[name], grown = f"it needs {need}, which is left out", True
    return {name: lost[name] for name in stages if name in lost}


def _refuse(only: Only, lane: str, event: str) -> str:
    """Return why a stage is not for `lane` on `event`, empty where it is."""
    if only.lanes and lane not in only.lanes:
        return f"its if asks for the lane {' or '.join(only.lanes)}"
    if only.events and event not in only.events:
        return f"its if asks for the event {' or '.join(only.events)}"
    return ""


def _reach(config: Config, lane: str) -> list[str]:
    """Return the stages of a lane and all they need."""
    found: list[str] = []
    waiting = [name for one in config.lanes if one.name == lane for name in one.stages]
    while waiting:
        name = waiting.pop()
        if name in config.stages and name not in found:
            found.append(name)
            waiting += config.stages[name].needs
    return found
