"""The programs that are measured and the hogs beside them, compiled here, and ended here."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rows import SIZES, SPIN_S, Row

SETTLE_S = 0.3
"""How long hogs run before anything is measured beside them."""

_PROBE = 20_000_000


def compile_programs(folder: Path) -> None:
    """Put the compiled programs into `folder`."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("no C compiler: the workloads are small C programs (Debian: apt-get install gcc libc6-dev)")
    for source in sorted(Path(__file__).with_name("programs").glob("*.c")):
        subprocess.run([compiler, "-O2", "-o", folder / source.stem, source], check=True)


def calibrate_spin(folder: Path) -> int:
    """Return how many steps `spin` takes in `SPIN_S` of CPU time: the fastest of seven, so that a busy machine says the same."""
    fastest = min(_cpu_s([str(folder / "spin"), str(_PROBE)]) for _ in range(7))
    return round(_PROBE * SPIN_S / fastest / 100_000) * 100_000


def command_of(folder: Path, row: Row, spin: int, side: str) -> str:
    """Return what one side of `row` runs; the same work is the same text."""
    size = spin if row.workload == "spin" else SIZES[row.workload]
    size = round(size * (1 + row.more)) if side == "head" else size
    return f"sleep {size / 1e6:.6f}" if row.workload == "sleep" else f"{folder / row.workload} {size}"


@contextmanager
def hogs(folder: Path, count: int) -> Iterator[None]:
    """Keep `count` cores busy for as long as the context lasts."""
    # Sessions of their own, as stages and hyperfine have: Linux may share the cores out by session before it does by process.
    running = [subprocess.Popen([folder / "hog"], start_new_session=True) for _ in range(count)]
    try:
        if running:
            time.sleep(SETTLE_S)
        if any(hog.poll() is not None for hog in running):
            raise SystemExit("a hog ended by itself; its rows would be quiet ones")
        yield
    finally:
        for hog in running:
            hog.kill()
            hog.wait()


def _cpu_s(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env={**os.environ})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
