"""Which configuration decides: the base side's, so that a pull request cannot relax its own gates."""

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from lanemark.change import Change
from lanemark.config.types import Config
from lanemark.errors import ConfigError, DataError, Problem
from lanemark.path import RepoPath

CONFIG_LIMIT = 256 << 10
"""The most bytes of a configuration."""

SMALLEST = "version: 1\nstages:\n  test: {run: pytest -q}\nlanes:\n  standard: {default: true, stages: [test]}\n"
"""The smallest configuration, as the help for a missing one shows it."""


ReadConfig = Callable[[str, str], Config]
"""Returns the configuration that a text of that name describes; raises ConfigError."""


class Texts(Protocol):
    """Who can read a file at any commit."""

    def text(self, commit: str, path: RepoPath, limit: int) -> str | None:
        """Return a file of `commit`, None where there is none; raise DataError for one beyond `limit` bytes or not UTF-8."""
        ...


def missing_config(name: str, why: str = "there is no configuration") -> ConfigError:
    """Return the error of a configuration that is not there, with the smallest one to write."""
    text = f"write this file, it is the smallest one:\n{SMALLEST}"
    return ConfigError((Problem(code="LG106", path=name, line=1, column=1, width=1, message=why, help=text),))


def _read(texts: Texts, commit: str, name: str) -> str | None:
    """Return the configuration of a commit; one that cannot be read at all is an invalid one."""
    try:
        return texts.text(commit, RepoPath(name), CONFIG_LIMIT)
    except DataError as fault:
        raise missing_config(name, fault.message) from None


def read_text(text: str, name: str) -> Config:
    """Return the configuration that `text` describes, read from it; what that takes is loaded when it is needed."""
    from lanemark.config.read import read_config

    return read_config(text, name)


def read_policies(
    texts: Texts, change: Change, name: str, read: ReadConfig = read_text
) -> tuple[Config | None, Config, tuple[str, ...]]:
    """Return the configuration that decides (None where the base side has no usable one), the head's, and what to say about it.

    Where the base side has one that is invalid, the head's decides, and every change gets the heaviest lane.
    The head's file has to be right even where the base side decides: it is what the base side's will be after the merge. Where
    the base is not known at all, the head's file decides, and is enforced; so it does for a tag, since who may push one may push
    its configuration, and the previous release's is out of date.
    """
    text = _read(texts, change.tested, name)
    trusted = rules_commit(change) == change.tested
    base_text = None if change.base is None or trusted else _read(texts, change.base, name)
    if text is None and base_text is None:
        raise missing_config(name)
    if text is None:
        policy = read(base_text or "", name)
        return policy, policy, (f"{name} is deleted by this change; the base side's file decides until it is merged.",)
    wanted = read(text, name)
    if change.base is None or trusted:
        return wanted, wanted, ()
    if base_text is None:
        return None, wanted, (f"The base side has no {name} yet, so this change's own file decides, and nothing is enforced.",)
    try:
        policy = read(base_text, name)
    except ConfigError:
        doubt = f"{name} of the base side is invalid, so nobody can say that a lighter lane would do"
        said = f"{name} of the base side is invalid, so this change's own file decides, and nothing is enforced."
        return None, replace(wanted, doubt=doubt), (said,)
    changed = ("This change edits the configuration; the base side's file decides until it is merged.",)
    return policy, wanted, changed if text != base_text else ()


def rules_commit(change: Change) -> str:
    """Return the commit whose word counts: the base's, for a tag or without any base the tested one's."""
    return change.tested if change.base is None or change.source == "tag" else change.base


def read_changed_rules(texts: Texts, change: Change, name: str) -> Config | None:
    """Return the head's configuration where the change edits it, else None: what it would do is worth saying.

    None too for one that is deleted or invalid, which measuring has said.
    """
    if all(file.path != name for file in change.files):
        return None
    try:
        text = _read(texts, change.tested, name)
        return None if text is None else read_text(text, name)
    except ConfigError:
        return None
