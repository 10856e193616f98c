"""`lanemark coverage diff` beside diff-cover, on generated reports of 100 MB; and a bare expat loop, which is the limit.

    python benchmarks/coverage/run.py [--rounds N] [--size MB] [--only Cobertura or LCOV]

Needs diff-cover (`pip install diff-cover==11.0.1`). In each round every program runs once, as a whole process, in random order. Ours
and diff-cover must find the same: how many added lines were measured, and how many of them were not covered. Prints minimum and
median of CPU and wall time, the peak memory, and how many times ours diff-cover takes. Exit status 1 if a number to reach is missed.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from made import KINDS, make_case

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src"
REACH_TIMES = 3
REACH_MB = 64
PEER = "11.0.1"


@dataclass
class Program:
    """What is run, how its answer (measured and uncovered added lines) is read, and what each run took."""

    name: str
    argv: list[str]
    answer: Callable[[str], tuple[int, int]] | None = None
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)


def our_answer(printed: str) -> tuple[int, int]:
    """Return what `lanemark coverage diff --json` found."""
    lines = json.loads(printed)["lines"]
    return lines["total"], lines["total"] - lines["covered"]


def run_once(program: Program, folder: Path) -> tuple[int, int] | None:
    """Run a program once, add what it took, and return its answer."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "GIT_CONFIG_GLOBAL": os.devnull}
    began = time.perf_counter()
    process = subprocess.Popen(program.argv, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    program.wall.append(time.perf_counter() - began)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{program.name} failed with {process.returncode}")
    program.cpu.append(usage.ru_utime + usage.ru_stime)
    program.peak.append(usage.ru_maxrss / 1024)
    return program.answer(printed) if program.answer else None


def programs(name: str, report: Path) -> list[Program]:
    """Return who is compared on this report."""

    def their_answer(_: str) -> tuple[int, int]:
        found = json.loads((report.parent / "out.json").read_text())
        return found["total_num_lines"], found["total_num_violations"]

    python = [sys.executable, "-m"]
    ours = [*python, "lanemark.cli", "coverage", "diff", report.name, "--base", "main", "--json"]
    theirs = [*python, "diff_cover.diff_cover_tool", report.name, "--compare-branch=main", "--quiet", "--format", "json:out.json"]
    limit = Program("bare expat loop", [sys.executable, str(HERE / "expat_loop.py"), report.name])
    found = [Program("lanemark", ours, our_answer), Program("diff-cover", theirs, their_answer)]
    return [*found, limit] if name == "Cobertura" else found


def measure(folder: Path, name: str, report: Path, rounds: int) -> bool:
    """Run all rounds on one report, print the table, and return whether the numbers are reached."""
    compared = programs(name, report)
    chance = random.Random(1)
    for _ in range(rounds):
        answers = {one.name: run_once(one, folder) for one in chance.sample(compared, len(compared))}
        if answers["lanemark"] != answers["diff-cover"]:
            sys.exit(f"{name}: the answers differ: {answers}")
    total, missed = answers["lanemark"] or (0, 0)
    print(f"\n{name}, {report.stat().st_size / 1e6:.0f} MB, {rounds} rounds; {total} added lines measured, {missed} not covered")
    print(f"{'':16}{'CPU s':>8}{'median':>8}{'wall s':>8}{'median':>8}{'MB':>8}{'times':>8}")
    ours = compared[0]
    for one in compared:
        times = statistics.median(theirs / mine for theirs, mine in zip(one.cpu, ours.cpu, strict=True))
        times_of = (min(one.cpu), statistics.median(one.cpu), min(one.wall), statistics.median(one.wall))
        print(f"{one.name:16}" + "".join(f"{value:8.2f}" for value in times_of) + f"{max(one.peak):8.0f}{times:8.2f}")
    times = statistics.median(theirs / mine for theirs, mine in zip(compared[1].cpu, ours.cpu, strict=True))
    return times >= REACH_TIMES and max(ours.peak) <= REACH_MB


def main() -> int:
    """Make the reports, compare, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=[kind.name for kind in KINDS], default=None)
    parser.add_argument("--size", type=int, default=100, help="MB of each report")
    options = parser.parse_args()
    from importlib.metadata import version

    if version("diff-cover") != PEER:
        sys.exit(f"diff-cover is {version('diff-cover')}, the comparison is with {PEER}")
    reached = []
    with tempfile.TemporaryDirectory() as name:
        for kind in [kind for kind in KINDS if options.only in (None, kind.name)]:
            folder = Path(name, kind.name)
            report = make_case(kind, folder, options.size * 1_000_000)
            reached.append(measure(folder, kind.name, report, options.rounds))
    print(f"\n{'reached' if all(reached) else 'MISSED'}: {REACH_TIMES} times faster in CPU time, at most {REACH_MB} MB")
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
