"""Lanemark beside other task runners on one workspace, in interleaved pairs: CPU and wall time, with checks of what they did.

`python benchmarks/engine/compare.py --packages 100 --peers ninja,make,doit --pairs 10` prints one line for each scenario and peer.
`--node DIR` is a folder in which `npm install turbo wireit` was run. A run counts only if it left the right outputs and executed
what it had to: nothing when nothing changed. Medians of user and system time of the whole process tree, then of wall time.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workspace import RUNNERS, digest_outputs, make_workspace

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Runner:
    """One runner in its own workspace; `restores` says that it puts deleted outputs back instead of making them again."""

    name: str
    folder: Path
    words: tuple[str, ...]
    environment: dict[str, str]

    def run(self) -> tuple[float, float]:
        """Run everything once; return CPU and wall seconds."""
        began = time.perf_counter()
        started = subprocess.Popen(
            self.words, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert started.stderr is not None
        said = started.stderr.read()
        _, status, usage = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            raise SystemExit(f"{self.name} failed: {said.decode(errors='replace')[-2000:]}")
        return usage.ru_utime + usage.ru_stime, time.perf_counter() - began

    def outputs(self) -> dict[str, tuple[int, int]]:
        """Return inode and time of every output: what was made or restored has others."""
        found = {}
        for path in sorted((self.folder / "packages").glob("*/dist/out.txt")):
            state = path.stat()
            found[path.parent.parent.name] = (state.st_ino, state.st_mtime_ns)
        return found


def make_runner(name: str, place: Path, packages: int, node: str) -> Runner:
    folder = place / name
    make_workspace(folder, name, packages=packages)
    home = place / f"home-{name}"
    home.mkdir()
    environment = {
        "PATH": f"{node}/node_modules/.bin:{os.environ['PATH']}" if node else os.environ["PATH"],
        "HOME": str(home),
        "CI": "1",
        "PYTHONPATH": str(ROOT / "src"),
        "LANEMARK_CACHE": str(home / "lanemark"),
        "TURBO_TELEMETRY_DISABLED": "1",
        "DO_NOT_TRACK": "1",
        "WIREIT_PARALLEL": "2",
    }
    bin_folder = Path(sys.executable).parent
    words = {
        "lanemark": (sys.executable, "-m", "lanemark.cli", "run", "--lane", "standard", "--jobs", "2"),
        "ninja": (str(bin_folder / "ninja"), "-j2"),
        "make": ("make", "-r", "-j2", "all"),
        "doit": (str(bin_folder / "doit"), "run", "-n", "2", "-P", "thread"),
        "turbo": (find_turbo(node), "run", "build", "--concurrency=2", "--no-daemon"),
        "wireit": ("npm", "run", "--silent", "build"),
    }[name]
    if name in ("turbo", "wireit"):
        (folder / "node_modules").symlink_to(Path(node) / "node_modules")
    return Runner(name, folder, words, environment)


def find_turbo(node: str) -> str:
    """Return turbo's native program: its launcher in JavaScript costs as much again."""
    found = sorted(Path(node).glob("node_modules/**/bin/turbo")) if node else []
    native = [path for path in found if "linux" in str(path) or "darwin" in str(path)]
    return str((native or found or ["turbo"])[0])


def change_nothing(_: Runner, __: int) -> None:
    """Leave everything as it is."""


def edit_leaf(runner: Runner, turn: int) -> None:
    last = max((runner.folder / "packages").iterdir())
    (last / "src" / "f00.txt").write_text(f"edit {turn}\n")


def touch_all(runner: Runner, _: int) -> None:
    for path in (runner.folder / "packages").glob("*/src/*.txt"):
        path.touch()


def delete_outputs(runner: Runner, _: int) -> None:
    for path in (runner.folder / "packages").glob("*/dist"):
        shutil.rmtree(path)


SCENARIOS: dict[str, tuple[Callable[[Runner, int], None], Callable[[int], int | None]]] = {
    "no-op": (change_nothing, lambda _: 0),
    "leaf edit": (edit_leaf, lambda _: 1),
    "touch all": (touch_all, lambda _: None),
    "restore all": (delete_outputs, lambda packages: packages),
}
"""What is done before each run, and how many outputs may be new after it (None: that differs between runners, and is shown)."""


def compare(ours: Runner, peer: Runner, scenario: str, pairs: int, packages: int) -> str:
    """Return one line for a scenario; raise SystemExit where a runner did not do what it had to."""
    prepare, expected = SCENARIOS[scenario]
    figures: dict[str, list[tuple[float, float]]] = {ours.name: [], peer.name: []}
    changed: dict[str, int] = {}
    for turn in range(pairs + 2):
        for runner in (ours, peer) if turn % 2 else (peer, ours):
            prepare(runner, turn)
            before = runner.outputs()
            figure = runner.run()
            after = runner.outputs()
            changed[runner.name] = sum(after[name] != before.get(name) for name in after)
            wanted = expected(packages)
            if wanted is not None and changed[runner.name] != wanted:
                raise SystemExit(f"{runner.name}, {scenario}: {changed[runner.name]} outputs are new, not {wanted}")
            if turn >= 2:  # the first two warm up
                figures[runner.name].append(figure)
        if digest_outputs(ours.folder) != digest_outputs(peer.folder):
            raise SystemExit(f"{scenario}: {ours.name} and {peer.name} left different outputs")
    ratios = [theirs[0] / own[0] for own, theirs in zip(figures[ours.name], figures[peer.name], strict=True)]
    shown = "  ".join(
        f"{name} {1000 * statistics.median(cpu for cpu, _ in found):.0f} ms ({1000 * statistics.median(wall for _, wall in found):.0f})"
        f" {changed[name]} new"
        for name, found in figures.items()
    )
    return f"{packages} packages, {scenario}: {shown}  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=int, default=100)
    parser.add_argument("--peers", default="ninja,make,doit")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--scenarios", default=",".join(SCENARIOS))
    parser.add_argument("--node", default="", metavar="DIR")
    options = parser.parse_args()
    peers = [name for name in options.peers.split(",") if name in RUNNERS]
    for name in peers:
        with tempfile.TemporaryDirectory(prefix="engine-") as place:
            pair = [make_runner(one, Path(place), options.packages, options.node) for one in ("lanemark", name)]
            for runner in pair:
                cold, wall = runner.run()
                print(f"{options.packages} packages, cold: {runner.name} {1000 * cold:.0f} ms ({1000 * wall:.0f})", flush=True)
            for scenario in options.scenarios.split(","):
                print(compare(pair[0], pair[1], scenario, options.pairs, options.packages), flush=True)


if __name__ == "__main__":
    main()
