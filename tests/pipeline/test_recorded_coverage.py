"""A recorded baseline's coverage against a change: what the lines of both tell, and that nobody's own word on it is taken."""

import pytest
from msgspec.structs import replace

from judge.facts import ran, result
from lanemark.change import Change, FileHunks, Hunk
from lanemark.compare.types import Baseline
from lanemark.config.read import read_config
from lanemark.coverage.model import FileData
from lanemark.coverage.types import Count, Counts, Coverage, Indirect, Kept, ReportState
from lanemark.coverage.untouched import keep_lines
from lanemark.pipeline.verdict import rule
from lanemark.report.types import Links
from lanemark.result import Pair

POLICY = read_config(
    "version: 1\nstages: {unit: {run: x, measure: false}}\nlanes: {standard: {stages: [unit]}}\n"
    "coverage: {reports: [c.xml], project: {lines: {max_drop: 1pp}}}\n",
    "lanemark.yml",
)
DELETED = (FileHunks(old_path="a.py", path="a.py", hunks=(Hunk(old_start=1, old=8, new_start=0, new=0),)),)
BASE, HEAD = "b" * 40, "c" * 40


def covered(hits, hunks=None, **more):
    """Coverage of a.py, line by line."""
    hit = sum(count > 0 for count in hits.values())
    return Coverage(
        reports=(ReportState(path="c.xml", state="read"),),
        counts=Counts(lines=Count(covered=hit, total=len(hits))),
        lines=keep_lines({"a.py": FileData(lines=hits)}, hunks),
        **more,
    )


def drop(base, head, *, of=BASE):
    """The gate of the drop and the head's indirect changes, for a baseline recorded at commit `of`."""
    change = Change(base=BASE, tested=HEAD, head=HEAD, source="merge-base")
    measured = replace(result(ran("unit"), baseline="artifact", coverage=head, change=change), commit=HEAD)
    recorded = replace(result(ran("unit"), baseline="artifact", coverage=base), commit=of)
    pair = Pair(head=measured)
    ruling = rule(pair, POLICY, links=Links(), adopting=False, baselines=[Baseline(kind="artifact", result=recorded)])
    (gate,) = (gate for gate in ruling.judgement.gates if gate.kind == "coverage")
    return gate.verdict.value, ruling.model.measured.head.coverage.indirect


WELL = dict.fromkeys(range(1, 9), 1) | {9: 0, 10: 1}
"""Nine of ten lines are covered; without the first eight it is one of two."""

REST = {1: 0, 2: 1}


def test_deleting_covered_code_is_no_drop_below_the_run_of_the_base():
    verdict, indirect = drop(covered(WELL), covered(REST, DELETED))
    assert (verdict, indirect) == ("pass", Indirect(lost=0, gained=0))


def test_an_older_run_is_taken_as_it_is_and_that_is_said():
    verdict, indirect = drop(covered(WELL), covered(REST, DELETED), of="e" * 40)
    assert verdict == "fail"
    assert "older commit" in indirect.unknown


def test_a_line_that_nobody_touched_and_no_test_reaches_any_more_is_told():
    verdict, indirect = drop(covered(WELL), covered({1: 0, 2: 0}, DELETED))
    assert (verdict, indirect.lost) == ("fail", 1)


@pytest.mark.parametrize("of", [BASE, "e" * 40])
def test_what_a_result_says_of_itself_is_not_believed(of):
    forged = Kept(counts=Counts(lines=Count(covered=0, total=9)))
    quiet = Indirect(lost=0, gained=99)
    verdict, indirect = drop(covered(WELL, kept=forged), covered({1: 0, 2: 0}, DELETED, indirect=quiet), of=of)
    assert verdict == "fail"
    assert indirect.gained == 0


def test_a_baseline_without_coverage_says_so():
    verdict, indirect = drop(None, covered(REST, DELETED, indirect=Indirect(lost=0, gained=5)))
    assert (verdict, indirect) == ("unknown", Indirect(lost=0, gained=0, unknown="the baseline has no coverage"))
