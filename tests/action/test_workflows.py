"""`action.yml`, the templates and this repository's own workflows agree with each other and keep the rules that keep them safe."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import lanemark

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "workflow-templates").glob("*.yml"))
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GATES = [ROOT / "workflow-templates" / name for name in ("lane-gate-pr.yml", "lane-gate-monorepo.yml")]
PLACEHOLDER = f"{lanemark.REPOSITORY}@{'0' * 40}"
ids = {"ids": lambda path: path.name}


def load(path):
    return YAML(typ="safe", pure=True).load(path.read_text())


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def runs(path):
    """Every shell script in a workflow or an action."""
    loaded = load(path)
    found = loaded["runs"]["steps"] if "runs" in loaded else steps(loaded)
    return [step["run"] for step in found if "run" in step]


ACTION = load(ROOT / "action.yml")


def test_every_input_reaches_the_program_once_and_as_environment():
    (step,) = ACTION["runs"]["steps"]
    assert step["env"] == {
        f"LANEMARK_INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]
    }


def test_the_program_knows_exactly_the_inputs_of_the_action():
    from lanemark.cli.action import INPUTS

    assert set(INPUTS) == set(ACTION["inputs"])


def test_every_output_comes_from_a_step_that_exists():
    (step,) = ACTION["runs"]["steps"]
    assert {name: output["value"] for name, output in ACTION["outputs"].items()} == {
        name: f"${{{{ steps.{step['id']}.outputs.{name} }}}}"
        for name in ("lane", "verdict", "matrix", "report", "results", "pack")
    }


def test_the_token_is_never_there_unless_it_is_given():
    assert ACTION["inputs"]["github-token"]["default"] == ""
    assert ACTION["inputs"]["command"]["default"] == "gate"


def test_the_action_uses_no_other_action():
    assert ACTION["runs"]["using"] == "composite"
    assert not any("uses" in step for step in ACTION["runs"]["steps"])


def test_the_action_execs_so_that_signals_arrive():
    assert runs(ROOT / "action.yml") == ['exec python3 -I "$GITHUB_ACTION_PATH/src/bootstrap.py"']


def test_there_are_templates_and_own_workflows():
    assert {path.name for path in TEMPLATES} >= {
        "lane-gate-pr.yml",
        "lane-gate-monorepo.yml",
        "lane-publish.yml",
        "lane-baseline.yml",
        "lane-docs.yml",
        "lane-merge-queue.yml",
        "lane-run.yml",
    }
    assert {path.name for path in OWN} >= {"ci.yml", "lane-gate.yml"}


@pytest.mark.parametrize("path", [ROOT / "action.yml", *TEMPLATES, *OWN], **ids)
def test_no_expression_stands_inside_a_script(path):
    for script in runs(path):
        assert "${{" not in script


def test_no_expression_stands_inside_a_script_of_the_documentation():
    """What people copy from a page is a workflow too."""
    found = 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"^```ya?ml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            for script in scripts_of(YAML(typ="safe", pure=True).load(block)):
                found += 1
                assert "${{" not in script, page.name
    assert found > 0


def scripts_of(node):
    """Every text under a key `run`, however deep."""
    if isinstance(node, list):
        return [script for item in node for script in scripts_of(item)]
    if not isinstance(node, dict):
        return []
    here = [node["run"]] if isinstance(node.get("run"), str) else []
    return here + [script for value in node.values() for script in scripts_of(value)]


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN], **ids)
def test_no_job_with_a_token_of_ours_or_a_right_to_write_restores_a_cache(path):
    for name, job in load(path)["jobs"].items():
        trusted = "write" in job["permissions"].values() or "github-token" in json.dumps(job)
        caches = [step["uses"] for step in job.get("steps", []) if "cache" in step.get("uses", "")]
        assert not (trusted and caches), name


def test_nothing_unpacks_an_archive_to_the_disk():
    for path in (ROOT / "src").rglob("*.py"):
        assert not re.search(r"\btarfile\b|extractall|unpack_archive|\.extract\(", path.read_text()), path


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN], **ids)
def test_every_action_is_pinned_to_a_commit_and_says_which_version(path):
    for line in path.read_text().splitlines():
        used = re.search(r"uses:\s*(\S+)(.*)", line)
        if used and used[1] != "./":
            assert re.fullmatch(r"[\w.-]+/[\w.-]+(/[\w./-]+)?@[0-9a-f]{40}", used[1]), line
            assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", used[2]), line


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN], **ids)
def test_permissions_are_empty_at_the_top_and_explained_below(path):
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "permissions" in job, name
        assert job["timeout-minutes"] <= 60, name
    for line in path.read_text().splitlines():
        if re.match(r"      [a-z-]+: (read|write)\b", line):
            assert "#" in line, line


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN], **ids)
def test_checkouts_leave_no_token_on_the_disk(path):
    for step in steps(load(path)):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN], **ids)
def test_our_steps_give_only_inputs_that_exist_and_commands_that_exist(path):
    from lanemark.cli.action import TAKES

    ours = [step for step in steps(load(path)) if step.get("uses") in (PLACEHOLDER, "./")]
    for step in ours:
        assert set(step.get("with", {})) <= set(ACTION["inputs"])
        assert step.get("with", {}).get("command", "gate") in TAKES
        if step.get("with", {}).get("command") == "measure":
            assert "github-token" not in step["with"]
    assert ours or path.name == "ci.yml"


@pytest.mark.parametrize("path", TEMPLATES, **ids)
def test_templates_name_us_by_the_one_placeholder(path):
    ours = [step["uses"] for step in steps(load(path)) if "lanemark" in step.get("uses", "")]
    assert set(ours) == {PLACEHOLDER}


@pytest.mark.parametrize("path", TEMPLATES, **ids)
def test_expressions_name_steps_and_outputs_that_exist(path):
    text = path.read_text()
    known = {step["id"] for step in steps(load(path)) if "id" in step}
    for step, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
        assert step in known
        assert output in ACTION["outputs"]


@pytest.mark.parametrize("path", TEMPLATES, **ids)
def test_templates_have_what_an_organisation_needs_to_offer_them(path):
    properties = json.loads(path.with_suffix("").with_suffix(".properties.json").read_text())
    assert properties["name"] == load(path)["name"]
    assert properties["categories"][0] == "Continuous integration"
    assert properties["description"].endswith(".")
    assert all(re.compile(pattern) for pattern in properties["filePatterns"])


def test_artifact_names_are_those_of_the_contract():
    uploaded = [
        step["with"]["name"]
        for path in TEMPLATES
        for step in steps(load(path))
        if step.get("uses", "").startswith("actions/upload-artifact@")
    ]
    shapes = [re.sub(r"\$\{\{[^}]*\}\}", "*", name) for name in uploaded]
    measured = ["lanemark-measure-*-*-*", "lanemark-measure-*-0-*"]
    judged = ["lanemark-verdict-*-*"] * 4
    assert sorted(shapes) == ["lanemark-baseline-*-*-*", *measured, "lanemark-pack-*-*-*", "lanemark-run-*-*", *judged]


def test_hidden_folders_are_uploaded():
    """`.lanemark/out/` begins with a dot: without the switch the real action uploads nothing of it."""
    for path in TEMPLATES:
        for step in steps(load(path)):
            if step.get("uses", "").startswith("actions/upload-artifact@"):
                if step["with"]["name"].startswith("lanemark-pack-"):
                    assert step["with"]["path"] == PACK
                    continue
                assert step["with"]["include-hidden-files"] is True
                assert step["with"]["path"] == ".lanemark/out/"


PACK = "${{ runner.temp }}/lanemark-pack/pack.zip"


def cache_steps(job, verb):
    return [step for step in job.get("steps", []) if step.get("uses", "").startswith(f"actions/cache/{verb}@")]


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN], **ids)
def test_no_job_with_a_token_or_for_a_release_restores_a_cache(path):
    workflow = load(path)
    triggers = workflow.get("on") or workflow[True]
    for name, job in workflow["jobs"].items():
        assert not any("actions/cache@" in step.get("uses", "") for step in job["steps"]), name
        if not cache_steps(job, "restore"):
            continue
        assert job["permissions"] == {"contents": "read"}, name
        assert "github.token" not in json.dumps(job), name
        assert "secrets." not in json.dumps(job), name
        assert not {"workflow_run", "pull_request_target", "release", "push"} & set(triggers), name


RUN = ROOT / "workflow-templates" / "lane-run.yml"


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path != RUN], **ids)
def test_what_is_saved_is_what_is_restored_and_a_lane_is_never_the_beginning_of_another(path):
    for job in load(path)["jobs"].values():
        ours = [step for step in job["steps"] if "pack" in step.get("with", {})]
        restored, saved = cache_steps(job, "restore"), cache_steps(job, "save")
        assert len(saved) == len(ours)
        for step in (*restored, *saved):
            assert step["with"]["path"] == PACK.rpartition("/")[0]
            assert step["continue-on-error"] is True
            assert step["with"]["key"].startswith("lanemark-pack.${{ runner.os }}.${{ runner.arch }}.")
            assert step["with"]["key"].endswith(".${{ github.run_id }}.${{ github.run_attempt }}")
        for step in restored:
            assert all(prefix.endswith(".") for prefix in step["with"]["restore-keys"].split("\n") if prefix)
        assert all(step["with"]["pack"] == PACK for step in ours)
        assert all("always()" in step["if"] for step in saved)


def test_the_state_of_a_run_goes_to_later_attempts_of_this_run_and_nowhere_else():
    from lanemark.settings import read_settings
    from lanemark.wiring.record import saved_paths

    temporary = "${{ runner.temp }}"
    paths = saved_paths(read_settings({"RUNNER_TEMP": temporary}, folder="/w"))
    (job,) = load(RUN)["jobs"].values()
    (restored,), (saved,) = cache_steps(job, "restore"), cache_steps(job, "save")
    whose = "lanemark-state.${{ runner.os }}.${{ runner.arch }}.${{ github.run_id }}.${{ github.job }}."
    for step in (restored, saved):
        assert tuple(step["with"]["path"].split("\n")[:-1]) == paths
        assert step["with"]["key"] == whose + "${{ github.run_attempt }}"
        assert step["continue-on-error"] is True
    assert restored["with"]["path"] == saved["with"]["path"]
    assert restored["with"]["restore-keys"] == whose
    assert restored["if"] == "${{ github.run_attempt > 1 }}"
    assert saved["if"] == "${{ failure() || cancelled() }}"
    assert not re.search(r"github\.token|secrets\.|github-token", RUN.read_text())


def test_publishing_follows_the_gate_by_its_name_and_trusts_files_that_exist():
    gates, publish = [load(path) for path in GATES], load(ROOT / "workflow-templates" / "lane-publish.yml")
    triggers = publish.get("on") or publish[True]
    assert triggers["workflow_run"]["workflows"] == [gate["name"] for gate in gates]
    (step,) = steps(publish)
    named = [Path(word).name for word in step["with"]["expect"].split()]
    assert named == [*(path.name for path in GATES), "lane-baseline.yml"]
    assert all((ROOT / "workflow-templates" / name).is_file() for name in named)


@pytest.mark.parametrize("path", GATES, **ids)
def test_the_required_check_always_reports(path):
    gate = load(path)
    job = gate["jobs"]["lane-gate"]
    assert (job["name"], job["if"]) == ("lane-gate", "${{ always() }}")
    triggers = gate.get("on") or gate[True]
    assert set(triggers) == {"pull_request", "merge_group"}
    assert not {"paths", "paths-ignore"} & set(triggers["pull_request"])


@pytest.mark.parametrize("path", GATES, **ids)
def test_the_job_that_runs_foreign_code_can_write_nothing(path):
    job = load(path)["jobs"]["measure"]
    assert job["permissions"] == {"contents": "read"}
    assert "github.token" not in json.dumps(job)
    assert "secrets." not in json.dumps(job)


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.name in ("lane-docs.yml", "lane-merge-queue.yml")], **ids)
def test_the_templates_of_one_job_run_foreign_code_without_any_token(path):
    (job,) = load(path)["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
    assert not re.search(r"github\.token|secrets\.|github-token", path.read_text())
    triggers = load(path).get("on") or load(path)[True]
    assert set(triggers) == {"pull_request", "merge_group"}
    assert not {"paths", "paths-ignore"} & set(triggers["pull_request"])


def test_no_two_templates_to_be_used_together_report_one_check():
    """`lane-docs` and the sharded gate stand in for `lane-gate-pr`; everything else may stand beside it."""
    instead = ("lane-docs.yml", "lane-gate-monorepo.yml")
    names = [job["name"] for path in TEMPLATES if path.name not in instead for job in load(path)["jobs"].values()]
    assert sorted(set(names)) == sorted(names)


def test_the_job_with_write_rights_checks_nothing_out():
    jobs = load(ROOT / "workflow-templates" / "lane-publish.yml")["jobs"]
    (job,) = jobs.values()
    assert [step["uses"] for step in job["steps"]] == [PLACEHOLDER]


def test_the_locks_hold_what_the_project_asks_for_and_no_address_of_an_index():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {line.strip() for line in (ROOT / "requirements" / "action.in").read_text().splitlines() if line and line[0] != "#"}
    assert wanted == set(project["project"]["dependencies"])
    versions = {}
    for name in ("action.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        pinned = set(re.findall(r"^([\w.-]+==[^\s;]+)", text, re.MULTILINE))
        versions[name] = pinned
        assert not re.search(r"https?://|^--?(index|find|extra)|file:", text, re.MULTILINE)
        for block in re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in block
    assert versions["action.txt"] <= versions["dev.txt"], "tests must run with what the action runs with"
    names = {pin.split("==")[0] for pin in versions["action.txt"]}
    assert {re.split(r"[>=<]", name)[0].replace(".", "-") for name in wanted} <= names
    groups = [re.split(r"[>=<]", name)[0] for group in project["dependency-groups"].values() for name in group]
    assert set(groups) <= {pin.split("==")[0] for pin in versions["dev.txt"]}
