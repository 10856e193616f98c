"""A floor under each file that the change touches: the lowest of them speaks for all."""

from lanemark import units
from lanemark.config.types import Floor, Mode
from lanemark.coverage.types import Count, Coverage
from lanemark.judge.bands import Finding
from lanemark.judge.floors import changed_files, count_of, floor_gate, fraction_of, weigh_share
from lanemark.judge.types import GateVerdict, Verdict
from lanemark.path import RepoPath
from lanemark.result import Result

MOST_NAMED = 3
"""So many files are named in the reason of a gate."""

LONGEST_PATH = 120

ABSENT = "000000"


def touched_gate(floor: Floor, head: Result, cap: Mode | None) -> GateVerdict:
    """Return the gate of one floor. A touched file is one that the change adds or changes, and that is not generated."""
    coverage = head.coverage
    _, problem = count_of(coverage, floor, None, patch=True)
    if problem or coverage is None:
        return floor_gate(floor, "files", None, Finding(Verdict.UNKNOWN, problem), cap)
    found = _touched_counts(coverage, head, floor)
    unknown = len(coverage.patch.unknown) if coverage.patch else 0
    lowest = found[0][1] if found else Count(covered=0, total=0)
    if not found and unknown:
        finding = Finding(Verdict.UNKNOWN, f"no touched file has coverage data, and {changed_files(unknown)} none")
    elif not found:
        finding = Finding(Verdict.PASS, f"no file with {floor.kind} that can be covered was touched", ("n/a",))
    else:
        finding = _weigh_files(floor, found)
    if unknown:
        reason = f"{finding.reason}; {changed_files(unknown)} no data" if found else finding.reason
        finding = Finding(finding.verdict, reason, (*finding.tags, "files-without-data"))
    return floor_gate(floor, "files", lowest, finding, cap)


def _touched_counts(coverage: Coverage, head: Result, floor: Floor) -> list[tuple[RepoPath, Count]]:
    """Return the touched files with something to cover, the least covered first."""
    touched = {file.path for file in head.change.files if file.new_mode != ABSENT and not file.generated}
    found: list[tuple[RepoPath, Count]] = []
    for file in coverage.files:
        count = file.counts.of(floor.kind)
        if file.path in touched and count is not None and 0 <= count.covered <= count.total and count.total:
            found.append((file.path, count))
    return sorted(found, key=lambda one: (fraction_of(one[1]), one[0]))


def _weigh_files(floor: Floor, found: list[tuple[RepoPath, Count]]) -> Finding:
    """Return the verdict of the lowest file, naming those that share it."""
    worst = weigh_share(found[0][1], floor)
    if worst.verdict is Verdict.PASS:
        lowest, limit = _named(*found[0]), floor.warn or floor.fail
        if len(found) == 1:
            return Finding(Verdict.PASS, f"the one touched file is at least {limit}: {lowest}")
        return Finding(Verdict.PASS, f"all {len(found)} touched files are at least {limit}, the lowest is {lowest}")
    limit = floor.fail if worst.verdict is Verdict.FAIL else floor.warn
    bound = floor.fraction("fail" if worst.verdict is Verdict.FAIL else "warn")
    low = [one for one in found if bound is not None and fraction_of(one[1]) < bound]
    names = ", ".join(_named(*one) for one in low[:MOST_NAMED])
    more = f" and {len(low) - MOST_NAMED} more" if len(low) > MOST_NAMED else ""
    verb = "is" if len(low) == 1 else "are"
    return Finding(worst.verdict, f"{len(low)} of {len(found)} touched files {verb} below {limit}: {names}{more}")


def _named(path: RepoPath, count: Count) -> str:
    shown = path if len(path) <= LONGEST_PATH else f"{path[: LONGEST_PATH - 1]}…"
    return f"{shown} with {units.percent(count.covered, count.total)} ({count.covered} of {count.total})"
