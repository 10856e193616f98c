"""Our numbers beside those of the tools that wrote the reports, and beside diff-cover's."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lanemark.change import AddedLines, AddedRange
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.read import Changed, ReportInput, measure_reports, read_coverage, sum_coverage
from lanemark.coverage.types import Count
from lanemark.git.repository import Git

FIXTURES = Path(__file__).parent / "fixtures"
PYTHON = ["sample/__init__.py", "sample/pricing.py", "sample/unused.py"]
C = ["src/area.c", "src/area.h", "src/main.c"]
NAMES = ("python-one", "python-two", "python-both")


def read_files(*paths, tracked=PYTHON, root="/builds/sample", added=None):
    inputs = [
        ReportInput(rule=ReportRules(path=str(path), line=1), path=str(path), chunks=lambda path=path: iter([path.read_bytes()]))
        for path in paths
    ]
    found = read_coverage(inputs, CoverageRules(), root=root, tracked=tracked, added=added)
    assert found.whole, found.reports
    assert found.unmatched == ()
    return found


def claimed_by_xml(path):
    """The sums on the root element, which we never read."""
    root = re.search(r"<coverage [^>]*>", path.read_text(encoding="utf-8"))[0]
    sums = {
        key: int(re.search(rf'{key}="(\d+)"', root)[1])
        for key in ("lines-covered", "lines-valid", "branches-covered", "branches-valid")
    }
    return (
        Count(covered=sums["lines-covered"], total=sums["lines-valid"]),
        Count(covered=sums["branches-covered"], total=sums["branches-valid"]),
    )


@pytest.mark.parametrize("name", NAMES)
def test_totals_equal_those_coverage_py_claims_in_xml_and_json(name):
    totals = json.loads((FIXTURES / f"{name}.json").read_text())["totals"]
    lines = Count(covered=totals["covered_lines"], total=totals["num_statements"])
    branches = Count(covered=totals["covered_branches"], total=totals["num_branches"])
    for kind in ("json", "xml"):
        found = read_files(FIXTURES / f"{name}.{kind}")
        assert (found.counts.lines, found.counts.branches) == (lines, branches)
    assert claimed_by_xml(FIXTURES / f"{name}.xml") == (lines, branches)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_equals_what_coverage_py_claims_for_it(name):
    files = json.loads((FIXTURES / f"{name}.json").read_text())["files"]
    for kind in ("json", "xml"):
        for file in read_files(FIXTURES / f"{name}.{kind}").files:
            summary = files[file.path]["summary"]
            assert file.counts.lines == Count(covered=summary["covered_lines"], total=summary["num_statements"])
            assert file.counts.branches == Count(covered=summary["covered_branches"], total=summary["num_branches"])


def test_functions_are_those_coverage_py_lists():
    # price, label, Basket.add and the two of unused.py; Basket.clear is excluded in the source
    assert read_files(FIXTURES / "python-both.json").counts.functions == Count(covered=2 + 0, total=5)


def test_merging_two_json_reports_equals_coverage_combine():
    merged = read_files(FIXTURES / "python-one.json", FIXTURES / "python-two.json")
    both = read_files(FIXTURES / "python-both.json")
    assert merged.counts == both.counts
    assert merged.files == both.files


def test_merging_two_xml_reports_equals_coverage_combine_for_lines_and_never_overstates_branches():
    merged = read_files(FIXTURES / "python-one.xml", FIXTURES / "python-two.xml").counts
    both = read_files(FIXTURES / "python-both.xml").counts
    assert merged.lines == both.lines
    assert merged.branches.total == both.branches.total
    assert merged.branches.covered <= both.branches.covered


def test_totals_equal_those_gcovr_claims_although_methods_repeat_the_lines():
    found = read_files(FIXTURES / "c-gcovr.xml", tracked=C)
    assert (found.counts.lines, found.counts.branches) == claimed_by_xml(FIXTURES / "c-gcovr.xml")
    # area and main ran, square ran inline, unused did not
    assert found.counts.functions == Count(covered=3, total=4)


def test_reports_of_two_languages_are_one_project():
    found = read_files(FIXTURES / "python-both.xml", FIXTURES / "c-gcovr.xml", tracked=PYTHON + C)
    alone = [read_files(FIXTURES / "python-both.xml").counts.lines, read_files(FIXTURES / "c-gcovr.xml", tracked=C).counts.lines]
    assert found.counts.lines == Count(covered=sum(one.covered for one in alone), total=sum(one.total for one in alone))


PROGRAM = "def used(x):\n    if x:\n        return 1\n    return 2\n\n\ndef unused():\n    return 3\n"


@pytest.fixture
def repository(tmp_path):
    """A repository whose branch adds a module, with the module's coverage measured by the coverage.py that is installed."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}

    def run(*argv):
        return subprocess.run(argv, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout

    def commit(message):
        run("git", "add", "-A")
        run("git", "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", message)

    run("git", "init", "-qb", "main")
    (tmp_path / "old.py").write_text("x = 1\n")
    commit("base")
    run("git", "switch", "-qc", "change")
    (tmp_path / "new.py").write_text(PROGRAM)
    commit("change")
    (tmp_path / "drive.py").write_text("import new\nnew.used(1)\n")
    run(sys.executable, "-m", "coverage", "run", "--branch", "--include=new.py,old.py", "drive.py")
    for kind in ("xml", "json"):
        run(sys.executable, "-m", "coverage", kind, "-q", "-o", f"coverage.{kind}")
    return tmp_path, run


def diff_cover(run, *reports):
    """What diff-cover says of the branch: total and missed lines."""
    run(sys.executable, "-m", "diff_cover.diff_cover_tool", *reports, "--compare-branch=main", "--format", "json:out.json")


def changed(found):
    return found.patch.counts.lines


ADDED = [AddedLines(path="new.py", ranges=(AddedRange(start=1, end=8, head_start=1),))]


def test_the_patch_agrees_with_diff_cover_on_one_report(repository):
    folder, run = repository
    diff_cover(run, "coverage.xml")
    theirs = json.loads((folder / "out.json").read_text())
    for kind in ("xml", "json"):
        ours = read_files(folder / f"coverage.{kind}", tracked=["old.py", "new.py"], root=str(folder), added=ADDED)
        assert changed(ours) == Count(
            covered=theirs["total_num_lines"] - theirs["total_num_violations"], total=theirs["total_num_lines"]
        )
        missed = {line for found in ours.patch.files[0].uncovered for line in range(found.start, found.end + 1)}
        assert set(theirs["src_stats"]["new.py"]["violation_lines"]) <= missed


def test_a_report_that_measured_less_does_not_hide_misses_as_it_does_in_diff_cover(repository):
    folder, run = repository
    part = (folder / "coverage.xml").read_text()
    (folder / "part.xml").write_text(re.sub(r'<line number="[^"]*" hits="0"[^>]*/>', "", part))
    diff_cover(run, "coverage.xml", "part.xml")
    theirs = json.loads((folder / "out.json").read_text())
    ours = read_files(folder / "coverage.xml", folder / "part.xml", tracked=["old.py", "new.py"], root=str(folder), added=ADDED)
    assert theirs["total_percent_covered"] == 100
    assert changed(ours) == Count(covered=4, total=6)


def test_a_changed_argument_in_the_middle_of_a_call_is_seen_and_diff_cover_does_not_see_it(repository):
    """The call was measured by its first line, which did not change."""
    folder, run = repository
    before = "def used(x):\n    return sum(\n        [x,\n         1],\n    )\n\n\ndef unused(x):\n    return sum(\n        [x,\n         1],\n    )\n"
    after = before.replace("         1],", "         2],")
    run("git", "switch", "-q", "main")
    (folder / "call.py").write_text(before)
    run("git", "add", "call.py")
    run("git", "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "call")
    run("git", "switch", "-qC", "change")
    (folder / "call.py").write_text(after)
    run("git", "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qam", "change")
    (folder / "drive.py").write_text("import call\ncall.used(1)\n")
    run(sys.executable, "-m", "coverage", "erase")
    run(sys.executable, "-m", "coverage", "run", "--branch", "--include=call.py", "drive.py")
    run(sys.executable, "-m", "coverage", "xml", "-q", "-o", "coverage.xml")
    diff_cover(run, "coverage.xml")
    theirs = json.loads((folder / "out.json").read_text())
    assert theirs["total_num_lines"] < 2
    rule = ReportRules(path="coverage.xml", line=1)
    rules = CoverageRules(reports=(rule,))
    given = ReportInput(rule=rule, path=rule.path, chunks=lambda: iter([(folder / "coverage.xml").read_bytes()]))
    measured = measure_reports([given], rules, root=str(folder), tracked=["call.py"])
    base, head = run("git", "rev-parse", "main", "change").split()
    git = Git(str(folder))
    change = Changed(added=git.added_lines(base, head, head), text=lambda path: git.text(head, path, 1000))
    patch = sum_coverage(measured, change).patch
    assert patch.counts.lines == Count(covered=1, total=2)
    assert [(one.start, one.end) for one in patch.files[0].uncovered] == [(11, 11)]
