"""zizmor, in the persona of an auditor, as `make lint-workflows` runs it: silent about ours, loud about known mistakes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ZIZMOR = [str(Path(sys.executable).parent / "zizmor"), "--quiet", "--offline", "--persona=auditor", "--no-progress"]
MISTAKES = {
    "bot-conditions": ("    runs-on: ubuntu-24.04\n", "    runs-on: ubuntu-24.04\n    if: github.actor == 'dependabot[bot]'\n"),
    "unsound-contains": ("    runs-on: ubuntu-24.04\n", "    runs-on: ubuntu-24.04\n    if: contains('a b', github.head_ref)\n"),
    "template-injection": ('run: echo "The heavy', 'run: echo "${{ github.event.pull_request.title }}" "The heavy'),
    "unpinned-uses": ("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7"),
    "artipacked": ("          persist-credentials: false", "          persist-credentials: true"),
    "excessive-permissions": ("permissions: {}", "permissions: write-all"),
}


def audit(*paths):
    return subprocess.run([*ZIZMOR, *map(str, paths)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_ours_have_no_finding():
    done = audit("action.yml", "workflow-templates", ".github")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_known_mistake_is_found(tmp_path, mistake):
    text = (ROOT / "workflow-templates" / "lane-merge-queue.yml").read_text()
    before, after = MISTAKES[mistake]
    assert before in text
    broken = tmp_path / ".github" / "workflows" / "it.yml"
    broken.parent.mkdir(parents=True)
    broken.write_text(text.replace(before, after, 1))
    done = audit(broken)
    assert done.returncode != 0
    assert mistake in done.stdout
