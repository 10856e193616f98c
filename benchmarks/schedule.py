"""What running stages costs over bare spawn and wait, and what running them side by side gives. `python benchmarks/schedule.py`.

Round-robin in one run on one machine, so that a machine that moves under us moves for all. Both ways start the same shell with
the same logs. The bar is for the quickest round of each way: what others do on the machine only ever adds, and to a round of fifty
processes it adds a lot. The medians stand beside it.
"""

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from lanemark.config.types import Stage
from lanemark.plan.build import build_plan
from lanemark.process.clock import SystemClock
from lanemark.process.spawn import Spawner
from lanemark.process.workers import ThreadWorkers
from lanemark.run.plan import execute_plan
from lanemark.run.stage import SHELL
from lanemark.run.types import Tools, Workspace
from lanemark.store.files import DiskFiles
from lanemark.store.trees import DiskTrees

COUNTS = (22, 50)
"""How many stages the plans have; the bar is for the most."""

COST_MS = 0.86
SPEEDUP = 2.7
WAIT_S = 1.0


def make_place(folder: str, runs: list[str], *, chained: bool) -> Workspace:
    """Return a workspace with one stage for each command; `chained` ones need the one before."""
    names = [f"s{number}" for number in range(len(runs))]
    stages = {
        name: Stage(name=name, line=1, run=run, needs=(names[number - 1],) if chained and number else ())
        for number, (name, run) in enumerate(zip(names, runs, strict=True))
    }
    return Workspace(side="head", root=folder, stages=stages, plan=build_plan("bench", stages, stages), logs=f"{folder}/log")


def make_tools(folder: str) -> Tools:
    """Return the real tools; what stages print goes nowhere."""
    spawner = Spawner()
    return Tools(
        processes=spawner,
        files=DiskFiles(),
        trees=DiskTrees(f"{folder}/trees"),
        clock=SystemClock(),
        environment={"PATH": os.environ["PATH"]},
        say=lambda _: None,
        workers=ThreadWorkers(spawner.cancel),
    )


def spawn_bare(folder: str, run: str, stages: int) -> float:
    """Start and await `stages` shells with logs and nothing around them; return the wall time."""
    started = time.perf_counter()
    for number in range(stages):
        with open(f"{folder}/bare-{number}.out", "wb") as out, open(f"{folder}/bare-{number}.err", "wb") as err:
            process = subprocess.Popen(
                [*SHELL, run], cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env={"PATH": os.environ["PATH"]}
            )
        _, status, _ = os.wait4(process.pid, 0)
        process.returncode = status
    return time.perf_counter() - started


def run_stages(place: Workspace, tools: Tools, jobs: int) -> float:
    """Run a plan and return the wall time."""
    started = time.perf_counter()
    done = execute_plan(place, tools, jobs=jobs)
    took = time.perf_counter() - started
    if any(outcome.state != "ran" for outcome in done.values()):
        raise SystemExit(f"a stage failed: {done}")
    return took


def compare_ways(folder: str, tools: Tools, stages: int, rounds: int) -> float:
    """Print what running `stages` stages takes in each way, and return the cost of one over bare spawn and wait, in ms."""
    plans = {
        f"{stages} stages, 1 job": (make_place(folder, ["true"] * stages, chained=False), 1),
        f"{stages} stages in a chain, 2 jobs": (make_place(folder, ["true"] * stages, chained=True), 2),
        f"{stages} stages, 2 jobs": (make_place(folder, ["true"] * stages, chained=False), 2),
    }
    times: dict[str, list[float]] = {f"bare spawn and wait of {stages}": []}
    (bare,) = times.values()
    for _ in range(rounds):
        bare.append(spawn_bare(folder, "true", stages))
        for name, (place, jobs) in plans.items():
            times.setdefault(name, []).append(run_stages(place, tools, jobs))
    for name, took in times.items():
        quick, middle = min(took), statistics.median(took)
        cells = (quick, quick - min(bare), middle, middle - statistics.median(bare))
        print(f"{name:42}" + "".join(f"{cell / stages * 1e3:12.3f}" for cell in cells))
    return (min(times[f"{stages} stages, 1 job"]) - min(bare)) / stages * 1e3


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        tools = make_tools(folder)
        print(f"sh -ec true, {rounds} rounds, ms per stage{'quickest':>16}{'over bare':>12}{'median':>12}{'over bare':>12}")
        for stages in COUNTS:
            cost = compare_ways(folder, tools, stages, rounds)
        print(f"cost per stage over bare {cost:.3f} ms, bar {COST_MS} ms: {'reached' if cost <= COST_MS else 'MISSED'}")
        waiting = make_place(folder, [f"sleep {WAIT_S}"] * 3, chained=False)
        ratios = []
        for _ in range(3):
            alone = run_stages(waiting, tools, 1)
            ratios.append(alone / run_stages(waiting, tools, 3))
        speedup = statistics.median(ratios)
        verdict = "reached" if speedup >= SPEEDUP else "MISSED"
        print(f"three stages that wait {WAIT_S:.0f} s, side by side x {speedup:.2f}, bar x {SPEEDUP}: {verdict}")


if __name__ == "__main__":
    main()
