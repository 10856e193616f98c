"""Our whole path: a repository with a base and a head commit, measured, compared and judged as `lanemark gate` does it."""

import os
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rows import BANDS, LOOSE, Judged

from lanemark.cli.event import find_event
from lanemark.compare.types import Baseline, Comparison
from lanemark.compare.whole import compare
from lanemark.judge.overall import judge
from lanemark.judge.types import Judgement
from lanemark.pipeline.measure import measure
from lanemark.pipeline.prepare import Asked, prepare_task
from lanemark.ports import Processes
from lanemark.result import Pair
from lanemark.settings import Settings, read_settings
from lanemark.wiring.bench import open_bench
from lanemark.wiring.measure import measure_world

STAGE = "work"
CONFIG = """\
version: 1
lanes:
  only:
    default: true
    stages: [{stage}]
    regression:
{bands}
stages:
  {stage}: {{run: "{command}", inputs: [change.txt]}}
"""


@dataclass(frozen=True)
class Answer:
    """What the product said of one change, and how long it took."""

    pair: Pair
    comparison: Comparison
    judgement: Judgement
    seconds: float

    def record(self) -> dict[str, Any]:
        """Return it as plain data: verdicts and tags by gate, effects by metric."""
        return {
            "seconds": round(self.seconds, 3),
            "seed": self.pair.head.experiment,
            "verdict": self.judgement.verdict.value,
            "primary": [one.metric for one in self.comparison.differences if one.primary],
            "gates": {
                gate.gate.rpartition(".")[2]: {"verdict": gate.verdict.value, "tags": list(gate.tags)}
                for gate in self.judgement.gates
                if gate.kind == "regression"
            },
            "effects": {
                one.metric: {"value": one.effect.value, "low": one.effect.low, "high": one.effect.high, "pairs": one.effect.pairs}
                for one in self.comparison.differences
                if one.metric in BANDS and one.effect is not None
            },
        }


def make_repository(folder: Path, *, base: str, head: str, judged: Judged) -> Settings:
    """Make a repository whose one stage runs `base` on main and `head` on the branch that is checked out."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, base, judged)
    _git(folder, "checkout", "--quiet", "-b", "change")
    _commit(folder, head, judged)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return read_settings({**environment, "LANEMARK_CACHE": f"{folder}.cache"}, folder=str(folder))


def judge_change(settings: Settings, processes: Processes | None = None) -> Answer:
    """Measure, compare and judge the change of `settings.workspace`; `processes` stand in for real ones where given."""
    began = time.perf_counter()
    asked = Asked(base="main", head="change", baseline="paired")
    with open_bench(settings, lambda _line: None) as opened:
        tools = opened.tools if processes is None else replace(opened.tools, processes=processes)
        bench = replace(opened, tools=tools)
        world = measure_world(settings, bench)
        task = prepare_task(world.checkout, find_event(settings), asked)
        pair = measure(world, task, asked)
    if pair.base is None:
        raise SystemExit("no base side was measured")
    comparison = compare(pair, Baseline(kind="paired", result=pair.base))
    judgement = judge(pair, comparison, task.policy)
    answer = Answer(pair, comparison, judgement, time.perf_counter() - began)
    if not any(one.state == "compared" for one in comparison.differences):
        raise SystemExit(f"nothing was compared: {[gate.reason for gate in judgement.gates]}")
    return answer


def _commit(folder: Path, command: str, judged: Judged) -> None:
    """Commit a state whose stage runs `command`; the input differs between commits, so that no stage counts as unchanged."""
    bands: dict[str, str] = dict.fromkeys(("cpu", "wall"), LOOSE) | {judged: BANDS[judged]}
    lines = "\n".join(f"      default.{metric}: {band}" for metric, band in bands.items())
    (folder / ".github").mkdir(exist_ok=True)
    (folder / ".github" / "lanemark.yml").write_text(CONFIG.format(stage=STAGE, command=command, bands=lines))
    (folder / "change.txt").write_text(f"{_git(folder, 'rev-list', '--all', '--count')}\n")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "-m", "A state")


def _git(folder: Path, *words: str) -> str:
    identity = {
        f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ada"), ("EMAIL", "a@b.c"))
    }
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()
