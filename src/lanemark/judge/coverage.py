"""Coverage floors: exact fractions, and no 100 % of nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from lanemark.compare.types import Baseline, Comparison
from lanemark.config.types import Config, Floor, Lane, Mode, Stage
from lanemark.coverage.types import Count, Coverage
from lanemark.judge.bands import Finding
from lanemark.judge.floors import changed_files, count_of, floor_gate, floors_of, fraction_of, weigh_share
from lanemark.judge.gates import lane_stages
from lanemark.judge.touched import touched_gate
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.result import Result

WORST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN, Verdict.PASS)
"""Worst first; the worst one speaks for several."""


def coverage_gates(
    head: Result, comparison: Comparison, policy: Config, lane: Lane, cap: Mode | None
) -> tuple[list[GateVerdict], list[str]]:
    """Return the gates of all floors (project, patch, flags by name) and sentences about what they could not look at.

    A lane whose stages write no report has none: a lane for documents is not uncovered code.
    """
    rules = floors_of(policy, lane)
    if not (rules.project or rules.patch or rules.files or any(rules.flags.values())):
        return [], []
    if not writes_reports(policy, lane):
        return [], [f"Coverage is not judged in the {lane.name} lane, because none of its stages writes a report."]
    gates = [_whole_gate(floor, None, head.coverage, comparison.baseline, cap) for floor in rules.project]
    gates += [_patch_gate(floor, head.coverage, cap) for floor in rules.patch]
    gates += [touched_gate(floor, head, cap) for floor in rules.files]
    for flag in sorted(rules.flags):
        gates += [_whole_gate(floor, flag, head.coverage, comparison.baseline, cap) for floor in rules.flags[flag]]
    return gates, _said(head.coverage, named=bool(rules.patch or rules.files))


def _said(coverage: Coverage | None, *, named: bool) -> list[str]:
    """Return what every report must show: files without data, where floors look at files, and reports that nobody expects."""
    if coverage is None:
        return []
    unknown = len(coverage.patch.unknown) if coverage.patch else 0
    found = [f"{changed_files(unknown)} no coverage data."] if unknown and named else []
    there = Counter((one.rule, one.flag, one.expect) for one in coverage.reports if one.state != "missing")
    found += [
        f"{rule} finds {count} coverage reports, {expect} were expected."
        for (rule, _, expect), count in there.items()
        if expect is not None and count > expect
    ]
    return found


def writes_reports(policy: Config, lane: Lane) -> bool:
    """Return whether coverage can be expected of `lane`."""
    return writes_any(policy, lane, [report.path for report in policy.coverage.reports])


def writes_any(policy: Config, lane: Lane, reports: Sequence[str]) -> bool:
    """Return whether one of some declared reports can be expected of `lane`.

    It can where one of its stages declares a report among its outputs. Where no stage of the whole file does, nobody said who
    writes the reports, and they are expected of the default lane and of those heavier.
    """
    stages = lane_stages(policy, lane)

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
    count, problem = count_of(coverage, floor, flag)
    base, base_problem = _base_count(baseline, floor, flag)
    drop = None if base is None or count is None else _drop_of(count, base, _kept_count(baseline, floor, flag))
    findings = []
    if problem or count is None:
        findings.append(Finding(Verdict.UNKNOWN, problem))
    else:
        if floor.fail is not None or floor.warn is not None:
            findings.append(weigh_share(count, floor))
        if floor.max_drop is not None:
            findings.append(_weigh_drop(drop, base_problem, floor.max_drop))
    dropped = floor.fail is None and floor.warn is None and floor.max_drop is not None
    scope = "project" if flag is None else f"flag:{flag}"
    return floor_gate(
        floor, scope, count, _worst(findings), cap, base=base, drop=None if drop is None else drop.counted, dropped=dropped
    )


def _patch_gate(floor: Floor, coverage: Coverage | None, cap: Mode | None) -> GateVerdict:
    """Return the gate of the changed lines. Changed files without data are said; they decide where nothing else is known."""
    count, problem = count_of(coverage, floor, None, patch=True)
    if problem or count is None or coverage is None or coverage.patch is None:
        return floor_gate(floor, "patch", None, Finding(Verdict.UNKNOWN, problem), cap)
    unknown = len(coverage.patch.unknown)
    if count.total == 0 and unknown:
        finding = Finding(Verdict.UNKNOWN, f"no changed line has coverage data, and {changed_files(unknown)} none")
    elif count.total == 0:
        finding = Finding(Verdict.PASS, f"no coverable {floor.kind} changed", ("n/a",))
    elif count.total < floor.ignore_below:
        reason = f"{count.total} changed {floor.kind}, fewer than the {floor.ignore_below} from which they are judged"
        finding = Finding(Verdict.PASS, reason, ("ignored",))
    else:
        finding = weigh_share(count, floor)
    if unknown:
        reason = finding.reason if count.total == 0 else f"{finding.reason}; {changed_files(unknown)} no data"
        finding = Finding(finding.verdict, reason, (*finding.tags, "files-without-data"))
    return floor_gate(floor, "patch", count, finding, cap)


def _base_count(baseline: Baseline | None, floor: Floor, flag: str | None) -> tuple[Count | None, str]:
    if baseline is None:
        return None, "there is no baseline"
    count, problem = count_of(baseline.result.coverage, floor, flag)
    return count, problem and f"on the base, {problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drop:
    """How far head's share is below the base's, as it is, and below what the change left of the base."""

    plain: Fraction
    adjusted: Fraction | None

    @property
    def counted(self) -> Fraction:
        """The smaller one: deleting code is neither held against a change nor a way to make room for less testing."""
        return self.plain if self.adjusted is None else min(self.plain, self.adjusted)


def _drop_of(count: Count, base: Count, kept: Count | None) -> _Drop:
    share = fraction_of(count)
    adjusted = None if kept is None or kept.total == 0 else fraction_of(kept) - share
    return _Drop(plain=fraction_of(base) - share, adjusted=adjusted)


def _kept_count(baseline: Baseline | None, floor: Floor, flag: str | None) -> Count | None:
    """Return what the change left of the base's count, None where nobody knows."""
    coverage = baseline.result.coverage if baseline is not None else None
    if coverage is None or coverage.kept is None:
        return None
    counts = coverage.kept.counts if flag is None else coverage.kept.flags.get(flag)
    found = counts.of(floor.kind) if counts else None
    return found if found is not None and 0 <= found.covered <= found.total else None


def _weigh_drop(drop: _Drop | None, problem: str, most: float) -> Finding:
    if drop is None:
        return Finding(Verdict.UNKNOWN, f"the drop is unknown: {problem}", ("no-baseline",))
    shown = _points(drop.plain)
    if drop.adjusted is not None and drop.adjusted < drop.plain and drop.plain > 0:
        shown += f", and without the lines that the change deletes {_points(drop.adjusted)}"
    if drop.counted > Fraction(most).limit_denominator(10**6):
        return Finding(Verdict.FAIL, f"{shown}, at most {most * 100:g} points are allowed", ("dropped",))
    return Finding(Verdict.PASS, shown)


def _points(drop: Fraction) -> str:
    return f"{float(drop) * 100:.2f} points less than the base" if drop > 0 else "not less than the base"


def _worst(findings: Sequence[Finding]) -> Finding:
    """Return one finding for several parts: the worst verdict, all reasons, all tags."""
    if not findings:
        return Finding(Verdict.UNKNOWN, "the floor has no limit")
    return Finding(
        min((found.verdict for found in findings), key=WORST.index),
        "; ".join(found.reason for found in findings),
        tuple(tag for found in findings for tag in found.tags),
    )
