"""Lanemark beside other task runners on equal workspaces: what it costs to run everything, something, and nothing.

    python benchmarks/engine/run.py [--rounds 10] [--packages 100,400] [--runners lanemark,turbo,...] [--write DATE]

In each round every runner runs once, in random order, after the same change to its own workspace. A figure counts only if the run
left the outputs that all others left, and made as many of them as it had to; ours must also say so itself. Medians of CPU time (user
and system of the process tree) and wall time, and for each peer the median over the rounds of its CPU time over ours.
Then what running costs over bare spawn and wait, from `benchmarks/schedule.py`. `--write` puts all of it into `docs/engine-numbers.md`.
"""

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runners import OURS, ROOT, Figure, Runner, Tools, install_tools, make_runner, measure_floor
from workspace import RUNNERS, digest_outputs

sys.path.insert(0, str(ROOT / "src"))

from lanemark.process.machine import read_machine

PAGE = ROOT / "docs" / "engine-numbers.md"
BEGIN, END = "<!-- engine: begin -->", "<!-- engine: end -->"
REACH_MS = {100: 60, 400: 110}
REACH_TURBO = 2.5
REACH_SAVED = 0.91
SETTLE_S = 0.05


@dataclass(frozen=True)
class Scenario:
    """What is done before each run, how many outputs have to be new, and how many stages we have to execute.

    `new` outputs differ from runner to runner where it is None; each is shown. It is measured in one of `share` rounds, at least two.
    """

    name: str
    prepare: Callable[[Runner, int], None]
    new: Callable[[int], int | None]
    executed: Callable[[int], int]
    only_ours: bool = False
    share: int = 1


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
    Scenario("cold", forget_all, lambda packages: packages, lambda packages: packages, share=4),
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


def median_of(figures: list[Figure], what: str) -> float:
    """Return a median in ms."""
    return 1000 * statistics.median(getattr(one, what) for one in figures)


def ratio_of(ours: list[Figure], theirs: list[Figure]) -> float:
    """Return the median over the rounds of their CPU time over ours."""
    return statistics.median(their.cpu_s / own.cpu_s for own, their in zip(ours, theirs, strict=True))


def lines_of(packages: int, scenario: Scenario, figures: Figures, new: dict[str, int]) -> list[str]:
    """Return one line of the table for each runner."""
    lines = []
    for name, found in figures.items():
        ratio = "" if name == OURS else f"{ratio_of(figures[OURS], found):.2f}"
        cells = (f"{median_of(found, 'cpu_s'):.0f}", f"{median_of(found, 'wall_s'):.0f}", str(new[name]), ratio)
        lines.append(f"| {packages} | {scenario.name} | {name} | {' | '.join(cells)} |")
    return lines


def verdicts_of(packages: int, found: dict[str, Figures], floor_ms: float) -> list[str]:
    """Return what was to be reached, and what was."""
    noop, cold = found["no-op"], found["cold"]
    ours = median_of(noop[OURS], "cpu_s")
    lines = []
    if packages in REACH_MS:
        word = "reached" if ours <= REACH_MS[packages] else "MISSED"
        lines.append(
            f"{packages} packages, nothing changed: {ours:.0f} ms of CPU time, to reach {REACH_MS[packages]}: {word}. Of these "
            f"{floor_ms:.0f} ms are Python starting with nothing to do."
        )
    if "turbo" in noop and packages == min(REACH_MS):
        times = ratio_of(noop[OURS], noop["turbo"])
        word = "reached" if times >= REACH_TURBO else "MISSED"
        lines.append(
            f"{packages} packages, nothing changed: turbo's native program takes {times:.1f} times as much, to reach {REACH_TURBO}: {word}."
        )
    for what, label in (("cpu_s", "CPU"), ("wall_s", "wall")):
        saved = (
            1 - ours / median_of(cold[OURS], what)
            if what == "cpu_s"
            else 1 - median_of(noop[OURS], what) / median_of(cold[OURS], what)
        )
        word = "reached" if saved >= REACH_SAVED else "MISSED"
        lines.append(
            f"{packages} packages, cached against cold: {100 * saved:.0f} % of the {label} time saved, to reach {100 * REACH_SAVED:.0f} %: {word}."
        )
    return lines


def run_size(packages: int, names: list[str], tools: Tools, rounds: int) -> tuple[list[str], list[str]]:
    """Return the lines of the table and the verdicts for workspaces of one size."""
    lines, found = [], {}
    with tempfile.TemporaryDirectory(prefix="engine-") as place:
        runners = [make_runner(name, Path(place), packages, tools) for name in names]
        for scenario in SCENARIOS:
            taking = runners[:1] if scenario.only_ours else runners
            figures, new = measure(scenario, taking, max(2, rounds // scenario.share), packages)
            found[scenario.name] = figures
            for line in lines_of(packages, scenario, figures, new):
                lines.append(line)
                print(line, flush=True)
        floor_ms = median_of([measure_floor(tools) for _ in range(rounds)], "cpu_s")
    return lines, verdicts_of(packages, found, floor_ms)


def write_page(
    date: str, rounds: int, versions: dict[str, str], table: list[str], verdicts: list[str], schedule: list[str]
) -> None:
    """Put the results between the markers of the page."""
    machine = read_machine()
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    made = (
        f"Measured on {date} on {machine.cores} cores of {machine.cpu}, {machine.memory_bytes / 2**30:.0f} GiB, {machine.system}, "
        f"Python {sys.version.split()[0]}, at commit `{commit}`, {rounds} rounds (cold: a quarter of them, at least 2). {told}."
    )
    told_all = "\n".join(f"- {line}" for line in verdicts)
    text = "\n".join((made, "", told_all, "", *HEAD, *table, "", "```text", *schedule, "```"))
    page = PAGE.read_text()
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


HEAD = (
    "| packages | what | runner | CPU ms | wall ms | new outputs | times our CPU |",
    "| ---: | --- | --- | ---: | ---: | ---: | ---: |",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--packages", default="100,400")
    parser.add_argument("--runners", default=",".join(RUNNERS))
    parser.add_argument("--write", default="", metavar="DATE")
    options = parser.parse_args()
    names = [OURS, *(name for name in options.runners.split(",") if name != OURS and name in RUNNERS)]
    table, verdicts = [], []
    with tempfile.TemporaryDirectory(prefix="engine-tools-") as place:
        tools = install_tools(Path(place), names)
        print("\n".join(HEAD), flush=True)
        for packages in map(int, options.packages.split(",")):
            lines, told = run_size(packages, names, tools, options.rounds)
            table, verdicts = table + lines, verdicts + told
    print("\n".join(verdicts), flush=True)
    schedule = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "schedule.py"], capture_output=True, text=True, check=True
    ).stdout
    print(schedule, end="")
    if options.write:
        write_page(options.write, options.rounds, tools.versions, table, verdicts, schedule.splitlines())


if __name__ == "__main__":
    main()
