"""Virtual experiments: a long series of equal runs is recorded once, then judged over and over with a change put into it.

    python benchmarks/validity/replay.py record --series FILE [--runs N] [--hogs N]
    python benchmarks/validity/replay.py judge --series FILE --out FILE [--experiments N]

Recording runs the spin of `rows.py` beside hogs, as a stage is run. Judging is our whole path with one thing exchanged: what runs
a stage takes the next runs of the series, from a random place on, and makes those of head longer by the change. So the looks,
the second batch and the verdict are the real ones, on noise that really was. Experiments take overlapping windows of one series,
so they are not independent: the record says how many would fit without overlap.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import msgspec
from live import describe_setup, open_campaign, read_lines
from load import calibrate_spin, compile_programs, hogs
from product import STAGE, judge_change, make_repository
from rows import REPLAY_CHANGES, REPLAY_EXPERIMENTS, REPLAY_HOGS, REPLAY_RUNS

from lanemark.metric import Usage
from lanemark.ports import Command, Exit
from lanemark.process.spawn import Spawner
from lanemark.run.stage import SHELL

HEAD = "head"
"""The word in a command by which its side is told."""


@dataclass
class Replayed:
    """Processes that are not run: each takes the time of the next recorded run, on head longer by `change`."""

    series: list[dict[str, float]]
    place: int
    change: float
    taken: int = 0

    def run(self, command: Command) -> Exit:
        """Return how the next recorded run went."""
        run = self.series[(self.place + self.taken) % len(self.series)]
        self.taken += 1
        factor = 1 + self.change if any(HEAD in word for word in command.argv) else 1.0
        usage = Usage(wall_s=run["wall_s"] * factor, user_s=run["user_s"] * factor, system_s=run["system_s"] * factor)
        if command.account == "memory":
            usage = msgspec.structs.replace(usage, rss_peak_bytes=1 << 20, io_read_bytes=0, io_write_bytes=0)
        return Exit(status=0, usage=usage)


def record_series(path: Path, runs: int, busy: int) -> None:
    """Write the times of `runs` equal runs beside `busy` hogs."""
    with tempfile.TemporaryDirectory(prefix="lanemark-validity-") as name:
        folder = Path(name)
        compile_programs(folder)
        spin = calibrate_spin(folder)
        path.unlink(missing_ok=True)
        open_campaign(path, {**describe_setup(spin), "hogs": busy}, [])
        spawner = Spawner()
        words = (*SHELL, f"{folder / 'spin'} {spin}")
        command = Command(
            argv=words, cwd=name, environment={"PATH": os.environ["PATH"]}, stdout=f"{name}/out", stderr=f"{name}/err"
        )
        with hogs(folder, busy), path.open("a") as file:
            for _ in range(runs):
                ended = spawner.run(command)
                if ended.status:
                    raise SystemExit(f"a run ended with status {ended.status} {ended.error}")
                usage = ended.usage
                times = {"wall_s": usage.wall_s, "user_s": usage.user_s, "system_s": usage.system_s}
                file.write(json.dumps({"kind": "run", **times}) + "\n")


def judge_series(series_path: Path, out: Path, experiments: int) -> None:
    """Append `experiments` virtual experiments for each change; those that stand there are not done again."""
    recorded = read_lines(series_path)
    setup, series = recorded[0], [one for one in recorded if one["kind"] == "run"]
    done = read_lines(out)
    counts = Counter(one["change"] for one in done if one["kind"] == "replay")
    open_campaign(out, {**setup, "runs": len(series), "commit": describe_setup(setup["spin"])["commit"]}, done)
    with tempfile.TemporaryDirectory(prefix="lanemark-validity-") as name, out.open("a") as file:
        # Both sides are written alike; which one is meant is only for `Replayed`.
        settings = make_repository(Path(name) / "replay", base="recorded base", head=f"recorded {HEAD}", judged="cpu")
        for change in REPLAY_CHANGES:
            for index in range(counts[change], experiments):
                place = random.Random(f"{change}/{index}").randrange(len(series))
                processes = Replayed(series, place, change)
                answer = judge_change(settings, processes)
                found: dict[str, Any] = {"kind": "replay", "change": change, "place": place, "runs": processes.taken}
                file.write(json.dumps({**found, "ours": answer.record()}) + "\n")
                file.flush()
            print(f"{STAGE} {change:+.0%}: {max(experiments, counts[change])} experiments", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Virtual experiments on a recorded series of equal runs.")
    parser.add_argument("what", choices=("record", "judge"))
    parser.add_argument("--series", type=Path, required=True, metavar="FILE", help="the recorded runs")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the judged experiments")
    parser.add_argument("--runs", type=int, default=REPLAY_RUNS, metavar="N", help=f"runs to record ({REPLAY_RUNS})")
    parser.add_argument("--hogs", type=int, default=REPLAY_HOGS, metavar="N", help=f"busy processes beside them ({REPLAY_HOGS})")
    parser.add_argument("--experiments", type=int, default=REPLAY_EXPERIMENTS, metavar="N", help="of each change (1000)")
    options = parser.parse_args()
    if options.what == "record":
        record_series(options.series, options.runs, options.hogs)
        return 0
    if options.out is None:
        parser.error("judge needs --out FILE")
    judge_series(options.series, options.out, options.experiments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
