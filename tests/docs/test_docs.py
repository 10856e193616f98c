"""Every command block of the documentation is run, page by page, as a reader would: top to bottom in the sample repository."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lanemark.config.read import read_config
from lanemark.wiring.demo import make_sample

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^(?:<!-- exit: (\d+) -->\n)?```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    status: int


def blocks(page: Path) -> list[Block]:
    return [Block(found[2], found[3], int(found[1] or 0)) for found in FENCE.finditer(page.read_text())]


def has(language: str) -> list[Path]:
    return [page for page in PAGES if any(block.language == language for block in blocks(page))]


@pytest.fixture
def reader(tmp_path):
    """A folder with the sample repository, and an environment with `lanemark` on the PATH and nothing of ours in HOME."""
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "lanemark"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}/src" exec "{sys.executable}" -m lanemark.cli "$@"\n')
    command.chmod(0o755)
    make_sample(str(tmp_path / "shop"))
    home = tmp_path / "home"
    home.mkdir()
    path = f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return tmp_path / "shop", {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


@pytest.mark.slow
@pytest.mark.parametrize("page", has("sh"), ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page, reader):
    folder, environment = reader
    for block in blocks(page):
        if block.language != "sh":
            continue
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ran.returncode == block.status, f"{page.name}:\n{block.text}\n{ran.stdout}\n{ran.stderr}"


@pytest.mark.parametrize("page", has("yaml"), ids=lambda page: page.name)
def test_the_configurations_of_a_page_are_valid(page):
    for block in blocks(page):
        if block.language == "yaml" and block.text.startswith("version: 1"):
            read_config(block.text, page.name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_documentation_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_a_wrong_status_would_be_noticed(reader, tmp_path):
    folder, environment = reader
    ran = subprocess.run(
        ["bash", "-c", "lanemark no-such-command"], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 2
    assert shutil.which("lanemark", path=environment["PATH"])
