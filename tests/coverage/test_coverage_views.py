import json

from lanemark.coverage.types import Count, Counts, Coverage, FileCoverage, LeftOut, Patch, PatchFile, ReportState, Uncovered
from lanemark.coverage.views import diff_view, explain_view, report_view

LINES = Count(covered=1, total=3)
COUNTS = Counts(lines=LINES, branches=Count(covered=0, total=0))
COVERAGE = Coverage(
    reports=(
        ReportState(
            path="c.xml", state="read", format="cobertura", files=1, reason="1 of its 2 paths are no file of the repository"
        ),
    ),
    counts=COUNTS,
    files=(FileCoverage(path="src/a.py", counts=COUNTS),),
    flags={"web": Counts()},
    patch=Patch(
        counts=COUNTS,
        files=(PatchFile(path="src/a.py", lines=LINES, uncovered=(Uncovered(start=4, end=6, head_start=3),)),),
        unknown=("src/b.py",),
    ),
    unmatched=("/app/b.py", "C:\\x\\b.py", "/app/sub.py"),
    left_out=(LeftOut(pattern="tests/**", files=3, changed=1), LeftOut(pattern="", files=2, changed=0)),
)


def test_the_report_has_totals_files_and_where_they_come_from():
    view = json.loads(json.dumps(report_view(COVERAGE)))
    assert view["lines"] == {"covered": 1, "total": 3}
    assert view["branches"] == {"covered": 0, "total": 0}
    assert view["functions"] is view["statements"] is None
    assert view["files"][0]["path"] == "src/a.py"
    assert view["files"][0]["lines"] == {"covered": 1, "total": 3}
    assert view["flags"]["web"]["lines"] is None
    assert view["reports"][0]["state"] == "read"
    assert view["unmatched"] == ["/app/b.py", "C:\\x\\b.py", "/app/sub.py"]
    assert view["left_out"] == [
        {"pattern": "tests/**", "files": 3, "changed": 1},
        {"pattern": None, "files": 2, "changed": 0},
    ]


def test_the_diff_has_uncovered_ranges_and_unknown_files():
    view = json.loads(json.dumps(diff_view(COVERAGE)))
    assert view["lines"] == {"covered": 1, "total": 3}
    assert view["files"] == [{"path": "src/a.py", "lines": {"covered": 1, "total": 3}, "branches": None}]
    assert view["uncovered"] == [{"path": "src/a.py", "start": 4, "end": 6, "head_start": 3}]
    assert view["unknown"] == ["src/b.py"]


def test_without_a_base_the_diff_says_null_not_zero():
    view = diff_view(Coverage(reports=(), counts=COUNTS))
    assert view["lines"] is None
    assert view["files"] == view["uncovered"] == view["unknown"] == []


def test_explain_says_what_is_known_of_a_file():
    view = explain_view(COVERAGE, "src/a.py")
    assert view["state"] == "measured"
    assert view["lines"] == {"covered": 1, "total": 3}
    assert view["changed"]["lines"] == {"covered": 1, "total": 3}
    assert view["uncovered"] == [{"path": "src/a.py", "start": 4, "end": 6, "head_start": 3}]


def test_explain_names_the_report_paths_that_may_be_meant():
    view = explain_view(COVERAGE, "src/b.py")
    assert view["state"] == "unknown"
    assert view["lines"] is None
    assert view["similar"] == ["/app/b.py", "C:\\x\\b.py"]


def test_explain_names_the_pattern_that_excludes():
    view = explain_view(COVERAGE, "tests/t.py", exclude=["docs/**", "tests/**"])
    assert (view["state"], view["pattern"]) == ("excluded", "tests/**")


def test_explain_tells_unmentioned_from_unknown():
    assert explain_view(COVERAGE, "src/c.py")["state"] == "unmentioned"


def test_explain_says_that_a_file_is_generated_unless_a_pattern_says_more():
    assert explain_view(COVERAGE, "src/gen.py", generated=True)["state"] == "generated"
    assert explain_view(COVERAGE, "src/gen.py", exclude=["gen.py"], generated=True)["state"] == "excluded"
