"""What a stage measured itself: the files of its `metrics:` are deleted before each run and read after it.

A file that is there after a run was therefore written by this run, or by nobody: a file that the commit brings along, or that an
earlier run left, is never taken for a figure. Deleting says more than comparing times would, which a copied file can keep.
"""

from collections.abc import Mapping
from hashlib import sha256
from statistics import median

from lanemark.config.types import MetricFile, Stage
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.ingest.gather import MOST_READINGS
from lanemark.ingest.read import LIMIT, read_metrics
from lanemark.ingest.types import Reading
from lanemark.result import Measured
from lanemark.run.types import Tools, Workspace
from lanemark.tree import Tree

MOST_PAIRED = 200
"""So many figures of a stage are kept with each sample, the first of its files; the others are compared without pairs."""

LONGEST_PROBLEM = 2000

_NOTHING = Tree(digest=sha256(b"").hexdigest())


def clear_figures(stage: Stage, place: Workspace, tools: Tools) -> None:
    """Delete the stage's files of figures, before it runs; a folder of that name, or one behind a link, stays and is not read."""
    for each in stage.metrics:
        if not tools.trees.missing(place.root, (each.file,)):
            tools.trees.put(place.root, (each.file,), _NOTHING)


def read_figures(stage: Stage, place: Workspace, tools: Tools) -> Measured:
    """Return what the stage's files say after its run. Never raises for what they contain: `problem` says what could not be read.

    A name that two files have counts for the first of them, and is told.
    """
    readings: dict[str, Reading] = {}
    problems = []
    for each in stage.metrics:
        try:
            found = _read_file(each, place, tools)
        except DataError as fault:
            problems.append(fault.message)
            continue
        twice = next((one.name for one in found if one.name in readings), None)
        if twice is not None:
            problems.append(f"{visible(each.file)}: {visible(twice[:100])} stands in another file too, whose figure counts")
        for one in found:
            readings.setdefault(one.name, one)
    if len(readings) > MOST_READINGS:
        problems.append(f"more than {MOST_READINGS:,} figures, so only the first of them are kept")
    kept = tuple(readings.values())[:MOST_READINGS]
    return Measured(stage=stage.name, readings=kept, problem="; ".join(problems)[:LONGEST_PROBLEM])


def sample_figures(stage: Stage, place: Workspace, tools: Tools) -> Mapping[str, float]:
    """Return the median of each figure of this run by name, in SI units; empty where nothing can be read.

    At most `MOST_PAIRED` of them, because every sample carries its own. What cannot be read was told by the deciding run.
    """
    if not stage.metrics:
        return {}
    readings = read_figures(stage, place, tools).readings
    return {one.name: median(one.values) for one in readings[:MOST_PAIRED]}


def _read_file(each: MetricFile, place: Workspace, tools: Tools) -> tuple[Reading, ...]:
    """Return the readings of one file that this run wrote; raise DataError where there are none."""
    name = visible(each.file)
    if tools.trees.missing(place.root, (each.file,)):
        raise DataError(f"{name}: the stage wrote no such file in this run (one from before is deleted first)")
    try:
        data = tools.files.read(f"{place.root}/{each.file}", limit=LIMIT)
    except DataError as fault:
        raise DataError(fault.message.replace(f"{place.root}/", "")) from None
    return read_metrics(data, format=each.format, source=name)
