"""`--past DIR`: earlier results a user gives, read as hostile data; they explain a verdict and never change it."""

import hashlib
import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes:
  standard: {default: true, stages: [unit], budgets: {unit.wall.max: 1ms}}
stages:
  unit: {run: "true", measure: false}
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A repository whose budget (of one millisecond) is broken, measured once, and the bytes of its result."""
    folder = make_repository(tmp_path_factory.mktemp("past") / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "a.py": "1\n"})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"a.py": "2\n"})
    ran = lanemark(folder, "measure", "--base", "main", "--baseline", "none")
    assert ran.returncode == 0, ran.stderr
    text = (folder / ".lanemark/out/head/result.json").read_text()
    result = json.loads(text)
    result["outcomes"][0]["usage"]["wall_s"] = 0.5
    (folder / ".lanemark/out/head/result.json").write_text(json.dumps(result))
    return folder, result


def keep(folder, name, result, wall, ended):
    """Write an earlier result below `folder`, and return its commit."""
    outcome = result["outcomes"][0]
    usage = outcome["usage"] | {"wall_s": wall}
    earlier = result | {
        "experiment": name, "commit": hashlib.sha1(name.encode()).hexdigest(), "outcomes": [outcome | {"usage": usage}],
        "provenance": result["provenance"] | {"ended": ended},
    }  # fmt: skip
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(earlier))
    return earlier["commit"]


def verdict(folder, past, *words):
    ran = lanemark(folder, "verdict", "--results", ".lanemark/out", "--past", str(past), "--json", *words)
    return ran, (json.loads(ran.stdout) if ran.stdout else None)


def test_the_newest_end_comes_first_wherever_the_files_lie(measured, tmp_path):
    folder, result = measured
    keep(tmp_path, "z-out/head/result.json", result, 0.0001, "2026-11-01T10:00:00Z")
    oldest = keep(tmp_path, "lanemark-baseline-standard-x-1/result.json", result, 0.2, "2026-11-02T10:00:00+00:00")
    keep(tmp_path, "a-out/head/result.json", result, 0.2, "2026-11-03T10:00:00Z")
    keep(tmp_path, "a-out/base/result.json", result, 0.0001, "2026-11-04T10:00:00Z")
    keep(tmp_path, "other/result.json", result, 0.0001, "soon")
    keep(tmp_path, "moved/result.json", result | {"side": "base"}, 0.0001, "2026-11-04T10:00:00Z")
    ran, told = verdict(folder, tmp_path)
    assert ran.returncode == 3, ran.stderr
    (budget,) = told["gates"]
    assert told["compliance"] == budget["compliance"] == {"kept": 2, "runs": 4}
    since = budget["since"]
    assert (since["by"], since["commit"], since["or_before"]) == ("past", oldest, False)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}", "missing required field"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schema": NaN}', "NaN"),
        (b'{"schema": "\xff"}', "not UTF-8"),
        (b" " * (25 << 20), "longer than"),
        ({"schema": 99}, "schema 99"),
        ({"commit": "--output=x"}, "names a commit that is none"),
        ({"unknown\n::error::x": 1}, "unknown field"),
    ],
)
def test_a_file_that_is_no_result_is_left_out_with_a_warning(measured, tmp_path, data, why):
    folder, result = measured
    keep(tmp_path, "good/result.json", result, 0.0001, "2026-11-01T10:00:00Z")
    (tmp_path / "bad").mkdir()
    text = data if isinstance(data, bytes) else json.dumps(result | {"experiment": "bad"} | data).encode()
    (tmp_path / "bad/result.json").write_bytes(text)
    ran, told = verdict(folder, tmp_path)
    assert ran.returncode == 3, ran.stderr
    (warning,) = [line for line in ran.stderr.splitlines() if "not counted as an earlier run" in line]
    assert why in warning
    assert told["compliance"] == {"kept": 1, "runs": 1}
    assert not any(line.startswith("::") for line in ran.stderr.splitlines())


def test_links_are_not_followed(measured, tmp_path):
    folder, result = measured
    keep(tmp_path, "elsewhere/result.json", result, 0.0001, "2026-11-01T10:00:00Z")
    (tmp_path / "past/a").mkdir(parents=True)
    (tmp_path / "past/a/result.json").symlink_to(tmp_path / "elsewhere/result.json")
    (tmp_path / "past/b").symlink_to(tmp_path / "elsewhere")
    ran, _ = verdict(folder, tmp_path / "past")
    assert ran.returncode == 2
    assert "no result of an earlier run" in ran.stderr


@pytest.mark.parametrize("command", ["verdict", "report", "gate"])
def test_a_folder_without_a_result_is_an_error_that_says_what_to_do(measured, tmp_path, command):
    words = {"verdict": ("--results", ".lanemark/out"), "report": ("md",), "gate": ("--base", "main")}[command]
    ran = lanemark(measured[0], command, *words, "--past", str(tmp_path / "none"))
    assert ran.returncode == 2
    assert "there is no result of an earlier run below it" in ran.stderr
    assert "lanemark-baseline-*" in ran.stderr


def test_too_many_results_are_refused(measured, tmp_path):
    for number in range(101):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}/result.json").write_text("{}")
    ran, _ = verdict(measured[0], tmp_path)
    assert ran.returncode == 2
    assert "101 results, at most 100 are read" in ran.stderr


def test_the_report_has_them_too(measured, tmp_path):
    folder, result = measured
    keep(tmp_path, "a/result.json", result, 0.2, "2026-11-03T10:00:00Z")
    ran = lanemark(folder, "report", "md", "--past", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "0 of 1 run on the base branch kept every budget." in ran.stdout
    assert "already over on the base since" in ran.stdout.splitlines()[0]


def test_gate_takes_a_folder_below_the_repository(measured, tmp_path):
    folder, result = measured
    keep(folder / ".lanemark/past", "a/result.json", result, 5.0, "2026-11-03T10:00:00Z")
    ran = lanemark(
        folder, "gate", "--base", "main", "--baseline", "none", "--past", ".lanemark/past", "--out", str(tmp_path), "--json"
    )
    told = json.loads(ran.stdout)
    assert told["compliance"] == {"kept": 0, "runs": 1}
