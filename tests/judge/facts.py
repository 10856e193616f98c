"""Small builders of results, comparisons and policies, for the tests of compare and judge."""

from lanemark.change import Change
from lanemark.compare.types import Baseline, Comparison, Difference, Effect
from lanemark.config.types import Band, Budget, Config, CoverageRules, Lane, MeasureRules, ReportRules, Stage
from lanemark.coverage.types import Count, Counts, Coverage, Patch, ReportState
from lanemark.event import Event
from lanemark.lane import Choice
from lanemark.metric import Usage
from lanemark.plan import Forecast, Plan, Step
from lanemark.result import Failure, Machine, Outcome, Pair, Result, Sample, Turn


def usage(wall=1.0, cpu=0.9, rss=None, **more):
    return Usage(wall_s=wall, user_s=cpu, system_s=0.0, rss_peak_bytes=rss, **more)


def samples(stage, walls, *, share=0.9, batch=0, account="time", rss=None):
    return tuple(
        Sample(
            stage=stage,
            turn=Turn(batch=batch, pair=index + 1, order=0),
            usage=usage(wall, wall * share, None if rss is None else rss[index]),
            account=account,
        )
        for index, wall in enumerate(walls)
    )


def ran(stage, wall=1.0, **more):
    return Outcome(stage=stage, state="ran", usage=usage(wall, wall * 0.9), **more)


def failed(stage, kind="exit", state="failed", evidence="exit status 1"):
    return Outcome(stage=stage, state=state, failure=Failure(kind=kind, evidence=evidence))


def result(*outcomes, side="head", identities=None, steps=None, machine="m1", experiment="e1", **more):
    identities = identities or {}
    names = [outcome.stage for outcome in outcomes] if steps is None else steps
    facts = {
        "samples": (),
        "baseline": "paired",
        "event": Event(name="pull_request"),
        "choice": Choice(lane="standard", reason="default"),
        "change": Change(base="b" * 40, tested="h" * 40, head="h" * 40, source="merge-base"),
    } | more
    return Result(
        experiment=experiment,
        side=side,
        commit=side[0] * 40,
        plan=Plan(
            lane="standard",
            steps=tuple(Step(stage=name, forecast=Forecast(identity=identities.get(name, side + name))) for name in names),
        ),
        outcomes=outcomes,
        machine=Machine(fingerprint=machine, cpu=f"cpu {machine}", cores=2, memory_bytes=1 << 33, system="Linux"),
        **facts,
    )


def policy(*stages, bands=(), budgets=(), coverage=None, **more):
    stages = stages or ("unit",)
    lanes = more.pop("lanes", None) or (
        Lane(name="standard", line=1, default=True, stages=tuple(stages), bands=tuple(bands), budgets=tuple(budgets)),
    )
    known = {name: Stage(name=name, line=1, run="true", measure=MeasureRules()) for name in stages}
    return Config(
        name="lanemark.yml", lanes=lanes, stages=known | more.pop("known", {}), coverage=coverage or CoverageRules(), **more
    )


def band(metric="cpu", warn=0.03, fail=0.10, *, floor=0.0, stage="unit", written=True):
    return Band(stage=stage, metric=metric, warn=warn, fail=fail, floor=floor, written=written)


def budget(metric="wall", statistic="median", warn=None, fail=None, stage="unit"):
    return Budget(stage=stage, metric=metric, statistic=statistic, warn=warn, fail=fail)


def effect(value, low, high, pairs=10, noise=0.02):
    return Effect(value=value, low=low, high=high, pairs=pairs, noise=noise)


def difference(found=None, second=None, *, stage="unit", metric="cpu", base=1.0, state="compared", **more):
    head = None if found is None or base is None else base * (1 + found.value)
    return Difference(
        stage=stage,
        metric=metric,
        state=state,
        primary=True,
        base=base if found else None,
        head=head,
        effect=found,
        confirmation=second,
        **more,
    )


def paired(*differences, base=None, kind="paired"):
    base = base or result(ran("unit"), side="base")
    return Comparison(differences=differences, baseline=Baseline(kind=kind, result=base))


def measured(*outcomes, **more):
    return Pair(head=result(*(outcomes or (ran("unit"),)), **more))


REPORT = ReportState(path="coverage.xml", state="read", format="cobertura", files=1)
RULES = (ReportRules(path="coverage.xml", line=1),)


def lines(covered, total):
    return Counts(lines=Count(covered=covered, total=total))


def coverage(project=(90, 100), patch=(9, 10), unknown=(), reports=(REPORT,), **more):
    return Coverage(
        reports=reports,
        counts=lines(*project) if project else Counts(),
        patch=None if patch is None else Patch(counts=lines(*patch) if patch else Counts(), unknown=unknown),
        **more,
    )
