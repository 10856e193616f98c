"""`each:` of a stage: one instance for every folder or file that its patterns match, as stages of their own.

An instance is called `unit[packages/a]`. What stands in the brackets is a label: the path with everything written out that could
mean something to a file system, a shell or a reader (`%20` for a space). The path itself reaches the command in the environment
variable EACH alone, and patterns and outputs where these say `{each}`. What is expanded is a configuration like any other, so
nothing behind this module knows that some of its stages were declared together.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from lanemark.config.types import MOST_EACH, Config, Lane, Stage
from lanemark.errors import ConfigError, Problem
from lanemark.escape import is_invisible
from lanemark.path import RepoPath
from lanemark.pattern import Patterns

VARIABLE = "EACH"
"""The environment variable with the path of an instance."""

PLACEHOLDER = "{each}"
"""What stands for the path in `inputs`, `outputs` and `metrics`."""

LONGEST_LABEL, LONGEST_FILE = 120, 200
"""Bytes; what is longer ends in a digest. File systems take names of 255, and endings are added."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+@/=")
_INSIDE = "\0"
"""A name that no file has: what it is claimed by, the folder it lies in is claimed by."""

Labels = Mapping[str, Mapping[str, str]]
"""For each stage with `each`, its instances: the path by label."""


def has_each(config: Config) -> bool:
    """Tell whether a configuration has to be expanded at all."""
    return any(stage.each for stage in config.stages.values())


def unmatched_words(config: Config, lane: str) -> list[str]:
    """Return a sentence for each stage of a lane that no folder or file makes an instance of."""
    unmatched = next((one.unmatched for one in config.lanes if one.name == lane), ())
    return [f"{name} has no instance: its each matches nothing." for name in unmatched]


def expand(config: Config, paths: Iterable[RepoPath], demanded: Iterable[RepoPath] | None = None) -> Config:
    """Return `config` with an instance of each stage with `each` for every match among `paths`, all files of one tree.

    Lanes, budgets and bands that name such a stage are about all its instances. Where `demanded` are the files of another tree,
    they are about the instances over there: a base side's rules hold for the folders that the head has. Raises ConfigError where
    there are too many instances, and where two of them write one output.
    """
    if not has_each(config):
        return config
    own = _label_all(config, tuple(paths))
    return _put_in(config, own, own if demanded is None else _label_all(config, tuple(demanded)))


def expand_named(config: Config, present: Iterable[str], demanded: Iterable[str]) -> Config:
    """Return the same by the names of instances alone, for those who see no tree: the verdict, which reads a record of a run.

    Names that no instance can have are left out, and so are those beyond the most there can be.
    """
    if not has_each(config):
        return config
    return _put_in(config, _labels_of(config, present), _labels_of(config, demanded))


def family_of(name: str) -> str:
    """Return the name by which a stage was declared."""
    return name.partition("[")[0]


def stages_called(name: str, config: Config) -> tuple[str, ...]:
    """Return the stages that a person means by `name`: the one of that name, or all instances of what was declared so."""
    if name in config.stages:
        return (name,)
    return tuple(one.name for one in config.stages.values() if one.family == name)


def file_name(stage: str) -> str:
    """Return a name for files that belong to a stage: without slashes, short enough, different for different stages."""
    name = stage.replace("/", "%2F")
    return _shorten(name, LONGEST_FILE)


def find_matches(lines: Sequence[str], paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return what the patterns match among the folders or the files of a tree, sorted; of nested ones the outermost.

    Lines with a slash at the end mean folders, others files. A file that is only claimed because its folder is does not count:
    `packages/*` is about files beside the packages.
    """
    claims = Patterns(lines)
    folders = claims if wants_folders(lines) else Patterns([f"{line.rstrip('/')}/" for line in lines])
    known: dict[str, str | None] = {"": None}

    def outermost(folder: str) -> str | None:
        """Return the first folder on the way to `folder` that is claimed, None where none is."""
        if folder not in known:
            above = outermost(folder.rpartition("/")[0])
            claimed = above is None and folders.claim(RepoPath(f"{folder}/{_INSIDE}")) is not None
            known[folder] = folder if claimed else above
        return known[folder]

    found: set[str] = set()
    for path in paths:
        folder = outermost(path.rpartition("/")[0])
        if wants_folders(lines):
            found.update([folder] if folder is not None else [])
        elif folder is None and claims.claim(path) is not None:
            found.add(path)
    return tuple(RepoPath(one) for one in sorted(found))


def wants_folders(lines: Sequence[str]) -> bool:
    """Tell whether the patterns are about folders."""
    return any(line.endswith("/") for line in lines if not line.startswith("!"))


def label_of(path: str) -> str:
    """Return a path as a label: letters, digits and a few signs stay, every other byte is written as `%20`."""
    text = "".join(char if _is_plain(char) else _written_out(char) for char in path)
    return _shorten(text, LONGEST_LABEL)


def _shorten(text: str, longest: int) -> str:
    """Return a text that is too long as its beginning and a digest; no label has a `~` otherwise."""
    data = text.encode()
    if len(data) <= longest:
        return text
    from hashlib import sha256

    return f"{data[: longest - 13].decode('utf-8', 'ignore')}~{sha256(data).hexdigest()[:12]}"


def _is_plain(char: str) -> bool:
    return char in _PLAIN or (not char.isascii() and char.isalnum() and not is_invisible(char))


def _written_out(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def _label_all(config: Config, paths: Sequence[RepoPath]) -> Labels:
    """Return the instances that the files of one tree make; ConfigError where there are too many."""
    matches: dict[tuple[str, ...], dict[str, str]] = {}
    for stage in config.stages.values():
        if stage.each and stage.each not in matches:
            found = find_matches(stage.each, paths)
            if len(found) > MOST_EACH:
                message = f"stages.{stage.name}.each matches {len(found)} times, at most {MOST_EACH} instances are run"
                raise _mistake("LG114", config, stage, message, "write a narrower pattern")
            matches[stage.each] = {label_of(path): path for path in found}
    return {name: matches[stage.each] for name, stage in config.stages.items() if stage.each}


def _labels_of(config: Config, names: Iterable[str]) -> Labels:
    """Return the instances that names tell of; the paths are not known, and nobody who has only names needs them."""
    found: dict[str, dict[str, str]] = {name: {} for name, stage in config.stages.items() if stage.each}
    for name in names:
        family, bracket, rest = name.partition("[")
        label = rest.removesuffix("]")
        if family in found and bracket and rest.endswith("]") and _is_label(label) and len(found[family]) < MOST_EACH:
            found[family][label] = label
    return found


def _is_label(text: str) -> bool:
    """Tell whether `label_of` can have written a text."""
    plain = re.sub(r"%[0-9A-F]{2}|~[0-9a-f]{12}$", "", text)
    return 0 < len(text.encode("utf-8", "replace")) <= LONGEST_LABEL and all(map(_is_plain, plain))


def _put_in(config: Config, own: Labels, demanded: Labels) -> Config:
    """Return the configuration with instances of its own, and lanes about those that are demanded."""
    stages: dict[str, Stage] = {}
    for name, stage in config.stages.items():
        if not stage.each:
            stages[name] = replace(stage, needs=_name_needs(stage, None, config, own))
        for label, path in own.get(name, {}).items():
            stages[f"{name}[{label}]"] = _make_instance(stage, label, path, _name_needs(stage, label, config, own))
    _check_outputs(config, stages)
    return replace(config, stages=stages, lanes=tuple(_expand_lane(lane, config, demanded) for lane in config.lanes))


def _name_needs(stage: Stage, label: str | None, config: Config, own: Labels) -> tuple[str, ...]:
    """Return what a stage needs: of a stage with the same `each` the same instance, of another one all instances."""
    found: list[str] = []
    for need in stage.needs:
        if need not in own:
            found.append(need)
        elif label is not None and config.stages[need].each == stage.each:
            found += [f"{need}[{label}]"] if label in own[need] else []
        else:
            found += [f"{need}[{one}]" for one in own[need]]
    return tuple(found)


def _make_instance(stage: Stage, label: str, path: str, needs: tuple[str, ...]) -> Stage:
    """Return one instance of a stage."""
    return replace(
        stage,
        name=f"{stage.name}[{label}]",
        family=stage.name,
        each=(),
        needs=needs,
        inputs=tuple(_fill_pattern(line, path) for line in stage.inputs),
        outputs=tuple(output.replace(PLACEHOLDER, path) for output in stage.outputs),
        metrics=tuple(replace(one, file=one.file.replace(PLACEHOLDER, path)) for one in stage.metrics),
        env={**stage.env, VARIABLE: path},
    )


def _fill_pattern(line: str, path: str) -> str:
    """Return a pattern about one path, in which no character of the path means anything; it starts at the repository's root."""
    if PLACEHOLDER not in line:
        return line
    literal = re.sub(r"([\\*?\[])", r"\\\1", path)
    literal = f"{literal[:-1]}\\ " if literal.endswith(" ") else literal
    negated, body = ("!", line[1:]) if line.startswith("!") else ("", line)
    return f"{negated}{'/' if body.startswith(PLACEHOLDER) else ''}{body.replace(PLACEHOLDER, literal)}"


def _expand_lane(lane: Lane, config: Config, demanded: Labels) -> Lane:
    """Return a lane about instances; what it reaches and has none of is noted."""
    each: Callable[[str], tuple[str, ...]] = lambda name: (  # noqa: E731 -- used three times below, and nowhere else
        tuple(f"{name}[{label}]" for label in demanded[name]) if name in demanded else (name,)
    )
    return replace(
        lane,
        stages=tuple(name for declared in lane.stages for name in each(declared)),
        budgets=tuple(replace(budget, stage=name) for budget in lane.budgets for name in each(budget.stage)),
        bands=tuple(replace(band, stage=name) for band in lane.bands for name in each(band.stage)),
        unmatched=tuple(name for name in _reach(lane, config) if name in demanded and not demanded[name]),
    )


def _reach(lane: Lane, config: Config) -> list[str]:
    """Return what a lane names and all that needs, as declared."""
    found: dict[str, None] = {}
    waiting = list(reversed(lane.stages))
    while waiting:
        name = waiting.pop()
        if name in config.stages and name not in found:
            found[name] = None
            waiting += reversed(config.stages[name].needs)
    return list(found)


def _check_outputs(config: Config, stages: Mapping[str, Stage]) -> None:
    """Raise ConfigError where an instance writes what another stage writes too; the rest was checked as it was declared."""
    owners: dict[str, Stage] = {}
    for stage in stages.values():
        for output in (*stage.outputs, *(one.file for one in stage.metrics)):
            owners.setdefault(output.removesuffix("/"), stage)
    for stage in stages.values():
        for output in stage.outputs:
            parts = output.removesuffix("/").split("/")
            above = (owners.get("/".join(parts[:length])) for length in range(1, len(parts) + 1))
            other = next((one for one in above if one is not None and one.name != stage.name), None)
            if other is not None and (stage.family or other.family):
                message = f"stages {stage.name} and {other.name} both write below {label_of(output)}"
                raise _mistake("LG153", config, stage, message, "give each instance outputs of its own, with {each} in them")


def _mistake(code: str, config: Config, stage: Stage, message: str, remedy: str) -> ConfigError:
    """Return a mistake that only shows in a tree, at the line of the stage that makes it."""
    return ConfigError((Problem(code=code, path=config.name, line=stage.line, column=1, width=1, message=message, help=remedy),))
