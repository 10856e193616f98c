"""Our totals beside what each tool that wrote a report says itself: in print (`NAME.txt`), or in sums that we never read."""

import json
import re
from pathlib import Path

import pytest

from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.read import ReportInput, read_coverage
from lanemark.coverage.types import Count

FIXTURES = Path(__file__).parent / "fixtures"
JS = ("js-nyc", "js-c8", "js-vitest-v8", "js-vitest-istanbul")
C = ["src/area.c", "src/area.h", "src/main.c"]


def tracked(language):
    """The files of one language's program, and those that its script makes of them."""
    if language == "python":
        return ["sample/__init__.py", "sample/pricing.py", "sample/unused.py"]
    folder = FIXTURES / language
    found = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    return [*found, "src/cart.mjs", "src/tax.mjs"] if language == "js" else found


def read(name, *, root="/builds/sample", format_=None):
    path = FIXTURES / name
    rule = ReportRules(path=name, line=1, format=format_)
    given = ReportInput(rule=rule, path=name, chunks=lambda: iter([path.read_bytes()]))
    found = read_coverage([given], CoverageRules(), root=root, tracked=tracked(name.partition("-")[0]), added=None)
    assert found.whole, found.reports
    assert found.unmatched == ()
    return found


def counts(name, *kinds):
    found = read(name).counts
    return tuple(found.of(kind) for kind in kinds)


def printed(name, pattern):
    covered, total = re.search(pattern, (FIXTURES / name).read_text()).groups()
    return Count(covered=int(covered), total=int(total))


@pytest.mark.parametrize("name", ["c-lcov.info", "c-gcovr.info", "c-gcovr.xml", "c-clover.xml", "c-jacoco.xml"])
def test_c_totals_are_those_that_gcovr_and_lcov_print(name):
    lcov = [printed("c-lcov.txt", rf"{kind}\.+: .*\((\d+) of (\d+)") for kind in ("lines", "functions", "branches")]
    gcovr = [printed("c-gcovr.txt", rf"{kind}: .*\((\d+) out of (\d+)") for kind in ("lines", "functions", "branches")]
    assert lcov == gcovr
    lines, functions, branches = counts(name, "lines", "functions", "branches")
    assert lines == gcovr[0]
    # gcovr's Clover has neither functions nor branches
    assert functions == (None if name == "c-clover.xml" else gcovr[1])
    assert branches == (None if name == "c-clover.xml" else gcovr[2])


@pytest.mark.parametrize("name", ["python-one", "python-two", "python-both"])
def test_coverage_py_says_the_same_in_lcov(name):
    xml = read(f"{name}.xml")
    lcov = read(f"{name}.info")
    assert (lcov.counts.lines, lcov.counts.branches) == (xml.counts.lines, xml.counts.branches)
    assert [(file.path, file.counts.lines) for file in lcov.files] == [(file.path, file.counts.lines) for file in xml.files]


def summary(name):
    """The four lines of Istanbul's text-summary."""
    return {
        kind.lower(): printed(f"{name}.txt", rf"{kind} +: .*\( (\d+)/(\d+) \)")
        for kind in ("Lines", "Branches", "Functions", "Statements")
    }


@pytest.mark.parametrize("name", JS)
@pytest.mark.parametrize("ending", [".json", "-summary.json"])
def test_javascript_totals_are_those_of_the_text_summary(name, ending):
    found = read(f"{name}{ending}").counts
    assert {kind: found.of(kind) for kind in ("lines", "branches", "functions", "statements")} == summary(name)


@pytest.mark.parametrize("name", JS)
def test_javascript_lcov_says_lines_branches_and_functions(name):
    said = summary(name)
    assert counts(f"{name}.info", "lines", "branches", "functions", "statements") == (
        said["lines"],
        said["branches"],
        said["functions"],
        None,
    )


@pytest.mark.parametrize("name", JS)
def test_javascript_clover_and_cobertura_say_the_lines(name):
    said = summary(name)
    assert counts(f"{name}-clover.xml", "lines", "branches", "statements") == (said["lines"], said["branches"], None)
    assert counts(f"{name}-cobertura.xml", "lines", "branches") == (said["lines"], said["branches"])


@pytest.mark.parametrize("name", JS)
def test_all_javascript_formats_agree_file_by_file(name):
    formats = [f"{name}{ending}" for ending in (".json", "-summary.json", ".info", "-clover.xml", "-cobertura.xml")]
    lines = [[(file.path, file.counts.lines) for file in read(one).files] for one in formats]
    assert all(one == lines[0] for one in lines)
    assert len(lines[0]) >= 2


@pytest.mark.parametrize("mode", ["set", "atomic"])
def test_go_statements_are_those_of_go_tool_cover(mode):
    (statements,) = counts(f"go-{mode}.out", "statements")
    said = re.search(r"total:\s+\(statements\)\s+([\d.]+)%", (FIXTURES / f"go-{mode}.txt").read_text())[1]
    assert f"{100 * statements.covered / statements.total:.1f}" == said
    assert statements.total == 13


def test_go_files_are_found_below_the_name_of_the_module():
    assert [file.path for file in read("go-set.out").files] == ["cart/cart.go", "main.go"]


@pytest.mark.parametrize("kind", ["LINE", "BRANCH", "METHOD"])
def test_jacoco_totals_are_the_counters_at_the_end_of_the_report(kind):
    text = (FIXTURES / "java-jacoco.xml").read_text()
    missed, covered = map(
        int, re.search(rf'<counter type="{kind}" missed="(\d+)" covered="(\d+)"/>(?:<counter[^>]*>)*</report>', text).groups()
    )
    ours = {"LINE": "lines", "BRANCH": "branches", "METHOD": "functions"}[kind]
    assert counts("java-jacoco.xml", ours) == (Count(covered=covered, total=missed + covered),)


def test_jacoco_files_are_found_below_the_source_folder():
    assert [file.path for file in read("java-jacoco.xml").files] == [
        "src/main/java/com/acme/shop/Cart.java",
        "src/main/java/com/acme/shop/Main.java",
    ]


def test_ruby_lines_are_those_that_simplecov_prints_for_both_commands_together():
    said = printed("ruby-simplecov.txt", r"(\d+) / (\d+) LOC")
    lines, branches, functions = counts("ruby-simplecov.json", "lines", "branches", "functions")
    assert lines == said
    assert (branches.total, functions) == (6, None)


def test_php_lines_and_methods_are_those_of_the_text_report():
    said = printed("php.txt", r"Lines: +[\d.]+% \((\d+)/(\d+)\)")
    lines, functions, branches = counts("php-clover.xml", "lines", "functions", "branches")
    assert lines == said
    assert functions == Count(covered=1, total=2)  # reached; the text report counts those that were reached as a whole
    assert branches is None
    assert counts("php-cobertura.xml", "lines") == (said,)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in FIXTURES.iterdir() if path.suffix in (".json", ".xml", ".info", ".out"))
)
def test_every_fixture_is_recognised_and_read_the_same_when_its_format_is_forced(name):
    found = read(name)
    forced = read(name, format_=found.reports[0].format)
    assert forced == found


def test_the_patch_of_a_report_without_lines_is_unknown_and_its_totals_count():
    data = (FIXTURES / "js-nyc-summary.json").read_bytes()
    given = ReportInput(rule=ReportRules(path="s.json", line=1), path="s.json", chunks=lambda: iter([data]))
    from lanemark.change import AddedLines, AddedRange

    added = [AddedLines(path="src/cart.js", ranges=(AddedRange(start=1, end=9, head_start=1),))]
    found = read_coverage([given], CoverageRules(), root="/builds/sample", tracked=tracked("js"), added=added)
    assert found.patch.unknown == ("src/cart.js",)
    assert found.patch.counts.lines is None
    assert found.reports[0].reason == "it has only totals for 3 files, so nothing is known of their changed lines"
    total = json.loads(data)["total"]["statements"]
    assert found.counts.statements == Count(covered=total["covered"], total=total["total"])
