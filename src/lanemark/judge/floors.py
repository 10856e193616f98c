"""What every coverage gate is made of: a share held against a floor, exact, and the record of it."""

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from lanemark import units
from lanemark.config.types import Config, CoverageRules, Floor, Lane, Mode, softer
from lanemark.coverage.types import Count, Coverage, ReportState
from lanemark.errors import DataError
from lanemark.judge.bands import Finding
from lanemark.judge.types import GateVerdict, Limit, Verdict


def floors_of(policy: Config, lane: Lane) -> CoverageRules:
    """Return the coverage rules that hold in `lane`: its own groups of floors, else those of the file."""
    own = {
        name: floors for name in ("project", "patch", "files", "flags") if (floors := getattr(lane.coverage, name)) is not None
    }
    return replace(policy.coverage, **own)


def count_of(coverage: Coverage | None, floor: Floor, flag: str | None, *, patch: bool = False) -> tuple[Count | None, str]:
    """Return the count a floor is about, or why it is unknown. 0 of 0 is a count for a patch only."""
    if coverage is None:
        return None, "no coverage was recorded"
    problem = why_unread(coverage.reports, flag)
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


def why_unread(reports: Sequence[ReportState], flag: str | None) -> str:
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


def weigh_share(count: Count, floor: Floor) -> Finding:
    """Return how a count stands to a floor; nothing is rounded but what is shown, and that is rounded down."""
    share = Fraction(count.covered, count.total)
    shown = f"{units.percent(count.covered, count.total)} ({count.covered} of {count.total} {floor.kind})"
    fail, warn = floor.fraction("fail"), floor.fraction("warn")
    if fail is not None and share < fail:
        return Finding(Verdict.FAIL, f"{shown} is below {floor.fail}")
    if warn is not None and share < warn:
        return Finding(Verdict.WARN, f"{shown} is below {floor.warn}")
    return Finding(Verdict.PASS, f"{shown} is at least {floor.warn or floor.fail}")


def floor_gate(
    floor: Floor,
    scope: str,
    count: Count | None,
    finding: Finding,
    cap: Mode | None,
    *,
    base: Count | None = None,
    drop: Fraction | None = None,
    dropped: bool = False,
) -> GateVerdict:
    """Return the record of one floor; `dropped` says that only the `drop` is limited, so that the value is the drop."""
    share = float(fraction_of(count)) if count and count.total else None
    before = float(fraction_of(base)) if base else None
    if dropped:
        limit = Limit(fail=floor.max_drop)
        value = None if drop is None else float(drop)
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


def fraction_of(count: Count) -> Fraction:
    """Return the exact share of a count that is not 0 of 0."""
    return Fraction(count.covered, count.total)


def changed_files(count: int) -> str:
    """Return `2 changed files have`."""
    return f"{count} changed file{'s have' if count != 1 else ' has'}"
