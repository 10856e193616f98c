"""result -> compare -> judge -> report. Hostile bytes in, the base side's policy, nothing runs and nothing is written."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from lanemark.codec import decode
from lanemark.compare.types import Baseline
from lanemark.compare.whole import choose_baseline, compare
from lanemark.config.types import Config, Mode
from lanemark.coverage.untouched import compare_recorded, keep_recorded
from lanemark.errors import DataError, NoResultsError
from lanemark.event import Event
from lanemark.judge.compliance import relevant_past
from lanemark.judge.overall import judge
from lanemark.judge.types import Judgement, Past, Verdict
from lanemark.lane import Choice
from lanemark.pipeline.doubt import doubt_shards, without_totals
from lanemark.pipeline.settle import settle_verdict
from lanemark.plan.shards import Matrix
from lanemark.report.pages import write_pages
from lanemark.report.types import Links, Model, Pages
from lanemark.result import LIMIT, SCHEMA, Pair, Result

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A judged run: everything that is said about it."""

    model: Model
    pages: Pages

    @property
    def judgement(self) -> Judgement:
        """The verdict and its gates."""
        return self.model.judgement


def rule(
    measured: Pair,
    policy: Config,
    *,
    links: Links,
    adopting: bool,
    baselines: Sequence[Baseline] = (),
    baseline_reason: str = "",
    needed: Choice | None = None,
    mode_cap: Mode | None = None,
    notices: Sequence[str] = (),
    past: Past = (),
    matrix: Matrix | None = None,
    event: str = "",
    today: str = "",
) -> Ruling:
    """Judge what was measured by `policy`, from the raw samples, and write the pages.

    `adopting` says that `policy` is not the base side's, by our own knowledge: a result's word on it would soften every gate.
    `baselines` are results of trusted runs, for artifact mode; `baseline_reason` says why there are none. `needed` is the lane by
    GitHub's own word: where it is heavier than what was measured, nothing that was measured is believed, and the job is red
    unless all gates are softened. `past` are earlier runs of the base branch, newest first, from trusted runs or files the user
    gave; they explain and decide nothing. Where shards of a lane are missing or contradict each other, the policy, or the
    `matrix` that the run planned, it is the same as for a lighter lane. `event` is what GitHub says started the run; without it
    the measurement's word on that counts. `today` is the day by which quarantines are dated.
    """
    planned = () if matrix is None else (stage for part in matrix.include for stage in part.own)
    policy = settle_verdict(policy, measured, event, matrix=planned)
    measured = Pair(head=msgspec.structs.replace(measured.head, adopting=adopting), base=measured.base)
    doubts = doubt_shards(measured.head, policy, matrix)
    if doubts and measured.head.shards:
        measured = without_totals(measured)
    baseline = _find_baseline(measured, baselines)
    measured, baseline = _with_recorded(measured, baseline)
    comparison = compare(measured, baseline, reason=baseline_reason)
    of_lane = relevant_past(measured.head, past)
    judgement = judge(measured, comparison, policy, mode_cap=mode_cap, notices=notices, past=of_lane, today=today)
    if needed is not None and (doubt := doubt_lane(measured.head, policy, needed)):
        doubts = (doubt, *doubts)
    if doubts:
        judgement = _doubt_judgement(judgement, doubts, softened=adopting or mode_cap not in (None, Mode.ENFORCE))
    model = Model(
        measured=measured,
        policy=policy,
        comparison=comparison,
        judgement=judgement,
        links=links,
        past=of_lane,
        other_lanes=tuple(run for run in past if run.result.choice.lane != measured.head.choice.lane),
    )
    return Ruling(model=model, pages=write_pages(model))


def add_notice(ruling: Ruling, notice: str) -> Ruling:
    """Return the ruling with one more sentence that every page shows first; the verdict stays."""
    judgement = msgspec.structs.replace(ruling.judgement, notices=(notice, *ruling.judgement.notices))
    model = dataclasses.replace(ruling.model, judgement=judgement)
    return Ruling(model=model, pages=write_pages(model))


def read_pair(files: Mapping[str, bytes], *, head: str | None, source: str) -> Pair:
    """Return the measurement in hostile `files` (`head/result.json`, perhaps `base/result.json`), or raise DataError.

    `head` is the commit GitHub says it must be about.
    """
    if "head/result.json" not in files:
        raise DataError(f"{source}: there is no head/result.json in it")
    sides = {name.split("/")[0]: decode(files[name], Result, limit=LIMIT, source=f"{source}: {name}") for name in sorted(files)}
    for side, result in sides.items():
        commits = (result.commit, result.change.tested, result.change.head, result.change.base or result.commit)
        if not all(COMMIT.fullmatch(commit) for commit in commits):
            raise DataError(f"{source}: {side}/result.json names a commit that is none")
        if result.schema != SCHEMA:
            raise DataError(
                f"{source}: schema {result.schema} of {side} is not {SCHEMA}; use one version of Lanemark in all jobs"
            )
        if result.side != side:
            raise DataError(f"{source}: {side}/result.json says it is the {result.side} side")
        if result.experiment != sides["head"].experiment or result.choice.lane != sides["head"].choice.lane:
            raise DataError(f"{source}: the two sides are not of one experiment")
        if head is not None and result.change.head != head:
            raise DataError(f"{source}: it is about another commit than {head[:12]}")
    return Pair(head=sides["head"], base=sides.get("base"))


def doubt_lane(head: Result, policy: Config, needed: Choice) -> str:
    """Return why the measured lane cannot stand, empty where it can: a heavier one than `needed` is always fine."""
    weights = {lane.name: weight for weight, lane in enumerate(policy.lanes)}
    if head.choice.lane not in weights:
        return f"It measured a lane {head.choice.lane!r} that the policy does not have."
    if weights[head.choice.lane] < weights[needed.lane]:
        return f"It measured the lane {head.choice.lane}, but the change needs {needed.lane}: {needed.reason}."
    return ""


def event_head(event: Event) -> str | None:
    """Return the commit a measurement of `event` must be about."""
    return event.run.head_sha if event.run else event.head


def _find_baseline(measured: Pair, baselines: Sequence[Baseline]) -> Baseline | None:
    """Return what head is compared with: the side measured beside it, else the nearest trusted result, else nothing."""
    if measured.base is not None:
        return Baseline(kind="paired", result=measured.base)
    return choose_baseline(measured.head, baselines) if measured.head.baseline == "artifact" else None


def _with_recorded(measured: Pair, baseline: Baseline | None) -> tuple[Pair, Baseline | None]:
    """Return both with what a recorded baseline tells, line by line: untouched lines, and what deleted ones leave of it."""
    coverage = measured.head.coverage
    if baseline is None or baseline.kind != "artifact" or coverage is None:
        return measured, baseline
    recorded = baseline.result
    told = (recorded.coverage, recorded.commit, coverage, measured.head.change.base)
    head = msgspec.structs.replace(measured.head, coverage=msgspec.structs.replace(coverage, indirect=compare_recorded(*told)))
    if recorded.coverage is not None:
        recorded = msgspec.structs.replace(
            recorded, coverage=msgspec.structs.replace(recorded.coverage, kept=keep_recorded(*told))
        )
        baseline = msgspec.structs.replace(baseline, result=recorded)
    return Pair(head=head, base=measured.base), baseline


def _doubt_judgement(judgement: Judgement, doubts: Sequence[str], *, softened: bool) -> Judgement:
    """Return the judgement with the doubts said; a fail stays a fail, everything else becomes unknown, and never green."""
    notices = (*doubts, *(notice for notice in judgement.notices if notice not in doubts))
    if judgement.verdict is Verdict.FAIL:
        return msgspec.structs.replace(judgement, notices=notices)
    status = judgement.exit_status or (0 if softened else NoResultsError.exit_status)
    return msgspec.structs.replace(judgement, verdict=Verdict.UNKNOWN, exit_status=status, notices=notices)
