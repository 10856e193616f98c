"""`lane explain` and `lane list` as people and scripts read them."""

import json

import pytest

from command import lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes:
  docs:
    paths: ["docs/**", "*.md", "!docs/conf.py"]
    stages: []
  standard:
    default: true
    stages: [unit]
  heavy:
    paths: ["core/**"]
    when: {lines: 2000, labels: [run-heavy]}
    stages: [unit, e2e]
    timeout: 30m
stages:
  unit: {run: "true"}
  e2e: {run: "true", needs: [unit], measure: false}
"""
HOSTILE = "x\x1b[31m\u202ey\n::error::z.py"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = make_repository(tmp_path_factory.mktemp("explain") / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "a.py": "1\n"})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"docs/conf.py": "2\n", "README.md": "x\n", HOSTILE: "1\n"})
    return folder


@pytest.fixture(scope="module")
def past(repository, tmp_path_factory):
    """Three earlier runs of standard, whose `unit` took 2, 12 and 20 seconds."""
    folder = tmp_path_factory.mktemp("past")
    ran = lanemark(repository, "measure", "--base", "main", "--baseline", "none", "--out", str(folder / "out"))
    assert ran.returncode == 0, ran.stderr
    found = (folder / "out/head/result.json").read_text()
    (folder / "out/head/result.json").unlink()
    for number, wall_s in enumerate((2.0, 12.0, 20.0)):
        result = json.loads(found) | {"experiment": f"{number}"}
        result["outcomes"][0]["usage"]["wall_s"] = wall_s
        (folder / f"{number}").mkdir()
        (folder / f"{number}/result.json").write_text(json.dumps(result))
    return folder


def test_every_file_has_its_rule_and_the_lists_that_did_not_win(repository):
    ran = lanemark(repository, "lane", "explain")
    assert ran.returncode == 0, ran.stderr
    files, stages, costs = ran.stdout.split("\n\n")[1:]
    assert files.splitlines() == [
        "- docs/conf.py  ->  standard: no list claims it, so the default lane",
        "    not docs: .github/lanemark.yml:4 !docs/conf.py takes it back",
        "    not heavy: its only pattern does not match",
        "- x\\u001b[31m\\u202ey\\u000a::error::z.py  ->  standard: no list claims it, so the default lane",
        "    not docs: none of its 3 patterns matches",
        "    not heavy: its only pattern does not match",
        "- README.md  ->  docs: matches .github/lanemark.yml:4 *.md",
        "    not standard: is only for files that no list claims, and docs does",
        "    not heavy: its only pattern does not match",
    ]
    assert stages.splitlines() == ["standard runs", "  1. unit  (not cached; not known yet)"]
    assert "> standard  not known yet  this change gets it" in costs
    assert "--past DIR" in costs


@pytest.mark.parametrize(
    ("verb", "name"), [("detect", "::error::boo.md"), ("explain", "::error::boo.md"), ("explain", "##[x].py")]
)
def test_no_line_of_the_log_is_a_command_of_a_workflow(repository, verb, name):
    git(repository, "checkout", "-q", "-b", "hostile", "main")
    commit(repository, {name: "1\n"})
    git(repository, "update-index", "--chmod=+x", name)
    git(repository, "commit", "-q", "-m", "executable")
    ran = lanemark(repository, "lane", verb, "--base", "main", GITHUB_ACTIONS="true")
    git(repository, "checkout", "-q", "-f", "pr")
    git(repository, "branch", "-q", "-D", "hostile")
    assert ran.returncode == 0, ran.stderr
    assert name[-4:] in ran.stdout + ran.stderr
    for line in (ran.stdout + ran.stderr).splitlines():
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line


def test_costs_are_medians_of_earlier_runs(repository, past):
    ran = lanemark(repository, "lane", "explain", "--past", str(past))
    assert "  1. unit  (not cached; 12 s)" in ran.stdout
    assert ran.stdout.splitlines()[-5:] == [
        "  Lane      Cost                             This change",
        "  docs      nothing runs                     lighter than this change needs",
        "> standard  12 s                             this change gets it",
        "  heavy     over 12 s, e2e is not known yet  heavier than this change needs",
        "Costs are medians of earlier runs: each stage once, one after the other.",
    ]


def test_json_has_what_detect_has_and_more(repository, past):
    told = json.loads(lanemark(repository, "lane", "explain", "--json", "--past", str(past)).stdout)
    detected = json.loads(lanemark(repository, "lane", "detect", "--json").stdout)
    assert {key: told[key] for key in ("lane", "reason")} == {key: detected[key] for key in ("lane", "reason")}
    assert [{key: file[key] for key in ("path", "lane", "rule")} for file in told["files"]] == [
        {key: file[key] for key in ("path", "lane", "rule")} for file in detected["files"]
    ]
    (conf,) = [file for file in told["files"] if file["path"] == "docs/conf.py"]
    assert conf["others"][0] == {"list": "docs", "rule": ".github/lanemark.yml:4 !docs/conf.py", "why": "takes it back"}
    assert told["stages"] == [{"name": "unit", "needs": [], "cached": False, "reason": "untracked", "estimate_s": 12.0}]
    assert told["estimate_s"] == 12.0
    assert [(lane["name"], lane["chosen"], lane["possible"], lane["estimate_s"]) for lane in told["lanes"]] == [
        ("docs", False, True, 0.0),
        ("standard", True, True, 12.0),
        ("heavy", False, True, None),
    ]


def test_plan_estimates_by_earlier_runs(repository, past):
    told = json.loads(lanemark(repository, "plan", "--lane", "heavy", "--past", str(past), "--json").stdout)
    assert [(stage["name"], stage["estimate_s"]) for stage in told["stages"]] == [("unit", 12.0), ("e2e", None)]


def test_named_files_need_no_change(repository):
    told = lanemark(repository, "lane", "explain", "core/x", ".github/lanemark.yml").stdout
    assert told.startswith("heavy: core/x matches .github/lanemark.yml:10 core/**")
    assert "    not standard: is only for files that no list claims, and heavy is heavier" in told
    assert ".github/lanemark.yml  ->  heavy: matches built-in: .github/**" in told
    assert "below the floor: not possible" in told


def test_many_files_are_counted_and_json_has_them_all(repository):
    names = [f"f{number}.py" for number in range(60)]
    said = lanemark(repository, "lane", "explain", *names).stdout
    assert said.count("  ->  standard") == 40
    assert said.count("not docs: none") == 10
    assert "and 20 more files; --json has them all" in said
    assert len(json.loads(lanemark(repository, "lane", "explain", *names, "--json").stdout)["files"]) == 60


def test_list_shows_files_stages_cost_lifts_and_what_is_protected(repository, past):
    ran = lanemark(repository, "lane", "list", "--past", str(past))
    assert ran.stdout.splitlines() == [
        "Lane      Files                         Stages     Cost",
        "docs      docs/**, *.md, !docs/conf.py  no stages  nothing runs",
        "standard  everything else               unit       12 s",
        "heavy     core/**                       unit, e2e  over 12 s, e2e is not known yet",
        "",
        "Protected: .github/** get heavy at least.",
        "A change with 2,000 lines or the label run-heavy gets heavy at least.",
    ]


def test_list_as_json(repository):
    told = json.loads(lanemark(repository, "lane", "list", "--json").stdout)
    assert told["protected"] == {"paths": [".github/**"], "floor": "heavy"}
    assert told["lanes"][2] == {
        "name": "heavy",
        "default": False,
        "paths": ["core/**"],
        "when": {"lines": 2000, "labels": ["run-heavy"]},
        "stages": ["unit", "e2e"],
        "timeout_s": 1800.0,
        "estimate_s": None,
        "line": 9,
    }


def test_a_past_that_is_none_is_an_error(repository, tmp_path):
    for verb in ("list", "explain"):
        ran = lanemark(repository, "lane", verb, "--past", str(tmp_path))
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "there is no result of an earlier run below it" in ran.stderr


def test_what_lifts_the_change_is_said_with_its_line(repository):
    git(repository, "checkout", "-q", "-b", "many")
    commit(repository, {"README.md": "x\n" * 2100})
    ran = lanemark(repository, "lane", "explain")
    told = json.loads(lanemark(repository, "lane", "explain", "--json").stdout)
    lowered = lanemark(repository, "lane", "explain", "--lane", "docs")
    git(repository, "checkout", "-q", "pr")
    lift = "2,102 changed lines, 2,000 lift it to heavy"
    assert ran.stdout.startswith(
        f"heavy: {lift} (.github/lanemark.yml:11 when.lines)\n\n- {lift} (.github/lanemark.yml:11 when.lines)"
    )
    assert told["lifts"] == [{"lane": "heavy", "rule": ".github/lanemark.yml:11 when.lines", "why": lift}]
    (standard,) = [lane for lane in told["lanes"] if lane["name"] == "standard"]
    assert standard["why"] == f"lighter than this change needs: {lift} (.github/lanemark.yml:11 when.lines)"
    assert lowered.stdout.startswith("docs: it was asked for\n\n- 2,102 changed lines")
    assert "by itself the change would get heavy" in lowered.stderr
