"""A configuration that was read before is not read again, and comes out as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

from lanemark.config.read import read_config
from lanemark.errors import ConfigError
from lanemark.settings import read_settings
from lanemark.store.compiled import MOST_KEPT
from lanemark.wiring.compiled import compiled_folder, read_compiled

ROOT = Path(__file__).resolve().parents[2]
FULL = (ROOT / "tests/config/full.yml").read_text()
SMALL = "version: 1\nstages: {test: {run: pytest -q}}\nlanes: {standard: {default: true, stages: [test]}}\n"


@pytest.mark.parametrize("text", [FULL, SMALL, SMALL.replace("pytest -q", "echo žluť")])
def test_what_is_kept_comes_out_as_it_was_read(tmp_path, text):
    first = read_compiled(text, "lanemark.yml", str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1
    assert first == read_compiled(text, "lanemark.yml", str(tmp_path)) == read_config(text, "lanemark.yml")


def test_second_time_no_yaml_is_read(tmp_path):
    code = (
        "import sys; from lanemark.wiring.compiled import read_compiled; read_compiled(open(sys.argv[1]).read(), 'n', sys.argv[2]);"
        "print([name for name in ('lanemark.config.read', 'lanemark.config.simple', 'ruamel') if name in sys.modules])"
    )
    words = [sys.executable, "-c", code, str(ROOT / "tests/config/full.yml"), str(tmp_path)]
    said = [
        subprocess.run(words, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True).stdout
        for _ in "ab"
    ]
    assert "lanemark.config.read" in said[0]
    assert said[1] == "[]\n"


def test_one_more_space_is_another_file(tmp_path):
    read_compiled(SMALL, "n", str(tmp_path))
    assert read_compiled(SMALL.replace("pytest -q", "pytest  -q"), "n", str(tmp_path)).stages["test"].run == "pytest  -q"
    assert read_compiled(SMALL, "m", str(tmp_path)).name == "m"


def test_mistakes_are_never_kept_and_keep_their_places(tmp_path):
    wrong = SMALL.replace("run:", "rum:")
    with pytest.raises(ConfigError) as told:
        read_config(wrong, "n")
    for _ in range(2):
        with pytest.raises(ConfigError) as caught:
            read_compiled(wrong, "n", str(tmp_path))
        assert caught.value.problems == told.value.problems
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data.replace(b"pytest", b"evil!!"), lambda data: b""])
def test_damaged_one_is_read_from_the_text(tmp_path, damage):
    read_compiled(SMALL, "n", str(tmp_path))
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert read_compiled(SMALL, "n", str(tmp_path)).stages["test"].run == "pytest -q"


def test_process_with_a_token_reads_the_text(tmp_path):
    assert compiled_folder(read_settings({"LANEMARK_CACHE": str(tmp_path)}, folder="/r")) == f"{tmp_path}/plans"
    assert compiled_folder(read_settings({"LANEMARK_CACHE": str(tmp_path), "GITHUB_TOKEN": "t"}, folder="/r")) is None
    read_compiled(SMALL, "n", None)
    assert list(tmp_path.iterdir()) == []


def test_few_of_them_stay(tmp_path):
    for number in range(MOST_KEPT + 3):
        read_compiled(SMALL.replace("pytest", f"pytest{number}"), "n", str(tmp_path))
    assert len(list(tmp_path.iterdir())) == MOST_KEPT


def test_folder_that_cannot_be_written_to_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    assert read_compiled(SMALL, "n", str(tmp_path / "file" / "plans")).stages["test"].run == "pytest -q"


def test_lane_detect_reads_no_yaml_the_second_time(tmp_path):
    (tmp_path / "lanemark.yml").write_text(FULL)
    code = (
        "import sys; from lanemark.cli.main import main; main(['lane', 'detect', '--config', 'lanemark.yml', '--files-from', 'changed']);"
        "print('lanemark.config.read' in sys.modules)"
    )
    (tmp_path / "changed").write_text("src/a.py\n")
    environment = {"PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(tmp_path / "cache")}
    words = [sys.executable, "-c", code]
    said = [subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout for _ in "ab"]
    assert said[0].splitlines()[1:] == ["True"]
    assert said[1].splitlines() == [said[0].splitlines()[0], "False"]
