"""Every test here has its own GitHub, repository and runs; the action's files are copied once."""

import shutil

import pytest

from e2e.bed import Bed, export_action
from emulator.server import GitHubEmulator


@pytest.fixture(scope="session")
def action(tmp_path_factory):
    """The action as a workflow fetches it."""
    return export_action(tmp_path_factory.mktemp("lanemark") / "action")


@pytest.fixture
def bed(tmp_path, action):
    """A test bed whose exchanges with GitHub must all conform to GitHub's description."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    with GitHubEmulator() as hub:
        yield Bed(tmp_path, hub, action)
