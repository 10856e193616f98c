"""Coverage floors: exact fractions, and no 100 % of nothing."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction

from lanemark import units
from lanemark.compare.types import Baseline, Comparison
from lanemark.config.types import Config, Floor, Lane, Mode, Stage, softer
from lanemark.coverage.types import Count, Coverage, ReportState
from lanemark.errors import DataError
from lanemark.judge.bands import Finding
from lanemark.judge.gates import lane_stages
from lanemark.judge.types import GateVerdict, Limit, Verdict
from lanemark.result import Result

WORST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN, Verdict.PASS)
"""Worst first; the worst one speaks for several."""


def coverage_gates(
    head: Result, comparison: Comparison, policy: Config, lane: Lane, cap: Mode | None
) -> tuple[list[GateVerdict], list[str]]:
    """Return the gates of all floors (project, patch, flags by name) and sentences about what they could not look at.

    A lane whose stages write no report has none: a lane for documents is not uncovered code.
    """
    rules = policy.coverage
    if not (rules.project or rules.patch or any(rules.flags.values())):
        return [], []
    if not writes_reports(policy, lane):
        return [], [f"Coverage is not judged in the {lane.name} lane, because none of its stages writes a report."]
    gates = [_whole_gate(floor, None, head.coverage, comparison.baseline, cap) for floor in rules.project]
    gates += [_patch_gate(floor, head.coverage, cap) for floor in rules.patch]
    for flag in sorted(rules.flags):
        gates += [_whole_gate(floor, flag, head.coverage, comparison.baseline, cap) for floor in rules.flags[flag]]
    unknown = len(head.coverage.patch.unknown) if head.coverage and head.coverage.patch else 0
    return gates, [f"{_files(unknown)} no coverage data."] if unknown and rules.patch else []


def writes_reports(policy: Config, lane: Lane) -> bool:
    """Return whether coverage can be expected of `lane`.

    It can where one of its stages declares a report among its outputs. Where no stage of the whole file does, nobody said who
    writes the reports, and they are expected of the default lane and of those heavier.
    """
    stages = lane_stages(policy, lane)
    reports = [report.path for report in policy.coverage.reports]

    def declares(stage: str) -> bool:
        return any(declares_report([policy.stages[stage]], report) for report in reports)

    if any(declares(stage) for stage in policy.stages):
        return any(declares(stage) for stage in stages)
    names = [known.name for known in policy.lanes]
    default = next((known.name for known in policy.lanes if known.default), names[0])
    return bool(stages) and names.index(lane.name) >= names.index(default)


def declares_report(stages: Iterable[Stage], report: str) -> bool:
    """Return whether one of `stages` says that it writes `report`."""
    return any(_covers(output, report) for stage in stages for output in stage.outputs)


def _covers(output: str, report: str) -> bool:
    return fnmatchcase(output, report) or (output.endswith("/") and report.startswith(output))


def _whole_gate(
    floor: Floor, flag: str | None, coverage: Coverage | None, baseline: Baseline | None, cap: Mode | None
) -> GateVerdict:
    """Return the gate of a flag, or of the project: its floor, and how far it may drop below the base."""
    count, problem = _count_of(coverage, floor, flag)
    base, base_problem = _base_count(baseline, floor, flag)
    findings = []
    if problem or count is None:
        findings.append(Finding(Verdict.UNKNOWN, problem))
    else:
        if floor.fail is not None or floor.warn is not None:
            findings.append(_weigh_share(count, floor))
        if floor.max_drop is not None:
            findings.append(_weigh_drop(count, base, base_problem, floor.max_drop))
    dropped = floor.fail is None and floor.warn is None and floor.max_drop is not None
    scope = "project" if flag is None else f"flag:{flag}"
    return _gate(floor, scope, count, _worst(findings), cap, base=base, dropped=dropped)


def _patch_gate(floor: Floor, coverage: Coverage | None, cap: Mode | None) -> GateVerdict:
    """Return the gate of the changed lines. Changed files without data are said; they decide where nothing else is known."""
    count, problem = _count_of(coverage, floor, None, patch=True)
    if problem or count is None or coverage is None or coverage.patch is None:
        return _gate(floor, "patch", None, Finding(Verdict.UNKNOWN, problem), cap)
    unknown = len(coverage.patch.unknown)
    if count.total == 0 and unknown:
        finding = Finding(Verdict.UNKNOWN, f"no changed line has coverage data, and {_files(unknown)} none")
    elif count.total == 0:
        finding = Finding(Verdict.PASS, f"no coverable {floor.kind} changed", ("n/a",))
    elif count.total < floor.ignore_below:
        reason = f"{count.total} changed {floor.kind}, fewer than the {floor.ignore_below} from which they are judged"
        finding = Finding(Verdict.PASS, reason, ("ignored",))
    else:
        finding = _weigh_share(count, floor)
    if unknown:
        reason = finding.reason if count.total == 0 else f"{finding.reason}; {_files(unknown)} no data"
        finding = Finding(finding.verdict, reason, (*finding.tags, "files-without-data"))
    return _gate(floor, "patch", count, finding, cap)


def _count_of(coverage: Coverage | None, floor: Floor, flag: str | None, *, patch: bool = False) -> tuple[Count | None, str]:
    """Return the count a floor is about, or why it is unknown. 0 of 0 is a count for a patch only."""
    if coverage is None:
        return None, "no coverage was recorded"
    problem = _unread(coverage.reports, flag)
    if problem:
        return None, problem
    counts = coverage.counts if flag is None else coverage.flags.get(flag)
    measured = counts.of(floor.kind) if counts else None
    if patch:
        if coverage.patch is None:
            return None, "the changed lines could not be told"
        count = coverage.patch.counts.of(floor.kind)
        if count is None and measured is not None:
            count = Count(covered=0, total=0)
    else:
        count = measured
    if count is None:
        return None, f"no report measures {floor.kind}"
    if not 0 <= count.covered <= count.total:
        raise DataError(f"coverage: {count.covered} of {count.total} {floor.kind} cannot be", help="Measure again.")
    if count.total == 0 and not patch:
        return None, f"the reports know no {floor.kind} at all"
    return count, ""


def _base_count(baseline: Baseline | None, floor: Floor, flag: str | None) -> tuple[Count | None, str]:
    if baseline is None:
        return None, "there is no baseline"
    count, problem = _count_of(baseline.result.coverage, floor, flag)
    return count, problem and f"on the base, {problem}"


def _unread(reports: Sequence[ReportState], flag: str | None) -> str:
    """Return why the reports cannot be trusted to be all, empty where they can."""
    asked = [report for report in reports if flag is None or report.flag == flag]
    if not asked:
        return "no coverage report was read" if flag is None else f"no report has the flag {flag}"
    bad = [report for report in asked if report.state != "read"]
    if not bad:
        return ""
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    because = f": {bad[0].reason}" if bad[0].reason else ""
    return f"report {bad[0].path} is {bad[0].state}{because}{more}"


def _weigh_share(count: Count, floor: Floor) -> Finding:
    share = Fraction(count.covered, count.total)
    shown = f"{units.percent(count.covered, count.total)} ({count.covered} of {count.total} {floor.kind})"
    fail, warn = floor.fraction("fail"), floor.fraction("warn")
    if fail is not None and share < fail:
        return Finding(Verdict.FAIL, f"{shown} is below {floor.fail}")
    if warn is not None and share < warn:
        return Finding(Verdict.WARN, f"{shown} is below {floor.warn}")
    return Finding(Verdict.PASS, f"{shown} is at least {floor.warn or floor.fail}")


def _weigh_drop(count: Count, base: Count | None, problem: str, most: float) -> Finding:
    if base is None:
        return Finding(Verdict.UNKNOWN, f"the drop is unknown: {problem}", ("no-baseline",))
    drop = _share(base) - _share(count)
    shown = f"{float(drop) * 100:.2f} points less than the base" if drop > 0 else "not less than the base"
    if drop > Fraction(most).limit_denominator(10**6):
        return Finding(Verdict.FAIL, f"{shown}, at most {most * 100:g} points are allowed", ("dropped",))
    return Finding(Verdict.PASS, shown)


def _worst(findings: Sequence[Finding]) -> Finding:
    """Return one finding for several parts: the worst verdict, all reasons, all tags."""
    if not findings:
        return Finding(Verdict.UNKNOWN, "the floor has no limit")
    return Finding(
        min((found.verdict for found in findings), key=WORST.index),
        "; ".join(found.reason for found in findings),
        tuple(tag for found in findings for tag in found.tags),
    )


def _gate(
    floor: Floor,
    scope: str,
    count: Count | None,
    finding: Finding,
    cap: Mode | None,
    *,
    base: Count | None = None,
    dropped: bool = False,
) -> GateVerdict:
    """Return the record of one floor; `dropped` says that only the drop is limited, so that the value is the drop."""
    share = float(_share(count)) if count and count.total else None
    before = float(_share(base)) if base else None
    if dropped:
        limit = Limit(fail=floor.max_drop)
        value = None if share is None or before is None else before - share
    else:
        warn, fail = floor.fraction("warn"), floor.fraction("fail")
        limit = Limit(warn=None if warn is None else float(warn), fail=None if fail is None else float(fail))
        value = share
    return GateVerdict(
        gate=f"coverage.{scope}.{floor.kind}",
        kind="coverage",
        verdict=finding.verdict,
        mode=softer(Mode.ENFORCE, cap),
        reason=finding.reason,
        unit="points" if dropped else "share",
        limit=limit,
        value=value,
        base=before,
        head=share,
        metric_unit="share",
        covered=count.covered if count else None,
        total=count.total if count else None,
        tags=finding.tags,
    )


def _share(count: Count) -> Fraction:
    return Fraction(count.covered, count.total)


def _files(count: int) -> str:
    return f"{count} changed file{'s have' if count != 1 else ' has'}"
