"""Kill `lanemark` and everything below it at a thousand points, and look whether anything is ever half done.

    python benchmarks/recovery/kill.py [--points 1000] [--seed 1]

Points are every single thing a run, a resume, a checkpoint, a rollback and a prune do to files and processes, dealt out evenly, and
moments by chance. After each kill the program is started once more, as a person or the next job would, and then:

run, resume     the next `lanemark run --resume` leaves exactly what a run that nobody killed leaves
restore         the tree is exactly what it was before, or exactly what the checkpoint has
create, prune   no file of the tree changed, and every checkpoint that is listed is whole, to the last byte
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from ground import Ground

RUN = ("run", "--lane", "standard")


class Bed:
    """The states that kills begin from, made once: nothing ran yet, a run was killed, and several checkpoints are there."""

    def __init__(self, folder):
        self.ground = Ground(folder)
        ground = self.ground
        ground.save("fresh")
        ground.lanemark(*RUN)
        self.first = ground.picture()
        ground.lanemark("checkpoint", "create")
        (ground.root / "src" / "a.txt").write_text("other\n")
        ground.save("changed")
        ground.lanemark(*RUN)
        self.second = ground.picture()
        assert self.first != self.second
        ground.save("twice")
        self.good = self._first_good()
        for number in range(6):
            (ground.root / "dist" / "deep" / f"{number}.txt").write_text(f"by hand {number}\n")
        ground.save("touched")
        ground.load("changed")
        counted = ground.kill_at(0, *RUN)[1]
        ground.load("changed")
        killed, _ = ground.kill_at(counted * 2 // 3, *RUN)
        assert killed
        ground.save("killed")

    def _first_good(self):
        import json

        known = json.loads(self.ground.lanemark("checkpoint", "list", "--json").stdout)["checkpoints"]
        return next(one["id"] for one in known if one["good"])

    def words(self, kind):
        """Return from where a kind of kill begins, and what is killed."""
        return {
            "run": ("fresh", RUN),
            "run again": ("changed", RUN),
            "resume": ("killed", ("run", "--resume")),
            "restore": ("twice", ("checkpoint", "restore", self.good, "--force")),
            "create": ("touched", ("checkpoint", "create")),
            "prune": ("twice", ("checkpoint", "prune", "--keep", "1")),
        }[kind]

    def count(self, kind):
        """Return how many events there are to be killed before."""
        begin, words = self.words(kind)
        self.ground.load(begin)
        return self.ground.kill_at(0, *words)[1]

    def kill(self, kind, at, moment_s=None):
        """Kill once, before event `at` or after `moment_s`, start again, and return what is wrong (empty: nothing)."""
        ground = self.ground
        begin, words = self.words(kind)
        ground.load(begin)
        before = ground.picture(times=True)
        if moment_s is None:
            ground.kill_at(at, *words)
        else:
            kill_after(ground, moment_s, words)
        if kind in ("run", "run again", "resume"):
            journals = "".join(path.read_text() for path in sorted(ground.cache.rglob("*.jsonl")))
            said = ground.lanemark("run", "--lane", "standard", "--resume").stderr
            fault = self._compare(ground.picture(), [self.first if kind == "run" else self.second])
            return f"{fault}\n{journals}\n{said}" if fault else ""
        said = ground.lanemark("checkpoint", "verify", "--deep", status=None)
        if said.returncode:
            return f"checkpoints are not whole: {said.stdout}{said.stderr}"
        if kind == "restore":
            return self._compare(ground.picture(), [self.first, self.second])
        return "" if ground.picture(times=True) == before else "the tree changed"

    def _compare(self, now, ends):
        if now in ends:
            return f"left behind: {litter}" if (litter := self.ground.litter()) else ""
        wanted = ends[-1]
        different = sorted(path for path in now.keys() | wanted.keys() if now.get(path) != wanted.get(path))
        return "\n".join(f"between: {path} is {now.get(path)}, not {wanted.get(path)}" for path in different)


def kill_after(ground, moment_s, words):
    """Kill `lanemark WORDS` and all below it after so many seconds."""
    import os
    import signal

    from killer import below

    started, reader = ground.start(-1, *words)
    os.close(reader)
    time.sleep(moment_s)
    for pid in [*below(started.pid), started.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    started.wait()


def deal_points(bed, points, chance, shares):
    """Yield kinds and points: for each kind its share of the points, spread over all its events, and some moments by chance."""
    for kind, share in shares.items():
        events = bed.count(kind)
        wanted = max(round(points * share * 0.8), 1)
        step = events / wanted
        for number in range(wanted):
            yield kind, 1 + int(number * step + chance.random() * step) % max(events, 1), None
        for _ in range(round(points * share * 0.2)):
            yield kind, 0, chance.uniform(0.05, 0.6)


SHARES = {"run": 0.25, "run again": 0.15, "resume": 0.15, "restore": 0.25, "create": 0.1, "prune": 0.1}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, wrong, done = random.Random(options.seed), [], {}
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        bed = Bed(folder)
        for kind, at, moment_s in deal_points(bed, options.points, chance, SHARES):
            fault = bed.kill(kind, at, moment_s)
            done[kind] = done.get(kind, 0) + 1
            if fault:
                wrong.append((kind, at, moment_s, fault))
                print(f"WRONG {kind} at {at or moment_s}: {fault}", flush=True)
    for kind, count in done.items():
        print(f"{kind:10} {count:5} kills, {sum(one[0] == kind for one in wrong)} wrong")
    print(f"{sum(done.values())} kills, {len(wrong)} trees that were neither before nor after")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
