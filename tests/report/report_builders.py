"""Small builders: a model is a head, a base and gates, and every test says only what it is about."""

from typing import Any

from lanemark.change import Change
from lanemark.compare.types import Baseline, Comparison, Difference, Effect
from lanemark.config.types import Config, Lane, MeasureRules, Mode, Stage
from lanemark.coverage.types import Count, Counts, Coverage, FileCoverage, Patch, PatchFile, ReportState, Uncovered
from lanemark.event import Event
from lanemark.judge.types import GateVerdict, Judgement, Limit, Verdict
from lanemark.lane import Choice, Claim
from lanemark.metric import Usage
from lanemark.path import RepoPath
from lanemark.plan import Plan, Step
from lanemark.report.types import Links, Model
from lanemark.result import Machine, Outcome, Pair, Provenance, Result, Sample, Turn

HEAD = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
BASE = "9f8e7d6c5b4a39281706f5e4d3c2b1a090807060"
MERGE = "0123456789abcdef0123456789abcdef01234567"
LINKS = Links(
    server="https://github.example",
    repository="octo/shop",
    run="https://github.example/octo/shop/actions/runs/77",
    run_id=77,
    run_number=12,
    attempt=2,
)
MACHINE = Machine(
    fingerprint="f1",
    cpu="AMD EPYC 7763",
    cores=4,
    memory_bytes=16 << 30,
    system="Linux 6.8",
    image="ubuntu-24.04",
    python="3.12.4",
)


def usage(wall: float = 1.0, cpu: float | None = None, **more: Any) -> Usage:
    return Usage(
        wall_s=wall, user_s=(wall if cpu is None else cpu) * 0.75, system_s=(wall if cpu is None else cpu) * 0.25, **more
    )


def ran(stage: str, wall: float = 3.0, **more: Any) -> Outcome:
    return Outcome(stage=stage, state="ran", usage=usage(wall), **more)


def sample(stage: str, pair: int, wall: float, *, order: int = 0, batch: int = 0, **more: Any) -> Sample:
    return Sample(stage=stage, turn=Turn(batch=batch, pair=pair, order=order), usage=usage(wall), **more)


def result(side: str = "head", **more: Any) -> Result:
    facts: dict[str, Any] = {
        "experiment": "e1",
        "side": side,
        "commit": MERGE if side == "head" else BASE,
        "baseline": "paired",
        "event": Event(name="pull_request", number=7, base_ref="main", head_ref="faster", base=BASE, head=HEAD),
        "change": Change(base=BASE, tested=MERGE, head=HEAD, source="merge-commit"),
        "choice": Choice(
            lane="standard",
            reason="src/shop/cart.py is in no list, so it belongs to the default lane",
            claims=(
                Claim(path=RepoPath("docs/index.md"), lane="docs", rule=".github/lanemark.yml:5 docs/**"),
                Claim(path=RepoPath("src/shop/cart.py"), lane="standard"),
            ),
        ),
        "plan": Plan(lane="standard", steps=(Step(stage="install"), Step(stage="unit", needs=("install",)))),
        "outcomes": (ran("install", 2.0, unmeasured="measure: false"), ran("unit", 3.0)),
        "samples": (),
        "machine": MACHINE,
        "provenance": Provenance(
            run_id=77, attempt=2, started="2026-11-21T14:03:00Z", ended="2026-11-21T14:09:00Z", version="0.1.0"
        ),
    }
    return Result(**(facts | more))


def config(**more: Any) -> Config:
    facts: dict[str, Any] = {
        "name": ".github/lanemark.yml",
        "lanes": (Lane(name="standard", line=3, default=True, stages=("install", "unit")),),
        "stages": {
            "install": Stage(name="install", line=8, run="pip install ."),
            "unit": Stage(name="unit", line=9, run="pytest -q", needs=("install",), measure=MeasureRules()),
        },
    }
    return Config(**(facts | more))


def regression(
    verdict: Verdict = Verdict.FAIL, *, gate: str = "standard/unit.cpu", value: float | None = 0.123, **more: Any
) -> GateVerdict:
    facts: dict[str, Any] = {
        "gate": gate,
        "kind": "regression",
        "verdict": verdict,
        "mode": Mode.ENFORCE,
        "reason": "the interval lies beyond the limit, and a second batch agrees",
        "unit": "ratio",
        "limit": Limit(warn=0.03, fail=0.1),
        "value": value,
        "low": None if value is None else value - 0.03,
        "high": None if value is None else value + 0.03,
        "base": 2.9,
        "head": 3.26,
        "metric_unit": "s",
    }
    return GateVerdict(**(facts | more))


def budget(
    verdict: Verdict = Verdict.PASS, *, gate: str = "standard/total.wall.median", value: float = 312.0, **more: Any
) -> GateVerdict:
    facts: dict[str, Any] = {
        "gate": gate,
        "kind": "budget",
        "verdict": verdict,
        "mode": Mode.ENFORCE,
        "reason": "within the budget",
        "unit": "s",
        "limit": Limit(warn=360.0, fail=480.0),
        "value": value,
        "metric_unit": "s",
    }
    return GateVerdict(**(facts | more))


def coverage_gate(
    verdict: Verdict = Verdict.FAIL, *, gate: str = "coverage.patch.lines", covered: int = 20, total: int = 28, **more: Any
) -> GateVerdict:
    facts: dict[str, Any] = {
        "gate": gate,
        "kind": "coverage",
        "verdict": verdict,
        "mode": Mode.ENFORCE,
        "reason": "20 of 28 changed lines are covered",
        "unit": "share",
        "limit": Limit(fail=0.8),
        "value": covered / total if total else None,
        "covered": covered,
        "total": total,
        "metric_unit": "share",
    }
    return GateVerdict(**(facts | more))


def failed_stage(stage: str = "unit", **more: Any) -> GateVerdict:
    facts: dict[str, Any] = {
        "gate": f"standard/{stage}.status",
        "kind": "stage",
        "verdict": Verdict.FAIL,
        "mode": Mode.ENFORCE,
        "reason": "ended with status 1",
        "unit": "1",
    }
    return GateVerdict(**(facts | more))


def check_gate(
    verdict: Verdict = Verdict.FAIL, *, gate: str = "standard/unit.deterministic", value: float | None = 1.0, **more: Any
) -> GateVerdict:
    facts: dict[str, Any] = {
        "gate": gate,
        "kind": "check",
        "verdict": verdict,
        "mode": Mode.ENFORCE,
        "reason": "dist/app.js differs from byte 120, line 4",
        "unit": "1",
        "limit": Limit(fail=None if value is None else 0.0),
        "value": value,
    }
    return GateVerdict(**(facts | more))


def memory_check(verdict: Verdict = Verdict.FAIL, *, value: float = 1.3, **more: Any) -> GateVerdict:
    """A check of memory whose slope, give or take 0.2, is in MiB a run."""
    facts: dict[str, Any] = {
        "gate": "standard/unit.memory_stable",
        "unit": "B",
        "metric_unit": "B",
        "limit": Limit(fail=55_188.0),
        "value": value * 2**20,
        "low": (value - 0.2) * 2**20,
        "high": (value + 0.2) * 2**20,
        "reason": f"peak memory grows by {value} MiB a run over 20 runs",
    }
    return check_gate(verdict, **(facts | more))


def patch_coverage(**more: Any) -> Coverage:
    patch = Patch(
        counts=Counts(lines=Count(covered=20, total=28), branches=Count(covered=3, total=6)),
        files=(
            PatchFile(path=RepoPath("src/shop/api.py"), lines=Count(covered=7, total=7)),
            PatchFile(
                path=RepoPath("src/shop/cart.py"),
                lines=Count(covered=13, total=21),
                branches=Count(covered=3, total=6),
                uncovered=(Uncovered(start=43, end=47, head_start=41), Uncovered(start=60, end=62, head_start=58)),
            ),
        ),
        unknown=(RepoPath("src/shop/legacy.py"),),
    )
    facts: dict[str, Any] = {
        "reports": (ReportState(path="coverage.xml", state="read", format="cobertura", files=2),),
        "counts": Counts(lines=Count(covered=880, total=1000)),
        "files": (FileCoverage(path=RepoPath("src/shop/cart.py"), counts=Counts(lines=Count(covered=80, total=100))),),
        "patch": patch,
    }
    return Coverage(**(facts | more))


def cpu_difference(**more: Any) -> Difference:
    facts: dict[str, Any] = {
        "stage": "unit",
        "metric": "cpu",
        "state": "compared",
        "primary": True,
        "base": 2.9,
        "head": 3.26,
        "effect": Effect(value=0.123, low=0.093, high=0.153, pairs=10),
        "confirmation": Effect(value=0.118, low=0.088, high=0.149, pairs=10),
    }
    return Difference(**(facts | more))


def model(
    *gates: GateVerdict,
    verdict: Verdict | None = None,
    head: Result | None = None,
    base: Result | None = None,
    differences: tuple[Difference, ...] | None = None,
    links: Links = LINKS,
    policy: Config | None = None,
    notices: tuple[str, ...] = (),
    lane: str = "standard",
) -> Model:
    from lanemark.report.gates import worst

    head, base = head or result(), base or result("base")
    return Model(
        measured=Pair(head=head, base=base),
        policy=policy or config(),
        comparison=Comparison(
            differences=(cpu_difference(),) if differences is None else differences, baseline=Baseline(kind="paired", result=base)
        ),
        judgement=Judgement(verdict=verdict or worst(gates), exit_status=0, lane=lane, gates=gates, notices=notices),
        links=links,
    )


def slower_and_less_covered() -> Model:
    """The pull request of the demo: unit is slower, changed lines lack tests, everything else holds."""
    samples = [
        sample("unit", pair, (3.2 if side else 2.9) + 0.02 * ((pair * 7) % 5), order=side ^ pair % 2, batch=batch)
        for batch in (0, 1)
        for pair in range(1, 11)
        for side in (0, 1)
    ]
    coverage = patch_coverage()
    base = result(
        "base",
        samples=tuple(samples[0::2]),
        coverage=patch_coverage(counts=Counts(lines=Count(covered=900, total=1000)), patch=None),
    )
    head = result(samples=tuple(samples[1::2]), coverage=coverage)
    memory = cpu_difference(
        metric="rss_peak",
        primary=False,
        base=800e6,
        head=812e6,
        effect=Effect(value=0.015, low=-0.002, high=0.03, pairs=3),
        confirmation=None,
    )
    install = Difference(stage="install", metric="cpu", state="unchanged", primary=True)
    return model(
        regression(),
        budget(),
        coverage_gate(),
        coverage_gate(
            Verdict.PASS,
            gate="coverage.project.lines",
            covered=880,
            total=1000,
            base=0.9,
            head=0.88,
            reason="880 of 1,000 lines are covered",
        ),
        regression(
            Verdict.PASS,
            gate="standard/install.cpu",
            value=None,
            tags=("unchanged",),
            base=None,
            head=None,
            reason="nothing it depends on changed",
            mode=Mode.WARN,
        ),
        head=head,
        base=base,
        differences=(cpu_difference(), memory, install),
    )
