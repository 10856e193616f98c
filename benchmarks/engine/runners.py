"""The task runners: how each is installed, started and emptied, each at home in a temporary folder, without telemetry or daemon."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

from workspace import make_workspace

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OURS = "lanemark"
MADE = (".turbo", ".wireit", ".ninja_log", ".ninja_deps", ".lanemark")
"""What the runners leave in a workspace, besides doit's `.doit.db*`; a cold run starts without."""


@dataclass(frozen=True)
class Tools:
    """Where the programs are; `versions` by runner. A runner without a program is left out."""

    words: dict[str, tuple[str, ...]]
    versions: dict[str, str]
    python: str
    node: Path


@dataclass(frozen=True)
class Figure:
    """CPU seconds (user and system, of the whole process tree) and wall seconds of one run."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Runner:
    """One runner in a workspace of its own."""

    name: str
    folder: Path
    home: Path
    words: tuple[str, ...]
    environment: dict[str, str]

    def run(self) -> Figure:
        """Run everything once."""
        return run_measured(self.name, self.words, self.folder, self.environment)

    def forget(self) -> None:
        """Remove all that it made or remembers."""
        for name in MADE:
            path = self.folder / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        for path in (
            *self.folder.glob(".doit.db*"),
            *self.folder.glob("packages/*/.turbo"),
            *self.folder.glob("packages/*/dist"),
        ):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(self.home)
        self.home.mkdir()

    def outputs(self) -> dict[str, tuple[int, int]]:
        """Return inode and time of every output: what was made or restored has others."""
        found = {}
        for path in self.folder.glob("packages/*/dist/out.txt"):
            state = path.stat()
            found[path.parent.parent.name] = (state.st_ino, state.st_mtime_ns)
        return found

    def executed(self) -> int | None:
        """Return how many stages our last run says it executed; None for the others, who leave no record all can be held to."""
        if self.name != OURS:
            return None
        facts = json.loads((self.folder / ".lanemark" / "out" / "run.json").read_text())
        return sum(stage["state"] == "ran" for stage in facts["stages"])


def run_measured(name: str, words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Figure:
    """Run a program to its end; raise SystemExit where it fails."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        started = subprocess.Popen(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, usage = os.wait4(started.pid, 0)
        wall_s = time.perf_counter() - began
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            said.seek(0)
            raise SystemExit(f"{name} failed: {said.read().decode(errors='replace')[-2000:]}")
    return Figure(usage.ru_utime + usage.ru_stime, wall_s)


def install_tools(place: Path, names: list[str]) -> Tools:
    """Install Lanemark as people do, and the pinned peers, below `place`; make has to be there."""
    ours, peers, node = place / "ours", place / "peers", place / "node"
    install_python(ours, str(ROOT))
    install_python(peers, "-r", str(HERE / "requirements.txt"))
    if {"turbo", "wireit"} & set(names):
        node.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, node)
        # Not `npm ci`: it refuses a registry that lacks turbo for other platforms, where the lock has fewer of them than turbo names.
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=node, check=True)
    words: dict[str, tuple[str, ...]] = {
        OURS: (str(ours / "bin" / "lanemark"), "run", "--lane", "standard", "--jobs", "2"),
        "ninja": (str(peers / "bin" / "ninja"), "-j2"),
        "make": ("make", "-r", "-j2", "all"),
        "doit": (str(peers / "bin" / "doit"), "run", "-n", "2", "-P", "thread"),
        "turbo": (find_turbo(node), "run", "build", "--concurrency=2", "--no-daemon"),
        "wireit": ("npm", "run", "--silent", "build"),
    }
    return Tools(words, read_versions(words, names, node), str(ours / "bin" / "python"), node)


def install_python(folder: Path, *what: str) -> None:
    """Make a virtual environment with `what` in it, compiled: with uv where it is, else pip."""
    uv = shutil.which("uv")
    venv.create(folder, with_pip=uv is None)
    python = str(folder / "bin" / "python")
    words = [uv, "pip", "install", "--quiet", "--python", python] if uv else [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*words, *what], check=True)
    subprocess.run([python, "-m", "compileall", "-q", str(folder / "lib")], check=False, stdout=subprocess.DEVNULL)


def find_turbo(node: Path) -> str:
    """Return turbo's native program: its launcher in JavaScript costs as much again."""
    native = [path for path in node.glob("node_modules/@turbo/*/bin/turbo") if os.access(path, os.X_OK)]
    return str(native[0] if native else node / "node_modules" / ".bin" / "turbo")


def read_versions(words: dict[str, tuple[str, ...]], names: list[str], node: Path) -> dict[str, str]:
    """Return the version of each runner."""
    found = {}
    for name in names:
        if name == "wireit":
            found[name] = json.loads((node / "node_modules" / "wireit" / "package.json").read_text())["version"]
        else:
            said = subprocess.run([words[name][0], "--version"], capture_output=True, text=True, check=True, cwd=node.parent)
            found[name] = next(word for word in said.stdout.split() if word[:1].isdigit())
    return found


def make_runner(name: str, place: Path, packages: int, tools: Tools) -> Runner:
    """Make a workspace for a runner, and a home in which nothing else is."""
    folder, home = place / f"{name}-{packages}", place / f"home-{name}-{packages}"
    make_workspace(folder, name, packages=packages)
    home.mkdir()
    environment = {
        "PATH": f"{tools.node}/node_modules/.bin:{os.environ['PATH']}",
        "HOME": str(home),
        "CI": "1",
        "LANEMARK_CACHE": str(home / "lanemark"),
        "TURBO_TELEMETRY_DISABLED": "1",
        "DO_NOT_TRACK": "1",
        "NO_UPDATE_NOTIFIER": "1",
        "npm_config_update_notifier": "false",
        "WIREIT_PARALLEL": "2",
    }
    if name in ("turbo", "wireit"):
        (folder / "node_modules").symlink_to(tools.node / "node_modules")
    return Runner(name, folder, home, tools.words[name], environment)


def measure_floor(tools: Tools) -> Figure:
    """Return what starting the Python we are installed in costs, with nothing to do."""
    return run_measured("python", (tools.python, "-c", "pass"), Path(sys.prefix), {"PATH": os.environ["PATH"]})
