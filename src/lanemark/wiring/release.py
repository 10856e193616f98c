"""The outside of `release`: GitHub, read only."""

from collections.abc import Iterable

from lanemark.github.claims import read_facts
from lanemark.release.types import Facts
from lanemark.settings import Settings
from lanemark.wiring.publish import open_github


def ask_facts(settings: Settings, commit: str, names: Iterable[str], branch: str) -> Facts:
    """Return what GitHub knows of a commit that is to be released."""
    return read_facts(open_github(settings).github, commit, names, branch=branch)
