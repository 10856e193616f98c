"""A workspace, a store and runs on them, each as a process of its own would see them: nothing is remembered but what is on the disk."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from bench import make_stage
from lanemark.cache.ask import foresee_replays
from lanemark.cache.policy import Policy
from lanemark.plan.build import build_plan
from lanemark.run.plan import execute_plan
from lanemark.run.types import Workspace
from lanemark.settings import read_settings
from lanemark.wiring.bench import open_bench
from lanemark.wiring.cache import open_cache, open_replays


@dataclass
class Ran:
    states: dict
    why: dict
    said: list
    outcomes: dict

    @property
    def executed(self):
        return [name for name, state in self.states.items() if state == "ran"]

    @property
    def replayed(self):
        return [name for name, state in self.states.items() if state == "replayed"]


@dataclass
class Box:
    """`root` is the workspace, `stages` what runs in it."""

    folder: Path
    stages: dict = field(default_factory=dict)
    name: str = "w"
    environment: dict = field(default_factory=dict)

    @property
    def root(self):
        return self.folder / self.name

    @property
    def store(self):
        return self.folder / "cache" / "store"

    def settings(self):
        passed = {"PATH": os.environ["PATH"], "LANEMARK_CACHE": str(self.folder / "cache"), **self.environment}
        return read_settings(passed, folder=str(self.root))

    def add(self, name, run, **rest):
        self.stages[name] = make_stage(name, run, **rest)

    def write(self, path, text, *, mode=None):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if mode is not None:
            file.chmod(mode)
        return file

    def read(self, path):
        return (self.root / path).read_text()

    def run(self, *names, policy=None, jobs=1):
        self.root.mkdir(exist_ok=True)
        said = []
        plan = build_plan("standard", names or self.stages, self.stages)
        with open_bench(self.settings(), said.append) as bench:
            place = Workspace(side="head", root=str(self.root), stages=self.stages, plan=plan, logs=f"{bench.work}/log")
            os.mkdir(place.logs)
            with open_replays(self.settings(), place, policy or Policy(), bench) as replays:
                done = execute_plan(place, bench.tools, jobs=jobs, replays=replays)
        return Ran({name: one.state for name, one in done.items()}, dict(replays.why), said, done)

    def forecast(self):
        cache, _, _ = open_cache(self.settings(), str(self.root), "standard", self.stages, self.stages, Policy(), "now")
        order = [step.stage for step in build_plan("standard", self.stages, self.stages).steps]
        return {name: one.forecast for name, one in foresee_replays(order, cache).items()}

    def entry(self, stage):
        """Return the file of the newest entry of a stage."""
        (pointer,) = self.store.glob(f"newest/*/{stage}")
        digest = pointer.read_text().removeprefix("sha256:")
        return self.store / "ac" / digest[:2] / f"{digest[2:]}.json"

    def blobs(self):
        return sorted(path for path in (self.store / "cas").rglob("*") if path.is_file())

    def outputs(self):
        """Return every file of the workspace with kind, mode and content."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if path.is_symlink():
                found[name] = ("link", os.readlink(path))
            elif path.is_file():
                found[name] = (path.stat().st_mode & 0o111, path.read_bytes())
            else:
                found[name] = ("dir",)
        return found


def chain(folder):
    """Return a workspace with three stages, of which each needs the one before."""
    box = Box(folder)
    box.write("src/a.txt", "one\n")
    box.write("src/b.txt", "two\n")
    box.write("lib/c.txt", "three\n")
    box.add("gen", "sed 's/#.*//' src/*.txt > gen.out; echo made gen", inputs=("src/**",), outputs=("gen.out",))
    box.add("lib", "mkdir -p dist; cat gen.out lib/c.txt > dist/lib.out", needs=("gen",), inputs=("lib/**",), outputs=("dist/",))
    box.add("app", "wc -c < dist/lib.out > app.out", needs=("lib",), inputs=("lib/**",), outputs=("app.out",))
    return box
