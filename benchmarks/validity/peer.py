"""The same change by hyperfine, in the same time, read by the rules that people put on its numbers."""

import json
import subprocess
import time
from pathlib import Path
from statistics import fmean
from typing import Any

from rows import PEER_ALPHA, PEER_CPU_RATIO, PEER_RATIOS
from scipy import stats

RULES = (
    *(f"mean ratio > {ratio:.2f}" for ratio in PEER_RATIOS),
    f"Welch p < {PEER_ALPHA}",
    f"Mann-Whitney p < {PEER_ALPHA}",
    f"CPU mean ratio > {PEER_CPU_RATIO:.2f}",
)


def ask_hyperfine(base: str, head: str, *, each_s: float, budget_s: float, report: Path) -> dict[str, Any]:
    """Measure both commands one after the other, as often as fits into `budget_s`, and return what every rule says."""
    runs = max(round(budget_s / (2 * each_s)) - 1, 2)
    began = time.perf_counter()
    words = ["hyperfine", "-N", "--warmup", "1", "--runs", str(runs), "--style", "none", "--export-json", str(report), base, head]
    nothing = subprocess.DEVNULL
    subprocess.run(words, check=True, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    seconds = time.perf_counter() - began
    left, right = json.loads(report.read_text())["results"]
    return {"seconds": round(seconds, 3), "runs": runs, "ratio": right["mean"] / left["mean"] - 1, "slower": flags(left, right)}


def flags(base: dict[str, Any], head: dict[str, Any]) -> dict[str, bool]:
    """Return, rule by rule, whether head is called slower; both sides as hyperfine exports them."""
    left, right = base["times"], head["times"]
    ratio = fmean(right) / fmean(left)
    cpu = (head["user"] + head["system"]) / max(base["user"] + base["system"], 1e-9)
    welch = stats.ttest_ind(left, right, equal_var=False).pvalue
    ranks = stats.mannwhitneyu(right, left, alternative="two-sided")
    said = (
        *(ratio > limit for limit in PEER_RATIOS),
        welch < PEER_ALPHA and ratio > 1,
        ranks.pvalue < PEER_ALPHA and ranks.statistic > len(left) * len(right) / 2,
        cpu > PEER_CPU_RATIO,
    )
    return dict(zip(RULES, map(bool, said), strict=True))
