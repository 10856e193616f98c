"""Builders for tests that execute stages: a real workspace, real processes, real files."""

import sys
from pathlib import Path

from lanemark.config.types import MeasureRules, Stage
from lanemark.plan.build import build_plan
from lanemark.ports import Gauges
from lanemark.process.clock import SystemClock
from lanemark.process.spawn import Spawner
from lanemark.process.workers import ThreadWorkers
from lanemark.result import Side
from lanemark.run.types import Tools, Workspace
from lanemark.store.files import DiskFiles
from lanemark.store.trees import DiskTrees

MEASURED = MeasureRules(min_pairs=3, max_pairs=6, max_time_s=30.0)


def make_stage(name: str, run: str, **rest) -> Stage:
    return Stage(name=name, line=1, run=run, **{"measure": MEASURED, **rest})


def make_place(folder: Path, *stages: Stage, side: Side = "head", forecasts=None) -> Workspace:
    root = folder / side[0]
    root.mkdir(parents=True, exist_ok=True)
    table = {stage.name: stage for stage in stages}
    plan = build_plan("standard", table, table, forecasts=forecasts)
    logs = folder / f"log-{side}"
    logs.mkdir(exist_ok=True)
    return Workspace(side=side, root=str(root), stages=table, plan=plan, logs=str(logs))


def make_tools(
    folder: Path, *, said: list[str] | None = None, guard: str | None = None, gauges: Gauges | None = None, **environment: str
) -> Tools:
    lines: list[str] = [] if said is None else said
    spawner = Spawner()
    return Tools(
        processes=spawner,
        files=DiskFiles(),
        trees=DiskTrees(str(folder / "trees")),
        clock=SystemClock(),
        environment={"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", **environment},
        say=lines.append,
        guard=guard,
        gauges=gauges,
        workers=ThreadWorkers(spawner.cancel),
    )
