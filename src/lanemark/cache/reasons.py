"""Why a stage runs although something was kept: a closed list of reasons, found by comparing with the newest entry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lanemark.cache.types import Manifest, Parts
from lanemark.escape import visible
from lanemark.path import RepoPath
from lanemark.tree import Tree

Kind = Literal[
    "first",
    "input-changed",
    "input-added",
    "input-removed",
    "command",
    "env",
    "tool",
    "need",
    "outputs",
    "platform",
    "place",
    "version",
    "returned",
    "corrupt",
    "newer",
    "lost",
    "untracked",
    "no-input",
    "forced",
    "judged",
    "audit",
    "off",
]
"""Every reason there is."""

SHOWN = 3
"""How many reasons stand in one line; all of them stand in `cache why`."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, and what it is about: a path, a variable, a stage."""

    kind: Kind
    what: str = ""

    @property
    def text(self) -> str:
        """The reason in a few words; `what` is hostile."""
        return _TEXTS[self.kind].format(visible(self.what))


_TEXTS: Mapping[Kind, str] = {
    "first": "nothing is kept of it yet",
    "input-changed": "input {} changed",
    "input-added": "input {} is new",
    "input-removed": "input {} is gone",
    "command": "its command changed",
    "env": "env {} changed",
    "tool": "tool {} changed",
    "need": "{}'s output changed",
    "outputs": "its declared outputs changed",
    "platform": "another kind of machine",
    "place": "another folder, and it is not relocatable",
    "version": "kept by another version",
    "returned": "the result of this state is not kept any more",
    "corrupt": "what was kept is damaged: {}",
    "newer": "kept by a newer version",
    "lost": "part of what was kept is missing: {}",
    "untracked": "untracked: {}",
    "no-input": "its inputs match no file",
    "forced": "--force",
    "judged": "{}",
    "audit": "nothing changed, but one in {} replays is checked against a run",
    "off": "cache off: {}",
}


def write_reasons(reasons: Iterable[Reason], shown: int = SHOWN) -> str:
    """Return reasons as one line: the first few, and how many more there are."""
    texts = [reason.text for reason in reasons]
    more = f" (+{len(texts) - shown} more)" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more


def compare_parts(parts: Parts, inputs: Tree, newest: Manifest | None, listed: Mapping[RepoPath, str]) -> tuple[Reason, ...]:
    """Return what differs between now and the entry that was stored last; `listed` are its input files with mode and digest."""
    if newest is None:
        return (Reason("first"),)
    old = newest.parts
    found = [
        *(Reason("version") for _ in (0,) if old.version != parts.version),
        *(_compare_inputs(inputs, listed) if old.inputs != parts.inputs else ()),
        *(Reason("command") for _ in (0,) if (old.command, old.shell) != (parts.command, parts.shell)),
        *(Reason("need", name) for name in _differing(old.needs, parts.needs)),
        *(Reason("env", name) for name in _differing(old.env, parts.env)),
        *(Reason("tool", name) for name in _differing(old.tools, parts.tools)),
        *(Reason("outputs") for _ in (0,) if old.outputs != parts.outputs),
        *(Reason("platform") for _ in (0,) if old.platform != parts.platform),
        *(Reason("place") for _ in (0,) if old.place != parts.place),
    ]
    return tuple(found) or (Reason("returned"),)


def _compare_inputs(inputs: Tree, listed: Mapping[RepoPath, str]) -> list[Reason]:
    """Return which files differ, changed ones first."""
    now = {entry.path: f"{entry.mode} {entry.digest}" for entry in inputs.entries}
    changed = [Reason("input-changed", path) for path in sorted(now.keys() & listed.keys()) if now[path] != listed[path]]
    added = [Reason("input-added", path) for path in sorted(now.keys() - listed.keys())]
    removed = [Reason("input-removed", path) for path in sorted(listed.keys() - now.keys())]
    return [*changed, *added, *removed] if listed else [Reason("input-changed", "(its list is gone)")]


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the names whose values differ, or that only one has."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
