"""What single values cannot tell: stages that need each other in a circle, and outputs that two stages write."""

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from lanemark.config.document import Text
from lanemark.config.fields import Reader
from lanemark.config.lanes import refuse_stage
from lanemark.config.problems import quoted
from lanemark.config.stages import Declared

_MOST_CYCLES = 10


def check_needs(declared: Declared, reader: Reader) -> None:
    """Note needs that name no stage, themselves, or a circle."""
    at: dict[str, dict[str, Text]] = defaultdict(dict)
    for name, need in declared.needs:
        label = f"stages.{quoted(name, mark='')}.needs"
        if need.value not in declared.stages:
            refuse_stage(need, label, declared, reader)
        elif need.value in at[name]:
            reader.problems.add("LG161", need.place, f"{label} names {quoted(need.value)} twice", help="keep one")
        else:
            at[name][need.value] = need
    edges = {name: dict(at[name]) for name in declared.stages}
    for _ in range(_MOST_CYCLES):
        cycle = _find_cycle(edges, declared)
        if not cycle:
            return
        _note_cycle(cycle, edges, reader)
        del edges[cycle[0]][cycle[1]]


def _find_cycle(edges: dict[str, dict[str, Text]], declared: Declared) -> list[str]:
    """Return one circle of needs as names, from the stage that stands first in the file back to it; empty where there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as fault:
        ring: list[str] = fault.args[1][:0:-1]  # each needs the next; the repeated end is cut
        order = {name: index for index, name in enumerate(declared.stages)}
        first = min(range(len(ring)), key=lambda index: order[ring[index]])
        turned = ring[first:] + ring[:first]
        return [*turned, turned[0]]
    return []


def _note_cycle(cycle: list[str], edges: dict[str, dict[str, Text]], reader: Reader) -> None:
    """Note a circle at its first edge, with the places of the others."""
    notes = []
    for name, need in pairwise(cycle[1:]):
        place = edges[name][need].place
        notes.append(f"{reader.problems.name}:{place.line}:{place.column} {quoted(name, mark='')} needs {quoted(need, mark='')}")
    ring = " -> ".join(quoted(name, mark="") for name in cycle[:12]) + (" -> …" if len(cycle) > 12 else "")
    place = edges[cycle[0]][cycle[1]].place
    reader.problems.add(
        "LG152", place, f"stages need each other in a circle: {ring}", notes=notes[:12], help="take one of these needs out"
    )


def check_outputs(declared: Declared, reader: Reader) -> None:
    """Note outputs that are written twice, or lie inside the output of another stage: nobody could say whose they are."""
    owners: dict[str, tuple[str, Text]] = {}
    for name, output in declared.outputs:
        path = output.value.removesuffix("/")
        if path not in owners:
            owners[path] = (name, output)
        elif owners[path][0] == name:
            reader.problems.add(
                "LG161",
                output.place,
                f"stages.{quoted(name, mark='')}.outputs names {quoted(output.value)} twice",
                help="keep one",
            )
        else:
            _note_overlap(name, output, owners[path], reader)
    for name, output in declared.outputs:
        parts = output.value.removesuffix("/").split("/")
        for length in range(1, len(parts)):
            above = owners.get("/".join(parts[:length]))
            if above and above[0] != name:
                _note_overlap(name, output, above, reader)


def check_states(declared: Declared, reader: Reader) -> None:
    """Note state that lies inside an output or other state, or around one: what is put back would be half of it.

    The same path may be several stages' state, and one stage's output: one makes it, others change it in place.
    """
    paths = [*declared.outputs, *declared.states]
    whole = {path.value.removesuffix("/"): (name, path) for name, path in reversed(paths)}
    above = {folder: (name, path) for name, path in reversed(paths) for folder in _folders_above(path.value)}
    own = {(name, output.value) for name, output in declared.outputs}
    for name, path in declared.states:
        label = f"stages.{quoted(name, mark='')}.state names {quoted(path.value)}"
        plain = path.value.removesuffix("/")
        near = above.get(plain) or next((whole[one] for one in _folders_above(path.value) if one in whole), None)
        if whole[plain][1].value != path.value:  # a file here, a folder there
            near = whole[plain]
        if near is not None:
            owner, other = near
            reader.problems.add(
                "LG153",
                path.place,
                f"{label}, and {quoted(other.value)} of stage {quoted(owner, mark='')} lies in it or around it",
                notes=[f"{reader.problems.name}:{other.place.line}:{other.place.column} {quoted(other.value)} stands here"],
                help="write the same path in both, or paths that are apart",
            )
        elif (name, path.value) in own:
            reader.problems.add("LG161", path.place, f"{label}, and so does outputs or state before", help="keep one")
        own.add((name, path.value))


def _folders_above(path: str) -> list[str]:
    """Return the folders on the way to a declared path."""
    parts = path.removesuffix("/").split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def check_figures(declared: Declared, reader: Reader) -> None:
    """Note files of figures that another stage writes too: each is deleted before its own stage runs."""
    owners = {output.value.removesuffix("/"): (name, output) for name, output in declared.outputs}
    for name, file in declared.figures:
        parts = file.value.split("/")
        above = [owners.get("/".join(parts[:length])) for length in range(1, len(parts) + 1)]
        other = next((owner for owner in above if owner is not None and owner[0] != name), None)
        if other is not None:
            _note_overlap(name, file, other, reader)
        owners.setdefault(file.value, (name, file))


def _note_overlap(name: str, output: Text, other: tuple[str, Text], reader: Reader) -> None:
    owner, first = other
    message = f"stages {quoted(name, mark='')} and {quoted(owner, mark='')} both write {quoted(output.value)}"
    note = f"{reader.problems.name}:{first.place.line}:{first.place.column} {quoted(owner, mark='')} writes {quoted(first.value)}"
    reader.problems.add("LG153", output.place, message, notes=[note], help="give each stage outputs of its own")
