"""Live trials on real processes: our whole path against hyperfine at the same time budget.

    python benchmarks/validity/live.py --out FILE [--rows NAME,NAME] [--trials N] [--minutes M]
    python benchmarks/validity/live.py --ci

Every trial is one line of JSON in FILE; what stands there is not done again, so a campaign may be interrupted at any time. Rows
take turns, so that what the machine does in an hour is in all of them. `--ci` is the short check: equal sides beside a hog, and an
exit status of 1 beyond the flags that `rows.py` allows. Needs Linux, git, hyperfine and a C compiler.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from load import calibrate_spin, command_of, compile_programs, hogs
from peer import ask_hyperfine
from product import Answer, judge_change, make_repository
from rows import PEER_TRIALS, ROWS, SHORT_FLAGS, SHORT_HOGS, SHORT_TRIALS, Row

from lanemark.process.machine import read_machine
from lanemark.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

QUIET = 0.05
"""The share of all cores that may be busy before a trial of a quiet row."""


@dataclass
class Stand:
    """The folder of one campaign: compiled programs, and a repository for each row."""

    folder: Path
    spin: int
    repositories: dict[str, Settings] = field(default_factory=dict)

    def commands(self, row: Row) -> tuple[str, str]:
        """Return what base and head of `row` run."""
        return command_of(self.folder, row, self.spin, "base"), command_of(self.folder, row, self.spin, "head")

    def ask_product(self, row: Row) -> Answer:
        """Return what our whole path says of `row`, once."""
        if row.name not in self.repositories:
            base, head = self.commands(row)
            self.repositories[row.name] = make_repository(self.folder / row.name, base=base, head=head, judged=row.judged)
        return judge_change(self.repositories[row.name])

    def run_trial(self, row: Row, *, peer: bool) -> dict[str, Any]:
        """Return the record of one trial of `row`, which asks hyperfine too where `peer` says so."""
        with hogs(self.folder, row.hogs):
            load = os.getloadavg()[0]
            answer = self.ask_product(row)
            found = {"kind": "trial", "row": row.name, "load": round(load, 2), "ours": answer.record()}
            if row.timed and peer:
                base, head = self.commands(row)
                budget = {"each_s": mean_wall(answer), "budget_s": answer.seconds}
                found["hyperfine"] = ask_hyperfine(base, head, **budget, report=self.folder / "hyperfine.json")
        return found


def mean_wall(answer: Answer) -> float:
    """Return the mean wall seconds of one run, over the timing samples of both sides."""
    sides = (answer.pair.head, answer.pair.base)
    samples = [sample for side in sides if side is not None for sample in side.samples if sample.account == "time"]
    return fmean(sample.usage.wall_s / sample.loops for sample in samples)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a results file; a last line that was cut off is left out."""
    if not path.exists():
        return []
    lines = path.read_text().split("\n")
    return [json.loads(line) for line in lines[:-1] if line]


def open_campaign(path: Path, setup: dict[str, Any], done: Iterable[dict[str, Any]]) -> None:
    """Note where and by what the following trials are made; refuse to mix machines."""
    machines = {one["machine"]["fingerprint"] for one in done if one["kind"] == "setup"} | {setup["machine"]["fingerprint"]}
    if len(machines) > 1:
        raise SystemExit(f"{path} was made on another machine; give another --out")
    text = path.read_text() if path.exists() else ""
    path.write_text(text[: text.rfind("\n") + 1] + json.dumps(setup) + "\n")


def describe_setup(spin: int) -> dict[str, Any]:
    """Return the machine, the commit under test, and how much `spin` does."""
    machine = read_machine()
    facts = {"fingerprint": machine.fingerprint, "cpu": machine.cpu, "cores": machine.cores, "system": machine.system}
    facts |= {"memory_gib": round(machine.memory_bytes / 2**30), "python": machine.python}
    return {"kind": "setup", "machine": facts, "commit": commit_under_test(), "spin": spin, "started": time.strftime("%Y-%m-%d")}


def commit_under_test() -> str:
    """Return the commit of this checkout, with a plus where source files differ from it."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    status = subprocess.run([*git, "status", "--porcelain", "--", "src"], check=True, capture_output=True, text=True)
    return commit + ("+" if status.stdout.strip() else "")


def next_rows(
    rows: Iterable[Row], trials: int | None, done: Counter[str], is_quiet: Callable[[], bool] = lambda: True
) -> Iterator[Row]:
    """Yield rows for as long as any is not finished, always the one that has the smallest part of its trials.

    A quiet row waits until the machine is; the others go on meanwhile. What decides is what happens before the trial, so it cannot
    prefer one answer to another.
    """
    wanted = {row: trials or row.trials for row in rows}
    counts = Counter({row.name: done[row.name] for row in wanted})
    while open_rows := [row for row in wanted if counts[row.name] < wanted[row]]:
        quiet = all(row.hogs for row in open_rows) or is_quiet()
        if ready := [row for row in open_rows if row.hogs or quiet]:
            row = min(ready, key=lambda row: counts[row.name] / wanted[row])
            counts[row.name] += 1
            yield row


def machine_is_quiet() -> bool:
    """Return whether all cores together did next to nothing for a fifth of a second."""
    before = read_ticks()
    time.sleep(0.2)
    busy, whole = (after - earlier for after, earlier in zip(read_ticks(), before, strict=True))
    return busy <= QUIET * whole


def read_ticks() -> tuple[int, int]:
    """Return the busy ticks and all ticks of the machine until now."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def run_campaign(out: Path, rows: list[Row], trials: int | None, minutes: float) -> None:
    """Append trials to `out` until all are there or the time is over."""
    ends = time.monotonic() + minutes * 60
    done = read_lines(out)
    asked = Counter(one["row"] for one in done if "hyperfine" in one)
    counts = Counter(one["row"] for one in done if one["kind"] == "trial")
    if all(counts[row.name] >= (trials or row.trials) for row in rows):
        return
    with tempfile.TemporaryDirectory(prefix="lanemark-validity-") as name:
        folder = Path(name)
        compile_programs(folder)
        spin = next((one["spin"] for one in done if one["kind"] == "setup"), None) or calibrate_spin(folder)
        open_campaign(out, describe_setup(spin), done)
        stand = Stand(folder, spin)
        with out.open("a") as file:
            for row in next_rows(rows, trials, counts, machine_is_quiet):
                if time.monotonic() > ends:
                    return
                began = time.perf_counter()
                record = stand.run_trial(row, peer=asked[row.name] < PEER_TRIALS)
                asked[row.name] += "hyperfine" in record
                file.write(json.dumps(record) + "\n")
                file.flush()
                said = record["ours"]["gates"].get(row.judged, {}).get("verdict", "-")
                print(f"{row.name:14} {said:8} {time.perf_counter() - began:6.2f} s", file=sys.stderr)


def run_short() -> int:
    """Judge equal sides beside a hog, and return 1 beyond the flags that are allowed."""
    row = Row("short", "spin", 0.0, SHORT_HOGS, trials=SHORT_TRIALS)
    began, flagged, said = time.monotonic(), 0, Counter[str]()
    with tempfile.TemporaryDirectory(prefix="lanemark-validity-") as name:
        folder = Path(name)
        compile_programs(folder)
        stand = Stand(folder, calibrate_spin(folder))
        for _ in range(row.trials):
            with hogs(folder, row.hogs):
                verdict = stand.ask_product(row).record()["gates"]["cpu"]["verdict"]
            said[verdict] += 1
            flagged += verdict == "fail"
    words = ", ".join(f"{count} {verdict}" for verdict, count in said.most_common())
    print(f"{row.trials} comparisons of equal sides beside a hog in {time.monotonic() - began:.0f} s: {words}")
    print(f"{flagged} false alarms, {SHORT_FLAGS} are allowed: {'kept' if flagged <= SHORT_FLAGS else 'BROKEN'}")
    return 0 if flagged <= SHORT_FLAGS else 1


def main() -> int:
    parser = argparse.ArgumentParser(description="A/A and A/B trials on real processes, ours and hyperfine's.")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the trials are, one line of JSON each")
    parser.add_argument("--rows", default="", metavar="NAMES", help=f"of {', '.join(row.name for row in ROWS)} (all)")
    parser.add_argument("--trials", type=int, metavar="N", help="trials of each row (what the row says)")
    parser.add_argument("--minutes", type=float, default=float("inf"), metavar="M", help="start no trial after so long")
    parser.add_argument("--ci", action="store_true", help="the short check")
    options = parser.parse_args()
    if options.ci:
        return run_short()
    if options.out is None:
        parser.error("--out FILE is needed")
    names = [name for name in options.rows.split(",") if name]
    if unknown := set(names) - {row.name for row in ROWS}:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    run_campaign(options.out, [row for row in ROWS if not names or row.name in names], options.trials, options.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
