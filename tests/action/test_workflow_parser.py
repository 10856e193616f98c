"""GitHub's own parser of workflow files and actions, as `make lint-workflows` runs it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARSER = Path(__file__).parent / "parser"
OURS = [
    ROOT / "action.yml",
    *sorted((ROOT / "workflow-templates").glob("*.yml")),
    *sorted((ROOT / ".github/workflows").glob("*.yml")),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def parse(tmp_path_factory):
    """The parser, installed by its lock file as in a clean clone."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("parser") / "parser"
    shutil.copytree(PARSER, folder, ignore=shutil.ignore_patterns("node_modules"))
    installing = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(installing, cwd=folder, check=True, timeout=200, capture_output=True)

    def run(*files):
        command = ["node", "--import", "./json.mjs", "parse.mjs", *map(str, files)]
        return subprocess.run(command, cwd=folder, check=False, timeout=60, capture_output=True, text=True)

    return run


def test_the_action_the_templates_and_our_own_workflows_have_no_fault(parse):
    done = parse(*OURS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(OURS)} files, 0 faults\n"


@pytest.mark.parametrize(
    ("name", "before", "after", "says"),
    [
        ("workflow-templates/lane-docs.yml", "        with:\n", "        wiht:\n", "Unexpected value 'wiht'"),
        ("workflow-templates/lane-publish.yml", "github.event.workflow_run.id", "github.event..workflow_run.id", "expression"),
        ("workflow-templates/lane-gate-pr.yml", "needs: [measure]", "needs: [mesure]", "mesure"),
        ("action.yml", "  steps:\n", "  stepz:\n", "Unexpected value 'stepz'"),
    ],
)
def test_a_fault_is_found(parse, tmp_path, name, before, after, says):
    text = (ROOT / name).read_text()
    assert before in text
    broken = tmp_path / Path(name).name
    broken.write_text(text.replace(before, after))
    done = parse(broken)
    assert done.returncode == 1
    assert says in done.stderr
