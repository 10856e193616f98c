"""What a unit of the control load takes and how steady it is, and why no fsync is in it. Run: `python benchmarks/control.py [ROUNDS]`.

The parts are timed in turn, in one run. The second half repeats it while another process writes and syncs without end, which is
what a neighbour on a shared disk does.
"""

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from lanemark.process.control import COPIED, HASHED, ControlLoad

WRITER = (
    "import os\nf = os.open('noise', os.O_CREAT | os.O_WRONLY)\nwhile True:\n    os.pwrite(f, b'x' * (1 << 20), 0); os.fsync(f)"
)


def time_parts(folder: str, rounds: int) -> None:
    """Print median and spread of each part."""
    load = ControlLoad()
    source, target = memoryview(bytearray(b"x") * COPIED), memoryview(bytearray(b"y") * COPIED)
    synced = os.open(f"{folder}/synced", os.O_CREAT | os.O_WRONLY)

    def copy() -> None:
        target[:] = source

    def sync() -> None:
        os.pwrite(synced, b"x" * 4096, 0)
        os.fsync(synced)

    parts: dict[str, Callable[[], object]] = {
        "hash": lambda: hashlib.blake2b(source[:HASHED]).digest(),
        "copy (one of three)": copy,
        "spawn": load._start_process,  # noqa: SLF001
        "write and fsync": sync,
        "1 unit": lambda: load.run(1),
        "10 units": lambda: load.run(10),
    }
    taken: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(rounds):
        for name, part in parts.items():
            started = time.perf_counter()
            part()
            taken[name].append((time.perf_counter() - started) * 1e3)
    os.close(synced)
    for name, times in taken.items():
        low, middle, high = statistics.quantiles(times, n=20)[0], statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"  {name:20} median {middle:8.3f} ms   5 % {low:8.3f}   95 % {high:8.3f}   spread {(high - low) / middle:6.1%}")
    used = load.run(rounds)
    print(f"  {rounds} units: wall {used.wall_s * 1e3:.1f} ms, processor {used.cpu_s * 1e3:.1f} ms")


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(dir=".") as folder:
        print("as the machine is")
        time_parts(folder, rounds)
        noise = subprocess.Popen([sys.executable, "-c", WRITER], cwd=folder)
        try:
            time.sleep(0.3)
            print("beside a process that writes and syncs without end")
            time_parts(folder, rounds)
        finally:
            noise.kill()
            noise.wait()


if __name__ == "__main__":
    main()
