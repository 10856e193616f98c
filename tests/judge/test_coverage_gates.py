from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.facts import REPORT, RULES, coverage, lines, measured, paired, policy, ran, result
from lanemark.compare.types import Comparison
from lanemark.config.types import CoverageRules, Floor, Lane, ReportRules, Stage
from lanemark.coverage.types import ReportState
from lanemark.errors import DataError
from lanemark.judge.coverage import writes_reports
from lanemark.judge.overall import judge

NONE = Comparison(reason="not asked for")


def floors(project=(), patch=(), flags=None):
    return CoverageRules(reports=RULES, project=tuple(project), patch=tuple(patch), flags=flags or {})


def floor(warn=None, fail=None, kind="lines", **more):
    return Floor(kind=kind, warn=warn, fail=fail, **more)


def judged(found, rules, comparison=NONE):
    return judge(measured(ran("unit"), baseline="none", coverage=found), comparison, policy(coverage=rules))


def gate_of(found, rules, comparison=NONE):
    gates = [gate for gate in judged(found, rules, comparison).gates if gate.kind == "coverage"]
    assert len(gates) == 1
    return gates[0]


def on_base(found):
    return paired(base=result(ran("unit"), side="base", coverage=found, identities={"unit": "same"}))


@pytest.mark.parametrize(
    ("covered", "verdict"), [(100, "pass"), (90, "pass"), (89, "warn"), (80, "warn"), (79, "fail"), (0, "fail")]
)
def test_a_floor_is_kept_at_its_exact_limit(covered, verdict):
    gate = gate_of(coverage(project=(covered, 100)), floors([floor("90%", "80%")]))
    assert (gate.verdict, gate.gate, gate.unit) == (verdict, "coverage.project.lines", "share")
    assert (gate.covered, gate.total, gate.value) == (covered, 100, covered / 100)
    assert (gate.limit.warn, gate.limit.fail) == (0.9, 0.8)


def test_a_floor_is_compared_exactly_and_not_as_it_is_shown():
    gate = gate_of(coverage(project=(799_999, 1_000_000)), floors([floor(fail="80%")]))
    assert (gate.verdict, gate.reason) == ("fail", "79.99 % (799999 of 1000000 lines) is below 80%")
    assert gate_of(coverage(project=(2, 3)), floors([floor(fail="66.66%")])).verdict == "pass"
    assert gate_of(coverage(project=(2, 3)), floors([floor(fail="66.67%")])).verdict == "fail"


def test_a_failed_floor_exits_with_4():
    assert judged(coverage(project=(1, 2)), floors([floor(fail="80%")])).exit_status == 4


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 1000))
def test_a_floor_passes_exactly_when_the_fraction_reaches_it(covered, missed, tenths):
    total = covered + missed
    gate = gate_of(coverage(patch=(covered, total)), floors(patch=[floor(fail=f"{tenths / 10}%")]))
    assert (gate.verdict == "pass") == (Fraction(covered, total) >= Fraction(tenths, 1000))


def test_no_coverable_changed_line_is_not_a_hundred_percent():
    for nothing in ((0, 0), ()):
        gate = gate_of(coverage(patch=nothing), floors(patch=[floor(fail="80%")]))
        assert (gate.verdict, gate.reason, gate.tags) == ("pass", "no coverable lines changed", ("n/a",))
        assert gate.value is None


def test_changed_files_without_data_are_said_and_decide_where_nothing_else_is_known():
    some = gate_of(coverage(patch=(9, 10), unknown=("a.py", "b.py")), floors(patch=[floor(fail="80%")]))
    assert (some.verdict, some.tags) == ("pass", ("files-without-data",))
    assert some.reason.endswith("2 changed files have no data")
    only = judged(coverage(patch=(0, 0), unknown=("a.py",)), floors(patch=[floor(fail="80%")]))
    assert [(gate.verdict, gate.tags) for gate in only.gates] == [("unknown", ("files-without-data",))]
    assert only.verdict == "unknown"
    assert "1 changed file has no coverage data." in only.notices


def test_a_small_patch_is_not_judged():
    rules = floors(patch=[floor(fail="80%", ignore_below=5)])
    assert gate_of(coverage(patch=(0, 4)), rules).tags == ("ignored",)
    assert gate_of(coverage(patch=(0, 4)), rules).verdict == "pass"
    assert gate_of(coverage(patch=(0, 5)), rules).verdict == "fail"


def bad(state, reason=""):
    return ReportState(path="coverage.xml", state=state, reason=reason)


UNKNOWN = {
    "nothing recorded": (None, "no coverage was recorded"),
    "no reports": (coverage(reports=()), "no coverage report was read"),
    "missing": (coverage(reports=(REPORT, bad("missing"))), "report coverage.xml is missing"),
    "unreadable": (coverage(reports=(bad("unreadable", "line 3: cut short"),)), "coverage.xml is unreadable: line 3: cut short"),
    "several": (coverage(reports=(bad("incomplete"), bad("missing"))), "coverage.xml is incomplete (and 1 more)"),
    "kind not measured": (coverage(project=None), "no report measures lines"),
    "0 of 0": (coverage(project=(0, 0)), "the reports know no lines at all"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_data_that_is_not_whole_is_unknown(case):
    found, reason = UNKNOWN[case]
    gate = gate_of(found, floors([floor(fail="1%")]))
    assert gate.verdict == "unknown"
    assert reason in gate.reason
    assert gate.value is None


def test_a_patch_that_could_not_be_told_is_unknown():
    assert gate_of(coverage(patch=None), floors(patch=[floor(fail="80%")])).verdict == "unknown"
    branches = gate_of(coverage(), floors(patch=[floor(fail="80%", kind="branches")]))
    assert (branches.verdict, branches.reason) == ("unknown", "no report measures branches")


DROPS = {
    "dropped too far": ((89, 100), "fail", 0.01),
    "dropped just as far as allowed": ((895, 1000), "pass", 0.005),
    "not dropped": ((91, 100), "pass", -0.01),
}


@pytest.mark.parametrize("case", DROPS)
def test_a_drop_is_in_points_against_the_base(case):
    now, verdict, value = DROPS[case]
    gate = gate_of(coverage(project=now), floors([floor(max_drop=0.005)]), on_base(coverage(project=(90, 100))))
    assert (gate.verdict, gate.unit, gate.limit.fail) == (verdict, "points", 0.005)
    assert gate.value == pytest.approx(value)
    assert gate.base == 0.9


def test_a_drop_written_in_decimals_is_exact():
    # 0.7 points as a binary fraction is a little less than 0.7 points
    gate = gate_of(coverage(project=(893, 1000)), floors([floor(max_drop=0.7 * 0.01)]), on_base(coverage(project=(900, 1000))))
    assert gate.verdict == "pass"


@pytest.mark.parametrize("base", [None, coverage(reports=(bad("missing"),)), coverage(project=(0, 0))])
def test_a_drop_without_the_base_is_unknown_but_a_broken_floor_still_fails(base):
    comparison = NONE if base is None else on_base(base)
    rules = floors([floor(fail="80%", max_drop=0.005)])
    assert gate_of(coverage(project=(90, 100)), rules, comparison).verdict == "unknown"
    assert gate_of(coverage(project=(70, 100)), rules, comparison).verdict == "fail"


def test_flags_have_gates_of_their_own():
    web = ReportState(path="lcov.info", state="read", flag="web")
    found = coverage(reports=(bad("missing"), web), flags={"web": lines(8, 10)})
    gate = gate_of(found, floors(flags={"web": (floor(fail="80%"),)}))
    assert (gate.gate, gate.verdict) == ("coverage.flag:web.lines", "pass")
    assert gate_of(found, floors(flags={"api": (floor(fail="80%"),)})).reason == "no report has the flag api"


@pytest.mark.parametrize("count", [(5, 3), (-1, 3)])
def test_counts_that_cannot_be_are_refused(count):
    with pytest.raises(DataError, match="cannot be"):
        judged(coverage(project=count), floors([floor(fail="80%")]))


def lanes_of(outputs, *lanes):
    stages = {name: Stage(name=name, line=1, run="x", outputs=found) for name, found in outputs.items()}
    return policy(known=stages, coverage=floors([floor(fail="80%")]), lanes=lanes)


DOCS = Lane(name="docs", line=1, stages=("links",))
CODE = Lane(name="code", line=2, stages=("unit",), default=True)
HEAVY = Lane(name="heavy", line=3, stages=("unit", "links"))


def test_a_lane_that_declares_no_report_is_not_judged_by_coverage():
    rules = lanes_of({"links": (), "unit": ("coverage.xml",)}, DOCS, CODE, HEAVY)
    assert [writes_reports(rules, lane) for lane in (DOCS, CODE, HEAVY)] == [False, True, True]
    found = judge(measured(ran("links"), baseline="none"), NONE, rules, lane="docs")
    assert (found.verdict, found.gates) == ("pass", ())
    assert any("Coverage is not judged in the docs lane" in notice for notice in found.notices)


def test_a_report_in_a_declared_folder_or_by_a_glob_is_declared():
    for output, path in (("out/", "out/coverage.xml"), ("out/coverage.xml", "out/*.xml")):
        rules = lanes_of({"links": (), "unit": (output,)}, DOCS, CODE)
        rules = msgspec.structs.replace(
            rules, coverage=msgspec.structs.replace(rules.coverage, reports=(ReportRules(path=path, line=1),))
        )
        assert [writes_reports(rules, lane) for lane in (DOCS, CODE)] == [False, True]


def test_where_nobody_declares_reports_the_default_lane_and_heavier_ones_are_judged():
    rules = lanes_of({"links": (), "unit": ()}, DOCS, CODE, HEAVY)
    assert [writes_reports(rules, lane) for lane in (DOCS, CODE, HEAVY)] == [False, True, True]
    empty = Lane(name="code", line=2, default=True)
    assert not writes_reports(lanes_of({"links": ()}, empty), empty)
