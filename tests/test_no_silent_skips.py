"""The suite's own rule: with LANEMARK_REQUIRE=1 a skip is a failure."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = {
    "test": "import pytest\ndef test_it(): pytest.skip('no tool')\n",
    "marker": "import pytest\n@pytest.mark.skip(reason='no tool')\ndef test_it(): pass\n",
    "module": "import pytest\npytest.skip('no tool', allow_module_level=True)\n",
}
EXPECTED_FAILURE = "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n"


def run_pytest(folder, text, *, require):
    shutil.copy(Path(__file__).with_name("conftest.py"), folder / "conftest.py")
    (folder / "test_inner.py").write_text(text)
    environment = {**os.environ, "LANEMARK_REQUIRE": require, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--rootdir",
        str(folder),
        str(folder),
    ]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("way", SKIPPING)
def test_a_skip_fails_where_everything_is_required(tmp_path, way):
    done = run_pytest(tmp_path, SKIPPING[way], require="1")
    assert done.returncode != 0, done.stdout
    assert "allows no skips" in done.stdout
    assert "no tool" in done.stdout


def test_a_skip_is_a_skip_elsewhere(tmp_path):
    done = run_pytest(tmp_path, SKIPPING["test"], require="")
    assert done.returncode == 0
    assert "1 skipped" in done.stdout


def test_an_expected_failure_is_not_a_skip(tmp_path):
    assert run_pytest(tmp_path, EXPECTED_FAILURE, require="1").returncode == 0


def test_what_no_tool_can_mend_may_be_skipped(tmp_path):
    done = run_pytest(tmp_path, SKIPPING["test"].replace("no tool", "impossible here: root"), require="1")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
