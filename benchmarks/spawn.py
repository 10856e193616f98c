"""What one timing sample costs over bare Popen and wait4, beside `hyperfine -N`. Run: `python benchmarks/spawn.py [ROUNDS]`.

Round-robin in one run on one machine: each round takes a handful of samples of every way, so that a machine that moves under us
moves for all of them. Medians; the bar is hyperfine plus 0.05 ms.
"""

import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from lanemark.ports import Command
from lanemark.process.spawn import Spawner

PROGRAM = shutil.which("true") or "/bin/true"
EACH = 20
BAR_MS = 0.05


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
    argv = ["hyperfine", "-N", "--warmup", "2", "--runs", str(EACH), "--export-json", str(report), PROGRAM]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times: list[float] = json.loads(report.read_text())["results"][0]["times"]
    return times


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    spawner = Spawner()
    command = Command(argv=(PROGRAM,), cwd="/", environment=dict(os.environ))
    hyperfine = shutil.which("hyperfine") is not None
    measured: dict[str, list[float]] = {"Popen + wait4": [], "lanemark, wall of the sample": []}
    calls: list[float] = []
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            measured["Popen + wait4"] += [spawn_bare() for _ in range(EACH)]
            for _ in range(EACH):
                started = time.perf_counter()
                wall = spawner.run(command).usage.wall_s
                calls.append(time.perf_counter() - started)
                measured["lanemark, wall of the sample"].append(wall)
            if hyperfine:
                measured.setdefault("hyperfine -N", []).extend(ask_hyperfine(folder))
    bare = statistics.median(measured["Popen + wait4"])
    print(f"{PROGRAM}, {rounds * EACH} samples each, medians")
    for name, times in (*measured.items(), ("lanemark, the whole call", calls)):
        middle = statistics.median(times)
        print(f"{name:30} {middle * 1e3:7.3f} ms   {(middle - bare) * 1e3:+7.3f} ms   x {middle / bare:.3f}")
    if not hyperfine:
        print("hyperfine is not installed; install it to see the bar (Debian: apt-get install hyperfine)")
        return
    over = (statistics.median(measured["lanemark, wall of the sample"]) - statistics.median(measured["hyperfine -N"])) * 1e3
    print(f"over hyperfine -N {over:+.3f} ms, bar {BAR_MS:+.3f} ms: {'reached' if over <= BAR_MS else 'MISSED'}")


if __name__ == "__main__":
    main()
