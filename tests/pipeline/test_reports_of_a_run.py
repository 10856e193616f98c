"""What a run's own reports say, from real stages of both sides: globs, stale files, tests, removed code, indirect changes."""

import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
on_unknown: fail
lanes: {standard: {stages: [unit]}}
stages: {unit: {run: sh unit.sh, measure: false}}
coverage:
  reports: [REPORTS]
  FLOORS
tests: {reports: [junit.xml, "more/*.xml"]}
publish: {html: true}
"""


def xml(path, hits):
    lines = "".join(f"<line number='{line}' hits='{count}'/>" for line, count in hits.items())
    return f"<coverage><packages><package><classes><class filename='{path}'><lines>{lines}</lines></class></classes></package></packages></coverage>\n"


def junit(*cases):
    return f"<testsuite>{''.join(cases)}</testsuite>\n"


def case(name, inner="", time="0.25"):
    return f"<testcase classname='t' name='{name}' time='{time}'>{inner}</testcase>"


def code(count):
    return "".join(f"line{number} = {number}\n" for number in range(1, count + 1))


@pytest.fixture
def make(tmp_path):
    """Return a repository with a base of some files, on a branch of its own."""

    def build(files, *, reports="coverage.xml", floors="project: {lines: 10%}"):
        folder = make_repository(tmp_path / "r")
        config = CONFIG.replace("REPORTS", reports).replace("FLOORS", floors)
        commit(folder, {".github/lanemark.yml": config, "a.py": code(10), **files})
        git(folder, "checkout", "-q", "-b", "pr")
        return folder

    return build


def gate(folder):
    ran = lanemark(folder, "gate", "--base", "main", "--json")
    verdict = json.loads(ran.stdout)
    sides = {side: json.loads((folder / f".lanemark/out/{side}/result.json").read_text()) for side in ("base", "head")}
    return ran.returncode, {one["gate"]: one for one in verdict["gates"]}, sides


@pytest.mark.slow
def test_a_report_that_the_commit_brings_along_is_not_this_run_s(make):
    folder = make({"unit.sh": "true\n", "coverage.xml": xml("a.py", {1: 1})})
    commit(folder, {"a.py": code(11)})
    status, gates, sides = gate(folder)
    assert status == 5
    assert gates["coverage.project.lines"]["verdict"] == "unknown"
    assert [one["state"] for one in sides["head"]["coverage"]["reports"]] == ["missing"]
    assert (folder / "coverage.xml").exists()


@pytest.mark.slow
def test_every_file_that_a_glob_finds_is_read_and_files_of_the_commit_are_not(make):
    unit = f"mkdir -p parts; cat > parts/1.xml <<'E'\n{xml('a.py', {1: 1, 2: 0})}E\n"
    more = f"cat > parts/2.xml <<'E'\n{xml('a.py', {2: 1, 3: 0})}E\n"
    folder = make({"unit.sh": unit, "parts/old.xml": xml("a.py", {3: 1})}, reports="{path: parts/*.xml, expect: 2}")
    commit(folder, {"a.py": code(11)})
    status, gates, sides = gate(folder)
    assert status == 5
    assert "1 of 2 expected reports were there" in gates["coverage.project.lines"]["reason"]
    commit(folder, {"unit.sh": unit + more})
    status, gates, sides = gate(folder)
    assert status == 0
    assert [one["path"] for one in sides["head"]["coverage"]["reports"]] == ["parts/1.xml", "parts/2.xml"]
    assert sides["head"]["coverage"]["counts"]["lines"] == {"covered": 2, "total": 3}


@pytest.mark.slow
def test_a_change_cannot_call_its_own_files_generated_and_what_the_base_calls_so_counts_nowhere(make):
    unit = "cat > coverage.xml <<'E'\n" + xml("a.py", {1: 1, 2: 0}) + "E\n"
    generated = unit.replace(
        "</classes>", "<class filename='gen/b.py'><lines><line number='1' hits='0'/></lines></class></classes>"
    )
    folder = make(
        {"unit.sh": generated, "gen/b.py": "b = 1\n", ".gitattributes": "gen/** linguist-generated\n"},
        floors="project: {lines: 50%}\n  files: {lines: 10%}\n  patch: {lines: 10%}",
    )
    commit(folder, {"gen/b.py": "b = 2\n", "a.py": "a = 1\na = 2\n", ".gitattributes": "* linguist-generated\n"})
    status, gates, sides = gate(folder)
    assert status == 0, gates
    for side in ("base", "head"):
        assert sides[side]["coverage"]["counts"]["lines"] == {"covered": 1, "total": 2}
    assert [file["path"] for file in sides["head"]["coverage"]["patch"]["files"]] == ["a.py"]
    assert sides["head"]["coverage"]["left_out"] == [{"pattern": "", "files": 1, "changed": 1}]
    comment = (folder / ".lanemark/out/comment.md").read_text()
    assert (
        "Left out of coverage: 1 file that `.gitattributes` of the base side calls generated or vendored (1 changed)" in comment
    )
    assert "what this change does to `.gitattributes` counts after the merge" in comment


@pytest.mark.slow
def test_deleted_code_is_not_held_against_a_change_and_untouched_lines_are_told(make):
    """Ten lines of which eight are covered lose four covered ones; one that nobody touched is reached no more."""
    hits = dict.fromkeys(range(1, 9), 1) | {9: 0, 10: 0}
    unit = "cat > coverage.xml <<'E'\n{}E\n"
    folder = make(
        {"unit.sh": unit.format(xml("a.py", hits))},
        floors="project: {lines: {max_drop: 0pp}}",
    )
    shorter = "".join(code(10).splitlines(keepends=True)[4:])
    after = {line - 4: count for line, count in hits.items() if line > 4}
    commit(folder, {"a.py": shorter, "unit.sh": unit.format(xml("a.py", after))})
    status, gates, sides = gate(folder)
    assert status == 0, gates
    assert sides["base"]["coverage"]["kept"]["counts"]["lines"] == {"covered": 4, "total": 6}
    assert (
        "13.33 points less than the base, and without the lines that the change deletes not less"
        in gates["coverage.project.lines"]["reason"]
    )
    assert sides["head"]["coverage"]["indirect"] == {"lost": 0, "gained": 0, "files": [], "more": 0, "unknown": ""}
    commit(folder, {"unit.sh": unit.format(xml("a.py", after | {4: 0, 6: 1}))})
    status, gates, sides = gate(folder)
    indirect = sides["head"]["coverage"]["indirect"]
    assert (indirect["lost"], indirect["gained"]) == (1, 1)
    assert indirect["files"] == [{"path": "a.py", "lost": [4, 4], "gained": [6, 6]}]
    assert (
        "Lines this change does not touch: 1 no longer covered, 1 newly covered"
        in (folder / ".lanemark/out/comment.md").read_text()
    )


@pytest.mark.slow
def test_tests_of_both_sides_are_compared_and_a_missing_report_is_said(make):
    unit = f"cat > coverage.xml <<'E'\n{xml('a.py', {1: 1})}E\n"
    old = junit(case("one"), case("two"), case("skip", "<skipped/>"))
    new = junit(case("one", "<failure message='1 &lt; 0 @team'/>", "1.5"), case("three"), case("skip", "<skipped/>"))
    folder = make({"unit.sh": f"{unit}cat > junit.xml <<'E'\n{old}E\n"})
    commit(folder, {"unit.sh": f"{unit}cat > junit.xml <<'E'\n{new}E\n", "junit.xml": junit(case("stale"))})
    status, _, sides = gate(folder)
    assert status == 0
    tests = sides["head"]["tests"]
    assert (tests["total"], tests["failures"], tests["skipped"], tests["time_s"]) == (3, 1, 1, 2.0)
    assert tests["names"] == ["t.one", "t.skip", "t.three"]
    assert sides["base"]["tests"]["names"] == ["t.one", "t.skip", "t.two"]
    comment = (folder / ".lanemark/out/comment.md").read_text()
    assert "By the reports of tests 1 test failed, although every stage succeeded" in comment
    assert "report of tests `more/*.xml` is missing" in comment
    assert "Failed: `t.one`: 1 `<` 0 `@\u200bteam`" in comment
    assert "New and removed tests are not told: not every report of both sides could be read." in comment
    git(folder, "checkout", "-q", "main")
    config = (folder / ".github/lanemark.yml").read_text().replace(', "more/*.xml"', "")
    commit(folder, {".github/lanemark.yml": config})
    git(folder, "checkout", "-q", "pr")
    git(folder, "rebase", "-q", "main")
    gate(folder)
    comment = (folder / ".lanemark/out/comment.md").read_text()
    assert "<summary>Tests: 3, 1 failed, 1 new, 1 removed</summary>" in comment
    assert "- New: `t.three`" in comment
    assert "- Removed: `t.two`" in comment
    page = (folder / ".lanemark/out/report.html").read_text()
    assert "<code>t.three</code>" in page
