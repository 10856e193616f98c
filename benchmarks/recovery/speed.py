"""How long a checkpoint and a rollback take beside `git stash create`, `rsync -a` and `tar`.

    python benchmarks/recovery/speed.py [--rounds 15]

Whole processes, one after the other in each round, on 10,000 files of 2 kB of which nothing changed since the last time. That every way
did its work is looked at: the copies and the archive hold all files, the stash is a commit with all of them, and the checkpoint
finds a file that is changed afterwards. git has two rows: a stash where 100 of the files differ from the last commit, and one where none
does, which makes no snapshot at all and is shown for honesty. A rollback puts 100 changed files back, and every way keeps
what it overwrites; how long they take where they do not is shown too. In the end the cost of writing a run down.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS, EACH, CHANGED = 100, 100, 100
SHOWN_ONLY = ("no snapshot", "nothing kept")
CONFIG = "version: 1\nlanes: {s: {default: true, stages: [a]}}\nstages: {a: {run: make, outputs: [out/]}}\n"
AUTHOR = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Place:
    def __init__(self, folder):
        self.folder, self.root = Path(folder), Path(folder) / "w"
        for number in range(FOLDERS):
            (self.root / "out" / f"{number:02}").mkdir(parents=True)
        for path in self.paths():
            path.write_text(f"{path.name}\n" * 250)
        (self.root / ".github").mkdir()
        (self.root / ".github" / "lanemark.yml").write_text(CONFIG)
        self.environment = {**os.environ, **AUTHOR, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": f"{folder}/cache"}
        self.environment.pop("GITHUB_ACTIONS", None)
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
            self.run("git", *words)

    def paths(self):
        return [
            self.root / "out" / f"{folder:02}" / f"file-{number:02}.txt" for folder in range(FOLDERS) for number in range(EACH)
        ]

    def change(self, text):
        """Change 100 files, and be older than any clock's tick afterwards."""
        for path in self.paths()[:: FOLDERS * EACH // CHANGED]:
            path.write_text(text * 100)
        time.sleep(0.1)

    def lanemark(self, *words):
        return self.run(sys.executable, "-m", "lanemark.cli", "checkpoint", *words)

    def run(self, *words):
        return subprocess.run(words, cwd=self.root, env=self.environment, check=True, capture_output=True, text=True).stdout


def measure(places, ways, rounds, before=None, after=None):
    """Return wall and CPU seconds of each way, in turns and each in its place."""
    found = {name: ([], []) for name in ways}
    for _ in range(rounds):
        for name, words in ways.items():
            if before:
                before(name)
            used, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            places[name].run(*words)
            found[name][0].append(time.perf_counter() - started)
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
            found[name][1].append(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)
            if after:
                after(name)
    return {name: (statistics.median(wall), min(wall), statistics.median(cpu)) for name, (wall, cpu) in found.items()}


def show(title, found, ours="lanemark"):
    print(f"\n{title}")
    base = found[ours]
    for name, (wall, least, cpu) in found.items():
        beside = (
            "" if name == ours else f"   lanemark takes {base[0] / wall:.2f} of its wall time, {base[2] / cpu:.2f} of its CPU"
        )
        print(f"  {name:32} {wall * 1e3:7.1f} ms (least {least * 1e3:6.1f}), CPU {cpu * 1e3:6.1f} ms{beside}")
    return [name for name, (wall, _, _) in found.items() if name != ours and not name.endswith(SHOWN_ONLY) and wall <= base[0]]


def compare_checkpoints(place, rounds):
    copy, archive = f"{place.folder}/copy/", f"{place.folder}/archive.tar"
    clean = Path(place.folder) / "clean"
    subprocess.run(["cp", "-a", place.root, clean], check=True)
    subprocess.run(["git", "-C", clean, "status"], check=True, capture_output=True)
    place.change("differs from the commit\n")
    ours = (sys.executable, "-m", "lanemark.cli", "checkpoint", "create", "--json")
    ways = {
        "lanemark": ours,
        "git stash create, 100 differ": ("git", "stash", "create"),
        "rsync -a": ("rsync", "-a", "--delete", "out/", copy),
        "tar": ("tar", "cf", archive, "out"),
        "git stash create, no snapshot": ("git", "-C", str(clean), "stash", "create"),
    }
    for words in ways.values():  # the first time of each is another matter
        place.run(*words)
    time.sleep(0.1)
    place.run(*ours)
    found = measure(dict.fromkeys(ways, place), ways, rounds)
    count = FOLDERS * EACH
    assert sum(len(files) for _, _, files in os.walk(copy)) == count
    assert place.run("tar", "tf", archive).count(".txt\n") == count
    assert place.run("git", "ls-tree", "-r", "--name-only", place.run("git", "stash", "create").strip()).count(".txt\n") == count
    last = json.loads(place.run(*ours))
    assert (last["files"], last["new"]) == (count, False)
    place.paths()[4711].write_text("changed")
    assert json.loads(place.run(*ours))["new"]
    return show("checkpoint of 10,000 files, unchanged since the last one", found)


def compare_rollbacks(folder, rounds):
    """Each way has a workspace of its own, because who rewrites every file, as tar does, makes the next one read every file again.

    Ours keeps what it overwrites, reads what it writes before it touches anything, and looks at everything afterwards. The others
    are made to keep what they overwrite too, and rsync to compare contents; as they are, they stand below.
    """
    undo = "git stash create > ../undo"
    commands = {
        "lanemark": "",
        "git stash create, git checkout": f"{undo} && git checkout -q HEAD -- out",
        "rsync -a --checksum --backup": "rm -rf ../undo && rsync -a --delete --checksum --backup --backup-dir=../undo ../copy/ out/",
        "tar c, tar x": "tar cf ../undo.tar out && tar xf ../archive.tar",
        "git checkout, nothing kept": "git checkout -q HEAD -- out",
        "rsync -a, nothing kept": "rsync -a --delete ../copy/ out/",
        "tar x, nothing kept": "tar xf ../archive.tar",
    }
    places = {name: Place(f"{folder}/{number}") for number, name in enumerate(commands)}
    for place in places.values():
        place.change("the state to go back to\n")
    ours = places["lanemark"]
    ours.lanemark("create")
    target = json.loads(ours.lanemark("list", "--json"))["checkpoints"][-1]["id"]
    for name, place in places.items():
        if name != "lanemark":
            place.run("git", "commit", "-qam", "the state to go back to")
            place.run("rsync", "-a", "--delete", "out/", "../copy/")
            place.run("tar", "cf", "../archive.tar", "out")
    ways = {name: ("sh", "-c", command) for name, command in commands.items()}
    ways["lanemark"] = (sys.executable, "-m", "lanemark.cli", "checkpoint", "restore", target, "--force")
    wanted = [path.read_bytes() for path in ours.paths()]

    def spoil(name):
        places[name].change(f"spoilt before {name}\n")

    def look(name):
        assert [path.read_bytes() for path in places[name].paths()] == wanted, name

    for name, words in ways.items():  # the first time of each is another matter
        spoil(name)
        places[name].run(*words)
    found = measure(places, ways, rounds, before=spoil, after=look)
    return show("rollback of 100 changed files of 10,000, keeping what it overwrites", found)


def cost_of_a_journal(rounds):
    """Print what writing a stage down costs: one that leaves nothing, and one that leaves a file."""
    sys.path.insert(0, str(ROOT / "src"))
    from lanemark.config.types import Stage
    from lanemark.recover.checkpoint import Checkpoint
    from lanemark.recover.journal import Heartbeat, RunStart
    from lanemark.result import Outcome
    from lanemark.store.checkpoints import Checkpoints
    from lanemark.store.journal import Journals
    from lanemark.store.recorder import RunRecorder, new_run
    from lanemark.store.rollback import Rollbacks

    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/w")
        stages = [Stage(name="none", line=1, run=":"), Stage(name="file", line=1, run=":", outputs=("out.txt",))]
        keeper = Checkpoints(f"{folder}/store", "s", f"{folder}/w", dict)
        draft = Checkpoint(id="", order=0, created="", generator="", when="hand")
        recorder = RunRecorder(
            keeper=keeper, rollbacks=Rollbacks(keeper), journals=Journals(f"{folder}/store", "s"), start=RunStart(run=new_run(), lane="s", stages={}),
            draft=draft, covered=("out.txt",), say=print, utc=lambda: "now", beat=Heartbeat,
        )  # fmt: skip
        recorder.begin()
        found = {stage.name: [] for stage in stages}
        for number in range(rounds * 20):
            for stage in stages:
                if stage.outputs:
                    Path(f"{folder}/w/out.txt").write_text(f"{number}\n")
                started = time.perf_counter()
                recorder.start_stage(stage)
                recorder.end_stage(stage, Outcome(stage=stage.name, state="ran"), None)
                found[stage.name].append(time.perf_counter() - started)
        recorder.end(cancelled=False)
    print("\nwriting a run down, a stage")
    for name, told in (("none", "that declares nothing"), ("file", "that leaves a changed file: its checkpoint too")):
        print(f"  {told:48} {statistics.median(found[name]) * 1e3:6.2f} ms")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        slower = compare_checkpoints(Place(folder), options.rounds) + compare_rollbacks(folder, options.rounds)
    cost_of_a_journal(options.rounds)
    print(f"\n{'faster than each' if not slower else 'not faster than: ' + ', '.join(slower)}")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
