"""What one timing sample costs over bare Popen and wait4, beside `hyperfine -N`. Run: `python benchmarks/spawn.py [ROUNDS]`.

Round-robin in one run on one machine: each round takes a handful of samples of every way, in an order of its own, so that a machine
that moves under us moves for all of them. The figure is the median over the rounds of the difference of two medians within a
round: starting a process takes 0.6 ms for some seconds and 0.8 ms for the next, which is more than what we look for. The bar is
hyperfine plus 0.05 ms.
"""

import gc
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np

from lanemark.ports import Command
from lanemark.process.spawn import Spawner
from lanemark.stats.order import quantile_interval

PROGRAM = shutil.which("true") or "/bin/true"
EACH, WARM = 10, 2
BAR_MS = 0.05
BARE, OURS, CALL, PEER = "Popen + wait4", "lanemark, wall of the sample", "lanemark, the whole call", "hyperfine -N"


def spawn_bare() -> float:
    """Start and await the program with nothing around it; return its wall time."""
    started = time.perf_counter()
    process = subprocess.Popen([PROGRAM], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, _ = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = status
    return wall


def ask_hyperfine(folder: str) -> list[float]:
    """Return the wall times that hyperfine measures without a shell."""
    report = Path(folder) / "hyperfine.json"
    argv = ["hyperfine", "-N", "--warmup", str(WARM), "--runs", str(EACH), "--export-json", str(report), PROGRAM]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times: list[float] = json.loads(report.read_text())["results"][0]["times"]
    return times


def measure_ways(rounds: int, folder: str) -> dict[str, list[float]]:
    """Return for every way the median wall time of each round in milliseconds."""
    spawner = Spawner()
    command = Command(argv=(PROGRAM,), cwd="/", environment=dict(os.environ))
    calls: list[float] = []

    def run_ours() -> float:
        started = time.perf_counter()
        wall = spawner.run(command).usage.wall_s
        calls.append(time.perf_counter() - started)
        return wall

    ways: dict[str, Callable[[], list[float]]] = {
        BARE: lambda: [spawn_bare() for _ in range(WARM + EACH)][WARM:],
        OURS: lambda: [run_ours() for _ in range(WARM + EACH)][WARM:],
    }
    if shutil.which("hyperfine"):
        ways[PEER] = lambda: ask_hyperfine(folder)
    found: dict[str, list[float]] = {way: [] for way in (BARE, OURS, CALL, *ways)}
    for _ in range(rounds):
        for way in random.sample(list(ways), len(ways)):
            found[way].append(statistics.median(ways[way]()) * 1e3)
        found[CALL].append(statistics.median(calls[WARM:]) * 1e3)
        calls.clear()
    return found


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        found = measure_ways(rounds, folder)
    print(f"{PROGRAM}, {rounds} rounds of {EACH} samples each, medians")
    for way, times in found.items():
        over = statistics.median(one - bare for one, bare in zip(times, found[BARE], strict=True))
        print(f"{way:30} {statistics.median(times):7.3f} ms   {over:+7.3f} ms")
    if PEER not in found:
        print("hyperfine is not installed; install it to see the bar (Debian: apt-get install hyperfine)")
        return
    overs = np.sort(np.subtract(found[OURS], found[PEER]))
    low, high = quantile_interval(overs, 0.5, 0.025)  # on each side
    over = float(np.median(overs))
    print(
        f"over hyperfine -N {over:+.3f} ms (95 %: {low:+.3f} to {high:+.3f}), bar {BAR_MS:+.3f} ms: {'reached' if over <= BAR_MS else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
