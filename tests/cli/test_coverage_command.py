"""`lanemark coverage` as people start it: real git, real reports on disk."""

import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CALL = "x = 1\ny = sum(\n    [x,\n     2],\n)\n"


def xml(path, hits, branches=None):
    rows = "".join(
        f"<line number='{line}' hits='{count}'"
        + (f" branch='true' condition-coverage='50% ({branches[line]})'/>" if line in (branches or {}) else "/>")
        for line, count in hits.items()
    )
    return f"<coverage><packages><package><classes><class filename='{path}'><lines>{rows}</lines></class></classes></package></packages></coverage>"


@pytest.fixture
def folder(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {"a.py": CALL, "b.py": "1\n", ".gitattributes": "b.py linguist-generated\n"})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"a.py": CALL.replace("     2],", "     3],"), "b.py": "2\n"})
    (folder / "c.xml").write_text(xml("a.py", {1: 1, 2: 1}, {2: "1/2"}))
    return folder


def read(folder, *words):
    ran = lanemark(folder, "coverage", *words, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_diff_counts_a_continued_statement_its_partial_branch_and_no_generated_file(folder):
    found = read(folder, "diff", "c.xml", "--base", "main")
    assert found["lines"] == {"covered": 1, "total": 1}
    assert found["partial"] == [{"path": "a.py", "line": 4, "head_line": 4, "taken": 1, "total": 2}]
    assert found["unknown"] == []
    said = lanemark(folder, "coverage", "diff", "c.xml", "--base", "main").stdout
    assert "partly: 4 (1/2)" in said


def test_explain_reads_the_reports_of_the_configuration_and_what_it_excludes(folder):
    ran = lanemark(folder, "coverage", "explain", "a.py")
    assert (ran.returncode, "no report was named" in ran.stderr) == (2, True)
    (folder / ".github").mkdir()
    config = "version: 1\nstages: {t: {run: x}}\nlanes: {l: {stages: [t]}}\ncoverage: {reports: [c.xml], exclude: [b.py]}\n"
    (folder / ".github/lanemark.yml").write_text(config)
    assert read(folder, "explain", "a.py")["lines"] == {"covered": 2, "total": 2}
    assert read(folder, "explain", "b.py")["pattern"] == "b.py"
    (folder / ".github/lanemark.yml").write_text(config.replace(", exclude: [b.py]", ""))
    assert read(folder, "explain", "b.py")["state"] == "generated"


def test_generated_files_are_out_of_the_totals_and_a_branch_cannot_call_its_own_files_so(folder):
    (folder / "c.xml").write_text(
        xml("a.py", {1: 1, 2: 1}).replace(
            "</classes>", "<class filename='b.py'><lines><line number='1' hits='0'/></lines></class></classes>"
        )
    )
    commit(folder, {".gitattributes": "*.py linguist-generated\n"})
    found = read(folder, "diff", "c.xml", "--base", "main")
    assert (found["lines"], found["left_out"]) == ({"covered": 1, "total": 1}, [{"pattern": None, "files": 1, "changed": 1}])
    commit(folder, {".gitattributes": "b.py linguist-vendored\n"})
    assert read(folder, "report", "c.xml")["lines"] == {"covered": 2, "total": 2}
    assert "left out   1 generated or vendored" in lanemark(folder, "coverage", "report", "c.xml").stdout


def test_a_badge_is_what_shields_reads(folder):
    ran = lanemark(folder, "coverage", "badge", "c.xml", "--kind", "branches", "--label", "b")
    assert json.loads(ran.stdout) == {"schemaVersion": 1, "label": "b", "message": "50 %", "color": "orange"}
    assert lanemark(folder, "coverage", "badge", "missing.xml").returncode != 0


def test_a_format_that_nobody_knows_is_a_mistake_of_the_command(folder):
    ran = lanemark(folder, "coverage", "report", "c.xml", "--format", "nonsense")
    assert (ran.returncode, "cobertura" in ran.stderr) == (2, True)


@pytest.mark.slow
def test_recording_writes_the_badge(folder):
    config = "version: 1\nstages: {t: {run: cp c.txt c.xml, measure: false}}\nlanes: {l: {stages: [t]}}\ncoverage: {reports: [c.xml]}\n"
    commit(folder, {".github/lanemark.yml": config, "c.txt": (folder / "c.xml").read_text()})
    ran = lanemark(folder, "record")
    assert ran.returncode == 0, ran.stderr
    badge = json.loads((folder / ".lanemark/out/coverage-badge.json").read_text())
    assert badge == {"schemaVersion": 1, "label": "coverage", "message": "100 %", "color": "brightgreen"}


@pytest.mark.parametrize(
    "head", ["<coverage>", "mode: set\n", "TN:\nSF:a.py\nDA:1,1\n", '{"total": {"lines": ', '<!DOCTYPE x [<!ENTITY a "b">]>', ""]
)
def test_a_huge_file_of_nothing_is_an_error_in_words_and_quickly(folder, head):
    """A sparse file: 513 MiB that take no room on the disk."""
    with (folder / "c.xml").open("wb") as file:
        file.write(head.encode())
        file.truncate(513 << 20)
    ran = lanemark(folder, "coverage", "report", "c.xml")
    assert ran.returncode not in (0, 1)
    assert "Traceback" not in ran.stderr
    assert "c.xml" in ran.stderr
