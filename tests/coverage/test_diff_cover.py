"""`lanemark coverage diff` beside diff-cover on real repositories: equal where diff-cover is right, and where it is not, named."""

import json
import os
import random
import subprocess
import sys

import pytest

from command import lanemark
from repositories import commit, git, make_repository


@pytest.fixture
def folder(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {"a.py": numbered(60), "b.py": numbered(40), "c d/e.py": numbered(20)})
    git(folder, "checkout", "-q", "-b", "pr")
    return folder


def numbered(count):
    return "".join(f"line_{number} = {number}\n" for number in range(1, count + 1))


def lcov(hits, *, functions=""):
    """An LCOV report; `hits` by path and line."""
    records = (
        f"SF:{path}\n{functions}" + "".join(f"DA:{line},{count}\n" for line, count in lines.items()) + "end_of_record\n"
        for path, lines in hits.items()
    )
    return "TN:\n" + "".join(records)


def cobertura(hits):
    classes = "".join(
        f'<class filename="{path}"><lines>'
        + "".join(f'<line number="{line}" hits="{count}"/>' for line, count in lines.items())
        + "</lines></class>"
        for path, lines in hits.items()
    )
    return f"<?xml version='1.0'?><coverage><packages><package><classes>{classes}</classes></package></packages></coverage>"


def theirs(folder, *reports):
    """What diff-cover says: measured and missed changed lines, and the missed ones by file."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    words = ["-m", "diff_cover.diff_cover_tool", *reports, "--compare-branch=main", "--format", "json:out.json"]
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    found = json.loads((folder / "out.json").read_text())
    missed = {path: one["violation_lines"] for path, one in found["src_stats"].items() if one["violation_lines"]}
    return found["total_num_lines"], found["total_num_violations"], missed


def ours(folder, *reports):
    ran = lanemark(folder, "coverage", "diff", *reports, "--base", "main", "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    missed = {}
    for one in found["uncovered"]:
        missed.setdefault(one["path"], []).extend(range(one["start"], one["end"] + 1))
    return found["lines"]["total"], found["lines"]["total"] - found["lines"]["covered"], missed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_edit_gives_the_lines_of_diff_cover(folder, seed):
    chance = random.Random(seed)
    hits = {}
    for path in ("a.py", "b.py", "c d/e.py"):
        lines = (folder / path).read_text().splitlines(keepends=True)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(lines))
            lines[at : at + chance.randint(0, 4)] = [f"new_{chance.random()} = 1\n" for _ in range(chance.randint(0, 5))]
        commit(folder, {path: "".join(lines)})
        hits[path] = {line: chance.randint(0, 2) for line in range(1, len(lines) + 1)}
    (folder / "c.xml").write_text(cobertura(hits))
    (folder / "c.info").write_text(lcov(hits))
    said = theirs(folder, "c.xml")
    assert said[0] > 0
    assert ours(folder, "c.xml") == ours(folder, "c.info") == said == theirs(folder, "c.info")


def test_diff_cover_loses_a_path_with_b_in_it(folder):
    commit(folder, {"x b/y.py": numbered(2)})
    (folder / "c.xml").write_text(cobertura({"x b/y.py": {1: 0, 2: 0}}))
    assert ours(folder, "c.xml") == (2, 2, {"x b/y.py": [1, 2]})
    assert theirs(folder, "c.xml") == (0, 0, {})


def test_diff_cover_sees_no_lines_where_the_branch_s_own_attributes_say_so(folder):
    commit(folder, {"a.py": numbered(62), ".gitattributes": "*.py -diff\n"})
    (folder / "c.xml").write_text(cobertura({"a.py": {61: 0, 62: 1}}))
    assert ours(folder, "c.xml") == (2, 1, {"a.py": [61]})
    assert theirs(folder, "c.xml") == (0, 0, {})


def test_diff_cover_cannot_read_functions_whose_names_have_commas(folder):
    commit(folder, {"a.py": numbered(62)})
    named = "FN:61,62,std::map<int, int>::at(int, int)\nFNDA:0,std::map<int, int>::at(int, int)\n"
    (folder / "c.info").write_text(lcov({"a.py": {61: 0, 62: 1}}, functions=named))
    assert ours(folder, "c.info") == (2, 1, {"a.py": [61]})
    assert theirs(folder, "c.info") != (2, 1, {"a.py": [61]})


def test_diff_cover_takes_a_file_that_no_report_knows_for_covered(folder):
    commit(folder, {"a.py": numbered(61), "forgotten.py": numbered(30)})
    (folder / "c.xml").write_text(cobertura({"a.py": {61: 1}}))
    assert theirs(folder, "c.xml") == (1, 0, {})
    ran = lanemark(folder, "coverage", "diff", "c.xml", "--base", "main", "--json")
    assert json.loads(ran.stdout)["unknown"] == ["forgotten.py"]
