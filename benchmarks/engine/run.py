"""Lanemark beside other task runners on equal workspaces: what it costs to run everything, something, and nothing.

    python benchmarks/engine/run.py [--rounds 10] [--packages 100,400] [--runners lanemark,turbo,...] [--out FILE]

In each round every runner runs once, in random order, after the same change to its own workspace. A figure counts only if the run
left the outputs that all others left, and made as many of them as it had to; ours must also say so itself. At the end one table
with medians and ratios, what was to be reached, and what running costs over bare spawn and wait (`benchmarks/schedule.py`). With
`--out` the figures are also added to FILE, a line of JSON each, from which `page.py` writes `docs/engine-numbers.md`: sizes may be
measured one after the other.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from page import FLOOR, Row, table_of, verdicts_of
from runners import OURS, ROOT, Figure, Runner, Tools, install_tools, make_runner, measure_floor
from workspace import RUNNERS, digest_outputs

sys.path.insert(0, str(ROOT / "src"))

from lanemark.process.machine import read_machine

SETTLE_S = 0.05


@dataclass(frozen=True)
class Scenario:
    """What is done before each run, how many outputs have to be new, and how many stages we have to execute.

    `new` outputs differ from runner to runner where it is None; each is shown. It is measured in one of `share` rounds, at least two.
    `most` says of a runner for how many packages it still takes part: more of them would take longer than they tell.
    """

    name: str
    prepare: Callable[[Runner, int], None]
    new: Callable[[int], int | None]
    executed: Callable[[int], int]
    only_ours: bool = False
    share: int = 1
    most: Mapping[str, int] = field(default_factory=dict)


def change_nothing(_: Runner, __: int) -> None:
    """Leave everything as it is."""


def forget_answer(runner: Runner, _: int) -> None:
    """Make us decide about every stage again instead of saying that nothing has changed since the last run."""
    shutil.rmtree(runner.home / "lanemark" / "store" / "standing", ignore_errors=True)


def edit_leaf(runner: Runner, turn: int) -> None:
    """Edit a package that none needs."""
    last = max((runner.folder / "packages").iterdir())
    (last / "src" / "f00.txt").write_text(f"edit {turn}\n")


def touch_all(runner: Runner, _: int) -> None:
    """Give all sources a new time."""
    for path in (runner.folder / "packages").glob("*/src/*.txt"):
        path.touch()


def delete_outputs(runner: Runner, _: int) -> None:
    """Delete all outputs, and nothing that a runner remembers."""
    for path in (runner.folder / "packages").glob("*/dist"):
        shutil.rmtree(path)


def forget_all(runner: Runner, _: int) -> None:
    """Begin from nothing."""
    runner.forget()


SCENARIOS = (
    Scenario("no-op", change_nothing, lambda _: 0, lambda _: 0),
    Scenario("no-op, decided anew", forget_answer, lambda _: 0, lambda _: 0, only_ours=True),
    Scenario("leaf edit", edit_leaf, lambda _: 1, lambda _: 1),
    Scenario("touch all", touch_all, lambda _: None, lambda _: 0),
    Scenario("restore all", delete_outputs, lambda packages: packages, lambda _: 0),
    Scenario("cold", forget_all, lambda packages: packages, lambda packages: packages, share=4, most={"turbo": 100}),
)

Figures = dict[str, list[Figure]]


def measure(scenario: Scenario, runners: list[Runner], rounds: int, packages: int) -> tuple[Figures, dict[str, int]]:
    """Return the figures of each runner, and how many outputs were new after its last run."""
    chance, figures, new = random.Random(7), {one.name: [] for one in runners}, {}
    for one in runners:  # whatever came before: now everything is up to date, and twice so
        one.run()
        one.run()
    for turn in range(rounds):
        for one in chance.sample(runners, len(runners)):
            scenario.prepare(one, turn)
            time.sleep(SETTLE_S)
            before = one.outputs()
            figures[one.name].append(one.run())
            after = one.outputs()
            new[one.name] = sum(after[name] != before.get(name) for name in after)
            check_run(scenario, one, new[one.name], len(after), packages)
        if len({digest_outputs(one.folder) for one in runners}) != 1:
            raise SystemExit(f"{scenario.name}: not everybody left the same outputs")
    return figures, new


def check_run(scenario: Scenario, one: Runner, new: int, there: int, packages: int) -> None:
    """Raise SystemExit where a runner did not do what it had to."""
    wanted = scenario.new(packages)
    if there != packages or (wanted is not None and new != wanted):
        raise SystemExit(f"{one.name}, {scenario.name}: {new} of {there} outputs are new, not {wanted} of {packages}")
    executed = one.executed()
    if executed is not None and executed != scenario.executed(packages):
        raise SystemExit(f"{one.name}, {scenario.name}: {executed} stages were executed, not {scenario.executed(packages)}")


def run_size(packages: int, names: list[str], tools: Tools, rounds: int) -> Iterator[Row]:
    """Yield the figures of each scenario and runner for workspaces of one size."""
    with tempfile.TemporaryDirectory(prefix="engine-") as place:
        runners = [make_runner(name, Path(place), packages, tools) for name in names]
        for scenario in SCENARIOS:
            taking = (
                runners[:1]
                if scenario.only_ours
                else [one for one in runners if scenario.most.get(one.name, packages) >= packages]
            )
            figures, new = measure(scenario, taking, max(2, rounds // scenario.share), packages)
            for name, found in figures.items():
                pairs = [(one.cpu_s, one.wall_s) for one in found]
                yield {"packages": packages, "what": scenario.name, "runner": name, "figures": pairs, "new": new[name]}
    floors = [measure_floor(tools) for _ in range(rounds)]
    yield {
        "packages": packages,
        "what": FLOOR,
        "runner": "python",
        "figures": [(one.cpu_s, one.wall_s) for one in floors],
        "new": 0,
    }


def describe_run(tools: Tools, rounds: int) -> Row:
    """Return on what, with what and how the figures that follow are measured."""
    machine = read_machine()
    words = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    facts = {"cpu": machine.cpu, "cores": machine.cores, "memory": machine.memory_bytes, "system": machine.system}
    python = sys.version.split()[0]
    return {
        "machine": facts,
        "python": python,
        "commit": commit,
        "rounds": rounds,
        "versions": tools.versions,
        "load": os.getloadavg()[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--packages", default="100,400")
    parser.add_argument("--runners", default=",".join(RUNNERS))
    parser.add_argument("--out", default="", metavar="FILE")
    options = parser.parse_args()
    names = [OURS, *(name for name in options.runners.split(",") if name != OURS and name in RUNNERS)]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="engine-tools-") as place, open(options.out or f"{place}/figures", "a") as out:
        tools = install_tools(Path(place), names)
        out.write(json.dumps(describe_run(tools, options.rounds)) + "\n")
        for packages in map(int, options.packages.split(",")):
            for row in run_size(packages, names, tools, options.rounds):
                print(f"{packages} packages, {row['what']}: {row['runner']} measured", file=sys.stderr, flush=True)
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
        schedule = subprocess.run(
            [sys.executable, ROOT / "benchmarks" / "schedule.py"], capture_output=True, text=True, check=True
        )
        out.write(json.dumps({"schedule": schedule.stdout}) + "\n")
    print("\n".join((*table_of(rows), "", *verdicts_of(rows))))
    print(schedule.stdout, end="")


if __name__ == "__main__":
    main()
