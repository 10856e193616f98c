"""Each import contract fails when its rule is broken: one bad line at a time in a copy of the package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

BROKEN = [
    ("upward", "lane/__init__.py", "from lanemark.plan import Plan as _P", "one direction"),
    ("facts know runners", "result/__init__.py", "from lanemark.run.types import Tools as _T", "one direction"),
    ("a room sees the settings", "run/__init__.py", "from lanemark.settings import Settings as _S", "one direction"),
    ("a new file without a place", "utils.py", "X = 1", "every room placed"),
    ("adapters know each other", "git/__init__.py", "from lanemark.process.spawn import Spawner as _S", "one direction"),
    ("cli imports an adapter", "cli/measure.py", "from lanemark.process.clock import SystemClock as _C", "only wiring knows"),
    ("an effect of the standard library", "judge/__init__.py", "import time as _t", "is pure"),
    ("an effect hidden in a function", "compare/__init__.py", "def _f() -> None:\n    import os", "is pure"),
    ("publish reaches run", "pipeline/publish.py", "from lanemark.run.types import Tools as _T", "cannot reach"),
    ("publish can spawn", "wiring/publish.py", "from lanemark.process.spawn import Spawner as _S", "cannot reach"),
    ("lane detect loads reports", "wiring/lane.py", "from lanemark.report.types import Pages as _P", "lane detect"),
    ("lane detect loads NumPy", "lane/__init__.py", "import numpy as _n", "lane detect"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": "src"}
    return subprocess.run([LINT, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def copy_package(folder: Path) -> None:
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not LINT.exists(), reason="import-linter is not installed")]


def test_the_contracts_are_kept(tmp_path):
    copy_package(tmp_path)
    found = lint(tmp_path)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("file", "line", "contract"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_rule_is_found(tmp_path, file, line, contract):
    copy_package(tmp_path)
    path = tmp_path / "src" / "lanemark" / file
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    found = lint(tmp_path)
    assert found.returncode != 0
    told = found.stdout + found.stderr
    assert any(contract in row and "BROKEN" in row for row in told.splitlines()) or contract in told
