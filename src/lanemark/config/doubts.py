"""What is allowed in a configuration and probably not meant: said by `config validate` and `plan`, never an error."""

from collections.abc import Iterator

from lanemark.config.types import Config, Stage
from lanemark.path import RepoPath
from lanemark.pattern import Patterns

MOST = 20
"""Doubts that are said; a file with more has one cause."""

_SOME_FILE = "\0"
"""A name that no file has, for the question whether patterns claim what is in a folder."""


def find_doubts(config: Config) -> list[str]:
    """Return a sentence for each stage that reads what another one writes without needing it.

    It then reads what the other left behind in this run or in the one before, whichever ends first.
    """
    found: list[str] = []
    for reader in config.stages.values():
        if not reader.inputs or len(found) >= MOST:
            continue
        claims, before = Patterns(reader.inputs), _reach(reader.name, config)
        for writer in config.stages.values():
            if writer.name in before or writer.name == reader.name or (writer.each and writer.each != reader.each):
                continue
            output = next((one for one in writer.outputs if _claims(claims, reader.inputs, one)), None)
            if output is not None:
                found.append(
                    f"line {reader.line}: {reader.name} reads {output}, which {writer.name} writes, and does not need it;"
                    f" add needs: [{writer.name}], or take it out of the inputs with !{output}"
                )
    return found[:MOST]


def _claims(claims: Patterns, lines: tuple[str, ...], output: str) -> bool:
    """Tell whether patterns claim an output, or something in it where it is a folder."""
    if not output.endswith("/"):
        return claims.claim(RepoPath(output)) is not None
    inside = any(line.removeprefix("/").startswith(output) and len(line.removeprefix("/")) > len(output) for line in lines)
    return inside or claims.claim(RepoPath(output + _SOME_FILE)) is not None


def _reach(name: str, config: Config) -> set[str]:
    """Return everything a stage needs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for need in _needs(config.stages.get(waiting.pop())):
            if need not in found:
                found.add(need)
                waiting.append(need)
    return found


def _needs(stage: Stage | None) -> Iterator[str]:
    yield from stage.needs if stage is not None else ()
